/** Writes a channel folder of real packages, indexed as conda-index indexes it. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import {
  buildShards,
  currentRepodata,
  SHARD_INDEX,
  scanRepodata,
  shardFileName,
  writeShardIndex,
} from '@antivenom/core';
import { compressBzip2, compressZstd, nodeCrypto } from '@antivenom/node';
import { type IndexLayout, indexJson } from './index-json.ts';
import {
  type PackageFormat,
  type PackageLies,
  packageFile,
  packageIndex,
  type TestPackage,
  writePackage,
} from './packages.ts';
import { SeededRandom } from './seeded-random.ts';

export interface ChannelPackage extends TestPackage {
  /** `.conda` alone by default. */
  readonly formats?: readonly PackageFormat[];
  readonly lies?: PackageLies;
}

/** The index files that the channel has besides `repodata.json`. */
export interface ChannelForms {
  /** `indented` by default. */
  readonly layout?: IndexLayout;
  /** The `.zst` twin of every index. */
  readonly zst?: boolean;
  /** The `.bz2` twin of every index. */
  readonly bz2?: boolean;
  readonly currentRepodata?: boolean;
  readonly runExports?: boolean;
  /** The shard index and its shards. */
  readonly shards?: boolean;
  /** At the channel's base. */
  readonly channeldata?: boolean;
}

export interface ChannelPlan {
  readonly seed: string | number;
  /** Those without packages get an empty index. */
  readonly subdirs: readonly string[];
  /** The packages themselves, or how many to make up for each subdir. */
  readonly packages: readonly ChannelPackage[] | number;
  readonly forms?: ChannelForms;
}

export interface WrittenPackage {
  readonly subdir: string;
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  /** As it stands in `repodata.json`. */
  readonly record: Readonly<Record<string, unknown>>;
}

interface IndexedPackage extends WrittenPackage {
  readonly source: ChannelPackage;
  readonly map: 'packages' | 'packages.conda';
}

/** Every package of what was written, in the order of the plan. */
export async function writeChannel(folder: string, plan: ChannelPlan): Promise<WrittenPackage[]> {
  const random = new SeededRandom(plan.seed);
  const forms = plan.forms ?? {};
  const sources =
    typeof plan.packages === 'number'
      ? plan.subdirs.flatMap((subdir) => makeUpPackages(random, subdir, plan.packages as number))
      : plan.packages;
  const written: IndexedPackage[] = [];
  for (const subdir of plan.subdirs) await mkdir(join(folder, subdir), { recursive: true });
  for (const source of sources) written.push(...(await writeOne(folder, source)));
  for (const subdir of plan.subdirs) {
    const here = written.filter((pkg) => pkg.subdir === subdir);
    await writeSubdirIndexes(join(folder, subdir), subdir, here, forms);
  }
  if (forms.channeldata) await writeIndex(folder, 'channeldata.json', json(channeldata(written), forms), forms);
  return written.map(({ source: _, map: __, ...pkg }) => pkg);
}

async function writeOne(folder: string, source: ChannelPackage): Promise<IndexedPackage[]> {
  const subdir = source.subdir ?? 'noarch';
  const written: IndexedPackage[] = [];
  for (const format of source.formats ?? (['conda'] as const)) {
    const bytes = await writePackage(source, format, source.lies);
    const file = packageFile(source, format);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const md5 = createHash('md5').update(bytes).digest('hex');
    const { arch: _, platform: __, ...members } = packageIndex(source);
    const record = { ...members, md5, sha256, size: bytes.length };
    await writeFile(join(folder, subdir, file), bytes);
    const map = format === 'conda' ? 'packages.conda' : 'packages';
    written.push({ subdir, file, sha256, size: bytes.length, record, source, map });
  }
  return written;
}

