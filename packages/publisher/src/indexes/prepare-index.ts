/** From the indexer's files to everything that is to be published: checked, signed, made, and staged. Nothing is published here. */
import { dirname, join } from 'node:path';
import { CHANNEL_INDEX_FORMS, REPODATA, scanRepodata, UsageError, VerificationError } from '@antivenom/core';
import {
  isMissing,
  namesIfThere,
  nodeCrypto,
  type ProgressReporter,
  readFileIfThere,
  sha256Hex,
} from '@antivenom/node';
import { teamOfSubdir } from '../channel/index-targets.ts';
import { pathInside } from '../channel/inside-channel.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import {
  type FileFacts,
  factsOfTarget,
  hashPrefixedPath,
  readShardNames,
  readTarget,
} from '../channel/published-targets.ts';
import type { KeptRecord } from '../channel/withdrawn-records.ts';
import type { Refused, SignOptions, SignResult, Warning } from '../operations.ts';
import { checkCarried } from '../publication/carry-files.ts';
import type { Staging } from '../publication/staging.ts';
import { checkPackages } from './check-packages.ts';
import { checkDerivedForms, type ReplacementRules } from './derived-forms.ts';
import { DEFAULT_ZSTD_LEVEL, makeForms } from './make-forms.ts';
import { makePlainForms } from './plain-forms.ts';
import { type RecordSigners, type SignedRecords, signRecords } from './record-signing.ts';
import { INDEX_LIMITS, readSourceIndex, refusalOf, type SourceIndex } from './source-index.ts';
import { channelForms, findSubdirs, type SourceSubdir } from './source-subdirs.ts';
import { settleRecords, type YankState } from './yanked-records.ts';

export interface Preparation {
  /** The indexer's folder. */
  readonly source: string;
  /** The folder that is published into; the last publication may stand in another. */
  readonly published: string;
  /** The last publication. */
  readonly own: OwnMetadata;
  /** Who signs records; empty for a channel without record signatures. */
  readonly signers: readonly RecordSigners[];
  /** Whose records leave the indexes, and which come back. */
  readonly yanks: YankState;
  /** ms since the epoch */
  readonly now: number;
  readonly rules: ReplacementRules;
  readonly options: SignOptions;
  readonly progress: ProgressReporter;
}

export interface PreparedIndex {
  /** Everything that the index role is to list, by path. */
  readonly files: ReadonlyMap<string, FileFacts>;
  /** Path → SHA-256 of the source files as they were read. */
  readonly read: ReadonlyMap<string, string>;
  readonly subdirs: readonly string[];
  readonly records: SignResult['records'];
  readonly growth: { unsigned: number; signed: number };
  readonly missingPackages: readonly string[];
  /** Records of yanked files that the indexer lists. */
  readonly withdrawn: readonly KeptRecord[];
  readonly warnings: readonly Warning[];
}

/**
 * Looks at every subdir also when one of them is refused, so that its owner sees all there is to mend.
 *
 * @throws VerificationError with the code of the first refusal, and all of them as `details.refused`.
 */
export async function prepareIndex(preparation: Preparation, staging: Staging): Promise<PreparedIndex> {
  const { source, published, own, options } = preparation;
  const run = new Run(preparation, staging);
  const found = await findSubdirs(source, options.subdirs);
  const subdirs = found.filter(({ subdir }) => teamOfSubdir(own, subdir) === undefined);
  if (options.subdirs !== undefined) requireOwnSubdirs(own, options.subdirs);
  const names = subdirs.map(({ subdir }) => subdir);
  for (const subdir of subdirs) await run.prepareSubdir(subdir);
  if (source !== published) await checkCarried(source, names, run.refused);
  if (options.subdirs === undefined) await run.prepareBase();
  else keepOthers(own, new Set(options.subdirs), run.files);
  if (run.refused.length > 0) throw refusal(run.refused);
  return { ...run, files: run.files, subdirs: names };
}

