/** The gateway's bound on what verified files take on the disk: what was not used for longest goes first. */
import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type CachedFile, ContentFolder, type ExpectedFile, type OpenFile, type PackageFile } from '@antivenom/client';
import type { ByteStream } from '@antivenom/core';
import { isMissing, namesIfThere } from '@antivenom/node';

interface Known {
  readonly size: number;
  /** ms since the epoch; as it stands on the disk. */
  readonly touchedAt: number;
  /** ms since the epoch. */
  usedAt: number;
}

/** A download that was cut off by the end of its process, not one of another process. ms. */
const LEFTOVER_MS = 86_400_000;
/** How often the time of use is written to the disk, in ms. */
const TOUCH_MS = 3_600_000;
/** Evicting goes below the bound, so that it is not done again for each file. */
const EVICT_TO = 0.9;

export class ContentCache {
  readonly #folder: ContentFolder;
  readonly maxBytes: number;
  readonly #clock: () => number;
  readonly #files = new Map<string, Known>();
  #bytes = 0;

  /**
   * @param home the folder that Antivenom keeps things in
   * @param clock ms since the epoch
   */
  static async open(home: string, maxBytes: number, clock: () => number): Promise<ContentCache> {
    const cache = new ContentCache(new ContentFolder(home), maxBytes, clock);
    await cache.#takeStock();
    return cache;
  }

  private constructor(folder: ContentFolder, maxBytes: number, clock: () => number) {
    this.#folder = folder;
    this.maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#files.size;
  }

  /** As {@link ContentFolder.open}. */
  async open(sha256: string): Promise<OpenFile | undefined> {
    const file = await this.#folder.open(sha256);
    if (file === undefined) this.#forget(sha256);
    else await this.#use(file);
    return file;
  }

  /** Whether it is there, and what its name says. */
  async has(sha256: string): Promise<boolean> {
    const file = await this.open(sha256);
    await file?.handle.close();
    return file !== undefined;
  }

  /** The whole file. */
  async read(sha256: string): Promise<Uint8Array | undefined> {
    const file = await this.open(sha256);
    try {
      return await file?.handle.readFile();
    } finally {
      await file?.handle.close();
    }
  }

  /** As {@link ContentFolder.add}; others may go for it. */
  async add(
    source: ByteStream | Uint8Array,
    expected: ExpectedFile,
    judge?: (file: PackageFile) => Promise<void>,
  ): Promise<CachedFile> {
    const added = await this.#folder.add(source, expected, judge);
    const now = this.#clock();
    this.#remember(added, { touchedAt: now, usedAt: now });
    await this.#evict(added.sha256);
    return added;
  }

  async #use(file: OpenFile): Promise<void> {
    const now = this.#clock();
    const known = this.#files.get(file.sha256);
    if (known === undefined || now - known.touchedAt > TOUCH_MS) {
      const { mtimeMs } = await file.handle.stat();
      this.#folder.doubt(file.sha256);
      await utimes(this.#folder.pathOf(file.sha256), now / 1000, mtimeMs / 1000).catch(() => {});
      this.#remember(file, { touchedAt: now, usedAt: now });
    } else known.usedAt = now;
  }

  async #takeStock(): Promise<void> {
    for (const sha256 of await this.#folder.names()) {
      const found = await stat(this.#folder.pathOf(sha256)).catch(absent);
      if (found === undefined) continue;
      const usedAt = Math.max(found.atimeMs, found.mtimeMs);
      this.#remember({ sha256, size: found.size }, { touchedAt: usedAt, usedAt });
    }
    const { incoming } = this.#folder;
    for (const name of await namesIfThere(incoming)) {
      const found = await stat(join(incoming, name)).catch(absent);
      if (found !== undefined && this.#clock() - found.mtimeMs > LEFTOVER_MS)
        await rm(join(incoming, name), { force: true });
    }
    await this.#evict(undefined);
  }

  #remember({ sha256, size }: CachedFile, times: Omit<Known, 'size'>): void {
    this.#forget(sha256);
    this.#files.set(sha256, { size, ...times });
    this.#bytes += size;
  }

  #forget(sha256: string): void {
    this.#bytes -= this.#files.get(sha256)?.size ?? 0;
    this.#files.delete(sha256);
  }

  /** @param spared the file that was just added: it is about to be read, whatever its length */
  async #evict(spared: string | undefined): Promise<void> {
    if (this.#bytes <= this.maxBytes) return;
    const oldest = [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [sha256] of oldest) {
      if (this.#bytes <= this.maxBytes * EVICT_TO) return;
      if (sha256 === spared) continue;
      await this.#folder.remove(sha256);
      this.#forget(sha256);
    }
  }
}

/** Other processes share the folder, and take files out of it at any moment. */
function absent(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
