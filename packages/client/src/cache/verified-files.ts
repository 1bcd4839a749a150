/**
 * Files that were verified once, so that they need not be downloaded again, each in the {@link ContentFolder}. A list for each
 * channel, `<home>/cache/channels/<32 hex>.json`, says what is in use: what a newer publication replaces is removed.
 */
import { dirname, join } from 'node:path';
import {
  ContentTrustError,
  expectObject,
  expectString,
  type JsonObject,
  MalformedError,
  member,
  object,
  readJson,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, sha256Hex, withLock, writeFileAtomic } from '@antivenom/node';
import { ContentFolder } from './content-folder.ts';

const FORMAT = 'antivenom-cache';
const LIMITS = { maxBytes: 64_000_000, maxDepth: 8 };

interface KeptFile {
  /** The channel's address without credentials. */
  readonly channel: string;
  /** What it is in that channel, such as `linux-64/repodata.json.zst`: the next file of this path replaces it. */
  readonly path: string;
  /** Of `bytes`, hex. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export class VerifiedFiles {
  readonly #files: ContentFolder;
  readonly #folder: string;
  readonly #lockWaitMs: number;
  readonly #readOnly: boolean;
  #pending: KeptFile[] = [];

  /** @param readOnly keeps nothing: for checks as of another time */
  constructor(home: string, lockWaitMs: number, readOnly: boolean) {
    this.#files = new ContentFolder(home);
    this.#folder = join(home, 'cache');
    this.#lockWaitMs = lockWaitMs;
    this.#readOnly = readOnly;
  }

  /** The bytes that have this hash, or undefined where they are not there, or damaged. */
  read(sha256: string): Promise<Uint8Array | undefined> {
    return this.#files.read(sha256);
  }

  /** Remembers a verified file until {@link settle}. */
  keep(file: KeptFile): void {
    if (!this.#readOnly) this.#pending.push(file);
  }

  /**
   * Writes what was kept since the last time, and removes what it replaces. A crash at any moment costs a download at most.
   *
   * @throws StoreError `locked`; errors of the file system
   */
  async settle(): Promise<void> {
    const pending = Map.groupBy(this.#pending, ({ channel }) => channel);
    this.#pending = [];
    for (const [channel, files] of pending) {
      await withLock(join(this.#folder, 'lock'), { waitMs: this.#lockWaitMs }, () => this.#write(channel, files));
    }
  }

  async #write(channel: string, files: readonly KeptFile[]): Promise<void> {
    const path = join(this.#folder, 'channels', `${sha256Hex(new TextEncoder().encode(channel)).slice(0, 32)}.json`);
    const list = await readList(path);
    const before = new Set(list.values());
    for (const file of files) list.set(file.path, file.sha256);
    const after = new Set(list.values());
    // First what goes, then the list, then what comes: whatever is cut off, nothing stays that no list names.
    for (const sha256 of before) if (!after.has(sha256)) await this.#files.remove(sha256);
    await makeFolder(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, writeList(channel, list));
    for (const { path: where, sha256, bytes } of files) {
      await this.#files.add(bytes, { where, sha256, size: bytes.length });
    }
  }
}

/** Path → SHA-256. A damaged list is none: what it named is downloaded again. */
async function readList(path: string): Promise<Map<string, string>> {
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return new Map();
  try {
    const file = expectObject(readJson(bytes, LIMITS), 'the list');
    if (file.get('format') !== FORMAT) return new Map();
    const files = expectObject(member(file, 'files', 'the list'), '`files`');
    return new Map([...files].map(([name, sha256]) => [name, hash(sha256)]));
  } catch (error) {
    if (error instanceof ContentTrustError) return new Map();
    throw error;
  }
}

function hash(value: Parameters<typeof expectString>[0]): string {
  const text = expectString(value, 'a hash');
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new MalformedError('a hash must be 64 lower-case hex digits');
}

function writeList(channel: string, list: ReadonlyMap<string, string>): Uint8Array {
  const files: JsonObject = new Map(list);
  return writeJson(
    object([
      ['format', FORMAT],
      ['version', 1],
      ['channel', channel],
      ['files', files],
    ]),
    { indent: 1 },
  );
}
