/**
 * The chains of record signatures that a channel of ours may have: root, key_mgr and whoever signs records. They are of one
 * kind, and differ in whom they are for, where their files stand, and the shape of their signatures.
 */
import type { CctShape } from './signatures.ts';

/** The clients that check record signatures. */
export type RecordClient = 'conda';

export interface RecordChain {
  readonly client: RecordClient;
  /** What the names of its roles begin with: `cct/root`. */
  readonly name: 'cct';
  /** What the paths of its files begin with. */
  readonly prefix: 'cct/';
  /** Of every signature but those on roots, which have the OpenPGP shape in any chain. */
  readonly shape: CctShape;
}

export const CONDA_CHAIN: RecordChain = { client: 'conda', name: 'cct', prefix: 'cct/', shape: 'raw' };

export const RECORD_CHAINS: readonly RecordChain[] = [CONDA_CHAIN];

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

/** Whether the path is that of a file of some chain. */
export function isChainFile(path: string): boolean {
  return RECORD_CHAINS.some((chain) => chainRootVersion(chain, path) !== undefined || path === keyMgrPath(chain));
}
