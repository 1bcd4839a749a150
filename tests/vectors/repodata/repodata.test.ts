/**
 * Every real index of the fixtures: it scans, or is refused in words that name what is wrong. `verdicts.json` holds what is
 * expected of each file; `current` there is what conda-index's own code makes of it (the SHA-256 of the sorted file names,
 * one a line).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import {
  ContentTrustError,
  checkRecordHashes,
  checkRecordNames,
  contradicts,
  currentRepodata,
  indexRedirects,
  KNOWN_SUBDIRS,
  type Repodata,
  scanRepodata,
  withoutSignatures,
  withSignatures,
} from '@antivenom/core';

interface Verdict {
  /** How many records the file has, where it scans. */
  readonly records?: number;
  /** The code and message of the refusal of the whole file, where it does not. */
  readonly refused?: { readonly code: string; readonly message: string };
  /** How many records are refused, by code, with the first message of each. */
  readonly recordsRefused?: Readonly<Record<string, { readonly count: number; readonly first: string }>>;
  readonly withoutSubdir?: number;
  /** The fields that redirect, with the number of times each stands there. */
  readonly redirects?: Readonly<Record<string, number>>;
  readonly current?: { readonly count: number; readonly sha256: string };
}

const FIXTURES = fileURLToPath(new URL('../../../../shared/fixtures/', import.meta.url));
const LIMITS = { maxBytes: 100_000_000, maxDepth: 64 };
const verdicts: Readonly<Record<string, Verdict>> = JSON.parse(
  readFileSync(new URL('./verdicts.json', import.meta.url), 'utf8'),
);
const skip = existsSync(FIXTURES) ? false : `the fixtures are not at ${FIXTURES}`;

function read(path: string): Uint8Array {
  const bytes = readFileSync(FIXTURES + path);
  return new Uint8Array(path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes);
}

/** The folder where it is a subdir's, else what the index says of itself. */
function subdirOf(path: string, repodata: Repodata): string {
  const folder = path.split('/').at(-2) ?? '';
  const stated = (repodata.info ?? repodata.metadata)?.get('subdir');
  return KNOWN_SUBDIRS.includes(folder) || typeof stated !== 'string' ? folder : stated;
}

function verdictOf(path: string): Verdict {
  let repodata: Repodata;
  try {
    repodata = scanRepodata(read(path), LIMITS);
  } catch (error) {
    assert.ok(error instanceof ContentTrustError, String(error));
    return { refused: { code: error.code, message: error.message } };
  }
  const refused: Record<string, { count: number; first: string }> = {};
  let withoutSubdir = 0;
  const subdir = subdirOf(path, repodata);
  for (const slice of repodata.records) {
    try {
      const record = repodata.record(slice);
      if (!checkRecordNames(subdir, slice.file, slice.map, record).subdirStated) withoutSubdir++;
      checkRecordHashes(`${subdir}/${slice.file}`, record);
    } catch (error) {
      assert.ok(error instanceof ContentTrustError, String(error));
      refused[error.code] ??= { count: 0, first: error.message };
      refused[error.code]!.count++;
    }
  }
  const redirects: Record<string, number> = {};
  for (const { field } of indexRedirects(repodata)) redirects[field] = (redirects[field] ?? 0) + 1;
  return {
    records: repodata.records.length,
    ...(Object.keys(refused).length > 0 ? { recordsRefused: refused } : {}),
    ...(withoutSubdir > 0 ? { withoutSubdir } : {}),
    ...(Object.keys(redirects).length > 0 ? { redirects } : {}),
  };
}

for (const [path, { current, ...expected }] of Object.entries(verdicts)) {
  test(`${path} gets the verdict written down for it`, { skip }, () => {
    assert.deepEqual(verdictOf(path), expected);
  });

  if (expected.refused === undefined) {
    test(`${path} keeps every byte when signatures are put in and taken out`, { skip }, () => {
      const bytes = read(path);
      const plain = withoutSignatures(scanRepodata(bytes, LIMITS));
      const signed = withSignatures(
        scanRepodata(plain, LIMITS),
        new Map([['a-1-0.conda', new Map([['aa'.repeat(32), 'bb'.repeat(64)]])]]),
      );
      assert.deepEqual(withoutSignatures(scanRepodata(signed, LIMITS)), plain);
      const { signatures, ...rest } = JSON.parse(new TextDecoder().decode(signed));
      assert.deepEqual(Object.keys(signatures), ['a-1-0.conda']);
      const { signatures: _, ...before } = JSON.parse(new TextDecoder().decode(bytes));
      assert.deepEqual(rest, before);
    });
  }

  if (current !== undefined) {
    test(`${path} gives the current_repodata.json that conda-index makes of it`, { skip }, () => {
      const source = scanRepodata(read(path), LIMITS);
      const made = scanRepodata(currentRepodata(source), LIMITS);
      const files = made.records.filter((slice) => !slice.map.startsWith('v3.')).map((slice) => slice.file);
      const sha256 = createHash('sha256').update(files.sort().join('\n')).digest('hex');
      assert.deepEqual({ count: files.length, sha256 }, current);
      assert.deepEqual(contradicts(source, made), []);
    });
  }
}

test('each index among the fixtures has a verdict', { skip }, () => {
  for (const topic of ['repodata', 'packages']) {
    for (const name of readdirSync(FIXTURES + topic, { recursive: true, encoding: 'utf8' })) {
      if (/repodata[^/]*\.json(\.zst)?$/.test(name)) assert.ok(`${topic}/${name}` in verdicts, `${topic}/${name}`);
    }
  }
});

test('a current_repodata.json beside its repodata.json follows from it, as far as it lists', { skip }, () => {
  for (const path of Object.keys(verdicts).filter((path) => /\/current_repodata\.json(\.zst)?$/.test(path))) {
    const source = scanRepodata(read(path.replace(/current_repodata\.json(\.zst)?$/, 'repodata.json')), LIMITS);
    assert.deepEqual(contradicts(source, scanRepodata(read(path), LIMITS)), [], path);
  }
});

test('a compressed twin holds the bytes of its base', { skip }, () => {
  const twins = Object.keys(verdicts).filter((path) => path.endsWith('.zst') && path.slice(0, -4) in verdicts);
  assert.ok(twins.length > 0);
  for (const path of twins) assert.deepEqual(read(path), read(path.slice(0, -4)), path);
});
