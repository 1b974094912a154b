import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { ConfigError } from '../../runtime/errors.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Trusts further certificate authorities for every TLS connection of this process, `fetch` included.
 *
 * @param pem one or more PEM certificates; empty: nothing to do
 * @throws ConfigError naming the setting when it is no certificate, or Node is too old (before 24.5) to add one
 */
export function trustCertificates(pem: string): void {
  if (pem.trim() === '') return;
  const certificates = certificatesIn(pem);
  // Older Nodes lack it, whatever its types say.
  if (typeof tls.setDefaultCACertificates !== 'function') {
    throw new ConfigError('Setting gitlab.ca needs Node 24.5 or newer to take effect');
  }
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificates]);
}

/** Node skips what is no certificate without a word: then every request would fail without naming the setting. */
function certificatesIn(pem: string): string[] {
  try {
    const blocks = pem.match(CERTIFICATE) ?? [];
    const certificates = blocks.map((block) => new X509Certificate(block).toString());
    if (certificates.length > 0) return certificates;
  } catch (error) {
    throw new ConfigError('Setting gitlab.ca holds a certificate that cannot be read', error);
  }
  throw new ConfigError('Setting gitlab.ca must hold PEM certificates (-----BEGIN CERTIFICATE-----) or be empty');
}
