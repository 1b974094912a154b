import * as tls from 'node:tls';
import { ConfigError } from '../../runtime/errors.ts';

/**
 * Trusts further certificate authorities for every TLS connection of this process, `fetch` included.
 *
 * @param pem one or more PEM certificates; empty: nothing to do
 * @throws ConfigError naming the setting when it is no certificate, or Node is too old (before 24.5) to add one
 */
export function trustCertificates(pem: string): void {
  if (pem.trim() === '') return;
  // Older Nodes lack it, whatever its types say.
  if (typeof tls.setDefaultCACertificates !== 'function') {
    throw new ConfigError('Setting gitlab.ca needs Node 24.5 or newer to take effect');
  }
  try {
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), pem]);
  } catch (error) {
    // Stops: without it every request would fail with a message that does not name the setting.
    throw new ConfigError('Setting gitlab.ca must hold PEM certificates (-----BEGIN CERTIFICATE-----)', error);
  }
}