/** The index of a team's subdir comes with what the team signed. */
function requireOwnSubdirs(own: OwnMetadata, subdirs: readonly string[]): void {
  for (const subdir of subdirs) {
    const team = teamOfSubdir(own, subdir);
    if (team === undefined) continue;
    throw new UsageError('usage', `${subdir} is ${team}'s, who signs its indexes`, {
      hint: `Publish what it signs: antivenom team publish CHANNEL ${team} FILE`,
    });
  }
}

/** What was last published stays for what was not looked at. */
function keepOthers(own: OwnMetadata, looked: ReadonlySet<string>, files: Map<string, FileFacts>): void {
  for (const [path, target] of own.index.targets) {
    if (!looked.has(path.split('/')[0] ?? '') || CHANNEL_INDEX_FORMS.includes(path))
      files.set(path, factsOfTarget(target));
  }
}

class Run {
  readonly files = new Map<string, FileFacts>();
  readonly read = new Map<string, string>();
  readonly refused: Refused[] = [];
  readonly records = {
    total: 0,
    signed: 0,
    reused: 0,
    withoutSubdir: 0,
    unforeseeable: {} as Record<string, number>,
  };
  readonly growth = { unsigned: 0, signed: 0 };
  readonly missingPackages: string[] = [];
  readonly withdrawn: KeptRecord[] = [];
  readonly warnings: Warning[] = [];
  readonly #preparation: Preparation;
  readonly #staging: Staging;

  constructor(preparation: Preparation, staging: Staging) {
    this.#preparation = preparation;
    this.#staging = staging;
  }

