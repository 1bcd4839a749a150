/** Packages: downloaded once, whoever asks how often, and handed over when the whole of them is verified. */
import {
  type ClientEnv,
  type IndexedRecord,
  MAX_PACKAGE_LENGTH,
  type OpenFile,
  PACKAGE_LIMITS,
  PackageFile,
} from '@antivenom/client';
import {
  checkPackageAgainstRecord,
  checkRecordHashes,
  DownloadError,
  type InspectedPackage,
  inspectPackage,
  type PackageDigest,
  parsePackageFileName,
} from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import type { ContentCache } from './content-cache.ts';
import type { SubdirIndex } from './subdir-index.ts';

/** So many packages' own words are remembered. */
const MOST_INSPECTED = 4096;

export class PackageFiles {
  readonly #cache: ContentCache;
  readonly #env: Pick<ClientEnv, 'fetcher'>;
  /** By SHA-256 and format: an archive is read through once, and held against each record that names it. */
  readonly #inspected = new Map<string, InspectedPackage>();
  /** Downloads under way, by channel, path and hash: what one channel does not serve is no other's failure. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(cache: ContentCache, env: Pick<ClientEnv, 'fetcher'>) {
    this.#cache = cache;
    this.#env = env;
  }

  /**
   * @param entry a record that is offered
   * @returns the whole package, verified; whoever has it closes it
   * @throws VerificationError `hash-mismatch`, `length-mismatch`, `archive-unsafe`, `content-mismatch`, …
   * @throws DownloadError `not-held`, `unreachable`
   */
  async open(index: SubdirIndex, entry: IndexedRecord, file: string): Promise<OpenFile> {
    const where = `${index.subdir}/${file}`;
    const digest = checkRecordHashes(where, entry.record);
    const kept = await this.#kept(index, entry, file, digest);
    if (kept !== undefined) return kept;
    const id = `${index.packages.join(encodeURIComponent(file))} ${digest.sha256}`;
    let running = this.#running.get(id);
    if (running === undefined) {
      running = this.#download(index, entry, file, digest).finally(() => this.#running.delete(id));
      this.#running.set(id, running);
    }
    await running;
    const added = await this.#kept(index, entry, file, digest);
    if (added !== undefined) return added;
    throw new DownloadError('not-held', `${where} was taken out of the cache before it could be handed over`, {
      hint: 'Give the cache more room, and try again.',
      details: { file: where },
    });
  }

  async #kept(
    index: SubdirIndex,
    entry: IndexedRecord,
    file: string,
    { sha256, size }: PackageDigest,
  ): Promise<OpenFile | undefined> {
    const opened = await this.#cache.open(sha256);
    if (opened === undefined) return undefined;
    try {
      if (size === undefined || size === opened.size) {
        await this.#verify(() => PackageFile.of(opened.handle, file), index.subdir, entry, file, sha256);
        return opened;
      }
    } catch (error) {
      await opened.handle.close();
      throw error;
    }
    await opened.handle.close();
    return undefined;
  }

  async #download(index: SubdirIndex, entry: IndexedRecord, file: string, digest: PackageDigest): Promise<void> {
    const where = `${index.subdir}/${file}`;
    const url = index.packages.join(encodeURIComponent(file));
    const maxLength = Math.min(digest.size ?? MAX_PACKAGE_LENGTH, MAX_PACKAGE_LENGTH);
    const stream = await this.#env.fetcher.stream(url, { maxLength });
    if (stream === undefined) {
      throw new DownloadError('not-held', `${url} is not there, and the verified index lists it`, {
        hint: 'Try again later, or another mirror; if it stays, tell the owner of the channel.',
        details: { file: where },
      });
    }
    await this.#cache.add(stream, { where, ...digest }, (archive) =>
      this.#verify(async () => archive, index.subdir, entry, file, digest.sha256),
    );
  }

  /** What is in the archive: safe, and what the record says. */
  async #verify(
    archive: () => Promise<PackageFile>,
    subdir: string,
    { record }: IndexedRecord,
    file: string,
    sha256: string,
  ): Promise<void> {
    const fileName = parsePackageFileName(file);
    const id = `${sha256} ${fileName.extension}`;
    let inspected = this.#inspected.get(id);
    if (inspected === undefined) {
      inspected = await inspectPackage(await archive(), file, PACKAGE_LIMITS, nodeDecompression, nodeCrypto);
      const [oldest] = this.#inspected.keys();
      if (oldest !== undefined && this.#inspected.size >= MOST_INSPECTED) this.#inspected.delete(oldest);
      this.#inspected.set(id, inspected);
    }
    checkPackageAgainstRecord({ ...inspected, fileName }, record, subdir, file);
  }
}
