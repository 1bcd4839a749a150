/** A channel one of whose packages is a team's, and what a thief of every online key does to it. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, type JsonObject, readJson, signRecord } from '@antivenom/core';
import {
  ChannelOwner,
  type ChannelPackage,
  ChannelTeam,
  type Document,
  type EditableIndex,
  editIndex,
  KeyThief,
  packageFile,
  packageIndex,
  recordOf,
  type StagedChannel,
  stage,
  writePackage,
} from '@antivenom/testkit';

export const FILE = 'linux-64/beta-2.0-h2_0.conda';
/** Of the team's name, and never built by it. */
const NEW = 'linux-64/beta-9.9-0.conda';
/** Nobody's but the index's. */
export const OTHER = 'noarch/gamma-3.0-0.conda';

export const owner = await ChannelOwner.make();
export const team = await ChannelTeam.join(owner, 'beta-team', '*/beta-*');
const thief = await KeyThief.of(owner);

/** What a policy may ask of the name that is the team's. */
export const STRICT = 'packages: [{match: beta, require: [index, record, {file: beta-team}]}]';

/** Bytes of the thief's, a record that fits them, and every signature that stolen keys can make. */
async function plant(folder: string, pkg: ChannelPackage): Promise<void> {
  const bytes = await writePackage({ ...pkg, files: { 'bin/beta': 'evil' } }, 'conda');
  const file = packageFile(pkg, 'conda');
  await writeFile(join(folder, 'linux-64', file), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { arch: _, platform: __, ...members } = packageIndex(pkg);
  const record = { ...members, md5: createHash('md5').update(bytes).digest('hex'), sha256, size: bytes.length };
  const signatures: Record<string, { signature: string }> = {};
  const parsed = readJson(Buffer.from(JSON.stringify(record)), { maxBytes: 1e6, maxDepth: 9 }) as JsonObject;
  for (const signer of thief.keysOf('pkg_mgr')) {
    signatures[bytesToHex(signer.publicKey.bytes)] = { signature: await signRecord(parsed, signer) };
  }
  await editIndex(folder, 'linux-64', (index: EditableIndex) => {
    index['packages.conda'][file] = record;
    index.signatures[file] = signatures;
  });
}

const BETA: ChannelPackage = { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64' };
export const THEFTS: readonly [what: string, file: string, steal: (folder: string) => Promise<void>][] = [
  [
    'other bytes under a name that the team signed',
    FILE,
    async (folder) => {
      await plant(folder, BETA);
      await thief.republish(folder);
    },
  ],
  [
    'a version that the team never built',
    NEW,
    async (folder) => {
      await plant(folder, { ...BETA, version: '9.9', build: '0' });
      await thief.republish(folder);
    },
  ],
  [
    'the file listed by the role of the indexes',
    FILE,
    async (folder) => {
      await plant(folder, BETA);
      const target = await stage(folder, FILE, await readFile(join(folder, FILE)));
      await thief.republish(folder, {
        index: (signed) => {
          signed.targets[FILE] = target;
          signed.delegations = undefined;
        },
      });
    },
  ],
  [
    'a delegation to a team of that name by the role of the indexes',
    FILE,
    async (folder) => {
      await plant(folder, BETA);
      const target = await stage(folder, FILE, await readFile(join(folder, FILE)));
      const { delegations } = JSON.parse(await readFile(join(folder, 'tuf/2.targets.json'), 'utf8')).signed;
      const { keyids } = delegations.roles.find(({ name }: Document) => name === 'index');
      await thief.republish(folder, {
        index: (signed) => {
          const role = { name: 'beta-team', keyids, threshold: 1, terminating: true, paths: ['*/beta-*'] };
          signed.delegations = { keys: { [keyids[0]]: delegations.keys[keyids[0]] }, roles: [role] };
          signed.targets[FILE] = target;
        },
      });
    },
  ],
  [
    'the metadata of the team signed by the thief',
    FILE,
    async (folder) => {
      await plant(folder, BETA);
      const target = await stage(folder, FILE, await readFile(join(folder, FILE)));
      const { signed } = JSON.parse(await readFile(team.file, 'utf8'));
      signed.version = 9;
      signed.targets[FILE] = target;
      const bytes = await thief.signWith(signed, thief.keysOf('index'));
      await writeFile(join(folder, 'tuf/9.beta-team.json'), bytes);
      await thief.republish(folder, {
        snapshot: (snapshot) => {
          snapshot.meta['beta-team.json'] = { version: 9 };
        },
      });
    },
  ],
];

/** Before the newcomer: who has seen the role refuses a snapshot without it anyway. */
export const FORGOTTEN = async (folder: string) => {
  await plant(folder, BETA);
  await thief.republish(folder, {
    snapshot: (snapshot) => {
      delete snapshot.meta['beta-team.json'];
    },
  });
};

/** A policy for the consumer, with these package rules. */
export async function policyOf(channel: StagedChannel, packages: string): Promise<string[]> {
  return channel.policy(`channels: [{name: good, url: "${channel.url}"}]\n${packages}\n`);
}

/** The record of a file as the channel serves it. */
export async function recordIn(channel: StagedChannel, file: string): Promise<object> {
  const [subdir = '', name = ''] = file.split('/');
  return recordOf(JSON.parse(await readFile(join(channel.folder, subdir, 'repodata.json'), 'utf8')), name);
}
