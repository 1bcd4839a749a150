/** Reads a published folder as a TUF client reads a server: hash-prefixed names alone, by core's own rules. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkTargetBytes,
  findTarget,
  hashPrefixedUrlPath,
  RecordSignatures,
  roleFileName,
  scanRepodata,
  TrustedCctChain,
  TrustedMetadata,
} from '@antivenom/core';
import { nodeCrypto, readFileIfThere } from '@antivenom/node';

const LENGTH = 2 ** 30;
const JSON_LIMITS = { maxBytes: LENGTH, maxDepth: 64 };
const LIMITS = {
  json: JSON_LIMITS,
  maxRootLength: LENGTH,
  maxTimestampLength: LENGTH,
  maxSnapshotLength: LENGTH,
  maxTargetsLength: LENGTH,
  maxRootRotations: 1024,
  maxDelegations: 32,
};

export interface ChannelReading {
  /** ms since the epoch */
  readonly now: number;
  /** The root that the reader trusts; the folder's `1.root.json` by default. */
  readonly root?: Uint8Array;
}

export interface ReadChannel {
  readonly trusted: TrustedMetadata;
  /** Every target by path, verified. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Follows the metadata and reads every target.
 *
 * @throws whatever core throws for what must not be accepted; an `ENOENT` where something is missing.
 */
export async function readChannel(folder: string, { now, root }: ChannelReading): Promise<ReadChannel> {
  const metadata = (name: string) => readFile(join(folder, 'tuf', name));
  const trusted = TrustedMetadata.fromRoot(root ?? (await metadata('1.root.json')), {
    crypto: nodeCrypto,
    now,
    limits: LIMITS,
  });
  for (;;) {
    const next = await readFileIfThere(join(folder, 'tuf', `${trusted.root.version + 1}.root.json`));
    if (next === undefined) break;
    trusted.updateRoot(next);
  }
  trusted.finishRoots();
  trusted.updateTimestamp(await metadata('timestamp.json'));
  trusted.updateSnapshot(await metadata(`${trusted.timestamp?.snapshotMeta.version}.snapshot.json`), {
    trusted: false,
  });
  trusted.updateTargets(await metadata(`${trusted.metaOf('targets').version}.targets.json`));
  const { targets } = trusted;
  if (targets === undefined) throw new Error('a timestamp without targets');
  trusted.updateDelegatedTargets(await metadata(`${trusted.metaOf('index').version}.index.json`), 'index', targets);
  const index = trusted.delegatedTargets('index', targets);
  const files = new Map<string, Uint8Array>();
  for (const path of [...targets.targets.keys(), ...(index?.targets.keys() ?? [])]) {
    files.set(path, await readTarget(folder, trusted, path));
  }
  return { trusted, files };
}

export interface FetchedTarget {
  readonly bytes: Uint8Array;
  /** From `targets` down to the role that lists the file. */
  readonly roles: readonly string[];
}

/**
 * Searches any target of a channel that was read, a package too, loading the roles that the search asks for.
 *
 * @returns undefined where no role lists it
 */
export async function fetchTarget(
  folder: string,
  trusted: TrustedMetadata,
  path: string,
): Promise<FetchedTarget | undefined> {
  const search = findTarget(trusted, path);
  let step = search.next();
  for (; !step.done; step = search.next()) {
    const { role, parent, meta } = step.value;
    const bytes = await readFile(join(folder, 'tuf', roleFileName(role, meta.version)));
    trusted.updateDelegatedTargets(bytes, role, parent);
  }
  const target = step.value;
  if (target === undefined) return undefined;
  const sha256 = target.hashes.get('sha256') ?? '';
  const bytes = await readFile(join(folder, 'tuf', 'targets', hashPrefixedUrlPath(path, sha256)));
  checkTargetBytes(target, bytes, nodeCrypto);
  return { bytes, roles: target.roles };
}

async function readTarget(folder: string, trusted: TrustedMetadata, path: string): Promise<Uint8Array> {
  const { value: target } = findTarget(trusted, path).next();
  if (target === undefined || !('hashes' in target)) throw new Error(`no loaded role may speak of ${path}`);
  const sha256 = target.hashes.get('sha256') ?? '';
  const bytes = await readFile(join(folder, 'tuf', 'targets', hashPrefixedUrlPath(target.path, sha256)));
  checkTargetBytes(target, bytes, nodeCrypto);
  return bytes;
}

export interface CctReading {
  /** ms since the epoch */
  readonly now: number;
  /** Version of the root that conda was installed with; 1 by default. */
  readonly from?: number;
}

/**
 * Follows conda's chain among verified files, and verifies each record of each `repodata.json` by it.
 *
 * @returns how many records are signed
 * @throws whatever core throws for what must not be accepted
 */
export function checkCctRecords(files: ReadonlyMap<string, Uint8Array>, { now, from = 1 }: CctReading): number {
  const file = (path: string) => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`${path} is not listed`);
    return bytes;
  };
  const env = { crypto: nodeCrypto, now, limits: { json: JSON_LIMITS } };
  const chain = TrustedCctChain.fromRoot(file(`cct/${from}.root.json`), env);
  for (;;) {
    const next = files.get(`cct/${chain.root.version + 1}.root.json`);
    if (next === undefined) break;
    chain.updateRoot(next);
  }
  chain.finishRoots();
  chain.setKeyMgr(file('cct/key_mgr.json'));
  let signed = 0;
  for (const [path, bytes] of files) {
    const [subdir = '', name] = path.split('/');
    if (name === 'repodata.json') signed += checkRecords(chain, subdir, bytes);
  }
  return signed;
}

function checkRecords(chain: TrustedCctChain, subdir: string, bytes: Uint8Array): number {
  const repodata = scanRepodata(bytes, JSON_LIMITS);
  const all = new RecordSignatures(repodata);
  let signed = 0;
  for (const slice of repodata.records) {
    const signatures = all.of(slice.file);
    if (signatures === undefined) continue;
    const { file, map } = slice;
    const verdict = chain.checkRecord({
      subdir,
      file,
      map,
      record: repodata.record(slice),
      signatures,
      checkNames: true,
    });
    if (verdict.status !== 'signed') throw new Error(`${subdir}/${file}: ${JSON.stringify(verdict)}`);
    signed++;
  }
  return signed;
}
