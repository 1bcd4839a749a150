import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parsePolicy } from './parse.ts';
import { EVIDENCE } from './policy.ts';

const { properties, $defs } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../docs/antivenom.schema.json'), 'utf8'),
);
const LIMITS = { maxLength: 10_000, cooldown: 'enforced' } as const;
const parse = (text: string) => parsePolicy(new TextEncoder().encode(text), 'p.yaml', LIMITS);

/** What the reader does not know, it says so of. */
function knows(list: string, key: string): boolean {
  try {
    parse(`${list}: [{${key}: []}]`);
    return true;
  } catch (error) {
    return !/has no `/.test((error as Error).message);
  }
}

test('the schema for editors knows the keys that the reader knows, and no others', () => {
  const candidates = [
    'name',
    'url',
    'metadata',
    'require',
    'allowHosts',
    'cooldown',
    'trustTimestamps',
    'match',
    'channel',
    'other',
  ];
  for (const list of ['channels', 'packages']) {
    const described = Object.keys(properties[list].items.properties);
    assert.deepEqual(described.toSorted(), candidates.filter((key) => knows(list, key)).toSorted(), list);
  }
  assert.deepEqual(Object.keys(properties), ['channels', 'packages']);
  const [alone, withName] = $defs.evidence.items.oneOf;
  assert.deepEqual(alone.enum, EVIDENCE);
  const named = EVIDENCE.filter((kind) => {
    try {
      parse(`packages: [{match: a, require: [{${kind}: team}]}]`);
      return true;
    } catch {
      return false;
    }
  });
  assert.deepEqual(Object.keys(withName.properties), named);
});

test('the patterns of the schema are what the reader takes', () => {
  const { name, cooldown } = properties.channels.items.properties;
  for (const span of ['3d', '90m', '1s', '00d', '0d', '3', 'd', '3 d', '123456h', '3w']) {
    const taken = () => parse(`channels: [{name: a, url: "https://a.example", cooldown: "${span}"}]`);
    if (RegExp(cooldown.pattern, 'u').test(span)) taken();
    else assert.throws(taken, span);
  }
  for (const text of ['a', 'A.b_c-1', '-a', 'a/b', '.a', 'a b']) {
    const taken = () => parse(`channels: [{name: "${text}", url: "https://a.example"}]`);
    if (RegExp(name.pattern, 'u').test(text)) taken();
    else assert.throws(taken, text);
  }
});
