/**
 * A folder of metadata that was accepted, verbatim, and the time of the last acceptance. Only verified bytes come in, and who
 * reads them verifies them again.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContentTrustError,
  expectObject,
  expectString,
  formatTimestamp,
  member,
  object,
  parseTimestamp,
  readJson,
  writeJson,
} from '@antivenom/core/tuf';
import { makeFolder, readFileIfThere, removeLeftovers, withLock, writeFileAtomic } from '@antivenom/node/tuf';

const MEMORY_LIMITS = { maxBytes: 4096, maxDepth: 4 };

/** How the files are called that are no metadata. */
export interface OwnNames {
  readonly lock: string;
  readonly memory: string;
}

export abstract class KeptFiles {
  readonly folder: string;
  readonly #own: OwnNames;
  readonly #readOnly: boolean;
  /** What would be gone if anything were written. */
  readonly #hidden = new Set<string>();

  /** @param readOnly drops every write: for checks as of another time */
  constructor(folder: string, own: OwnNames, readOnly: boolean) {
    this.folder = folder;
    this.#own = own;
    this.#readOnly = readOnly;
  }

  /** What to throw where a file is not what was stored. */
  abstract damaged(name: string, why: string, cause?: unknown): ContentTrustError;

  /** Runs `work` while no other process writes here. */
  async locked<T>(waitMs: number, work: () => Promise<T>): Promise<T> {
    if (this.#readOnly) return work();
    return withLock(join(this.folder, this.#own.lock), { waitMs }, async () => {
      await removeLeftovers(this.folder);
      return work();
    });
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    if (this.#hidden.has(name)) return undefined;
    return readFileIfThere(join(this.folder, name));
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#readOnly) return;
    const there = await this.read(name);
    if (there !== undefined && Buffer.compare(there, bytes) === 0) return;
    await makeFolder(this.folder, { mode: 0o700 });
    await writeFileAtomic(join(this.folder, name), bytes);
  }

  async remove(name: string): Promise<void> {
    if (this.#readOnly) this.#hidden.add(name);
    else await rm(join(this.folder, name), { force: true });
  }

  /**
   * When metadata was last accepted, ms since the epoch; 0 where it never was.
   *
   * @throws StoreError `store-corrupt`
   */
  async acceptedAt(): Promise<number> {
    const { memory } = this.#own;
    const bytes = await this.read(memory);
    if (bytes === undefined) return 0;
    try {
      const kept = expectObject(readJson(bytes, MEMORY_LIMITS), memory);
      return parseTimestamp(expectString(member(kept, 'accepted', memory), memory), memory);
    } catch (cause) {
      if (!(cause instanceof ContentTrustError)) throw cause;
      throw this.damaged(memory, cause.message, cause);
    }
  }

  /** Keeps the time, unless a later one is known. @param now ms since the epoch */
  async accept(now: number): Promise<void> {
    if (now <= (await this.acceptedAt())) return;
    await this.write(this.#own.memory, writeJson(object({ accepted: formatTimestamp(now) }), { indent: 2 }));
  }
}
