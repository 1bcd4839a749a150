/** A package on disk that is read by ranges, and hashed from the very handle that is then inspected. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { bytesToHex, MalformedError, type PackageSource } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';

const CHUNK = 1 << 20;

export class PackageFile implements PackageSource {
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** @throws MalformedError for what is no regular file */
  static async open(path: string): Promise<PackageFile> {
    // A pipe without a writer must not hold us.
    return PackageFile.of(await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)), path);
  }

  /**
   * @param handle is closed where this throws
   * @throws MalformedError for what is no regular file
   */
  static async of(handle: FileHandle, path: string): Promise<PackageFile> {
    const found = await handle.stat();
    if (found.isFile()) return new PackageFile(handle, found.size);
    await handle.close();
    throw new MalformedError(`${path} is no file`);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await this.#handle.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) throw new MalformedError('the package file became shorter while it was read');
      at += bytesRead;
    }
    return bytes;
  }

  /** Of the whole file, hex. */
  async sha256(): Promise<string> {
    const hash = nodeCrypto.createHash('sha256');
    for (let at = 0; at < this.size; at += CHUNK) hash.update(await this.read(at, Math.min(CHUNK, this.size - at)));
    return bytesToHex(hash.digest());
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
