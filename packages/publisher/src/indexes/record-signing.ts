/** Signatures of an index's records: those of the last publication where the record is the same, new ones elsewhere. */
import {
  bytesToHex,
  jsonEquals,
  RecordSignatures,
  type Repodata,
  type Signer,
  scanRepodata,
  signRecord,
} from '@antivenom/core';
import type { ProgressTask } from '@antivenom/node';
import { INDEX_LIMITS, type SourceIndex, type SourceRecord } from './source-index.ts';

export interface SignedRecords {
  /** File name → public key in hex → signature in hex. */
  readonly signatures: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly signed: number;
  readonly reused: number;
}

/**
 * Signs what changed.
 *
 * @param published the bytes of the last published `repodata.json` of this subdir, proved by our own metadata
 * @param signers each signs every record
 */
export async function signRecords(
  source: SourceIndex,
  published: Uint8Array | undefined,
  signers: readonly Signer[],
  task: ProgressTask,
): Promise<SignedRecords> {
  const last = published === undefined ? undefined : new PublishedSignatures(published);
  const keys = signers.map((signer) => ({ signer, hex: bytesToHex(signer.publicKey.bytes) }));
  const signatures = new Map<string, ReadonlyMap<string, string>>();
  let reused = 0;
  for (const entry of source.records) {
    task.advance(1);
    if (!entry.signable) continue;
    const known = last?.of(source.repodata, entry);
    const byKey = new Map<string, string>();
    let isNew = false;
    for (const { signer, hex } of keys) {
      const old = known?.get(hex);
      if (old === undefined) isNew = true;
      byKey.set(hex, old ?? (await signRecord(source.repodata.record(entry.slice), signer)));
    }
    if (!isNew) reused++;
    signatures.set(entry.file, byKey);
  }
  return { signatures, signed: signatures.size - reused, reused };
}

/** Signatures of records as they were last published. */
class PublishedSignatures {
  readonly #repodata: Repodata;
  readonly #signatures: RecordSignatures;

  constructor(bytes: Uint8Array) {
    this.#repodata = scanRepodata(bytes, INDEX_LIMITS);
    this.#signatures = new RecordSignatures(this.#repodata);
  }

  /** Key in hex → signature of this very record; undefined where it is new or changed. */
  of(source: Repodata, { slice, file }: SourceRecord): Map<string, string> | undefined {
    const old = this.#repodata.find(file, slice.map);
    const entry = old?.map === slice.map ? this.#signatures.of(file) : undefined;
    if (old === undefined || !(entry instanceof Map)) return undefined;
    const sameBytes =
      Buffer.compare(
        this.#repodata.bytes.subarray(old.start, old.end),
        source.bytes.subarray(slice.start, slice.end),
      ) === 0;
    if (!sameBytes && !jsonEquals(this.#repodata.record(old), source.record(slice))) return undefined;
    const byKey = new Map<string, string>();
    for (const [key, value] of entry) {
      const signature = value instanceof Map ? value.get('signature') : undefined;
      if (typeof signature === 'string') byKey.set(key, signature);
    }
    return byKey;
  }
}
