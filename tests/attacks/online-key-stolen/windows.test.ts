/** How long a consumer whom a thief keeps from the owner's answer believes him: to the second what `status` states. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, KeyThief, readRoles, runAntivenom, StagedChannel } from '@antivenom/testkit';

const expiry = ['snapshot=5', 'index=14', 'yank=20', 'root=60', 'cct/key_mgr=80'].flatMap((role) => ['--expiry', role]);
const owner = await ChannelOwner.make({ init: expiry });
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const FAR = '2999-01-01T00:00:00Z';
const forever = (signed: { expires: string }) => {
  signed.expires = FAR;
};

interface Window {
  readonly role: string;
  readonly with: readonly string[];
  readonly until: string;
  readonly endedBy: string;
}

const { stdout } = await runAntivenom(['status', owner.folder, '--json'], { cwd: owner.place, env: {} });
const { windows }: { windows: Window[] } = JSON.parse(stdout);
const windowOf = (role: string) => {
  const found = windows.find((window) => window.role === role);
  assert.ok(found !== undefined, role);
  return found;
};

test('states a window for each online role, the soonest expiry of what the thief cannot sign', () => {
  assert.deepEqual(
    windows.map(({ role, with: others, endedBy }) => [role, others.join(), endedBy].join(' ')),
    [
      'timestamp  snapshot',
      'snapshot timestamp index',
      'yank snapshot,timestamp index',
      'index snapshot,timestamp yank',
      'pkg_mgr  cct/key_mgr',
    ],
  );
});

type Check = (channel: StagedChannel) => string[];
const verifyChannel: Check = ({ url }) => ['verify', 'channel', url];

/** A second before its end the thief is believed, at its end no more. */
async function believedDuring({ until }: Window, forge: (folder: string) => Promise<void>, check = verifyChannel) {
  await using channel = await StagedChannel.of(owner);
  await forge(channel.folder);
  const before = `${new Date(Date.parse(until) - 1000).toISOString().slice(0, 19)}Z`;
  await channel.accept(...check(channel), '--at', before);
  await channel.refused({ status: 1, code: 'expired' }, ...check(channel), '--at', until);
}

test('with the key of timestamp a thief holds the channel still until another role expires', async () => {
  await believedDuring(windowOf('timestamp'), async (folder) => {
    const { timestamp } = readRoles(folder);
    timestamp.version += 1000;
    forever(timestamp);
    await writeFile(join(folder, 'tuf/timestamp.json'), await thief.signWith(timestamp, thief.keysOf('timestamp')));
  });
});

test('with those of snapshot and timestamp until the index expires', async () => {
  const asSigned = (signed: { expires: string }) => {
    signed.expires = windowOf('snapshot').until;
  };
  await believedDuring(windowOf('snapshot'), (folder) =>
    thief.republish(folder, { index: asSigned, snapshot: forever, timestamp: forever }),
  );
});

test('with that of index too until the list of yanked files expires', async () => {
  await believedDuring(windowOf('index'), (folder) =>
    thief.republish(folder, { index: forever, snapshot: forever, timestamp: forever }),
  );
});

test('with that of pkg_mgr until the chain above it expires, where records alone are looked at', async () => {
  const chain: Check = ({ folder }) => {
    const files = ['cct/key_mgr.json', 'noarch/repodata.json'].map((path) => join(folder, path));
    return ['verify', 'metadata', ...files, '--root', join(folder, 'cct/1.root.json')];
  };
  await believedDuring(windowOf('pkg_mgr'), async () => {}, chain);
});
