/** What an attacker does to a copy of the published channel, and the code with which it must be refused. */
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ErrorCode, JsonObject } from '@antivenom/core';
import { readIndex, recordsOf, writeIndex } from './index-file.ts';
import type { Person } from './stage.ts';

/** One package of the channel, in the index and on disk. */
export interface Victim {
  readonly subdir: string;
  readonly file: string;
  readonly map: 'packages' | 'packages.conda';
  readonly sha256: string;
}

export interface Played {
  readonly url: string;
  readonly victim: Victim;
  /** The channel as it was first published. */
  readonly earlier: string;
  /** The same packages, signed by keys of somebody else. */
  readonly strangers: string;
  /** SHA-256 of the true `1.root.json`, hex. */
  readonly fingerprint: string;
  /** A time at which all that was signed has expired, as `--at` takes it. */
  readonly tooLate: string;
}

export interface Tampering {
  readonly title: string;
  /** Changes the copy, or names another folder to be served in its place. */
  readonly tamper: (copy: string) => Promise<string | undefined>;
  readonly who: Person;
  readonly words: readonly string[];
  readonly code: ErrorCode;
}

export function tamperings(played: Played): Tampering[] {
  const { url, victim, fingerprint } = played;
  const repodata = `${victim.subdir}/repodata.json`;
  const verifyChannel = { who: 'consumer', words: ['verify', 'channel', url] } as const;
  const packageUrl = (file: string) => ({
    who: 'consumer' as const,
    words: ['verify', 'package', `${url}/${file}`, '--channel', url],
  });
  const recordsAlone = { who: 'neighbour', words: ['verify', 'channel', url, '--subdir', victim.subdir] } as const;

  return [
    {
      title: 'A mirror makes a record point at other bytes',
      tamper: (copy) =>
        editForm(copy, repodata, (bytes) => {
          const other = `${victim.sha256.slice(0, -1)}${victim.sha256.endsWith('0') ? '1' : '0'}`;
          return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(victim.sha256, other), 'latin1');
        }),
      ...verifyChannel,
      code: 'hash-mismatch',
    },
    {
      title: 'The index that most clients read tells another story than the one that is signed',
      tamper: (copy) => editRecords(copy, victim, (records) => records.delete(victim.file)),
      ...verifyChannel,
      code: 'hash-mismatch',
    },
    {
      title: 'One bit of a package is flipped',
      tamper: async (copy) => {
        const path = join(copy, victim.subdir, victim.file);
        const bytes = await readFile(path);
        const middle = bytes.length >> 1;
        bytes[middle] = (bytes[middle] ?? 0) ^ 1;
        await writeFile(path, bytes);
        return undefined;
      },
      ...packageUrl(`${victim.subdir}/${victim.file}`),
      code: 'hash-mismatch',
    },
    {
      title: 'A package is longer than it was',
      tamper: async (copy) => {
        await appendFile(join(copy, victim.subdir, victim.file), 'and a little more');
        return undefined;
      },
      ...packageUrl(`${victim.subdir}/${victim.file}`),
      code: 'length-mismatch',
    },
    {
      title: 'A package is slipped in that the index does not list',
      tamper: async (copy) => {
        await copyFile(join(copy, victim.subdir, victim.file), join(copy, victim.subdir, 'hello-9.9-0.conda'));
        return undefined;
      },
      ...packageUrl(`${victim.subdir}/hello-9.9-0.conda`),
      code: 'not-listed',
    },
    {
      title: 'A whole subdir is added that nobody signed',
      tamper: async (copy) => {
        const subdir = ['win-64', 'osx-64', 'linux-s390x'].find((name) => !existsSync(join(copy, name))) ?? 'zos-z';
        await mkdir(join(copy, subdir), { recursive: true });
        await copyFile(join(copy, repodata), join(copy, subdir, 'repodata.json'));
        return undefined;
      },
      ...verifyChannel,
      code: 'not-listed',
    },
    {
      title: 'The index of before is served again, validly signed',
      tamper: async () => played.earlier,
      ...verifyChannel,
      code: 'rollback',
    },
    {
      title: 'A mirror stands still: the same files, a month later',
      tamper: async () => undefined,
      who: 'consumer',
      words: ['verify', 'channel', url, '--at', played.tooLate],
      code: 'expired',
    },
    {
      title: 'timestamp.json is gone, so that nobody could tell what is newest',
      tamper: async (copy) => {
        await rm(join(copy, 'tuf/timestamp.json'));
        return undefined;
      },
      ...verifyChannel,
      code: 'missing',
    },
    {
      title: 'A login page answers in place of timestamp.json',
      tamper: async (copy) => {
        await writeFile(join(copy, 'tuf/timestamp.json'), '<!doctype html><title>Welcome to our network</title>');
        return undefined;
      },
      ...verifyChannel,
      code: 'malformed',
    },
    {
      title: 'Somebody else signs the channel with keys of their own',
      tamper: async () => played.strangers,
      ...verifyChannel,
      code: 'threshold-not-met',
    },
    {
      title: 'The same, before a newcomer who has the true fingerprint in hand',
      tamper: async () => played.strangers,
      who: 'newcomer',
      words: ['trust', 'add', url, '--fingerprint', fingerprint],
      code: 'not-trusted',
    },
    {
      title: 'A record gets another dependency, before somebody who has record signatures alone',
      tamper: (copy) =>
        editRecords(copy, victim, (records) => {
          recordsOf(records, victim.file).set('depends', ['evil']);
        }),
      ...recordsAlone,
      code: 'bad-signature',
    },
    {
      title: 'A signed record is put under another file name',
      tamper: (copy) =>
        editRecords(copy, victim, (records, signatures) => {
          for (const map of [records, signatures]) rename(map, victim.file, `not-${victim.file}`);
        }),
      ...recordsAlone,
      code: 'name-mismatch',
    },
    {
      title: 'The signature of a record is left out',
      tamper: (copy) => editRecords(copy, victim, (_, signatures) => signatures.delete(victim.file)),
      ...recordsAlone,
      code: 'threshold-not-met',
    },
  ];
}

