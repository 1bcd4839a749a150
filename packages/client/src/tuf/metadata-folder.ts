/**
 * The metadata of one TUF repository as the specification's clients keep it: the newest accepted file of each role, verbatim,
 * without a version in its name. The root that stands there is the one that is trusted.
 */
import { join } from 'node:path';
import { PolicyError, StoreError } from '@antivenom/core/tuf';
import type { AuthorityMemory } from '../trust/authority-store.ts';
import { KeptFiles } from '../trust/kept-files.ts';

const ROOT = 'root.json';

export class MetadataFolder extends KeptFiles implements AuthorityMemory {
  constructor(folder: string) {
    // No `.json`: whatever ends so is metadata.
    super(folder, { lock: '.lock', memory: '.accepted' }, false);
  }

  /** @throws PolicyError `not-trusted` where nobody gave one */
  async firstRoot(): Promise<Uint8Array> {
    const bytes = await this.read(ROOT);
    if (bytes !== undefined) return bytes;
    throw new PolicyError('not-trusted', `${join(this.folder, ROOT)} is not there: no root is trusted yet`, {
      hint: 'Give the root that you trust: antivenom-tuf --metadata-dir DIR init ROOT.',
      details: { folder: this.folder },
    });
  }

  /** Of the chain only its newest end is kept, which every root before it led to. */
  async root(): Promise<undefined> {}

  saveRoot(_version: number, bytes: Uint8Array): Promise<void> {
    return this.write(ROOT, bytes);
  }

  damaged(name: string, why: string, cause?: unknown): StoreError {
    return new StoreError('store-corrupt', `the metadata in ${this.folder} is damaged: ${name}: ${why}`, {
      hint: 'Give the root that you trust anew: antivenom-tuf --metadata-dir DIR init ROOT.',
      details: { folder: this.folder, file: name },
      cause,
    });
  }
}
