/** Signatures of an index's records: those of the last publication where what they are over is the same, new ones elsewhere. */
import {
  bytesToHex,
  type CryptoPort,
  cctCanonical,
  hexToBytes,
  indexHasPip,
  type JsonObject,
  jsonEquals,
  MAMBA_CHAIN,
  type Projection,
  projectRecord,
  type RecordChain,
  type RecordSignature,
  RecordSignatures,
  type RecordSlice,
  type Repodata,
  type Signer,
  scanRepodata,
  signInOpenpgpShape,
  signRecord,
  type Unforeseeable,
  verifySignature,
} from '@antivenom/core';
import type { ProgressTask } from '@antivenom/node';
import { INDEX_LIMITS, type SourceIndex, type SourceRecord } from './source-index.ts';

/** Those who sign records in one chain; each signs every record. */
export interface RecordSigners {
  readonly chain: RecordChain;
  readonly signers: readonly Signer[];
  /** Public keys, hex, whose published signatures stay where the record is the same, though they make no new ones. */
  readonly kept?: readonly string[];
}

export interface SignedRecords {
  /** File name → public key in hex → signature. */
  readonly signatures: ReadonlyMap<string, ReadonlyMap<string, RecordSignature>>;
  /** Records with a new signature, and those that have none but known ones. */
  readonly signed: number;
  readonly reused: number;
  /** Records that nobody can sign for mamba, by reason. */
  readonly unforeseeable: ReadonlyMap<Unforeseeable, number>;
}

export interface RecordSigning {
  readonly crypto: CryptoPort;
  /** ms since the epoch, stated in signatures of the OpenPGP shape. */
  readonly now: number;
  readonly task: ProgressTask;
}

/**
 * Signs what changed.
 *
 * @param published the bytes of the last published `repodata.json` of this subdir, proved by our own metadata
 */
export async function signRecords(
  source: SourceIndex,
  published: Uint8Array | undefined,
  chains: readonly RecordSigners[],
  signing: RecordSigning,
): Promise<SignedRecords> {
  const keys = chains.flatMap(({ chain, signers }) =>
    signers.map((signer) => ({ chain, signer, hex: bytesToHex(signer.publicKey.bytes) })),
  );
  const last =
    published === undefined ? new FoundSignatures(source.repodata, keys, signing) : new PublishedSignatures(published);
  const hasPip = chains.some(({ chain }) => chain === MAMBA_CHAIN) && indexHasPip(source.repodata);
  const signatures = new Map<string, ReadonlyMap<string, RecordSignature>>();
  const unforeseeable = new Map<Unforeseeable, number>();
  let reused = 0;
  for (const entry of source.records) {
    signing.task.advance(1);
    if (!entry.signable) continue;
    const record = new RecordToSign(source.repodata, entry.slice, hasPip);
    const known = last.of(source.repodata, entry);
    const keptOf = (chain: RecordChain, hex: string): RecordSignature | undefined => {
      const found = known?.get(hex);
      if (found === undefined || chain !== MAMBA_CHAIN) return found;
      return last.hasPip === hasPip || record.isProjectedAlike() ? found : undefined;
    };
    const byKey = new Map<string, RecordSignature>();
    let isNew = false;
    for (const { chain, signer, hex } of keys) {
      const old = keptOf(chain, hex);
      const signature = old ?? (await record.sign(chain, signer, signing));
      if (signature === undefined) continue;
      if (old === undefined) isNew = true;
      byKey.set(hex, signature);
    }
    for (const { chain, kept = [] } of chains) {
      for (const hex of kept) {
        const old = keptOf(chain, hex);
        if (old !== undefined) byKey.set(hex, old);
      }
    }
    const { obstacle } = record;
    if (obstacle !== undefined) unforeseeable.set(obstacle, (unforeseeable.get(obstacle) ?? 0) + 1);
    if (byKey.size === 0) continue;
    if (!isNew) reused++;
    signatures.set(entry.file, byKey);
  }
  return { signatures, signed: signatures.size - reused, reused, unforeseeable };
}

/** One record in the eyes of each client. */
class RecordToSign {
  /** Why nobody can sign it for mamba; known once that was asked for. */
  obstacle: Unforeseeable | undefined;
  readonly #repodata: Repodata;
  readonly #slice: RecordSlice;
  readonly #hasPip: boolean;
  #read: JsonObject | undefined;

  constructor(repodata: Repodata, slice: RecordSlice, hasPip: boolean) {
    this.#repodata = repodata;
    this.#slice = slice;
    this.#hasPip = hasPip;
  }

