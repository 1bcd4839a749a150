/** The lists of what its owner took back, withheld, broken or old. */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type Answered,
  assertRefused,
  ChannelOwner,
  hashPrefixed,
  KeyThief,
  readRoles,
  type Signed,
  StagedChannel,
  stage,
  takeYankListsAway,
} from '@antivenom/testkit';

const YANKED = 'antivenom/yanked.json';

const owner = await ChannelOwner.make();
const before = await owner.copy('before');
await owner.run('yank', owner.folder, 'linux-64/beta-2.0-h2_0.conda', '--reason', 'steals credentials');
const yanked = await owner.copy('yanked');
const thief = await KeyThief.of(owner);
after(() => owner.remove());

function refusedAs(answer: Answered, code: string, names: RegExp): void {
  assertRefused(answer, { status: 1, code, names });
}

test('a list that is not there, not listed or not one is no empty list', async () => {
  const list = hashPrefixed(YANKED, readRoles(yanked).yank.targets[YANKED].hashes.sha256);
  const served = async (change: (folder: string) => Promise<unknown>) => {
    const channel = await StagedChannel.of(owner, { from: yanked });
    await change(channel.folder);
    return channel;
  };
  await using withoutList = await served((folder) => rm(join(folder, 'tuf/targets', list)));
  refusedAs(await withoutList.verify(), 'missing', /yanked\.json is listed and not there/);
  await using unlisted = await served((folder) =>
    thief.republish(folder, {
      yank: (role) => {
        role.targets = {};
      },
    }),
  );
  refusedAs(await unlisted.verify(), 'missing', /no role that may list antivenom\/yanked\.json does/);
  for (const text of ['{"version": 1}', '{"version": 2, "yanked": []}', '<html>', '{"version": 1, "yanked": [{}]}']) {
    await using other = await served(async (folder) => {
      const facts = await stage(folder, YANKED, Buffer.from(text));
      await thief.republish(folder, {
        yank: (role) => {
          role.targets[YANKED] = facts;
        },
      });
    });
    refusedAs(await other.verify(), 'malformed', /./);
  }
});

test('a snapshot without the role deceives nobody, whether they knew it or not', async () => {
  const withoutRole = (snapshot: Signed) => {
    delete snapshot.meta['yank.json'];
  };
  for (const [seen, code] of [
    [true, 'rollback'],
    [false, 'missing'],
  ] as const) {
    await using other = await StagedChannel.of(owner, { from: yanked, seen });
    await thief.republish(other.folder, { snapshot: withoutRole });
    refusedAs(await other.verify(), code, /yank\.json/);
  }
});

test('an older list is a rollback', async () => {
  await using channel = await StagedChannel.of(owner, { from: yanked, seen: true });
  const { snapshot } = readRoles(before);
  const older = snapshot.meta['yank.json'];
  await cp(join(before, `tuf/${older.version}.yank.json`), join(channel.folder, `tuf/${older.version}.yank.json`));
  await thief.republish(channel.folder, {
    snapshot: (forged) => {
      forged.meta['yank.json'] = older;
    },
  });
  refusedAs(await channel.verify(), 'rollback', /yank\.json/);
});

test('a channel whose lists were seen is refused without them; one that never had any goes on', async () => {
  await using channel = await StagedChannel.of(owner, { from: yanked, seen: true });
  await thief.republish(channel.folder, {
    targets: (targets) => {
      const { roles } = targets.delegations;
      targets.delegations.roles = roles.filter(({ name }: Signed) => name !== 'yank');
      for (const path of Object.keys(targets.targets)) if (path.startsWith('antivenom/')) delete targets.targets[path];
    },
  });
  refusedAs(await channel.verify(), 'missing', /had lists of yanked files, and has none any more/);

  const old = await owner.copy('old');
  const keys = join(owner.place, 'old-keys');
  await cp(owner.keys, keys, { recursive: true });
  await takeYankListsAway(old, keys, owner.passphrase);
  await using other = await StagedChannel.of(owner, { from: old, seen: true });
  await other.accept('verify', 'channel', other.url);
});

test('a check as of another time remembers nothing of what it saw yanked', async () => {
  await using channel = await StagedChannel.of(owner, { from: yanked });
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const store = await channel.store();
  await channel.accept('verify', 'channel', channel.url, '--at', at);
  assert.deepEqual(await channel.store(), store);
});
