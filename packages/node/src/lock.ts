/**
 * A lock between processes that the operating system itself releases when its holder is killed: a transaction on an empty
 * SQLite database (docs/decisions/0004-lock.md).
 */
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '@antivenom/core/tuf';
import { makeFolder } from './durable-files.ts';

const SQLITE_BUSY = 5;
const POLL_MS = 25;

export interface LockOptions {
  /** How long to wait for another holder, in ms. */
  readonly waitMs: number;
}

/**
 * Runs `work` while holding the lock file at `path`, which is made where it is missing and stays.
 *
 * @throws StoreError `locked` where another holds it for longer than `waitMs`; `io` where the file cannot be locked.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const database = await acquire(path, options.waitMs);
  try {
    return await work();
  } finally {
    // Closing rolls back the transaction, which wrote nothing.
    database.close();
  }
}

async function acquire(path: string, waitMs: number): Promise<DatabaseSync> {
  // SQLite's own waiting would stop this process, which may be the one that holds the lock.
  for (let waited = 0; ; waited += POLL_MS) {
    const database = tryAcquire(path);
    if (database !== undefined) return database;
    if (waited >= waitMs) {
      throw new StoreError('locked', `another command is at work here: ${path} is locked`, {
        hint: 'Wait until it has ended, and try again.',
        details: { path, waitedMs: waited },
      });
    }
    await sleep(POLL_MS);
  }
}

function tryAcquire(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) return undefined;
    throw new StoreError('io', `${path} cannot be locked`, {
      hint: 'Is the disk full or read-only, or on a network that knows no locks? Nobody but Antivenom may write this file.',
      details: { path },
      cause,
    });
  }
}
