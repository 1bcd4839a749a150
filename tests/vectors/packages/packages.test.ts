/**
 * Every real archive of the fixtures, and those that are broken on purpose. `verdicts.json` holds what is expected of each: how
 * many paths it lists (null: it is too old for a list) or why it is refused, and what its own record says of it where an index lies
 * beside it.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { ContentTrustError, checkPackageAgainstRecord, type InspectedPackage, scanRepodata } from '@antivenom/core';
import { fixturesFolder, inspectBytes } from '@antivenom/testkit';

interface Verdict {
  /** The name to read it under, where its own is no package's. */
  readonly as?: string;
  readonly listed?: number | null;
  readonly refused?: { readonly code: string; readonly message: string };
  /** Which of sha256 and size the record beside it states otherwise. */
  readonly bytesDiffer?: readonly string[];
  /** The members in which index.json and the record differ as patches do. */
  readonly patched?: readonly string[];
}

const folder = fixturesFolder() ?? '';
const options = { skip: folder === '' && 'there are no fixtures beside the checkout' };
const verdicts: Readonly<Record<string, Verdict>> = JSON.parse(
  readFileSync(new URL('./verdicts.json', import.meta.url), 'utf8'),
);

async function verdictOf(path: string, as: string | undefined): Promise<Verdict> {
  const bytes = readFileSync(join(folder, path));
  const told = { ...(as === undefined ? {} : { as }) };
  try {
    const inspected = await inspectBytes(new Uint8Array(bytes), as ?? basename(path));
    return { ...told, listed: inspected.listedPaths ?? null, ...againstRecord(path, bytes, inspected) };
  } catch (error) {
    assert.ok(error instanceof ContentTrustError, String(error));
    return { ...told, refused: { code: error.code, message: error.message } };
  }
}

function againstRecord(path: string, bytes: Uint8Array, inspected: InspectedPackage): Verdict {
  const index = join(folder, dirname(path), 'repodata.json');
  if (!existsSync(index)) return {};
  const repodata = scanRepodata(new Uint8Array(readFileSync(index)), { maxBytes: 1_000_000, maxDepth: 32 });
  const slice = repodata.find(basename(path));
  if (slice === undefined) return {};
  const record = repodata.record(slice);
  const [size, sha256] = [record.get('size'), record.get('sha256')];
  const bytesDiffer = [
    ...(sha256 === createHash('sha256').update(bytes).digest('hex') ? [] : ['sha256']),
    ...(size instanceof Object && 'literal' in size && size.literal === String(bytes.length) ? [] : ['size']),
  ];
  const patched = checkPackageAgainstRecord(inspected, record, basename(dirname(path)), basename(path));
  return {
    ...(bytesDiffer.length > 0 ? { bytesDiffer } : {}),
    ...(patched.length > 0 ? { patched: patched.map(({ member }) => member) } : {}),
  };
}

for (const [path, expected] of Object.entries(verdicts)) {
  test(`${path} gets the verdict written down for it`, options, async () => {
    assert.deepEqual(await verdictOf(path, expected.as), expected);
  });
}

test('each archive among the fixtures has a verdict', options, () => {
  for (const topic of ['packages', 'packages-extra']) {
    for (const name of readdirSync(join(folder, topic), { recursive: true, encoding: 'utf8' })) {
      if (/\.(conda|tar\.bz2)$/.test(name)) assert.ok(`${topic}/${name}` in verdicts, `${topic}/${name}`);
    }
  }
});
