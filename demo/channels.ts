/** The channel that is played with: one of our own making, or a copy of a real one. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonValue, readJson } from '@antivenom/core';
import {
  type ChannelPackage,
  packageFile,
  packageIndex,
  type TestPackage,
  writeChannel,
  writePackage,
} from '@antivenom/testkit';

import { LIMITS, readIndex, recordsOf, writeIndex } from './index-file.ts';

export interface PlayedChannel {
  readonly described: string;
  /** Whether the derived indexes are to be made anew whatever they say. */
  readonly rebuild: boolean;
  /** The owner adds a package. @returns `<subdir>/<name>` */
  grow(): Promise<string>;
}

const NEW_PACKAGE: TestPackage = { name: 'goodbye', version: '1.0', build: 'h0d1e2f3_0', depends: ['hello >=2.0'] };

const PACKAGES: readonly ChannelPackage[] = [
  { name: 'libhello', version: '2.1.0', build: 'h1a2b3c4_0', subdir: 'linux-64', formats: ['conda', 'tar.bz2'] },
  { name: 'hello', version: '2.1.0', build: 'h5d6e7f8_0', subdir: 'linux-64', depends: ['libhello >=2.1,<3'] },
  { name: 'hello', version: '2.0.4', build: 'h9a0b1c2_3', subdir: 'linux-64', formats: ['tar.bz2'] },
  { name: 'hello-data', version: '2.1.0', build: '0', subdir: 'noarch' },
];

export async function ownChannel(folder: string): Promise<PlayedChannel> {
  const write = (packages: readonly ChannelPackage[]) =>
    writeChannel(folder, {
      seed: 'demo',
      subdirs: ['linux-64', 'noarch'],
      packages,
      forms: { zst: true, bz2: true, currentRepodata: true },
    });
  const written = await write(PACKAGES);
  return {
    described: `${written.length} packages in linux-64 and noarch, .conda and .tar.bz2, indexed as conda-index does.`,
    rebuild: false,
    grow: async () => {
      await write([...PACKAGES, NEW_PACKAGE]);
      return `noarch/${packageFile(NEW_PACKAGE, 'conda')}`;
    },
  };
}

export async function copyOfChannel(original: string, folder: string): Promise<PlayedChannel> {
  await mkdir(folder);
  for (const entry of await readdir(original, { withFileTypes: true })) {
    // What its owner has signed already is not of this play.
    if (['tuf', 'cct', '.antivenom'].includes(entry.name)) continue;
    await cp(join(original, entry.name), join(folder, entry.name), { recursive: true, dereference: true });
  }
  return {
    described: `A copy of ${original}; the original stays as it is.`,
    rebuild: true,
    grow: async () => {
      await mkdir(join(folder, 'noarch'), { recursive: true });
      const file = packageFile(NEW_PACKAGE, 'conda');
      const bytes = await writePackage(NEW_PACKAGE, 'conda');
      await writeFile(join(folder, 'noarch', file), bytes);
      await addRecord(join(folder, 'noarch/repodata.json'), file, bytes);
      return `noarch/${file}`;
    },
  };
}

async function addRecord(index: string, file: string, bytes: Uint8Array): Promise<void> {
  const { arch: _, platform: __, ...members } = packageIndex(NEW_PACKAGE);
  const record = { ...members, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  const repodata = existsSync(index) ? await readIndex(index) : new Map([['info', json({ subdir: 'noarch' })]]);
  const records = recordsOf(repodata, 'packages.conda');
  await writeIndex(index, new Map(repodata).set('packages.conda', new Map(records).set(file, json(record))));
}

function json(value: unknown): JsonValue {
  return readJson(Buffer.from(JSON.stringify(value)), LIMITS);
}
