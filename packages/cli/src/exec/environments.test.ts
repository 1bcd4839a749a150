import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findEnvironments, newRecords, recordsOf } from './environments.ts';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'antivenom-environments-')));
after(() => rmSync(place, { recursive: true }));

function environment(path: string): string {
  mkdirSync(join(place, path, 'conda-meta'), { recursive: true });
  return join(place, path);
}

test('environments are found where clients keep them, and where they are named', async () => {
  const wanted = [
    environment('named'),
    environment('option'),
    environment('equals'),
    environment('active'),
    environment('listed'),
    environment('root'),
    environment('root/envs/one'),
    environment('conda'),
    environment('conda/envs/two'),
    environment('home/.conda/envs/three'),
    environment('project/.pixi/envs/default'),
    environment('home/.pixi/envs/tool'),
  ];
  mkdirSync(join(place, 'conda/bin'));
  mkdirSync(join(place, 'project/src'));
  writeFileSync(join(place, 'conda/bin/conda'), '');
  writeFileSync(join(place, 'home/.conda/environments.txt'), `${place}/listed\n${place}/gone\n`);
  environment('elsewhere');
  const command = ['conda', 'install', '-p', join(place, 'option'), `--prefix=${place}/equals`];
  const found = await findEnvironments(command, ['../../named'], {
    env: {
      PATH: `/nowhere:${place}/conda/bin`,
      CONDA_PREFIX: join(place, 'active'),
      MAMBA_ROOT_PREFIX: join(place, 'root'),
    },
    cwd: join(place, 'project/src'),
    userHome: join(place, 'home'),
  });
  assert.deepEqual(found, wanted.toSorted());
});

test('records that were written meanwhile are new, also where nothing but their bytes changed', async () => {
  const prefix = environment('changing');
  const record = (name: string) => join(prefix, 'conda-meta', name);
  for (const name of ['kept-1-0.json', 'changed-1-0.json', 'history']) writeFileSync(record(name), 'a');
  const before = await recordsOf([prefix]);
  writeFileSync(record('changed-1-0.json'), 'b');
  for (const name of ['added-1-0.json', 'history']) writeFileSync(record(name), 'c');
  const written = newRecords(before, await recordsOf([prefix]));
  assert.deepEqual(written.toSorted(), [record('added-1-0.json'), record('changed-1-0.json')]);
});
