/** `sign CHANNEL`: sign what changed, and publish. */
import { type SignResult, signChannel } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { folderToBe } from '../named-path.ts';
import { keysOf, publisherEnv, retentionOf } from '../publisher-environment.ts';

/** More would only hide the first ones. */
const MAX_NAMED = 50;

export const sign: Commands['sign'] = async (session, channel, options) => {
  const { cwd } = session.world;
  const folder = await channelFolder(channel, cwd);
  const signed = await signChannel(
    folder,
    {
      ...keysOf(session, folder, options, 'existing'),
      ...retentionOf(options),
      ...(options.out === undefined ? {} : { out: folderToBe(options.out, cwd) }),
      ...(options.subdir.length === 0 ? {} : { subdirs: options.subdir }),
      checkPackages: options.checkPackages === true,
      rebuild: options.rebuild === true,
      allowHosts: options.allowHost,
    },
    publisherEnv(session),
  );
  session.result({ ok: true, ...signed, warnings: signed.warnings.map(problemInJson) }, lines(signed));
  const { missingPackages } = signed;
  for (const file of missingPackages.slice(0, MAX_NAMED)) session.warn(`${file} is in the index and not on disk`);
  const more = missingPackages.length - MAX_NAMED;
  if (more > 0) session.warn(`${countOf(more, 'more package')} not on disk, which --json lists`);
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
    ...unforeseeableLines(records.unforeseeable),
    ...(growth.signed === 0
      ? []
      : [
          `Record signatures add ${sizeText(growth.signed - growth.unsigned)} to the ${sizeText(growth.unsigned)}` +
            ` that a client downloads of the changed indexes (repodata.json.zst).`,
        ]),
    `Published ${countOf(files.length, 'file')} into ${folder}.`,
  ];
}

function unforeseeableLines(byReason: SignResult['records']['unforeseeable']): string[] {
  const counts = Object.entries(byReason);
  if (counts.length === 0) return [];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const reasons = counts.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    `Without a signature for mamba, since what it reads in them cannot be foretold: ${countOf(total, 'record')} (${reasons}).`,
  ];
}

/** Records that did not change keep their signatures. */
function signedBefore(reused: number): string {
  return reused === 0 ? '' : `; ${reused} ${reused === 1 ? 'was' : 'were'} signed before`;
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
