/** Credentials that stood in the URL of a channel: kept apart from what is trusted, in a file that only its owner can read. */
import { join } from 'node:path';
import {
  ContentTrustError,
  channelUrlKey,
  expectObject,
  expectString,
  holdsCredentials,
  object,
  readJson,
  StoreError,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, withLock, writeFileAtomic } from '@antivenom/node';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 4 };

export class CredentialsFile {
  readonly #folder: string;
  readonly #lockWaitMs: number;

  /** @param home the folder that Antivenom keeps things in */
  constructor(home: string, lockWaitMs: number) {
    this.#folder = join(home, 'credentials');
    this.#lockWaitMs = lockWaitMs;
  }

  /**
   * The address with the credentials that are known for it: its own, else those kept.
   *
   * @throws StoreError `store-corrupt`
   */
  async complete(url: string): Promise<string> {
    if (holdsCredentials(url)) return url;
    const key = channelUrlKey(url);
    return (key === undefined ? undefined : (await this.#read()).get(key)) ?? url;
  }

  /** Keeps the credentials of an address, where it holds any. */
  async keep(url: string): Promise<void> {
    const key = channelUrlKey(url);
    if (key !== undefined && holdsCredentials(url)) await this.#change((kept) => kept.set(key, url));
  }

  async forget(url: string): Promise<void> {
    const key = channelUrlKey(url);
    if (key === undefined || !(await this.#read()).has(key)) return;
    await this.#change((kept) => kept.delete(key));
  }

  async #change(change: (kept: Map<string, string>) => void): Promise<void> {
    await makeFolder(this.#folder, { mode: 0o700 });
    await withLock(join(this.#folder, 'lock'), { waitMs: this.#lockWaitMs }, async () => {
      const kept = await this.#read();
      change(kept);
      await writeFileAtomic(this.#path, writeJson(object({ channels: object(kept) }), { indent: 2 }), { mode: 0o600 });
    });
  }

  /** URL without credentials → with them. */
  async #read(): Promise<Map<string, string>> {
    const bytes = await readFileIfThere(this.#path);
    if (bytes === undefined) return new Map();
    try {
      const channels = expectObject(expectObject(readJson(bytes, LIMITS), 'it').get('channels') ?? null, '`channels`');
      return new Map([...channels].map(([url, complete]) => [url, expectString(complete, 'an address')]));
    } catch (cause) {
      if (!(cause instanceof ContentTrustError)) throw cause;
      // The cause's message could hold what it was read from.
      throw new StoreError('store-corrupt', `${this.#path} is damaged`, {
        hint: 'Delete it, and give the credentials once more with antivenom trust add.',
        details: { file: this.#path },
      });
    }
  }

  get #path(): string {
    return join(this.#folder, 'channels.json');
  }
}