  async prepareSubdir({ subdir, folder, names }: SourceSubdir): Promise<void> {
    const { rules, options, progress, own } = this.#preparation;
    const path = `${subdir}/${REPODATA}`;
    if (!(await this.#areInside(`${subdir}/`, names))) return;
    const bytes = await readFileIfThere(join(folder, REPODATA));
    if (bytes === undefined) {
      const message = `${subdir} has ${[...names].join(', ')} and no ${REPODATA}, which is what is signed`;
      this.refused.push({ file: path, code: 'missing', message, hint: 'Index the channel again.', details: {} });
      return;
    }
    this.read.set(path, sha256Hex(bytes));
    const indexed = readSourceIndex(subdir, bytes, options.allowHosts ?? [], this.refused);
    if (indexed === undefined) return;
    await checkDerivedForms(folder, names, indexed, rules, this.refused);
    const source = this.#settle(indexed);
    this.records.total += source.repodata.records.length;
    if (options.checkPackages) this.missingPackages.push(...(await checkPackages(folder, source, this.refused)));
    // Nothing will be published any more: only what else is wrong is still of interest.
    if (this.refused.length > 0) return;
    const published = own.index.targets.get(path);
    const last = published && factsOfTarget(published);
    if (last !== undefined && source.repodata.records.length === 0) await this.#tellEmptied(subdir, last);
    const signed = await this.#sign(source, last);
    const task = progress.start(`compressing the indexes of ${subdir}`);
    try {
      const plan = {
        names,
        zstdLevel: options.zstdLevel ?? DEFAULT_ZSTD_LEVEL,
        hasShards: (index: FileFacts) => this.#hasShards(index),
        known: (form: string, repodata: FileFacts) => this.#known(form, repodata, last),
      };
      const made = await makeForms(source, signed, plan, this.#staging);
      for (const facts of made.files) this.files.set(facts.path, facts);
      this.growth.unsigned += made.growth?.unsigned ?? 0;
      this.growth.signed += made.growth?.signed ?? 0;
    } finally {
      task.done();
    }
    await this.#addPlainForms(folder, `${subdir}/`, names);
  }

  #settle(indexed: SourceIndex): SourceIndex {
    const { yanks, options } = this.#preparation;
    const { repodata, withdrawn } = settleRecords(indexed.subdir, indexed.repodata, yanks);
    this.withdrawn.push(...withdrawn);
    if (repodata === indexed.repodata) return indexed;
    // What was refused of it is told already.
    return readSourceIndex(indexed.subdir, repodata.bytes, options.allowHosts ?? [], []) ?? indexed;
  }

  async prepareBase(): Promise<void> {
    const { source } = this.#preparation;
    const names = await channelForms(source);
    if (await this.#areInside('', names)) await this.#addPlainForms(source, '', names);
  }

  /** Whether all of these are files of the channel itself; those that are not are refused. */
  async #areInside(prefix: string, names: ReadonlySet<string>): Promise<boolean> {
    const before = this.refused.length;
    for (const name of names) {
      const path = `${prefix}${name}`;
      try {
        await pathInside(this.#preparation.source, path);
      } catch (error) {
        // A link that leads nowhere is no file.
        if (!isMissing(error)) this.refused.push(refusalOf(path, error));
      }
    }
    return this.refused.length === before;
  }

  /** An indexer that failed leaves an index without records, and consumers would lose all they had. */
  async #tellEmptied(subdir: string, last: FileFacts): Promise<void> {
    const before = scanRepodata(await readTarget(this.#preparation.own.folder, last), INDEX_LIMITS).records.length;
    if (before === 0) return;
    const message = `${subdir} has no record any more, and had ${before}: if that is a mistake, index and sign again`;
    this.warnings.push({ kind: 'emptied', about: last.path, message });
  }

  async #sign(source: SourceIndex, last: FileFacts | undefined): Promise<SignedRecords | undefined> {
    const { signers, own, progress, now } = this.#preparation;
    if (signers.length === 0) return undefined;
    const published = last === undefined ? undefined : await readTarget(own.folder, last);
    const task = progress.start(`signing ${source.subdir}`, source.records.length);
    const signing = { crypto: nodeCrypto, now, task };
    const signed = await signRecords(source, published, signers, signing).finally(() => task.done());
    this.records.signed += signed.signed;
    this.records.reused += signed.reused;
    for (const [reason, count] of signed.unforeseeable) {
      this.records.unforeseeable[reason] = (this.records.unforeseeable[reason] ?? 0) + count;
    }
    this.records.withoutSubdir += source.records.filter(
      ({ signable, slice }) => !signable && !slice.map.startsWith('v3.'),
    ).length;
    return signed;
  }

  /** A form of the last publication that was made from the same bytes of `repodata.json` is the same form. */
  async #known(path: string, repodata: FileFacts, last: FileFacts | undefined): Promise<FileFacts | undefined> {
    const { own } = this.#preparation;
    const target = last?.sha256 === repodata.sha256 ? own.index.targets.get(path) : undefined;
    if (target === undefined) return undefined;
    const facts = factsOfTarget(target);
    const there = await readFileIfThere(join(own.folder, hashPrefixedPath(facts)));
    return there !== undefined && sha256Hex(there) === facts.sha256 ? facts : undefined;
  }

  /** Whether all that a known shard index names stands where it is published. */
  async #hasShards(index: FileFacts): Promise<boolean> {
    const { own, published } = this.#preparation;
    const names = await readShardNames(own.folder, index);
    const there = new Set(await namesIfThere(join(published, dirname(index.path))));
    return names.every((name) => there.has(name));
  }

  async #addPlainForms(folder: string, prefix: string, names: ReadonlySet<string>): Promise<void> {
    const { rules, options } = this.#preparation;
    const zstdLevel = options.zstdLevel ?? DEFAULT_ZSTD_LEVEL;
    const made = await makePlainForms({ folder, prefix, names, zstdLevel, rules }, this.#staging, this.refused);
    for (const facts of made.files) this.files.set(facts.path, facts);
    for (const [path, sha256] of made.read) this.read.set(path, sha256);
  }
}

function refusal(refused: readonly Refused[]): VerificationError {
  const [first] = refused;
  const more = refused.length - 1;
  const others = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'reason' : 'reasons'})`;
  return new VerificationError(first?.code ?? 'malformed', `${first?.message}${others}; nothing was published`, {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    details: { ...first?.details, refused: refused.map(({ file, code, message }) => ({ file, code, message })) },
  });
}