  /** @returns undefined where mamba's reading of the record cannot be foretold */
  async sign(chain: RecordChain, signer: Signer, signing: RecordSigning): Promise<RecordSignature | undefined> {
    if (chain !== MAMBA_CHAIN) return { signature: await signRecord(this.#record, signer) };
    const projection = this.#project(this.#hasPip);
    if (projection.status === 'foretold') {
      return signInOpenpgpShape(projection.canonical, signer, signing.crypto, signing.now);
    }
    this.obstacle = projection.reason;
    return undefined;
  }

  /** Whether mamba sees it alike beside a `pip` and without. */
  isProjectedAlike(): boolean {
    const [beside, without] = [this.#project(true), this.#project(false)];
    if (beside.status !== 'foretold' || without.status !== 'foretold') return false;
    return Buffer.compare(beside.canonical, without.canonical) === 0;
  }

  /** Read once, whoever signs it; most records need not be read at all. */
  get #record(): JsonObject {
    this.#read ??= this.#repodata.record(this.#slice);
    return this.#read;
  }

  #project(hasPip: boolean): Projection {
    return projectRecord(this.#record, { indexHasPip: hasPip, map: this.#slice.map });
  }
}

interface RecordKey {
  readonly chain: RecordChain;
  readonly signer: Signer;
  /** The public key, 64 characters. */
  readonly hex: string;
}

/** Signatures that an index had before we first published it, conda-content-trust's perhaps: they are kept where they are good. */
class FoundSignatures {
  readonly hasPip = undefined;
  readonly #signatures: RecordSignatures;
  readonly #keys: readonly RecordKey[];
  readonly #crypto: CryptoPort;

  constructor(repodata: Repodata, keys: readonly RecordKey[], { crypto }: RecordSigning) {
    this.#signatures = new RecordSignatures(repodata);
    this.#keys = keys.filter(({ chain }) => chain !== MAMBA_CHAIN);
    this.#crypto = crypto;
  }

  /** Key in hex → raw signature of this very record. */
  of(source: Repodata, { slice, file }: SourceRecord): Map<string, RecordSignature> | undefined {
    const entry = this.#signatures.of(file);
    if (!(entry instanceof Map)) return undefined;
    const byKey = new Map<string, RecordSignature>();
    const canonical = cctCanonical(source.record(slice));
    for (const { signer, hex } of this.#keys) {
      const found = entry.get(hex);
      const signature = found instanceof Map && !found.has('other_headers') ? found.get('signature') : undefined;
      if (typeof signature !== 'string' || !/^[0-9a-fA-F]{128}$/.test(signature)) continue;
      if (!verifySignature(signer.publicKey, canonical, hexToBytes(signature), this.#crypto)) continue;
      byKey.set(hex, { signature: signature.toLowerCase() });
    }
    return byKey;
  }
}

/** Signatures of records as they were last published. */
class PublishedSignatures {
  #hasPip: boolean | undefined;
  readonly #repodata: Repodata;
  readonly #signatures: RecordSignatures;

  constructor(bytes: Uint8Array) {
    this.#repodata = scanRepodata(bytes, INDEX_LIMITS);
    this.#signatures = new RecordSignatures(this.#repodata);
  }

  get hasPip(): boolean {
    this.#hasPip ??= indexHasPip(this.#repodata);
    return this.#hasPip;
  }

  /** Key in hex → signature of this very record; undefined where it is new or changed. */
  of(source: Repodata, { slice, file }: SourceRecord): Map<string, RecordSignature> | undefined {
    const old = this.#repodata.find(file, slice.map);
    const entry = old?.map === slice.map ? this.#signatures.of(file) : undefined;
    if (old === undefined || !(entry instanceof Map)) return undefined;
    const sameBytes =
      Buffer.compare(
        this.#repodata.bytes.subarray(old.start, old.end),
        source.bytes.subarray(slice.start, slice.end),
      ) === 0;
    if (!sameBytes && !jsonEquals(this.#repodata.record(old), source.record(slice))) return undefined;
    const byKey = new Map<string, RecordSignature>();
    for (const [key, value] of entry) {
      const signature = value instanceof Map ? value.get('signature') : undefined;
      const otherHeaders = value instanceof Map ? value.get('other_headers') : undefined;
      if (typeof signature !== 'string') continue;
      byKey.set(key, typeof otherHeaders === 'string' ? { signature, otherHeaders } : { signature });
    }
    return byKey;
  }
}
