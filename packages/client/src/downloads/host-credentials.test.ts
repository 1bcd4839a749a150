import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostCredentials } from './host-credentials.ts';

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

test('gives each host its own, and others nothing', () => {
  const credentials = HostCredentials.parse(
    encode({
      'a.example': { basic: { user: 'zoe', password: 'p:w' } },
      'b.example:8443': { bearer: 'abc.def' },
      'c.example': { token: 'tk-1' },
    }),
    'credentials.json',
  );
  const of = (url: string) => credentials.authorization(new URL(url));
  assert.equal(of('https://a.example/x'), basic('zoe:p:w'));
  assert.equal(of('https://b.example:8443/x'), 'Bearer abc.def');
  for (const url of ['https://b.example/', 'https://c.example/', 'https://x.a.example/', 'https://a.example.evil/']) {
    assert.equal(of(url), undefined, url);
  }
  assert.equal(credentials.withToken('https://c.example/good'), 'https://c.example/t/tk-1/good');
  assert.equal(credentials.withToken('https://c.example/t/other/good'), 'https://c.example/t/other/good');
  assert.equal(credentials.withToken('https://a.example/good'), 'https://a.example/good');
});

test('repeats nothing of a file that is not understood', () => {
  for (const value of [
    [],
    { h: 'secret' },
    { h: { basic: 'secret' } },
    { h: { bearer: 'sec ret' } },
    { h: { token: 'a/b' } },
    { h: {} },
  ]) {
    assert.throws(
      () => HostCredentials.parse(encode(value), 'c.json'),
      { code: 'usage', message: 'c.json is no file of credentials' },
      JSON.stringify(value),
    );
  }
});

test('reads what curl reads of .netrc', () => {
  const netrc = `# machine commented.example login a password b
machine a.example login zoe password pw
machine b.example
  login max
  password s3cret
default login anonymous password x
`;
  const credentials = HostCredentials.ofNetrc(netrc);
  const of = (url: string) => credentials.authorization(new URL(url));
  assert.equal(of('https://a.example:8443/x'), basic('zoe:pw'));
  assert.equal(of('https://b.example/x'), basic('max:s3cret'));
  assert.equal(of('https://other.example/x'), undefined);
  assert.equal(of('https://commented.example/x'), undefined);
});
