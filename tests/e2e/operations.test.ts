/** The runbooks of docs/operations.md, by the very commands that stand there. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChannelOwner, ChannelTeam, runAntivenom, StagedChannel } from '@antivenom/testkit';

const page = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

/** Headline → the blocks of commands below it. */
const RUNBOOKS = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, title = ''] = /^(.*)\n/.exec(section) ?? [];
      return [title, [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim().split('\n'))];
    }),
);

assert.deepEqual(
  [...RUNBOOKS.keys()],
  [
    'An online key was stolen',
    'A package must be taken back',
    'A yanked package was good after all',
    'The online keys are lost',
    'An offline key was lost or stolen',
    'Offline roles expire',
    'Roles should last longer, or not so long',
    'A role should have more keys, or fewer',
    'More of the past should stay, or less',
    'A team signs its own packages',
    'A key of a team was lost or stolen',
    'Each package as a target of TUF',
  ],
);

/** ms after the ceremony. */
const LATER = new Map([['Offline roles expire', 366 * 86_400_000]]);

for (const [title, blocks] of RUNBOOKS) {
  for (const [at, commands] of blocks.entries()) {
    test(`${title}: the ${at + 1}. list of commands ends with a channel without problems that consumers follow`, async () => {
      const owner = await ChannelOwner.make();
      try {
        await using channel = await StagedChannel.of(owner, { seen: true });
        const lost = JSON.parse(await readFile(join(owner.keys, 'offline/root-1.json'), 'utf8')).public;
        if (title === 'Each package as a target of TUF' && at > 0) await owner.run('hash-bins', owner.folder);
        if (title === 'The online keys are lost') {
          for (const name of await readdir(join(owner.keys, 'online'))) await rm(join(owner.keys, 'online', name));
        }
        if (title === 'A key of a team was lost or stolen') await ChannelTeam.join(owner, 'beta-team', '*/beta-*');
        const isYanked = title === 'A yanked package was good after all';
        if (isYanked) await owner.run('yank', owner.folder, PACKAGE, '--reason', 'by mistake');
        for (const line of commands) {
          const [program, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
          assert.equal(program, 'antivenom');
          const told = await runAntivenom(
            words.map((word) => known(word, owner, lost)),
            {
              cwd: owner.place,
              clock: LATER.get(title) ?? 0,
              env: {
                ANTIVENOM_PASSPHRASE_FILE: join(owner.place, 'passphrase'),
                ANTIVENOM_HOME: join(owner.place, 'owner-home'),
              },
            },
          );
          assert.equal(told.status, 0, `${line}: ${told.stdout}${told.stderr}`);
          if (words[0] !== 'status') continue;
          assert.match(told.stdout, /^No problems\.$/m);
          assert.match(told.stdout, /^ {4}key [0-9a-f]{16}…$/m, 'keys are named as the commands take them');
        }
        channel.clock = LATER.get(title) ?? 0;
        await channel.serve(owner.folder);
        await channel.accept('verify', 'channel', channel.url);
      } finally {
        await owner.remove();
      }
    });
  }
}

/** What the page leaves to its reader. */
function known(word: string, { folder, keys }: ChannelOwner, key: string): string {
  const typed = word.replaceAll("'", '').replace(/^build\//, `${folder}/`);
  return { 'my-channel': folder, vault: keys, KEYID: key, 'linux-64/foo-1.0-0.conda': PACKAGE }[typed] ?? typed;
}
