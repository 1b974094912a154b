import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { trustCertificates } from '../../functions/adapters/gitlab/certificates.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { ConfigError, TransientError } from '../../functions/runtime/errors.ts';
import { selfSigned } from './support/gitlab-certificate.ts';
import { NOW, testClock, testTransport } from './support/gitlab-setup.ts';

describe('GitLab with a certificate of its own', () => {
  it('is asked only once its authority is trusted', async () => {
    const { key, cert } = selfSigned();
    const server = createServer({ key, cert }, (_, response) => response.end('{"id":1}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = () => testTransport(`https://127.0.0.1:${port}`, testClock()).get('user', '', NOW + MINUTE);
    try {
      await expect(ask()).rejects.toBeInstanceOf(TransientError);
      trustCertificates(cert);
      expect((await ask()).body).toEqual({ id: 1 });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('needs no setting otherwise, and the setting must hold certificates', () => {
    expect(() => trustCertificates('')).not.toThrow();
    expect(() => trustCertificates('  \n')).not.toThrow();
    for (const wrong of ['not PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
      expect(() => trustCertificates(wrong)).toThrow(ConfigError);
      expect(() => trustCertificates(wrong)).toThrow('gitlab.ca');
    }
  });
});
