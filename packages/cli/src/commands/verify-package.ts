/** `verify package FILE|URL --channel URL`: bytes and contents of one package. */
import { type PackageVerdict, verifyPackage as verify } from '@antivenom/client';
import { channelUrl, isUrl } from '../channel-argument.ts';
import { clientEnv } from '../client-session.ts';
import type { Commands } from '../commands.ts';
import { existingFile } from '../named-path.ts';

export const verifyPackage: Commands['verifyPackage'] = async (session, typed, options) => {
  const { cwd } = session.world;
  const env = await clientEnv(session, options);
  const file = isUrl(typed) ? { url: typed } : { path: await existingFile(typed, cwd) };
  const verdict = await verify(file, await channelUrl(options.channel, cwd), env);
  const { sha256, evidence, patched, listedPaths } = verdict;
  const members = patched.map(({ member }) => member);
  session.result({ ok: true, file: verdict.file, sha256, evidence, patched: members, listedPaths }, lines(verdict));
  return 0;
};

function lines({ file, sha256, evidence, patched, listedPaths }: PackageVerdict): string[] {
  return [
    `${file} is proved by ${evidence.join(' and ')} evidence`,
    `sha256 ${sha256}`,
    listedPaths === undefined
      ? 'it has no list of its files to hold them against: the package is older than such lists'
      : `each of its files is as info/paths.json lists it (${listedPaths})`,
    ...patched.map(({ member }) => `the index says other \`${member}\` than the package, as indexes may`),
  ];
}
