/**
 * Files that survive a crash whole: written beside their place, flushed to the disk, and moved into it in one step. A
 * reader, and the next run after a kill or a power cut, sees the old file or the new one and nothing between.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const TEMPORARY = /^\..+\.[0-9a-f]{12}\.antivenom-tmp$/;

export interface WriteOptions {
  /** Permission bits of the file, such as `0o600`; without it what the process gives new files. */
  readonly mode?: number;
}

/** Writes a file in one step. The folder must be there. */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await replaceContent(path, options, (file) => file.writeFile(bytes));
}

/** The same for bytes that come in pieces: where they end with an error, what stands at `path` stays. */
export async function writeStreamAtomic(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  await replaceContent(path, {}, async (file) => {
    for await (const piece of pieces) await file.writeFile(piece);
  });
}

async function replaceContent(
  path: string,
  options: WriteOptions,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  await replace(path, (temporary) => writeNew(temporary, options, fill));
}

async function writeNew(
  path: string,
  { mode = 0o666 }: WriteOptions,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file in one step, sharing its blocks where the file system can (a later write to either leaves the other). */
export async function copyFileAtomic(source: string, path: string): Promise<void> {
  await replace(path, async (temporary) => {
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await syncPath(temporary);
  });
}

/**
 * Puts a file that is never rewritten, such as a package, at a second place in one step: sharing its blocks where the
 * file system can, else as a hard link, else as a copy.
 */
export async function linkFileAtomic(source: string, path: string): Promise<void> {
  await replace(path, async (temporary) => {
    // Whatever forbids one way (another disk, a file system without it), the next serves; the last one's error is the one to see.
    try {
      await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    } catch {
      try {
        await link(source, temporary);
      } catch {
        await copyFile(source, temporary, constants.COPYFILE_EXCL);
      }
    }
    await syncPath(temporary);
  });
}

/**
 * Moves files, each in one step, to places on the same disk: the content of each is flushed before it, the folders once
 * after all of them. The folders must be there.
 *
 * @param moves source → place
 */
export async function moveFilesAtomic(moves: readonly (readonly [source: string, path: string])[]): Promise<void> {
  await flushTogether(moves.values(), async ([source, path]) => {
    await syncPath(source);
    await rename(source, path);
    return path;
  });
}

/** {@link writeFileAtomic} for any number of files, which are asked for as they are written. The folders must be there. */
export async function writeFilesAtomic(
  files: AsyncIterable<{ readonly path: string; readonly bytes: Uint8Array }>,
): Promise<void> {
  await flushTogether(files[Symbol.asyncIterator](), async ({ path, bytes }) => {
    await fillAside(path, (temporary) => writeNew(temporary, {}, (file) => file.writeFile(bytes)));
    return path;
  });
}

/**
 * {@link linkFileAtomic} for any number of files, whose places are named after their content, so that one that is there may stay. A
 * hard link is as safe from a power cut as the file that it is one of. The folders must be there.
 *
 * @param links source → place
 */
export async function linkFilesAtomic(links: AsyncIterable<readonly [source: string, path: string]>): Promise<void> {
  let mayShareBlocks = true;
  await flushTogether(links[Symbol.asyncIterator](), async ([source, path]) => {
    if (mayShareBlocks) {
      try {
        await fillAside(path, async (temporary) => {
          await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
          await syncPath(temporary);
        });
        return path;
      } catch {
        // It is asked once: the file system is the same for all.
        mayShareBlocks = false;
      }
    }
    try {
      await link(source, path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) await linkFileAtomic(source, path);
    }
    return path;
  });
}

/** How many files are flushed at a time: a disk takes many flushes as one. */
const FLUSHES = 16;

/**
 * Puts all in their places, and flushes the folders once after that.
 *
 * @param put gives the place
 */
async function flushTogether<T>(all: Iterator<T> | AsyncIterator<T>, put: (one: T) => Promise<string>): Promise<void> {
  const folders = new Set<string>();
  const putNext = async () => {
    for (let next = await all.next(); !next.done; next = await all.next()) folders.add(dirname(await put(next.value)));
  };
  const ended = await Promise.allSettled(Array.from({ length: FLUSHES }, putNext));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  for (const folder of folders) await syncPath(folder);
}

async function replace(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await fillAside(path, fill);
  await syncPath(dirname(path));
}

/** As {@link replace}, without the flush of the folder. */
async function fillAside(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.antivenom-tmp`);
  try {
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes a folder and those above it, and flushes the entries of the new ones. */
export async function makeFolder(path: string, options: WriteOptions = {}): Promise<void> {
  const first = await mkdir(path, { recursive: true, ...(options.mode === undefined ? {} : { mode: options.mode }) });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncPath(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

/** Takes away the half-written files that a killed run left in a folder. Call it under the lock of those who write there. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true });
  }
}

/** The bytes of a file, or undefined where there is none. Other errors pass. */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    // Node names the path where a file cannot be opened, and not where what was opened is a folder.
    throw error instanceof Error && 'syscall' in error ? Object.assign(error, { path }) : error;
  }
}

/** The names in a folder, none where there is no folder. Other errors pass. */
export async function namesIfThere(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether an error of the file system says that nothing of that name is there. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Flushes a file, or the entries of a folder, to the disk. */
async function syncPath(path: string): Promise<void> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    // Windows opens no folders; its file system keeps the order of renames itself.
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await file.sync();
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  } finally {
    await file.close();
  }
}
