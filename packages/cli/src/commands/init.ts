/** `init CHANNEL`: the key ceremony. */
import { basename } from 'node:path';
import { shellWord } from '@antivenom/core';
import { type InitResult, initChannel } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { roleInJson, roleLines } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import { lifetimePlan, roleKeysPlan } from '../role-options.ts';

export const init: Commands['init'] = async (session, channel, options) => {
  const roleKeys = roleKeysPlan(options.threshold);
  const lifetimeDays = lifetimePlan(options.expiry);
  const hashBins = options.hashBins === undefined ? {} : { hashBins: options.hashBins };
  const folder = await channelFolder(channel, session.world.cwd);
  const keys = keysOf(session, folder, options, 'new');
  const made = await initChannel(
    folder,
    { ...keys, for: options.for, roleKeys, lifetimeDays, ...hashBins },
    publisherEnv(session),
  );
  session.result(
    { ok: true, ...made, roles: made.roles.map(roleInJson) },
    lines(channel, basename(folder), made, session.world.now()),
  );
  return 0;
};

function lines(channel: string, name: string, made: InitResult, now: number): string[] {
  return [
    `${channel} has its keys and its first trust metadata.`,
    '',
    ...roleLines(made.roles, now),
    '',
    'Root fingerprint (SHA-256 of tuf/1.root.json):',
    `  ${made.rootFingerprint}`,
    'Hand it to those who use the channel, by another way than the channel itself.',
    'With the URL that you will serve it at, each of them runs:',
    `  antivenom trust add https://YOUR-SERVER/${encodeURIComponent(name)} --fingerprint ${made.rootFingerprint}`,
    '',
    'Now move the offline keys away from this machine, and keep a copy: whoever has',
    'them and their passphrase is the channel, and without them it cannot outlive',
    'its root. Daily work does not need them.',
    `  ${made.offlineFolder}`,
    '',
    `Next: antivenom sign ${shellWord(channel)}`,
  ];
}