async function writeSubdirIndexes(
  folder: string,
  subdir: string,
  packages: readonly IndexedPackage[],
  forms: ChannelForms,
): Promise<void> {
  const repodata = json(
    { info: { subdir }, ...byMap(packages, ({ record }) => record), removed: [], repodata_version: 1 },
    forms,
  );
  await writeIndex(folder, 'repodata.json', repodata, forms);
  if (forms.currentRepodata) {
    const scanned = scanRepodata(repodata, { maxBytes: repodata.length, maxDepth: 16 });
    await writeIndex(folder, 'current_repodata.json', currentRepodata(scanned), forms);
  }
  if (forms.shards) await writeShards(folder, repodata);
  if (forms.runExports) {
    const exported = byMap(packages, ({ source }) => ({ run_exports: source.runExports ?? {} }));
    await writeIndex(folder, 'run_exports.json', json({ info: { subdir, version: 1 }, ...exported }, forms), forms);
  }
}

async function writeIndex(folder: string, name: string, bytes: Uint8Array, forms: ChannelForms): Promise<void> {
  await writeFile(join(folder, name), bytes);
  if (forms.zst) await writeFile(join(folder, `${name}.zst`), await compressZstd(bytes, 16));
  if (forms.bz2) await writeFile(join(folder, `${name}.bz2`), await compressBzip2(bytes));
}

/** Writes the shards of a repodata file beside it. */
export async function writeShards(folder: string, repodata: Uint8Array): Promise<void> {
  const compress = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes));
  const scanned = scanRepodata(repodata, { maxBytes: repodata.length, maxDepth: 16 });
  const { index, shards } = buildShards(scanned, { crypto: nodeCrypto, compress });
  for (const [sha256, bytes] of shards) await writeFile(join(folder, shardFileName(sha256)), bytes);
  await writeFile(join(folder, SHARD_INDEX), compress(writeShardIndex(index)));
}

function byMap(packages: readonly IndexedPackage[], value: (pkg: IndexedPackage) => unknown): Record<string, unknown> {
  const of = (map: string) =>
    Object.fromEntries(packages.filter((pkg) => pkg.map === map).map((pkg) => [pkg.file, value(pkg)]));
  return { packages: of('packages'), 'packages.conda': of('packages.conda') };
}

function channeldata(packages: readonly IndexedPackage[]): unknown {
  const names: Record<string, { subdirs: string[] } & Record<string, unknown>> = {};
  for (const { source, subdir, file } of packages) {
    const { name, version, license = 'BSD-3-Clause', runExports } = source;
    const subdirs = new Set([...(names[name]?.subdirs ?? []), subdir]);
    names[name] = {
      license,
      reference_package: `${subdir}/${file}`,
      run_exports: runExports ? { [version]: runExports } : {},
      subdirs: [...subdirs].sort(),
      version,
    };
  }
  return {
    channeldata_version: 1,
    packages: names,
    subdirs: [...new Set(packages.map(({ subdir }) => subdir))].sort(),
  };
}

function json(value: unknown, forms: ChannelForms): Uint8Array {
  return indexJson(value, forms.layout ?? 'indented');
}

/** Packages of a few kilobytes that depend on each other; every third also as `.tar.bz2`, every fifth as that alone. */
function makeUpPackages(random: SeededRandom, subdir: string, count: number): ChannelPackage[] {
  const made: ChannelPackage[] = [];
  for (let at = 0; at < count; at++) {
    const name = `pkg-${subdir.replaceAll('-', '')}-${Math.floor(at / 2)}`;
    const formats: PackageFormat[] = at % 5 === 4 ? ['tar.bz2'] : at % 3 === 2 ? ['conda', 'tar.bz2'] : ['conda'];
    const text = Array.from({ length: 1 + random.below(40) }, () => random.hex(40)).join('\n');
    made.push({
      name,
      version: `${1 + (at % 2)}.${random.below(20)}.${random.below(10)}`,
      build: `h${random.hex(7)}_${random.below(4)}`,
      subdir,
      formats,
      depends: made.length === 0 ? [] : [`${random.pick(made).name} >=1`],
      timestamp: 1_600_000_000_000 + random.below(100_000_000) * 1000,
      files: {
        [`bin/${name}`]: `#!/bin/sh\necho ${name}\n`,
        [`share/${name}/data.txt`]: text,
        [`share/${name}/latest.txt`]: { link: 'data.txt' },
      },
      ...(random.onceIn(3) && { runExports: { weak: [`${name} >=1`] } }),
    });
  }
  return made;
}
