import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MalformedError } from '../errors.ts';
import { cctCanonical } from './cct-canonical.ts';
import { olpcCanonical } from './olpc-canonical.ts';
import { readJson } from './read.ts';
import { scanMembers } from './scan.ts';

const limits = { maxBytes: 1000, maxDepth: 10 };

function vectors<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../../../tests/vectors/json/${file}`, import.meta.url), 'utf8'));
}

function refusalOf(run: () => unknown): MalformedError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof MalformedError, String(error));
    return error;
  }
  return assert.fail('it was accepted');
}

for (const { name, json, cct, olpc } of vectors<{ name: string; json: string; cct: string; olpc: string | null }>(
  'accepted.json',
)) {
  test(`accepts and writes canonically: ${name}`, () => {
    const value = readJson(Buffer.from(json), limits);
    assert.equal(Buffer.from(cctCanonical(value)).toString(), cct);
    if (olpc === null) assert.equal(refusalOf(() => olpcCanonical(value)).code, 'malformed');
    else assert.equal(Buffer.from(olpcCanonical(value)).toString(), olpc);
    const skipped = scanMembers(Buffer.from(`{"value":${json}}`), 0, limits);
    assert.deepEqual(
      skipped.map((member) => member.key),
      ['value'],
    );
  });
}

for (const { name, json, hex, offset } of vectors<{ name: string; json?: string; hex?: string; offset: number }>(
  'refused.json',
)) {
  test(`refuses ${name}`, () => {
    const bytes = json === undefined ? Buffer.from(hex as string, 'hex') : Buffer.from(json);
    const refusal = refusalOf(() => readJson(bytes, limits));
    assert.deepEqual(refusal.details, { offset });
    assert.match(refusal.message, /^not well-formed JSON: [ -~]+ \(byte \d+\)$/);
  });
}
