/** `sign CHANNEL`: sign what changed, and publish. */
import { type SignResult, signChannel } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { folderToBe } from '../named-path.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';

export const sign: Commands['sign'] = async (session, channel, options) => {
  const { cwd } = session.world;
  const folder = await channelFolder(channel, cwd);
  const signed = await signChannel(
    folder,
    {
      ...keysOf(session, folder, options, 'existing'),
      ...(options.out === undefined ? {} : { out: folderToBe(options.out, cwd) }),
      ...(options.subdir.length === 0 ? {} : { subdirs: options.subdir }),
      checkPackages: options.checkPackages === true,
      rebuild: options.rebuild === true,
      allowHosts: options.allowHost,
    },
    publisherEnv(session),
  );
  session.result({ ok: true, ...signed, warnings: signed.warnings.map(problemInJson) }, lines(signed));
  for (const file of signed.missingPackages) session.warn(`${file} is in the index and not on disk`);
  for (const { message } of signed.warnings) session.warn(message);
  return 0;
};

function lines({ records, published, files, folder, growth }: SignResult): string[] {
  if (!published) return [`Nothing has changed: ${countOf(records.total, 'record')}, as published in ${folder}.`];
  const hasSignatures = records.signed + records.reused > 0;
  return [
    hasSignatures
      ? `Signed ${records.signed} of ${countOf(records.total, 'record')}${signedBefore(records.reused)}.`
      : `Signed the indexes of ${countOf(records.total, 'record')}; no record is signed by itself.`,
    ...(records.withoutSubdir === 0
      ? []
      : [`Without a record signature, since they state no subdir: ${countOf(records.withoutSubdir, 'record')}.`]),
    ...(growth.signed === 0
      ? []
      : [
          `Record signatures add ${kilobytes(growth.signed - growth.unsigned)} kB to the ${kilobytes(growth.unsigned)} kB` +
            ` that a client downloads of the changed indexes (repodata.json.zst).`,
        ]),
    `Published ${countOf(files.length, 'file')} into ${folder}.`,
  ];
}

/** Records that did not change keep their signatures. */
function signedBefore(reused: number): string {
  return reused === 0 ? '' : `; ${reused} ${reused === 1 ? 'was' : 'were'} signed before`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
