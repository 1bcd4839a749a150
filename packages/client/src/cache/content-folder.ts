/**
 * Verified files on the disk, `<home>/cache/sha256/<2 hex>/<64 hex>`, each named by the hash of its bytes and held against it, so that
 * nobody need be trusted with the folder: whoever filled it, for whichever channel, a file is what its name says or is not there.
 * Client and gateway share it, and each takes files out of it at any moment.
 */
import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteStream, bytesToHex, MalformedError, VerificationError } from '@antivenom/core';
import { isMissing, makeFolder, namesIfThere, nodeCrypto } from '@antivenom/node';
import { PackageFile } from '../channel/package-file.ts';

/** A file's name and length in bytes. */
export interface CachedFile {
  /** Hex, 64 characters. */
  readonly sha256: string;
  readonly size: number;
}

/** An open one; whoever has it closes it. It stays readable when it is taken out of the folder. */
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

const MODE = { mode: 0o700 };
const SHA256 = /^[0-9a-f]{64}$/;

export class ContentFolder {
  readonly #sha256: string;
  readonly #incoming: string;
  /** Of files that this process has hashed, by hash: what tells that nobody has written to them since. */
  readonly #hashed = new Map<string, string>();

  /** @param home the folder that Antivenom keeps things in */
  constructor(home: string) {
    this.#sha256 = join(home, 'cache', 'sha256');
    this.#incoming = join(home, 'cache', 'incoming');
  }

  /** Where files stand before they are verified: what is left there was cut off. */
  get incoming(): string {
    return this.#incoming;
  }

  /** Hashes of what is there, without a look at it. */
  async names(): Promise<string[]> {
    const found: string[] = [];
    for (const prefix of await namesIfThere(this.#sha256)) {
      found.push(...(await namesIfThere(join(this.#sha256, prefix))).filter((name) => SHA256.test(name)));
    }
    return found;
  }

  /**
   * @returns undefined where it is not there; a file that is damaged is taken away
   * @throws MalformedError for what is no SHA-256 in lower-case hex
   */
  async open(sha256: string): Promise<OpenFile | undefined> {
    let handle: FileHandle;
    try {
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
      handle = await open(this.pathOf(sha256), flags);
    } catch (error) {
      // A link is no file that was put here.
      if ((error as NodeJS.ErrnoException).code === 'ELOOP') await this.remove(sha256);
      else if (!isMissing(error)) throw error;
      return undefined;
    }
    try {
      const size = await this.#proved(sha256, handle);
      if (size !== undefined) return { sha256, size, handle };
      await handle.close();
      await this.remove(sha256);
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
    const place = this.pathOf(expected.sha256);
    await makeFolder(this.#incoming, MODE);
    const path = join(this.#incoming, randomBytes(12).toString('hex'));
    const handle = await open(path, 'wx+', 0o600);
    try {
      const size = await write(handle, source, expected);
      // Closed with its handle.
      if (judge !== undefined) await judge(await PackageFile.of(handle, path));
      await handle.sync();
      await makeFolder(dirname(place), MODE);
      await rename(path, place);
      // It had a name of its own until now, which nobody else knew.
      this.#hashed.set(expected.sha256, stateOf(await handle.stat({ bigint: true })));
      return { sha256: expected.sha256, size };
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
    this.#hashed.delete(sha256);
  }

  /** Has the file hashed again when it is next opened: its state on the disk is about to change. */
  doubt(sha256: string): void {
    this.#hashed.delete(sha256);
  }

  /** @throws MalformedError for what is no SHA-256 in lower-case hex */
  pathOf(sha256: string): string {
    if (!SHA256.test(sha256)) throw new MalformedError('a SHA-256 is 64 lower-case hex digits');
    return join(this.#sha256, sha256.slice(0, 2), sha256);
  }

  /** The length of the file where its bytes have the hash. */
  async #proved(sha256: string, handle: FileHandle): Promise<number | undefined> {
    const found = await handle.stat({ bigint: true });
    if (!found.isFile()) return undefined;
    if (this.#hashed.get(sha256) !== stateOf(found)) {
      const file = await PackageFile.of(handle, this.pathOf(sha256));
      if ((await file.sha256()) !== sha256) return undefined;
      // As it was before it was read: what was written meanwhile is looked at the next time.
      this.#hashed.set(sha256, stateOf(found));
    }
    return Number(found.size);
  }
}

/** The time of the last change of a file or its attributes is set by the system alone, so no writer leaves it as it was. */
function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
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
