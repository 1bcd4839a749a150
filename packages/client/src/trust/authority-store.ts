/**
 * What is kept of one authority: every root from the one that was trusted first, and the newest accepted metadata. A root is
 * verified against the fingerprint and its predecessor, the rest against the root.
 */

import { join } from 'node:path';
import type { ContentTrustError } from '@antivenom/core';
import { StoreError } from '@antivenom/core/tuf';
import { sha256Hex } from '@antivenom/node/tuf';
import { KeptFiles } from './kept-files.ts';
import type { Authority } from './trusted-channels.ts';

/** What a refresh asks of where an authority is kept. */
export type AuthorityMemory = Pick<
  AuthorityStore,
  'locked' | 'firstRoot' | 'root' | 'saveRoot' | 'read' | 'write' | 'remove' | 'accept'
> & {
  damaged(name: string, why: string, cause?: unknown): ContentTrustError;
};

export class AuthorityStore extends KeptFiles {
  readonly #channel: string;
  readonly #root: Authority['root'];

  /**
   * @param channel the channel's URL, for messages
   * @param readOnly drops every write: for checks as of another time
   */
  constructor(folder: string, channel: string, root: Authority['root'], readOnly: boolean) {
    super(folder, { lock: 'lock', memory: 'memory.json' }, readOnly);
    this.#channel = channel;
    this.#root = root;
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
