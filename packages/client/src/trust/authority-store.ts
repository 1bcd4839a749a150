/**
 * What is kept of one authority: every root from the one that was trusted first, the newest accepted metadata verbatim, and
 * the time of the last acceptance. Only verified bytes come in, and what is read is verified again: a root against the
 * fingerprint and its predecessor, the rest against the root.
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
  StoreError,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, removeLeftovers, sha256Hex, withLock, writeFileAtomic } from '@antivenom/node';
import type { Authority } from './trusted-channels.ts';

const MEMORY = 'memory.json';
const MEMORY_LIMITS = { maxBytes: 4096, maxDepth: 4 };

/** What a refresh asks of where an authority is kept. */
export type AuthorityMemory = Pick<
  AuthorityStore,
  'locked' | 'firstRoot' | 'root' | 'saveRoot' | 'read' | 'write' | 'remove' | 'accept'
> & {
  damaged(name: string, why: string, cause?: unknown): ContentTrustError;
};

export class AuthorityStore {
  readonly folder: string;
  readonly #channel: string;
  readonly #root: Authority['root'];
  readonly #readOnly: boolean;
  /** What would be gone if anything were written. */
  readonly #hidden = new Set<string>();

  /**
   * @param channel the channel's URL, for messages
   * @param readOnly drops every write: for checks as of another time
   */
  constructor(folder: string, channel: string, root: Authority['root'], readOnly: boolean) {
    this.folder = folder;
    this.#channel = channel;
    this.#root = root;
    this.#readOnly = readOnly;
  }

  /** Runs `work` while no other process updates this authority. */
  async locked<T>(waitMs: number, work: () => Promise<T>): Promise<T> {
    if (this.#readOnly) return work();
    return withLock(join(this.folder, 'lock'), { waitMs }, async () => {
      await removeLeftovers(this.folder);
      return work();
    });
  }

  /**
   * The root that was trusted first.
   *
   * @throws StoreError `store-corrupt` where it is not the one with the fingerprint.
   */
  async firstRoot(): Promise<Uint8Array> {
    const { version, sha256 } = this.#root;
    const bytes = await this.root(version);
    if (bytes !== undefined && sha256Hex(bytes) === sha256) {
      return bytes;
    }
    throw this.damaged(
      rootName(version),
      bytes === undefined ? 'it is not there' : 'it is not the root that was trusted',
    );
  }

  /** `N.root.json` as it was accepted. */
  root(version: number): Promise<Uint8Array | undefined> {
    return this.read(rootName(version));
  }

  saveRoot(version: number, bytes: Uint8Array): Promise<void> {
    return this.write(rootName(version), bytes);
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
    const bytes = await this.read(MEMORY);
    if (bytes === undefined) return 0;
    try {
      const memory = expectObject(readJson(bytes, MEMORY_LIMITS), MEMORY);
      return parseTimestamp(expectString(member(memory, 'accepted', MEMORY), MEMORY), MEMORY);
    } catch (cause) {
      if (!(cause instanceof ContentTrustError)) throw cause;
      throw this.damaged(MEMORY, cause.message, cause);
    }
  }

  /** Keeps the time, unless a later one is known. @param now ms since the epoch */
  async accept(now: number): Promise<void> {
    if (now <= (await this.acceptedAt())) return;
    await this.write(MEMORY, writeJson(object({ accepted: formatTimestamp(now) }), { indent: 2 }));
  }

  damaged(name: string, why: string, cause?: unknown): StoreError {
    return new StoreError('store-corrupt', `the trust store is damaged: ${join(this.folder, name)}: ${why}`, {
      hint: `Trust the channel anew: antivenom trust remove ${this.#channel}, then trust add with the fingerprint from its owner.`,
      details: { file: join(this.folder, name), channel: this.#channel },
      cause,
    });
  }
}

function rootName(version: number): string {
  return `${version}.root.json`;
}
