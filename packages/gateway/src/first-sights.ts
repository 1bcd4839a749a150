/**
 * When each package of a channel was first seen here, `<home>/gateway/first-sights.sqlite`. The first time that a channel is seen, what
 * it offers then is its baseline: as old as anything.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { makeFolder } from '@antivenom/node';

/** ms to wait for another process that writes. */
const BUSY_MS = 10_000;

export class FirstSights {
  readonly #database: DatabaseSync;
  readonly #readOnly: boolean;
  readonly #find: StatementSync;
  readonly #hasBaseline: StatementSync;

  /**
   * @param home the folder that Antivenom keeps things in
   * @param readOnly for checks as of another time, which remember nothing
   */
  static async open(home: string, readOnly: boolean): Promise<FirstSights> {
    const path = join(home, 'gateway', 'first-sights.sqlite');
    if (readOnly) return new FirstSights(existsSync(path) ? path : ':memory:', existsSync(path));
    await makeFolder(join(home, 'gateway'), { mode: 0o700 });
    return new FirstSights(path, false);
  }

  private constructor(path: string, readOnly: boolean) {
    this.#readOnly = readOnly;
    this.#database = new DatabaseSync(path, { readOnly, timeout: BUSY_MS });
    if (!readOnly) {
      this.#database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS baseline (channel TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS sight (channel TEXT, sha256 BLOB, time INTEGER, PRIMARY KEY (channel, sha256)) WITHOUT ROWID;
      `);
    }
    this.#find = this.#database.prepare('SELECT time FROM sight WHERE channel = ? AND sha256 = ?');
    this.#hasBaseline = this.#database.prepare('SELECT 1 FROM baseline WHERE channel = ?');
  }

  /**
   * @param sha256 of the package, hex
   * @param now ms since the epoch
   * @returns ms since the epoch; 0 for what was there when the channel was first seen
   */
  timeOf(channel: string, sha256: string, now: number): number {
    const found = this.#find.get(channel, bytesOf(sha256))?.['time'];
    if (found !== undefined) return Number(found);
    return this.#hasBaseline.get(channel) === undefined ? 0 : now;
  }

  /** Remembers what a publication offers, all of it or nothing. */
  see(channel: string, sha256s: Iterable<string>, now: number): void {
    if (this.#readOnly) return;
    const add = this.#database.prepare('INSERT OR IGNORE INTO sight VALUES (?, ?, ?)');
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const time = this.#hasBaseline.get(channel) === undefined ? 0 : now;
      for (const sha256 of sha256s) add.run(channel, bytesOf(sha256), time);
      this.#database.prepare('INSERT OR IGNORE INTO baseline VALUES (?)').run(channel);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

function bytesOf(sha256: string): Uint8Array {
  return Buffer.from(sha256, 'hex');
}
