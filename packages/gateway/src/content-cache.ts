/**
 * Verified files on the disk, `<home>/cache/sha256/<2 hex>/<64 hex>`, each named by the hash of its bytes: whoever filled it, for
 * whichever channel, a file is what its name says or is not there. Bounded; what was not used for longest goes first.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { PackageFile } from '@antivenom/client';
import { type ByteStream, bytesToHex, VerificationError } from '@antivenom/core';
import { isMissing, makeFolder, namesIfThere, nodeCrypto } from '@antivenom/node';

/** A file's name and length in bytes. */
export interface CachedFile {
  /** Hex, 64 characters. */
  readonly sha256: string;
  readonly size: number;
}

/** An open one; whoever has it closes it. It stays readable when it is taken out of the cache. */
export interface OpenFile extends CachedFile {
  readonly handle: FileHandle;
}

/** What the bytes must be before they are kept. */
export interface ExpectedFile {
  /** Names the file in errors. */
  readonly where: string;
  readonly sha256: string;
  /** Bytes; undefined where nothing states it. */
  readonly size: number | undefined;
}

interface Known {
  size: number;
  /** ms since the epoch. */
  usedAt: number;
  /** Of the file whose bytes this process has hashed; undefined: none yet. */
  hashedMtimeMs: number | undefined;
}

const MODE = { mode: 0o700 };
/** A download that was cut off by the end of its process, not one of another process. ms. */
const LEFTOVER_MS = 86_400_000;
/** How often the time of use is written to the disk, in ms. */
const TOUCH_MS = 3_600_000;
/** Evicting goes below the bound, so that it is not done again for each file. */
const EVICT_TO = 0.9;

