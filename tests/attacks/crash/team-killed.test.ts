import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PublicKey } from '@antivenom/core';
import { delegateTeam, makeTeamKeys, publishTeam, signTeam } from '@antivenom/publisher';
import { ago, initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

const TEAM = 'builders';
const options = (folder: string) => ({ folder: join(folder, TEAM), passphrase: async () => 'of the team' });
const fileOf = (folder: string) => readFile(join(folder, TEAM, `${TEAM}.json`));

async function makeTeam(folder: string): Promise<void> {
  await makeChannel(folder);
  await initChannelIn(folder, 1);
  await signChannelIn(folder, 1);
  const making = { ...options(folder), count: 1, scryptCost: { n: 16, r: 1, p: 1 } };
  await makeTeamKeys(TEAM, making, ago());
  await sign(folder);
}

/** Every package of the channel. */
async function sign(folder: string): Promise<void> {
  const names = (await readdir(join(folder, 'good/noarch'))).filter((name) => name.endsWith('.conda'));
  const packages = names.map((name) => ({ path: `noarch/${name}`, file: join(folder, 'good/noarch', name) }));
  await signTeam(TEAM, { ...options(folder), packages }, ago());
}

async function delegate(folder: string): Promise<void> {
  const key = (await readFile(join(folder, TEAM, `${TEAM}.pub`), 'utf8')).trim();
  const delegation = { paths: ['noarch/*'], teamKeys: [PublicKey.ed25519Hex(key)], signed: await fileOf(folder) };
  await delegateTeam(join(folder, 'good'), TEAM, { ...keysIn(folder), ...delegation }, ago());
}

/** The version of the team's metadata that clients get, and that its packages are there for them; 0: no team. */
async function publishedVersion(folder: string): Promise<number> {
  const { trusted } = await read(join(folder, 'good'));
  const { snapshot, targets } = trusted;
  if (targets?.delegations?.role(TEAM) === undefined) return 0;
  const version = snapshot?.meta.get(`${TEAM}.json`)?.version ?? 0;
  const { signed } = JSON.parse(await readFile(join(folder, `good/tuf/${version}.${TEAM}.json`), 'utf8'));
  for (const [path, { hashes }] of Object.entries<{ hashes: { sha256: string } }>(signed.targets)) {
    const place = path.replace('/', `/${hashes.sha256}.`);
    assert.deepEqual(
      await readFile(join(folder, 'good/tuf/targets', place)),
      await readFile(join(folder, 'good', path)),
    );
  }
  return version;
}

test('a delegation that is killed leaves the channel without the team or with it, and the next one works', async () => {
  const handedOver = ['--key', `${TEAM}/${TEAM}.pub`, '--signed', `${TEAM}/${TEAM}.json`];
  await killAtEachStep({
    argv: ['delegate', 'good', TEAM, '--paths', 'noarch/*', ...handedOver],
    stride: 4,
    prepare: makeTeam,
    isDone: async (folder) => (await publishedVersion(folder)) === 1,
    again: delegate,
  });
});

test('a publication of what a team signed that is killed leaves the old word or the new one, and the next one works', async () => {
  await killAtEachStep({
    argv: ['team', 'publish', 'good', TEAM, `${TEAM}/${TEAM}.json`],
    stride: 2,
    prepare: async (folder) => {
      await makeTeam(folder);
      await delegate(folder);
      await sign(folder);
    },
    isDone: async (folder) => {
      const version = await publishedVersion(folder);
      assert.ok(version === 1 || version === 2);
      return version === 2;
    },
    again: async (folder) => publishTeam(join(folder, 'good'), TEAM, await fileOf(folder), keysIn(folder), ago()),
  });
});
