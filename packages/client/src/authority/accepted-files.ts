/** What a refresh accepted, verbatim, so that it can be served on: the store itself keeps nothing as of another time. */
import { roleFileName } from '@antivenom/core/tuf';
import type { AuthorityMemory } from '../trust/authority-store.ts';

export class AcceptedFiles implements AuthorityMemory {
  readonly #memory: AuthorityMemory;
  #firstRoot: Uint8Array | undefined;
  readonly #roots = new Map<number, Uint8Array>();
  /** By their names in the store; what was read and not taken has been written over since. */
  readonly #files = new Map<string, Uint8Array>();

  constructor(memory: AuthorityMemory) {
    this.#memory = memory;
  }

  /** @returns each root from the first that was trusted, by its version */
  roots(newest: number): ReadonlyMap<number, Uint8Array> {
    const roots = new Map(this.#roots);
    if (this.#firstRoot !== undefined) roots.set(newest - roots.size, this.#firstRoot);
    return roots;
  }

  /** The newest file of a role. */
  file(role: string): Uint8Array | undefined {
    return this.#files.get(roleFileName(role));
  }

  locked<T>(waitMs: number, work: () => Promise<T>): Promise<T> {
    return this.#memory.locked(waitMs, work);
  }

  async firstRoot(): Promise<Uint8Array> {
    this.#firstRoot = await this.#memory.firstRoot();
    return this.#firstRoot;
  }

  async root(version: number): Promise<Uint8Array | undefined> {
    const bytes = await this.#memory.root(version);
    if (bytes !== undefined) this.#roots.set(version, bytes);
    return bytes;
  }

  saveRoot(version: number, bytes: Uint8Array): Promise<void> {
    this.#roots.set(version, bytes);
    return this.#memory.saveRoot(version, bytes);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#memory.read(name);
    if (bytes !== undefined) this.#files.set(name, bytes);
    return bytes;
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(name, bytes);
    return this.#memory.write(name, bytes);
  }

  remove(name: string): Promise<void> {
    this.#files.delete(name);
    return this.#memory.remove(name);
  }

  accept(now: number): Promise<void> {
    return this.#memory.accept(now);
  }

  damaged(name: string, why: string, cause?: unknown): ReturnType<AuthorityMemory['damaged']> {
    return this.#memory.damaged(name, why, cause);
  }
}
