/** `delegate CHANNEL TEAM`: package files that a team's own keys must sign. */
import { PublicKey, UsageError } from '@antivenom/core';
import { delegateTeam, parsePublicKeys, removeTeam, type TeamResult } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands, DelegateCommandOptions } from '../commands.ts';
import { readNamedFile } from '../named-path.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import type { Session } from '../session.ts';
import { tellRenewal } from './refresh.ts';

export const delegate: Commands['delegate'] = async (session, channel, team, options) => {
  const { cwd } = session.world;
  const folder = await channelFolder(channel, cwd);
  const keys = keysOf(session, folder, options, 'existing');
  const env = publisherEnv(session);
  if (options.remove === true) {
    refuseBesideRemove(options);
    tellRenewal(session, await removeTeam(folder, team, keys, env));
    return 0;
  }
  const result = await delegateTeam(
    folder,
    team,
    {
      ...keys,
      ...(options.paths.length === 0 ? {} : { paths: options.paths }),
      ...(options.subdir.length === 0 ? {} : { subdirs: options.subdir }),
      ...(options.key.length === 0 ? {} : { teamKeys: await publicKeysOf(options.key, cwd) }),
      ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
      ...(options.signed === undefined ? {} : { signed: await readNamedFile(options.signed, cwd) }),
    },
    env,
  );
  tellTeam(session, result, [
    `${team} signs in ${result.folder} from now on, with ${result.threshold} of ${countOf(result.keys.length, 'key')}:`,
    ...result.paths.map((path) => `  ${path}`),
    ...result.keys.map((key) => `Key:  ${key}`),
  ]);
  return 0;
};

export function tellTeam(session: Session, result: TeamResult, lines: readonly string[]): void {
  session.result({ ok: true, ...result, warnings: result.warnings.map(problemInJson) }, lines);
  for (const { message } of result.warnings) session.warn(message);
}

function refuseBesideRemove({ paths, subdir, key, threshold, signed }: DelegateCommandOptions): void {
  if (paths.length + subdir.length + key.length === 0 && threshold === undefined && signed === undefined) return;
  throw new UsageError('usage', '--remove takes all of a team back, and stands alone');
}

async function publicKeysOf(typed: readonly string[], cwd: string): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const text of typed) {
    if (/^[0-9a-fA-F]{64}$/.test(text)) keys.push(PublicKey.ed25519Hex(text.toLowerCase()));
    else keys.push(...parsePublicKeys(new TextDecoder().decode(await readNamedFile(text, cwd)), text));
  }
  return keys;
}
