import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPENAPI } from './openapi.ts';
import { type Route, routeOf } from './routes.ts';

const HASH = 'ab'.repeat(32);
const CASES: [target: string, route: Route][] = [
  ['/healthz', { kind: 'health' }],
  ['/api/v1/channels', { kind: 'channels' }],
  ['/api/v1/channels/good/left-out', { kind: 'left-out', channel: 'good' }],
  ['/good/channeldata.json', { kind: 'index', channel: 'good', path: 'channeldata.json' }],
  ['/good/linux-64/repodata.json.zst?x=1', { kind: 'index', channel: 'good', path: 'linux-64/repodata.json.zst' }],
  ['/good/cct/key_mgr.json', { kind: 'index', channel: 'good', path: 'cct/key_mgr.json' }],
  ['/good/tuf/3.root.json', { kind: 'metadata', channel: 'good', name: '3.root.json' }],
  [
    `/good/tuf/targets/noarch/${HASH}.repodata.json`,
    { kind: 'target', channel: 'good', hash: HASH, path: 'noarch/repodata.json' },
  ],
  [`/good/noarch/${HASH}.msgpack.zst`, { kind: 'shard', channel: 'good', subdir: 'noarch', hash: HASH }],
  ['/good/noarch/a-1!2%2B3-0.conda', { kind: 'package', channel: 'good', subdir: 'noarch', file: 'a-1!2+3-0.conda' }],
  [
    '/good/noarch/a-1-0.tar.bz2.v0.sigs',
    { kind: 'attestations', channel: 'good', subdir: 'noarch', file: 'a-1-0.tar.bz2', suffix: 'v0.sigs' },
  ],
];

for (const [target, route] of CASES) {
  test(`${target} names ${route.kind}`, () => assert.deepEqual(routeOf(target), route));
}

test('what could be taken for another path names nothing', () => {
  const targets = [
    '',
    '*',
    'http://evil.example/good/noarch/repodata.json',
    '/',
    '/good/x/',
    '/good/',
    '//good/x',
    '/good/../x',
    '/good/%2e%2e/x',
    '/good/noarch/..%2fx.conda',
    '/good/noarch/a%00.conda',
    '/good/noarch/a%5cb.conda',
    '/good/noarch/a%ff',
    '/good/a/b/c',
    '/api/v1',
    '/api/v2/channels',
    '/api/v1/channels/good/refresh/x',
    '/good/tuf/targets',
    '/good/tuf/targets/noarch/repodata.json',
  ];
  for (const target of targets) {
    const { kind } = routeOf(target);
    assert.ok(kind === 'nothing' || (target === '/good/tuf/targets' && kind === 'metadata'), `${target}: ${kind}`);
  }
});

test('the gateway describes each address of its own', () => {
  const own: Route['kind'][] = ['health', 'ready', 'metrics', 'channels', 'cache', 'openapi'];
  own.push('channel', 'refresh', 'left-out', 'refusals', 'verdict');
  const described = Object.keys(OPENAPI.paths).map((path) => routeOf(path).kind);
  assert.deepEqual(described.toSorted(), own.toSorted());
});
