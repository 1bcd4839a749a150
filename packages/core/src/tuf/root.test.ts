import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededSigner } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import type { JsonObject } from '../json/value.ts';
import { keysRotated, type Root } from './root.ts';
import { parseKeys, tufKeyObject } from './tuf-key.ts';

const KEY = (name: string): JsonObject => tufKeyObject(seededSigner(name).publicKey);
const UNUSABLE = object({ keytype: 'new', scheme: 'new', keyval: object({}) });

/** A root whose role `timestamp` has these keys by id, `snapshot` those; undefined for a key that is not listed. */
function root(
  timestamp: Record<string, JsonObject | undefined>,
  snapshot: Record<string, JsonObject | undefined>,
): Root {
  const listed = Object.entries({ ...timestamp, ...snapshot }).flatMap(([id, key]) =>
    key === undefined ? [] : [[id, key] as const],
  );
  const role = (keys: object) => ({ keyIds: Object.keys(keys), threshold: 1 });
  return {
    raw: new Map(),
    specVersion: '1.0',
    version: 1,
    expires: 0,
    consistentSnapshot: true,
    keys: parseKeys(new Map(listed), 'root.json'),
    roles: { root: role({}), targets: role({}), timestamp: role(timestamp), snapshot: role(snapshot) },
  };
}

test('keys of timestamp or snapshot are rotated where one left, came or was exchanged', () => {
  const before = root({ a: KEY('a'), b: KEY('b') }, { c: KEY('c') });
  const after: [boolean, Root][] = [
    [false, root({ a: KEY('a'), b: KEY('b') }, { c: KEY('c') })],
    [false, root({ b: KEY('b'), a: KEY('a') }, { c: KEY('c') })],
    [true, root({ a: KEY('a') }, { c: KEY('c') })],
    [true, root({ a: KEY('a'), b: KEY('b'), d: KEY('d') }, { c: KEY('c') })],
    [true, root({ a: KEY('a'), d: KEY('d') }, { c: KEY('c') })],
    [true, root({ a: KEY('a'), b: KEY('b') }, { d: KEY('d') })],
    [true, root({ d: KEY('d'), e: KEY('e') }, { c: KEY('c') })],
  ];
  for (const [rotated, next] of after) assert.equal(keysRotated(before, next), rotated);
});

test('a key under another id is the same key', () => {
  assert.equal(keysRotated(root({ a: KEY('a') }, {}), root({ other: KEY('a') }, {})), false);
});

test('keys that cannot be used, or are not there, are told apart by their ids', () => {
  const before = root({ a: UNUSABLE, gone: undefined }, {});
  assert.equal(keysRotated(before, root({ a: UNUSABLE, gone: undefined }, {})), false);
  assert.equal(keysRotated(before, root({ b: UNUSABLE, gone: undefined }, {})), true);
  assert.equal(keysRotated(before, root({ a: UNUSABLE, lost: undefined }, {})), true);
});
