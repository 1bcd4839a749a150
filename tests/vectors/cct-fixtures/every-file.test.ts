/**
 * Every public file of content trust, and of mamba's test channels, and what is known of it. `verdicts.json` has a row for each: how
 * it is read (`as`), when (`at`) and after which files of its chain (`after`), and what comes out.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  bytesToHex,
  ContentTrustError,
  checkPackageAgainstRecord,
  JsonNumber,
  PublicKey,
  parseCctEnvelope,
  RecordSignatures,
  type Repodata,
  scanRepodata,
  TrustedCctChain,
} from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import { fixturesFolder, inspectBytes } from '@antivenom/testkit';

interface Row {
  /** A file of a chain, an index, a package, a key, or a file that is none of these and is handed over as metadata. */
  readonly as: 'chain' | 'index' | 'package' | 'key' | 'stranger';
  readonly at?: string;
  readonly after?: readonly string[];
  /** Ends with the code of the refusal, where it is refused. */
  readonly verdict: string;
}

const folder = fixturesFolder() ?? '';
const options = { skip: folder === '' && 'there are no fixtures beside the checkout' };
const rows: Readonly<Record<string, Row>> = JSON.parse(readFileSync(new URL('verdicts.json', import.meta.url), 'utf8'));
const json = { maxBytes: 1_000_000, maxDepth: 32 };

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

const JUDGES: Readonly<Record<Row['as'], (path: string, row: Row) => Promise<string> | string>> = {
  chain: (path, { at = '', after = [] }) => chainVerdict([...after, path], at),
  index: (path) => `${readIndex(path).records.length} records`,
  package: packageVerdict,
  key: (path, { after = [] }) => {
    const key = bytesToHex(PublicKey.ed25519Hex(Buffer.from(read(path)).toString().trim()).bytes);
    const roles = after.flatMap((file) => {
      const delegations = parseCctEnvelope(read(file), { json }, file).signed.get('delegations') as Map<
        string,
        unknown
      >;
      return [...delegations].filter(([, delegation]) =>
        ((delegation as Map<string, string[]>).get('pubkeys') ?? []).includes(key),
      );
    });
    return `a key of ${roles.map(([role]) => role)}`;
  },
  stranger: (path) => {
    parseCctEnvelope(read(path), { json }, basename(path));
    return 'metadata';
  },
};

async function verdictOf(path: string, row: Row): Promise<string> {
  try {
    return await JUDGES[row.as](path, row);
  } catch (error) {
    if (error instanceof ContentTrustError) return `refused: ${error.code}`;
    throw error;
  }
}

/** Of the last file, which the others lead to: the first is the root that is trusted. */
function chainVerdict([first = '', ...next]: readonly string[], at: string): string {
  const chain = TrustedCctChain.fromRoot(read(first), { crypto: nodeCrypto, now: Date.parse(at), limits: { json } });
  for (const path of next) {
    if (path.includes('repodata')) return recordVerdicts(chain, scanRepodata(read(path), json));
    if (path.includes('root')) chain.updateRoot(read(path));
    else {
      chain.finishRoots();
      chain.setKeyMgr(read(path));
    }
  }
  if (chain.keyMgr === undefined) chain.finishRoots();
  return chain.keyMgr === undefined ? `root ${chain.root.version}` : `key_mgr after root ${chain.root.version}`;
}

function recordVerdicts(chain: TrustedCctChain, repodata: Repodata): string {
  const signatures = new RecordSignatures(repodata);
  const counts = new Map<string, number>();
  for (const slice of repodata.records) {
    const { file, map } = slice;
    const record = repodata.record(slice);
    const subdir = String(record.get('subdir'));
    const verdict = chain.checkRecord({
      subdir,
      file,
      map,
      record,
      signatures: signatures.of(file),
      checkNames: false,
    });
    const said = verdict.status === 'refused' ? verdict.code : verdict.status;
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  return [...counts]
    .map(([said, count]) => `${count} ${said}`)
    .sort()
    .join(', ');
}

function readIndex(path: string): Repodata {
  const bytes = read(path);
  return scanRepodata(path.endsWith('.bz2') ? nodeDecompression.bzip2Sync(bytes, json.maxBytes) : bytes, json);
}

/** The record stands in the index that is named, or in the one beside the package. */
async function packageVerdict(path: string, { after = [] }: Row): Promise<string> {
  const bytes = read(path);
  const inspected = await inspectBytes(bytes, basename(path));
  const repodata = readIndex(after[0] ?? join(dirname(path), 'repodata.json'));
  const slice = repodata.find(basename(path));
  if (slice === undefined) return 'a package without a record';
  const record = repodata.record(slice);
  checkPackageAgainstRecord(inspected, record, basename(dirname(path)), basename(path));
  const size = record.get('size');
  const agrees =
    record.get('sha256') === createHash('sha256').update(bytes).digest('hex') &&
    size instanceof JsonNumber &&
    size.literal === String(bytes.length);
  return `a package ${agrees ? 'as its record says' : 'other than its record says'}`;
}

for (const [path, row] of Object.entries(rows)) {
  test(`${path}: ${row.verdict}`, options, async () => {
    assert.equal(await verdictOf(path, row), row.verdict);
  });
}

test('each file has a row, and each row a file', options, () => {
  const files = ['cct', 'mamba'].flatMap((topic) =>
    readdirSync(join(folder, topic), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  );
  assert.deepEqual(files.sort(), Object.keys(rows).sort());
});
