/** The next versions of hash bins, made one by one as they are written: all of them would not fit into memory. */
import { type Binning, binName, buildTargets, roleFileName, type Signer, signTuf } from '@antivenom/core';
import { nodeCrypto, type ProgressReporter } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, targetFields } from '../channel/published-targets.ts';
import type { MetadataFile } from '../publication/edition.ts';
import { lifetimeOf } from '../roles/reissue.ts';
import { signersOf } from '../roles/role-signers.ts';
import type { BinChange } from './bin-changes.ts';
import { BINS, type OwnBins, readBin } from './own-bins.ts';

export interface NextBins {
  /** What the next snapshot says of them, by role name. */
  readonly versions: ReadonlyMap<string, number>;
  /** Packages that they list and did not list before. */
  packages(): Iterable<FileFacts>;
  /** To be written before a snapshot names them. */
  files(): AsyncGenerator<MetadataFile>;
}

export interface BinSigning {
  readonly signers: readonly Signer[];
  /** ms since the epoch */
  readonly now: number;
  readonly progress: ProgressReporter;
}

/** Every bin, from nothing. */
export interface NewBins {
  readonly binning: Binning;
  /** Of the snapshot that will name them. */
  readonly version: number;
  readonly lifetimeMs: number;
}

/** Bins that stand, with their changes. */
export function nextBins(
  own: OwnMetadata,
  bins: OwnBins,
  changes: ReadonlyMap<number, BinChange>,
  signing: BinSigning,
): NextBins {
  const made = { binning: bins, version: own.snapshot.version + 1, lifetimeMs: lifetimeOf(BINS, bins.role) };
  return signBins(made, changes, signing, async (number) => {
    const { targets } = await readBin(own, bins, number);
    return new Map([...targets].map(([path, target]) => [path, factsOfTarget(target)]));
  });
}

/** Bins that are signed anew as they are, with the keys of now. @returns undefined where there are none */
export function renewedBins(
  own: OwnMetadata,
  bins: OwnBins,
  numbers: readonly number[],
  { keys, ...signing }: Omit<BinSigning, 'signers'> & { readonly keys: RoleSigners },
): NextBins | undefined {
  if (numbers.length === 0) return undefined;
  const unchanged = new Map(numbers.map((number): [number, BinChange] => [number, new Map()]));
  return nextBins(own, bins, unchanged, { ...signing, signers: signersOf(BINS, bins, keys) });
}

/** All bins of a channel that has none, or none of this number; those without a package are there too. */
export function firstBins(made: NewBins, changes: ReadonlyMap<number, BinChange>, signing: BinSigning): NextBins {
  const all = Array.from({ length: 2 ** made.binning.bitLength }, (_, number): [number, BinChange] => [
    number,
    changes.get(number) ?? new Map(),
  ]);
  return signBins(made, new Map(all), signing, async () => new Map());
}

/**
 * A bin has the version of the first snapshot that names it: so its name tells which snapshots do, those from this version on up
 * to the next of the same bin, and nobody needs to read them.
 */
function signBins(
  { binning, version, lifetimeMs }: NewBins,
  changes: ReadonlyMap<number, BinChange>,
  { signers, now, progress }: BinSigning,
  read: (number: number) => Promise<Map<string, FileFacts>>,
): NextBins {
  const names = [...changes.keys()].map((number) => binName(number, binning));
  return {
    versions: new Map(names.map((name) => [name, version])),
    *packages() {
      for (const change of changes.values()) for (const facts of change.values()) if (facts !== undefined) yield facts;
    },
    async *files() {
      const task = progress.start('signing hash bins', changes.size);
      try {
        for (const [number, change] of changes) {
          const listed = await read(number);
          for (const [path, facts] of change) {
            if (facts === undefined) listed.delete(path);
            else listed.set(path, facts);
          }
          const targets = [...listed.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).map(targetFields);
          const signed = buildTargets({ version, expires: now + lifetimeMs, targets }, nodeCrypto);
          const path = `tuf/${roleFileName(binName(number, binning), version)}`;
          yield { path, bytes: await signTuf(signed, signers, nodeCrypto) };
          task.advance(1);
        }
      } finally {
        task.done();
      }
    },
  };
}
