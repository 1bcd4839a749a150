import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelPaths, readTarget } from './request-target.ts';

const PATHS = new Map([
  ['/a/good', 'x'],
  ['/a', 'y'],
]);

test('takes the token out of the path, and shows it to no log', () => {
  assert.deepEqual(readTarget('/t/tk-%31/good/noarch/repodata.json?q=secret', PATHS), {
    target: '/good/noarch/repodata.json?q=secret',
    token: 'tk-1',
    shown: '/t/<TOKEN>/good/noarch/repodata.json',
  });
  assert.deepEqual(readTarget('/t/%zz', PATHS), { target: '', token: '%zz', shown: '/t/<TOKEN>' });
  assert.equal(readTarget('/tt/x/good', PATHS).token, undefined);
  assert.deepEqual(readTarget('http://user:pw@other/x', PATHS).shown, '');
});

test('puts the name of a channel in place of its path at its own server, the longest first', () => {
  for (const [asked, target] of [
    ['/a/good/noarch/repodata.json', '/x/noarch/repodata.json'],
    ['/t/k/a/good/noarch/x.conda?/', '/x/noarch/x.conda?/'],
    ['/a/noarch/repodata.json', '/y/noarch/repodata.json'],
    ['/a/goods/x', '/y/goods/x'],
    ['/b/good/x', '/b/good/x'],
    ['/a', '/a'],
  ] as const) {
    assert.equal(readTarget(asked, PATHS).target, target, asked);
  }
});

test('no path is served that two channels have, that is a name here, or that is reserved', () => {
  const paths = (channels: Record<string, string>) =>
    Object.fromEntries(channelPaths(new Map(Object.entries(channels)), new Set(['api'])));
  assert.deepEqual(paths({ x: 'https://one.example/a/good', y: 'https://two.example/a/good' }), {});
  assert.deepEqual(paths({ a: 'https://one.example/b/good', b: 'https://one.example/good' }), { '/good': 'b' });
  assert.deepEqual(paths({ x: 'https://one.example', y: 'https://one.example/api/v1' }), {});
});