/** A package that stands in the folder, of a subdir in which every record is signed (one that states no subdir is not). */
export async function findVictim(channel: string): Promise<Victim | undefined> {
  for (const { name: subdir } of (await readdir(channel, { withFileTypes: true })).filter((at) => at.isDirectory())) {
    const index = join(channel, subdir, 'repodata.json');
    if (!existsSync(index)) continue;
    const repodata = await readIndex(index);
    const signatures = recordsOf(repodata, 'signatures');
    const records = (['packages.conda', 'packages'] as const).flatMap((map) =>
      [...recordsOf(repodata, map)].map(([file, record]) => ({ map, file, record })),
    );
    if (!records.every(({ file }) => signatures.has(file))) continue;
    for (const { map, file, record } of records) {
      const sha256 = record instanceof Map ? record.get('sha256') : undefined;
      if (typeof sha256 === 'string' && existsSync(join(channel, subdir, file))) return { subdir, file, map, sha256 };
    }
  }
  return undefined;
}

/** Under its ordinary name alone, as ordinary clients read it. */
async function editRecords(
  copy: string,
  { subdir, map }: Victim,
  edit: (records: JsonObject, signatures: JsonObject) => unknown,
): Promise<undefined> {
  const path = join(copy, subdir, 'repodata.json');
  const repodata = await readIndex(path);
  edit(recordsOf(repodata, map), recordsOf(repodata, 'signatures'));
  await writeIndex(path, repodata);
}

function rename(map: JsonObject, from: string, to: string): void {
  const value = map.get(from);
  if (value === undefined) throw new Error(`${from} is not there`);
  map.delete(from);
  map.set(to, value);
}

/** Under its ordinary name and under its hash, as a mirror can. */
async function editForm(copy: string, form: string, edit: (bytes: Uint8Array) => Uint8Array): Promise<undefined> {
  const prefixed = join(copy, 'tuf/targets', dirname(form));
  const names = (await readdir(prefixed)).filter((name) => name.slice(65) === form.slice(form.indexOf('/') + 1));
  for (const path of [join(copy, form), ...names.map((name) => join(prefixed, name))]) {
    const bytes = await readFile(path);
    const edited = edit(bytes);
    if (Buffer.compare(bytes, edited) !== 0) await writeFile(path, edited);
  }
}
