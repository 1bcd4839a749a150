/** An authority that is looked at and not trusted: its first root is the one it serves, and nothing is kept of it. */
import { ContentTrustError, StoreError } from '@antivenom/core';
import type { AuthorityMemory } from './authority-store.ts';

export class ForgetfulStore implements AuthorityMemory {
  readonly #files = new Map<string, Uint8Array>();
  readonly #first: Uint8Array;

  constructor(firstRoot: Uint8Array) {
    this.#first = firstRoot;
  }

  locked<T>(_waitMs: number, work: () => Promise<T>): Promise<T> {
    return work();
  }

  async firstRoot(): Promise<Uint8Array> {
    return this.#first;
  }

  root(version: number): Promise<Uint8Array | undefined> {
    return this.read(`${version}.root.json`);
  }

  saveRoot(version: number, bytes: Uint8Array): Promise<void> {
    return this.write(`${version}.root.json`, bytes);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#files.get(name);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(name, bytes);
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }

  async accept(): Promise<void> {}

  /** What is wrong came from the server: it is no damage here. */
  damaged(name: string, why: string, cause?: unknown): ContentTrustError {
    if (cause instanceof ContentTrustError) return cause;
    return new StoreError('store-corrupt', `${name}: ${why}`, { cause });
  }
}
