/** The published indexes anew, without the records of yanked files and with those that came back; the indexer's are not looked at. */
import { REPODATA, scanRepodata } from '@antivenom/core';
import { nodeCrypto, type ProgressReporter } from '@antivenom/node';
import { teamOfSubdir } from '../channel/index-targets.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, readTarget } from '../channel/published-targets.ts';
import type { KeptRecord } from '../channel/withdrawn-records.ts';
import type { Refused } from '../operations.ts';
import type { Staging } from '../publication/staging.ts';
import { DEFAULT_ZSTD_LEVEL, makeForms } from './make-forms.ts';
import { type RecordSigners, signRecords } from './record-signing.ts';
import { INDEX_LIMITS, readSourceIndex } from './source-index.ts';
import { settleRecords, type YankState } from './yanked-records.ts';

export interface SettledIndexes {
  /** Everything that the index role is to list, by path. */
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly isChanged: boolean;
  readonly withdrawn: readonly KeptRecord[];
}

export interface SettledIndexesPlan {
  readonly own: OwnMetadata;
  readonly yanks: YankState;
  readonly signers: readonly RecordSigners[];
  /** ms since the epoch */
  readonly now: number;
  readonly progress: ProgressReporter;
}

/** Every form of an index that changes is made anew, into the staging folder. */
export async function settleIndexes(plan: SettledIndexesPlan, staging: Staging): Promise<SettledIndexes> {
  const { own, yanks } = plan;
  const files = new Map([...own.index.targets.values()].map((target) => [target.path, factsOfTarget(target)]));
  const withdrawn: KeptRecord[] = [];
  let isChanged = false;
  for (const [path, facts] of [...files]) {
    const [subdir = '', name] = path.split('/');
    if (name !== REPODATA || teamOfSubdir(own, subdir) !== undefined) continue;
    const published = await readTarget(own.folder, facts);
    const before = scanRepodata(published, INDEX_LIMITS);
    const settled = settleRecords(subdir, before, yanks);
    if (settled.repodata === before) continue;
    isChanged = true;
    withdrawn.push(...settled.withdrawn);
    for (const made of await makeAnew(subdir, settled.repodata.bytes, published, plan, staging)) {
      files.set(made.path, made);
    }
  }
  return { files, isChanged, withdrawn };
}

async function makeAnew(
  subdir: string,
  bytes: Uint8Array,
  published: Uint8Array,
  { own, signers, now, progress }: SettledIndexesPlan,
  staging: Staging,
): Promise<readonly FileFacts[]> {
  const refused: Refused[] = [];
  const source = readSourceIndex(subdir, bytes, 'published', refused);
  if (source === undefined || refused.length > 0) throw new Error(`${subdir}: a published index is refused`);
  const task = progress.start(`making the indexes of ${subdir} anew`, source.records.length);
  try {
    const signing = { crypto: nodeCrypto, now, task };
    const signed = signers.length === 0 ? undefined : await signRecords(source, published, signers, signing);
    const prefix = `${subdir}/`;
    const names = [...own.index.targets.keys()].filter((path) => path.startsWith(prefix));
    const forms = {
      names: new Set(names.map((path) => path.slice(prefix.length))),
      zstdLevel: DEFAULT_ZSTD_LEVEL,
      known: async () => undefined,
      hasShards: async () => false,
    };
    return (await makeForms(source, signed, forms, staging)).files;
  } finally {
    task.done();
  }
}
