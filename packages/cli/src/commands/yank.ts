/** `yank CHANNEL SUBDIR/FILE` and `unyank`: takes a published file back, and gives it back. */
import { readYankList, YANKED, type Yank } from '@antivenom/core';
import { unyankFile, type YankResult, yankFile } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { readNamedFile } from '../named-path.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import type { Session } from '../session.ts';

export const yank: Commands['yank'] = async (session, channel, file, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const yanking = { ...keysOf(session, folder, options, 'existing'), reason: options.reason };
  const result = await yankFile(folder, file, yanking, publisherEnv(session));
  tell(session, result, [
    `Yanked in ${result.folder}: ${file}.`,
    'Consumers refuse it from now on. The package file stays where it is.',
  ]);
  return 0;
};

export const unyank: Commands['unyank'] = async (session, channel, file, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const { list } = options;
  const alsoListed = list === undefined ? [] : await readList(list, session.world.cwd);
  const unyanking = { ...keysOf(session, folder, options, 'existing'), alsoListed };
  const result = await unyankFile(folder, file, unyanking, publisherEnv(session));
  tell(session, result, [`Yanked no more in ${result.folder}: ${file}.`]);
  return 0;
};

async function readList(typed: string, cwd: string): Promise<Yank[]> {
  return readYankList(YANKED, await readNamedFile(typed, cwd), { maxBytes: 64_000_000, maxDepth: 8 });
}

function tell(session: Session, result: YankResult, lines: readonly string[]): void {
  const { warnings } = result;
  session.result({ ok: true, ...result, warnings: warnings.map(problemInJson) }, [
    ...lines,
    ...result.yanked.map(({ sha256, reason }) => `  sha256 ${sha256}: ${reason}`),
  ]);
  for (const { message } of warnings) session.warn(message);
}
