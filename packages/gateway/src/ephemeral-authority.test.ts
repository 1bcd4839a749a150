import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { EphemeralAuthority, type ServerIdentity } from './ephemeral-authority.ts';
import { authorityExtensions, issueCertificate, makeKeyPair, serverExtensions } from './issue-certificate.ts';

const now = Date.now();

/** What a client that trusts this authority alone says of a server that shows this identity. */
async function handshake(ca: string, { key, certificate }: ServerIdentity, servername?: string): Promise<string> {
  const server = createServer({ key, cert: certificate }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const socket = connect({ host: '127.0.0.1', port, ca, ...(servername === undefined ? {} : { servername }) });
    await once(socket, 'secureConnect');
    socket.destroy();
    return 'trusted';
  } catch (error) {
    return (error as Error).message;
  } finally {
    server.close();
  }
}

test('a client that trusts the authority trusts the hosts that it vouches for', async () => {
  const authority = new EphemeralAuthority(['channel.example', 'conda.example', '127.0.0.1', '::1'], now);
  for (const host of ['channel.example', 'conda.example']) {
    assert.equal(await handshake(authority.certificate, authority.identityOf(host), host), 'trusted', host);
  }
  assert.equal(await handshake(authority.certificate, authority.identityOf('127.0.0.1')), 'trusted');
  const sixth = new X509Certificate(authority.identityOf('::1').certificate);
  assert.equal(sixth.subjectAltName, 'IP Address:0:0:0:0:0:0:0:1');
  const certificate = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, true);
  assert.ok(Date.parse(certificate.validTo) - now <= 31 * 86_400_000);
});

test('it makes no certificate for another host', () => {
  const authority = new EphemeralAuthority(['127.0.0.1'], now);
  for (const host of ['localhost', '127.0.0.2', '']) assert.throws(() => authority.identityOf(host), RangeError);
});

test('what its key would sign for another host is refused by clients, by the constraints in its certificate', async () => {
  const [names, addresses] = [['channel.example'], ['127.0.0.2']];
  for (const [hosts, other, expected] of [
    [names, 'evil.example', 'permitted subtree violation'],
    [addresses, 'evil.example', 'permitted subtree violation'],
    [addresses, '127.0.0.1', 'permitted subtree violation'],
    [names, '127.0.0.1', 'excluded subtree violation'],
    [names, 'sub.channel.example', 'trusted'], // the constraint of a name covers those below it (RFC 5280)
  ] as const) {
    const { publicKey, privateKey: signer } = makeKeyPair();
    const common = { issuer: 'authority', signer, from: now - 1000, until: now + 60_000 };
    const ca = issueCertificate({ ...common, subject: 'authority', publicKey, extensions: authorityExtensions(hosts) });
    const server = makeKeyPair();
    const certificate = issueCertificate({
      ...common,
      subject: 'server',
      publicKey: server.publicKey,
      extensions: serverExtensions(other),
    });
    const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const said = await handshake(ca, { key, certificate }, /^\d/.test(other) ? undefined : other);
    assert.equal(said, expected, `${hosts} and ${other}`);
  }
});
