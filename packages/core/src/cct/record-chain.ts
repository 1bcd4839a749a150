/**
 * The chains of record signatures that a channel of ours may have: root, key_mgr and whoever signs records. They are of one
 * kind, and differ in whom they are for, where their files stand, and the shape of their signatures. They have no key in
 * common: what is signed for mamba is well formed as a record, and must never pass for one.
 */
import type { CctShape } from './signatures.ts';

/** The clients that check record signatures: conda with conda-content-trust, and mamba 2. */
export type RecordClient = 'conda' | 'mamba';

export interface RecordChain {
  readonly client: RecordClient;
  /** What the names of its roles begin with: `cct/root`. */
  readonly name: 'cct' | 'mamba';
  /** What the paths of its files begin with; nothing at the channel's base. */
  readonly prefix: 'cct/' | '';
  /** Of every signature but those on roots, which have the OpenPGP shape in any chain. */
  readonly shape: CctShape;
  /** Where it has a pkg_mgr that is a file, renewed online; else that is a delegation of key_mgr alone. */
  readonly pkgMgrPath?: string;
}

export const CONDA_CHAIN: RecordChain = { client: 'conda', name: 'cct', prefix: 'cct/', shape: 'raw' };
export const MAMBA_CHAIN: RecordChain & Required<Pick<RecordChain, 'pkgMgrPath'>> = {
  client: 'mamba',
  name: 'mamba',
  prefix: '',
  shape: 'openpgp',
  pkgMgrPath: 'pkg_mgr.json',
};

export const RECORD_CHAINS: readonly RecordChain[] = [CONDA_CHAIN, MAMBA_CHAIN];

export function chainRootPath({ prefix }: RecordChain, version: number): string {
  return `${prefix}${version}.root.json`;
}

export function keyMgrPath({ prefix }: RecordChain): string {
  return `${prefix}key_mgr.json`;
}

/** The version that the path of a chain's root states; undefined for any other path. */
export function chainRootVersion({ prefix }: RecordChain, path: string): number | undefined {
  const digits = path.startsWith(prefix) ? /^([1-9]\d*)\.root\.json$/.exec(path.slice(prefix.length))?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Where a file of some chain comes when files become visible one after the other: pkg_mgr, then key_mgr, then roots by
 * version. Whoever hands over signs with the old keys and the new ones, so that what is delegated to is good by what delegated
 * before and by what will; what delegates to new keys alone comes after what they signed.
 *
 * @returns undefined for the path of any other file
 */
export function chainFileRank(path: string): number | undefined {
  for (const chain of RECORD_CHAINS) {
    if (path === chain.pkgMgrPath) return 0;
    if (path === keyMgrPath(chain)) return 1;
    const version = chainRootVersion(chain, path);
    if (version !== undefined) return 1 + version;
  }
  return undefined;
}

/** Whether the path is that of a file of some chain. */
export function isChainFile(path: string): boolean {
  return chainFileRank(path) !== undefined;
}

/** The names at the channel's base under which mamba asks for a root of this version, in its order. Ours has the last. */
export function mambaRootNames(version: number): string[] {
  return ['sv1.', 'sv0.7.', 'sv0.6.', ''].map((format) => `${version}.${format}root.json`);
}

/** Whether mamba may take a file of this name at the channel's base for one of its chain. */
export function isMambaChainName(name: string): boolean {
  return /^(?:[1-9]\d*\.(?:sv[\d.]+\.)?root|key_mgr|pkg_mgr)\.json$/.test(name);
}
