/** Holds our reader and CCT canonical form against Python's standard library, which is what conda-content-trust signs with. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cctCanonical, MalformedError, readJson } from '@antivenom/core';
import { RandomJson } from './random-json.ts';

const SEED = Number(process.env['ANTIVENOM_SEED'] ?? 20260101);
const limits = { maxBytes: 1_000_000, maxDepth: 64 };

/** What Python makes of each document, in order; fails where there is no python3. */
function askPython(documents: readonly Uint8Array[]): Buffer[] {
  const frames = documents.flatMap((document) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(document.length);
    return [head, document];
  });
  const run = spawnSync('python3', [fileURLToPath(new URL('canonical_form.py', import.meta.url))], {
    input: Buffer.concat(frames),
    maxBuffer: 2 ** 30,
  });
  assert.equal(run.error, undefined, `python3 is needed: ${run.error}`);
  assert.equal(run.status, 0, run.stderr.toString());
  const answers: Buffer[] = [];
  for (let at = 0; at < run.stdout.length; ) {
    const end = at + 4 + run.stdout.readUInt32BE(at);
    answers.push(run.stdout.subarray(at + 4, end));
    at = end;
  }
  assert.equal(answers.length, documents.length);
  return answers;
}

/** Our answer, in the form of Python's: `+` and the canonical bytes, or `!` for a refusal. */
function ourAnswer(document: Uint8Array): Buffer {
  try {
    return Buffer.concat([Buffer.from('+'), cctCanonical(readJson(document, limits))]);
  } catch (error) {
    if (error instanceof MalformedError) return Buffer.from('!');
    throw error;
  }
}

function assertAgree(documents: readonly Uint8Array[], source: string): { accepted: number; notExact: Set<string> } {
  let accepted = 0;
  const notExact = new Set<string>();
  for (const [index, python] of askPython(documents).entries()) {
    const document = documents[index] as Uint8Array;
    const ours = ourAnswer(document);
    const shown = `${source}, document ${index}: ${Buffer.from(document).toString('latin1').slice(0, 500)}`;
    if (python[0] === 0x2b) {
      accepted++;
      if (!ours.equals(python)) assert.equal(ours.toString(), python.toString(), shown);
    } else {
      if (python[0] === 0x2d) notExact.add(python.subarray(1).toString());
      assert.equal(ours.toString(), '!', `${python} (${shown})`);
    }
  }
  return { accepted, notExact };
}

test('the canonical bytes of 100,000 random values are those of Python', () => {
  const random = new RandomJson(SEED);
  const documents = Array.from({ length: 101_000 }, () => Buffer.from(random.document()));
  const { accepted, notExact } = assertAgree(documents, `seed ${SEED}`);
  assert.deepEqual(
    [...notExact].filter((reason) => reason !== 'overflow'),
    [],
  );
  assert.ok(accepted >= 100_000, `only ${accepted} of the random texts were JSON (seed ${SEED})`);
  const texts = documents.map(String);
  assert.ok(texts.filter((text) => /\d\.\d|\de/i.test(text)).length > 10_000, 'floats are among them');
  assert.ok(
    texts.filter((text) => /[\u{10000}-\u{10ffff}][^"]*"\s*:/u.test(text)).length > 1_000,
    'so are astral keys',
  );
});

test('of 40,000 damaged texts, Python and we accept the same ones, and with the same canonical bytes', () => {
  const random = new RandomJson(SEED + 1);
  const documents = Array.from({ length: 40_000 }, () => random.damaged());
  const { accepted } = assertAgree(documents, `seed ${SEED}`);
  assert.ok(accepted > 4_000 && accepted < 36_000, `${accepted} accepted (seed ${SEED})`);
});

test('the accepted vectors are what this python3 says', () => {
  const file = new URL('../../vectors/json/accepted.json', import.meta.url);
  const vectors: { json: string; cct: string }[] = JSON.parse(readFileSync(file, 'utf8'));
  const answers = askPython(vectors.map((vector) => Buffer.from(vector.json)));
  for (const [index, { cct }] of vectors.entries()) assert.equal(answers[index]?.toString(), `+${cct}`);
});

test('refuses what Python takes although no two readers agree on it', () => {
  const texts = ['"\\ud800"', '{"\\udc00":1}', '{"a":1,"a":2}', 'NaN', '-Infinity', '1e999'];
  const { accepted, notExact } = assertAgree(
    texts.map((text) => Buffer.from(text)),
    'fixed texts',
  );
  assert.equal(accepted, 0);
  assert.deepEqual(notExact, new Set(['lone surrogate', 'duplicate key', 'NaN', '-Infinity', 'overflow']));
});
