/** A reader of ours beside Python's, over the same archives: where both accept one, they must see the same in it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Whether there is a Python to ask; its standard library is enough. */
export function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import bz2, tarfile, zipfile']).status === 0;
}

/** What a reader sees: its entries, each a few texts. Undefined for an archive that it refuses. */
export type ArchiveReader = (bytes: Uint8Array) => Promise<string[][] | undefined>;

/**
 * @param program in Python: takes a line of Base64 for each archive, prints what it sees as a line of JSON, `null` for a refusal
 * @param seed what the archives were made from, for the message of a failure
 * @returns how many archives both accept
 */
export async function agreeWithPython(
  program: string,
  archives: readonly Uint8Array[],
  seed: string,
  ours: ArchiveReader,
): Promise<number> {
  const input = archives.map((bytes) => `${Buffer.from(bytes).toString('base64')}\n`).join('');
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  const theirs = stdout.trimEnd().split('\n');
  let agreed = 0;
  for (const [at, bytes] of archives.entries()) {
    const seen = await ours(bytes);
    const python: string[][] | null = JSON.parse(theirs[at] ?? '');
    if (seen === undefined || python === null) continue;
    assert.deepEqual(seen, python, `archive ${at} of the seed "${seed}": ${Buffer.from(bytes).toString('base64')}`);
    agreed++;
  }
  return agreed;
}
