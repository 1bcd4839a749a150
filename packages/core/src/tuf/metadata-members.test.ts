import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { object } from '../json/build.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { buildSnapshot, buildTargets, buildTimestamp } from './build.ts';
import { checkVersion, parseSigned } from './signed.ts';
import { parseSnapshot } from './snapshot.ts';
import { parseTargetFile } from './target-file.ts';
import { parseTargets } from './targets.ts';
import { parseTimestampRole } from './timestamp.ts';

const HEAD = { version: 3, expires: Date.UTC(2026, 0, 12) };
const SHA256 = new Map([['sha256', 'ab'.repeat(32)] as const]);
const HASHES = object({ sha256: 'ab'.repeat(32) });

test('length and hashes of a metadata file are written where they are known, and read back', () => {
  const files = [{ version: 2 }, { version: 2, length: 0 }, { version: 2, hashes: SHA256 }];
  for (const snapshot of [...files, { version: 2, length: 5, hashes: SHA256 }]) {
    assert.deepEqual(parseTimestampRole(buildTimestamp({ ...HEAD, snapshot }), 'x').snapshotMeta, snapshot);
    const roles = new Map([['targets', snapshot]]);
    assert.deepEqual(parseSnapshot(buildSnapshot({ ...HEAD, roles }), 'x').meta.get('targets.json'), snapshot);
  }
  const bare = buildTimestamp({ ...HEAD, snapshot: { version: 2 } });
  assert.deepEqual((bare.get('meta') as JsonObject).get('snapshot.json'), object({ version: 2 }));
});

test('what is said of a metadata file has a version from 1 on, no negative length and usable members', () => {
  const parse = (entry: JsonValue) =>
    parseTimestampRole(
      buildTimestamp({ ...HEAD, snapshot: { version: 1 } }).set('meta', object({ 'snapshot.json': entry })),
      'x',
    );
  assert.equal(parse(object({ version: 1, length: 0 })).snapshotMeta.length, 0);
  for (const entry of [
    object({}),
    object({ version: 0 }),
    object({ version: 1, length: -1 }),
    object({ version: 1, length: '1' }),
    object({ version: 1, length: null }),
    object({ version: 1, hashes: null }),
    object({ version: 1, hashes: object({}) }),
    [],
  ]) {
    assert.throws(() => parse(entry), { code: 'malformed', message: /^x: `meta` of "snapshot\.json"/ });
  }
});

test('a timestamp names the snapshot, and a snapshot the top-level targets', () => {
  const other = object({ 'other.json': object({ version: 1 }) });
  const timestamp = buildTimestamp({ ...HEAD, snapshot: { version: 1 } }).set('meta', other);
  assert.throws(() => parseTimestampRole(timestamp, 'x'), { code: 'malformed', message: /snapshot\.json/ });
  const snapshot = buildSnapshot({ ...HEAD, roles: new Map([['other', { version: 1 }]]) });
  assert.throws(() => parseSnapshot(snapshot, 'x'), { code: 'malformed', message: /targets\.json/ });
});

test('a target has a path, a length from 0 on, hashes, and what its owner adds', () => {
  const custom = object({ note: 'ours' });
  const files = [
    { path: 'a', length: 0, hashes: SHA256 },
    { path: 'b', length: 5, hashes: SHA256, custom },
  ];
  const raw = buildTargets({ ...HEAD, targets: files }, nodeCrypto);
  assert.deepEqual([...parseTargets(raw, 'targets', 'x').targets.values()], files);
  assert.deepEqual((raw.get('targets') as JsonObject).get('a'), object({ length: 0, hashes: HASHES }));
  for (const members of [
    { length: -1, hashes: HASHES },
    { hashes: HASHES },
    { length: 1 },
    { length: 1, hashes: null },
    { length: 1, hashes: HASHES, custom: null },
  ]) {
    assert.throws(() => parseTargetFile('p', object(members), 'x'), { code: 'malformed', message: /^x: target "p"/ });
  }
});

test('metadata follows version 1 of the specification, any of its minor and patch versions', () => {
  const parse = (spec: string) =>
    parseSigned(buildTimestamp({ ...HEAD, snapshot: { version: 1 } }).set('spec_version', spec), 'timestamp', 'x');
  for (const spec of ['1.0', '1.0.34', '1.12', '1.12.345']) assert.equal(parse(spec).specVersion, spec);
  for (const spec of ['1', '1.', '1.0.', '11.0', '2.1.0', '21.0', '1.0.0.0', '1.0-rc', '1.0.1\n', ' 1.0', '1.x', '']) {
    assert.throws(() => parse(spec), { code: 'malformed', hint: /Antivenom/ }, JSON.stringify(spec));
  }
});

test('the type and the version that must stand here are named, with those that do', () => {
  const raw = buildTimestamp({ ...HEAD, snapshot: { version: 1 } });
  assert.throws(() => parseSigned(raw, 'root', 'x'), {
    code: 'malformed',
    message: 'x is of type "timestamp", not root',
  });
  const signed = parseSigned(raw, 'timestamp', 'x');
  assert.deepEqual({ version: signed.version, expires: signed.expires }, HEAD);
  checkVersion(signed, 3, 'x');
  assert.throws(() => checkVersion(signed, 4, 'x'), {
    code: 'version-mismatch',
    message: 'x is version 3; version 4 must stand here',
    hint: /\w/,
    details: { file: 'x', found: 3, expected: 4 },
  });
  assert.throws(() => parseSigned(raw.set('version', new JsonNumber('0')), 'timestamp', 'x'), { code: 'malformed' });
});
