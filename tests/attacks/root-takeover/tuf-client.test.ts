/** Whose signatures a rotation needs, for roots and for every other role. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StagedRepository, seededSigner } from '@antivenom/testkit';

interface Version {
  /** Numbers of keys that the root names for the role. */
  readonly keys: readonly number[];
  readonly threshold: number;
  /** Numbers of keys that sign. */
  readonly signers: readonly number[];
}

const v = (keys: readonly number[], threshold: number, signers: readonly number[]): Version => ({
  keys,
  threshold,
  signers,
});
const key = (number: number) => seededSigner(`rotated ${number}`);

/** Roots one after the other; whether the last one is taken. */
const ROOTS: Readonly<Record<string, readonly [versions: readonly Version[], taken: boolean]>> = {
  'one key for another': [[v([1], 1, [1]), v([2], 1, [2, 1]), v([2], 1, [2])], true],
  'one key for another, strangers signing too': [
    [v([1], 1, [3, 1, 4]), v([2], 1, [3, 2, 1, 4]), v([2], 1, [3, 2, 4])],
    true,
  ],
  'three of five, each time others': [
    [v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([0, 1, 2, 3, 4], 3, [0, 4, 1]), v([0, 1, 2, 3, 4], 3, [0, 1, 3])],
    true,
  ],
  'one of five exchanged': [[v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([0, 1, 3, 4, 5], 3, [0, 4, 1])], true],
  'one of five exchanged, the old one signing still': [
    [v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([0, 1, 3, 4, 5], 3, [0, 2, 4, 5]), v([0, 1, 3, 4, 5], 3, [0, 4, 5])],
    true,
  ],
  'all of five exchanged': [
    [v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]), v([5, 6, 7, 8, 9], 3, [5, 6, 7])],
    true,
  ],
  'the threshold raised': [[v([1, 2, 3], 1, [1]), v([1, 2, 3], 2, [1, 2])], true],
  'the threshold lowered': [[v([1, 2, 3], 2, [1, 2]), v([1, 2, 3], 1, [1, 2]), v([1, 2, 3], 1, [1])], true],
  'a key more, and the threshold raised': [[v([1], 1, [1]), v([1, 2], 2, [1, 2])], true],
  'not signed by the old key': [[v([1], 1, [1]), v([2], 1, [2, 3, 4])], false],
  'not signed by the new key': [[v([1], 1, [1]), v([2], 1, [1, 3, 4])], false],
  'too few of the new five': [[v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([0, 1, 3, 4, 5], 3, [0, 2, 4])], false],
  'too few of the old five': [[v([0, 1, 2, 3, 4], 3, [0, 2, 4]), v([0, 1, 3, 4, 5], 3, [0, 4, 5])], false],
  'the raised threshold not met': [[v([1, 2, 3], 1, [1]), v([1, 2, 3], 2, [2])], false],
  'the threshold lowered by too few': [[v([1, 2, 3], 2, [1, 2]), v([1, 2, 3], 1, [1])], false],
};

test('a root is taken where enough keys of the root before it and enough of its own signed', async () => {
  for (const [what, [versions, taken]] of Object.entries(ROOTS)) {
    const [first, ...later] = versions as [Version, ...Version[]];
    const set = (repository: StagedRepository['repository'], { keys, threshold, signers }: Version) => {
      repository.root.threshold = threshold;
      repository.root.signers = keys.map(key);
      repository.root.signedBy = signers.map(key);
    };
    await using staged = await StagedRepository.start((repository) => set(repository, first));
    for (const version of later) {
      set(staged.repository, version);
      await staged.publishNext('root');
    }
    const last = versions.length - 1;
    if (taken) await staged.accepted('refresh');
    else await staged.refused('threshold-not-met', 'refresh');
    assert.equal((await staged.versions())['root'], taken ? last + 1 : last, what);
    if (!taken) continue;
    assert.deepEqual(
      await readFile(join(staged.metadata, 'root.json')),
      Buffer.from(await staged.repository.rootFile()),
      what,
    );
  }
});

const OTHERS: Readonly<Record<string, readonly [version: Version, taken: boolean]>> = {
  'one key for another': [v([2], 1, [2]), true],
  'strangers signing too': [v([1], 1, [3, 1, 4]), true],
  'the new key not signing': [v([2], 1, [1, 3, 4]), false],
  'one of three signatures a stranger’s': [v([0, 1, 3, 4, 5], 3, [0, 2, 4]), false],
  'one signature too few': [v([0, 1, 3, 4, 5], 3, [0, 4]), false],
  'three of five': [v([0, 1, 2, 3, 4], 3, [4, 0, 2]), true],
};

test('so is each other role, by the keys and threshold of the root', async () => {
  for (const [what, [{ keys, threshold, signers }, taken]] of Object.entries(OTHERS)) {
    const roles = ['timestamp', 'snapshot', 'targets'];
    const changes = { signers: keys.map(key), signedBy: signers.map(key), threshold };
    for (const changed of taken ? [roles] : roles.map((name) => [name])) {
      await using staged = await StagedRepository.start();
      for (const name of changed) Object.assign(staged.repository.role(name), changes);
      await staged.publishNext('root', 'targets');
      if (taken) await staged.accepted('refresh');
      else await staged.refused('threshold-not-met', 'refresh');
      const versions = await staged.versions();
      for (const name of changed) assert.equal(versions[name], taken ? 2 : undefined, `${name}: ${what}`);
    }
  }
});