export class ContentCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #clock: () => number;
  readonly #files = new Map<string, Known>();
  #bytes = 0;

  /**
   * @param home the folder that Antivenom keeps things in
   * @param clock ms since the epoch
   */
  static async open(home: string, maxBytes: number, clock: () => number): Promise<ContentCache> {
    const cache = new ContentCache(join(home, 'cache'), maxBytes, clock);
    await cache.#takeStock();
    return cache;
  }

  private constructor(folder: string, maxBytes: number, clock: () => number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#files.size;
  }

  /** @returns undefined where it is not there; a file that is damaged is taken away */
  async open(sha256: string): Promise<OpenFile | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(this.#pathOf(sha256), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#forget(sha256);
      return undefined;
    }
    try {
      const size = await this.#proved(sha256, handle);
      if (size !== undefined) return { sha256, size, handle };
      await handle.close();
      await rm(this.#pathOf(sha256), { force: true });
      this.#forget(sha256);
      return undefined;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The whole file. */
  async read(sha256: string): Promise<Uint8Array | undefined> {
    const file = await this.open(sha256);
    if (file === undefined) return undefined;
    try {
      return await file.handle.readFile();
    } finally {
      await file.handle.close();
    }
  }

  /**
   * Keeps bytes that are the expected ones and pass `judge`; of all others nothing stays.
   *
   * @param judge throws for what must not be kept
   * @throws VerificationError `hash-mismatch`, `length-mismatch`; what `judge`, the source and the disk throw
   */
  async add(
    source: ByteStream | Uint8Array,
    expected: ExpectedFile,
    judge?: (file: PackageFile) => Promise<void>,
  ): Promise<CachedFile> {
    const incoming = join(this.#folder, 'incoming');
    await makeFolder(incoming, MODE);
    const path = join(incoming, randomBytes(12).toString('hex'));
    const handle = await open(path, 'wx+', 0o600);
    try {
      const size = await write(handle, source, expected);
      // Closed with its handle.
      if (judge !== undefined) await judge(await PackageFile.of(handle, path));
      await handle.sync();
      const { mtimeMs } = await handle.stat();
      const place = this.#pathOf(expected.sha256);
      await makeFolder(join(place, '..'), MODE);
      await rename(path, place);
      this.#remember(expected.sha256, { size, usedAt: this.#clock(), hashedMtimeMs: mtimeMs });
      await this.#evict(expected.sha256);
      return { sha256: expected.sha256, size };
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  }

  /** The length of the file where its bytes have the hash. */
  async #proved(sha256: string, handle: FileHandle): Promise<number | undefined> {
    const { size, mtimeMs, isFile } = await handle.stat().then((found) => ({ ...found, isFile: found.isFile() }));
    if (!isFile) return undefined;
    const known = this.#files.get(sha256);
    const now = this.#clock();
    if (known?.hashedMtimeMs !== mtimeMs || known.size !== size) {
      const file = await PackageFile.of(handle, this.#pathOf(sha256));
      if ((await file.sha256()) !== sha256) return undefined;
      this.#remember(sha256, { size, usedAt: now, hashedMtimeMs: mtimeMs });
    } else {
      if (now - known.usedAt > TOUCH_MS) await utimes(this.#pathOf(sha256), now / 1000, mtimeMs / 1000).catch(() => {});
      known.usedAt = now;
      // Setting the times may round the one of the last change.
      known.hashedMtimeMs = (await handle.stat()).mtimeMs;
    }
    return size;
  }

  async #takeStock(): Promise<void> {
    for (const prefix of await namesIfThere(join(this.#folder, 'sha256'))) {
      for (const sha256 of await namesIfThere(join(this.#folder, 'sha256', prefix))) {
        if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
        const found = await stat(this.#pathOf(sha256)).catch(absent);
        if (found === undefined) continue;
        const { size, atimeMs, mtimeMs } = found;
        this.#remember(sha256, { size, usedAt: Math.max(atimeMs, mtimeMs), hashedMtimeMs: undefined });
      }
    }
    const incoming = join(this.#folder, 'incoming');
    for (const name of await namesIfThere(incoming)) {
      const found = await stat(join(incoming, name)).catch(absent);
      if (found !== undefined && this.#clock() - found.mtimeMs > LEFTOVER_MS)
        await rm(join(incoming, name), { force: true });
    }
    await this.#evict(undefined);
  }

  #remember(sha256: string, file: Known): void {
    this.#forget(sha256);
    this.#files.set(sha256, file);
    this.#bytes += file.size;
  }

  #forget(sha256: string): void {
    this.#bytes -= this.#files.get(sha256)?.size ?? 0;
    this.#files.delete(sha256);
  }

  /** @param spared the file that was just added: it is about to be read, whatever its length */
  async #evict(spared: string | undefined): Promise<void> {
    if (this.#bytes <= this.#maxBytes) return;
    const oldest = [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [sha256] of oldest) {
      if (this.#bytes <= this.#maxBytes * EVICT_TO) return;
      if (sha256 === spared) continue;
      await rm(this.#pathOf(sha256), { force: true });
      this.#forget(sha256);
    }
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, 'sha256', sha256.slice(0, 2), sha256);
  }
}

/** Other processes share the folder, and take files out of it at any moment. */
function absent(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** @returns how many bytes were written */
async function write(handle: FileHandle, source: ByteStream | Uint8Array, expected: ExpectedFile): Promise<number> {
  const hash = nodeCrypto.createHash('sha256');
  let size = 0;
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    hash.update(piece);
    size += piece.length;
    await handle.writeFile(piece);
  }
  const { where } = expected;
  const hint = 'The server does not serve what its owner published: try again later, or use another mirror.';
  if (expected.size !== undefined && expected.size !== size) {
    throw new VerificationError('length-mismatch', `${where} has ${size} bytes, and the index says ${expected.size}`, {
      hint,
      details: { file: where, expected: expected.size, found: size },
    });
  }
  const found = bytesToHex(hash.digest());
  if (found === expected.sha256) return size;
  throw new VerificationError('hash-mismatch', `${where} is not the file that the index describes`, {
    hint,
    details: { file: where, expected: expected.sha256, found },
  });
}
