import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Version } from './version.ts';

// Groups of equal versions, each group older than the next (CEP 33 and conda's own examples).
const ORDER = [
  ['0.4', '0.4.0'],
  ['0.4.1.rc', '0.4.1.RC'],
  ['0.4.1'],
  ['0.5a1'],
  ['0.5b3'],
  ['0.5C1'],
  ['0.5'],
  ['0.9.6'],
  ['0.960923'],
  ['1.0'],
  ['1.1dev1'],
  ['1.1_'],
  ['1.1a1'],
  ['1.1.0dev1', '1.1.dev1'],
  ['1.1.a1'],
  ['1.1.0rc1'],
  ['1.1', '1.1.0'],
  ['1.1.0post1', '1.1.post1'],
  ['1.1post1'],
  ['1.2.3+local'],
  ['1.2-3', '1.2_3', '1.2.3'],
  ['1.2.3+1'],
  ['1996.07.12'],
  ['99999999999999999999.1'],
  ['1!0.4.1'],
  ['1!3.1.1.6'],
  ['2!0.4.1'],
] as const;

test('versions stand in the order that conda gives them', () => {
  ORDER.forEach((group, i) => {
    for (const older of group) {
      ORDER.forEach((other, j) => {
        for (const newer of other) {
          const order = Math.sign(Version.parse(older).compare(Version.parse(newer)));
          assert.equal(order, Math.sign(i - j), `${older} and ${newer}`);
        }
      });
    }
  });
});

test('a version starts with those above it, its own pre-releases with it', () => {
  const cases: [string, string, boolean][] = [
    ['1.2.3', '1.2', true],
    ['1.2', '1.2', true],
    ['1.2', '1.2.0', true],
    ['1.2rc1', '1.2', true],
    ['1.20', '1.2', false],
    ['1.2', '1.2.1', false],
    ['1.2alpha', '1.2a', true],
    ['1.2post1', '1.2post', true],
    ['1.2postx', '1.2p', true],
    ['1.2post', '1.2p', false],
    ['1!1.2', '1.2', false],
    ['1.2+3.4', '1.2+3', true],
    ['1.2.1+3.4', '1.2+3', false],
  ];
  for (const [version, prefix, expected] of cases) {
    assert.equal(Version.parse(version).startsWith(Version.parse(prefix)), expected, `${version} and ${prefix}`);
  }
});

test('what conda takes for no version is refused', () => {
  for (const text of ['', ' ', '1..2', '_1', '1.2_.3_-', 'a!1', '1!2!3', '1+2+3', '+1', '1.2 3', '1.2+', 'é']) {
    assert.throws(() => Version.parse(text), { code: 'malformed' }, text);
  }
});

test('a version that no file name has room for is refused, however many digits it has', { timeout: 20_000 }, () => {
  assert.throws(() => Version.parse('9'.repeat(10_000_000)), { code: 'malformed', message: /longer than 255/ });
});
