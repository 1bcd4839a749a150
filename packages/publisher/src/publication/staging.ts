/**
 * Files that are made and not yet published: nothing of them is in its place before all of them are made. Every place is
 * named by the hash of its content, so that nothing that stands is ever overwritten with something else.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, moveFilesAtomic, readFileIfThere, sha256Hex } from '@antivenom/node';
import { stateFolder } from '../channel/channel-folder.ts';
import { type FileFacts, factsOf, hashPrefixedPath } from '../channel/published-targets.ts';

export class Staging {
  readonly #published: string;
  readonly #folder: string;
  /** Place, relative to the published folder, → file within the staging folder. */
  readonly #staged = new Map<string, string>();

  private constructor(published: string) {
    this.#published = published;
    this.#folder = join(stateFolder(published), 'staging');
  }

  /** An empty staging folder; what a killed run left there goes. */
  static async open(published: string): Promise<Staging> {
    const staging = new Staging(published);
    await staging.clear();
    return staging;
  }

  /** Takes an index file that is to be a TUF target of this path. */
  async addTarget(path: string, bytes: Uint8Array): Promise<FileFacts> {
    const facts = factsOf(path, bytes);
    await this.#write(hashPrefixedPath(facts), bytes, facts.sha256);
    return facts;
  }

  /** Takes a file that is named by its hash where all clients look for it: a shard. */
  async addHashed(place: string, bytes: Uint8Array): Promise<void> {
    await this.#write(place, bytes, sha256Hex(bytes));
  }

  async #write(place: string, bytes: Uint8Array, sha256: string): Promise<void> {
    if (this.#staged.has(place) || (await this.#isThere(place, sha256))) return;
    if (this.#staged.size === 0) await mkdir(this.#folder, { recursive: true });
    const at = join(this.#folder, String(this.#staged.size));
    await writeFile(at, bytes);
    this.#staged.set(place, at);
  }

  async #isThere(place: string, sha256: string): Promise<boolean> {
    const there = await readFileIfThere(join(this.#published, place));
    return there !== undefined && sha256Hex(there) === sha256;
  }

  /** Moves all to their places, and names those. */
  async place(): Promise<string[]> {
    const moves = [...this.#staged].map(([place, at]) => [at, join(this.#published, place)] as const);
    for (const folder of new Set(moves.map(([, path]) => dirname(path)))) await makeFolder(folder);
    await moveFilesAtomic(moves);
    return [...this.#staged.keys()];
  }

  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#staged.clear();
  }
}
