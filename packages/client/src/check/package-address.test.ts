import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelOf, parsePackageAddress } from './package-address.ts';

test('an address says channel, folder and file, without credentials', () => {
  const plain = {
    url: 'https://channel.example/good/linux-64/a-1!2.0-0.conda',
    base: 'https://channel.example/good',
    folder: 'linux-64',
    file: 'a-1!2.0-0.conda',
  };
  for (const spelling of [
    plain.url,
    'https://user:pass@channel.example:443/good/linux-64/a-1!2.0-0.conda',
    'https://channel.example/t/token/good/linux-64/a-1!2.0-0.conda',
    'HTTPS://Channel.Example/good/./x/../linux-64/a-1!2.0-0.conda',
  ]) {
    assert.deepEqual(parsePackageAddress(spelling), plain, spelling);
  }
  assert.equal(parsePackageAddress('file:///srv/a%20b/noarch/a-1-0.tar.bz2').base, 'file:///srv/a%20b');
  assert.equal(parsePackageAddress('https://c.example/x/noarch/a%2B%2B-1-0.conda').file, 'a++-1-0.conda');
  assert.equal(parsePackageAddress('https://c.example/noarch/a-1-0.conda').base, 'https://c.example');
});

test('refuses what is no address of a package', () => {
  const cases: [address: string, code: string][] = [
    ['', 'usage'],
    ['noarch/a-1-0.conda', 'usage'],
    ['ftp://c.example/x/noarch/a-1-0.conda', 'usage'],
    ['https://c.example/a-1-0.conda', 'usage'],
    ['https://c.example/x/noarch/a-1-0.conda?x', 'usage'],
    ['https://c.example/x/noarch/a-1-0.conda#x', 'usage'],
    ['https://c.example/x/noarch/a.conda', 'malformed'],
    ['https://c.example/x/noarch/a-1-0.whl', 'malformed'],
    ['https://c.example/x/noarch/..%2Fa-1-0.conda', 'unsafe-name'],
    ['https://c.example/x/noarch/a%5Cb-1-0.conda', 'unsafe-name'],
    ['https://c.example/x/noarch/a%00-1-0.conda', 'unsafe-name'],
    ['https://c.example/x/noarch/a%ff-1-0.conda', 'unsafe-name'],
    ['https://c.example/x/noarch/a%252F-1-0.conda', 'unsafe-name'],
  ];
  for (const [address, code] of cases) assert.throws(() => parsePackageAddress(address), { code }, address);
});

test('the channel is the longest that the address stands below, by whole segments', () => {
  const address = parsePackageAddress('https://c.example/a/b/noarch/x-1-0.conda');
  const of = (...channels: string[]) => channelOf(address, channels);
  assert.equal(of('https://c.example/a', 'https://c.example/a/b', 'https://c.example'), 'https://c.example/a/b');
  assert.equal(of('https://c.example/a'), 'https://c.example/a');
  assert.equal(of('https://c.example/a/b/noarch'), 'https://c.example/a/b/noarch');
  for (const other of ['https://c.example/', 'https://c.example/a/', 'https://c.example/a/bb', 'http://c.example/a']) {
    assert.equal(of(other), undefined, other);
  }
});
