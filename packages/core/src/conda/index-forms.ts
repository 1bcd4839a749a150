/**
 * The files of a channel that make up its index, by name: what each is called, which are the same bytes compressed, which
 * are made from `repodata.json`, and the path patterns by which TUF delegates them to the role `index`.
 */

/** Folder names that conda knows as subdirs; a channel may have others, but only these are looked for unasked. */
export const KNOWN_SUBDIRS: readonly string[] = [
  'noarch',
  'emscripten-wasm32',
  'freebsd-64',
  'linux-32',
  'linux-64',
  'linux-aarch64',
  'linux-armv6l',
  'linux-armv7l',
  'linux-ppc64',
  'linux-ppc64le',
  'linux-riscv64',
  'linux-s390x',
  'osx-64',
  'osx-arm64',
  'wasi-wasm32',
  'win-32',
  'win-64',
  'win-arm64',
  'zos-z',
];

/** The index that all others of a subdir follow. */
export const REPODATA = 'repodata.json';
/** The newest versions alone, made from `repodata.json`. */
export const CURRENT_REPODATA = 'current_repodata.json';
/** The list of shards (CEP 16), made from `repodata.json`; always compressed. */
export const SHARD_INDEX = 'repodata_shards.msgpack.zst';

const SUBDIR_JSON = [
  REPODATA,
  CURRENT_REPODATA,
  'repodata_from_packages.json',
  'run_exports.json',
  'patch_instructions.json',
] as const;
const CHANNEL_JSON = ['channeldata.json', 'notices.json'] as const;

export type Compression = 'zst' | 'bz2';
const COMPRESSIONS: readonly Compression[] = ['zst', 'bz2'];

/** The compressed names of an index: `repodata.json` gives `repodata.json.zst` and `repodata.json.bz2`. */
export function twinsOf(base: string): { readonly name: string; readonly compression: Compression }[] {
  return COMPRESSIONS.map((compression) => ({ name: `${base}.${compression}`, compression }));
}

/** What a compressed index is a twin of, or undefined for a name that is none: `repodata.json.zst` is `repodata.json`. */
export function twinOf(name: string): { readonly base: string; readonly compression: Compression } | undefined {
  for (const base of [...SUBDIR_JSON, ...CHANNEL_JSON]) {
    for (const twin of twinsOf(base)) if (twin.name === name) return { base, compression: twin.compression };
  }
  return undefined;
}

function withTwins(bases: readonly string[]): string[] {
  return bases.flatMap((base) => [base, ...twinsOf(base).map((twin) => twin.name)]);
}

/** Every index file that may stand in a subdir's folder. Shards are not among them: the shard index holds their hashes. */
export const SUBDIR_INDEX_FORMS: readonly string[] = [
  ...withTwins(SUBDIR_JSON),
  SHARD_INDEX,
  'repodata_shards_from_packages.msgpack.zst',
];

/** Every index file that may stand at the channel's base. */
export const CHANNEL_INDEX_FORMS: readonly string[] = withTwins(CHANNEL_JSON);

/** The forms of a subdir that follow from `repodata.json`, so that a publisher may make them anew from it. */
export const DERIVED_INDEX_FORMS: readonly string[] = [
  ...twinsOf(REPODATA).map((twin) => twin.name),
  ...withTwins([CURRENT_REPODATA]),
  SHARD_INDEX,
];

/**
 * The TUF path patterns of the role `index`: exact file names below one folder, or at the base. No name of a package
 * file (`.conda`, `.tar.bz2`, `.whl`) can match one, so a thief of the index key signs no package of a delegated team.
 */
export const INDEX_PATH_PATTERNS: readonly string[] = [
  ...SUBDIR_INDEX_FORMS.map((name) => `*/${name}`),
  ...CHANNEL_INDEX_FORMS,
];

/** The file name of a shard, from the SHA-256 of its compressed bytes (hex, 64 characters). */
export function shardFileName(sha256: string): string {
  return `${sha256}.msgpack.zst`;
}

/** The SHA-256 (hex) that a shard's file name states, or undefined for any other name. */
export function shardHashOf(name: string): string | undefined {
  return /^([0-9a-f]{64})\.msgpack\.zst$/.exec(name)?.[1];
}
