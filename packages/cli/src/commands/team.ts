/** `team keys`, `team sign` and `team publish`: a team that signs its own packages. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { formatTimestamp, PathPattern, parsePackageFileName, shellWord, UsageError } from '@antivenom/core';
import { makeTeamKeys, publishTeam, signTeam, type TeamPackage } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf } from '../channel-health.ts';
import type { Commands, TeamOptions } from '../commands.ts';
import { existing, folderToBe, readNamedFile } from '../named-path.ts';
import { Passphrases } from '../passphrases.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import type { Session } from '../session.ts';
import { tellTeam } from './delegate.ts';

export const teamKeys: Commands['teamKeys'] = async (session, team, options) => {
  const { count, replace = false } = options;
  const passphrases = new Passphrases(options, session.world, !session.yes);
  const making = {
    folder: folderOf(session, team, options),
    count,
    replace,
    passphrase: () => passphrases.forNewKeys('team'),
  };
  const made = await makeTeamKeys(team, making, publisherEnv(session));
  session.result({ ok: true, team, ...made }, [
    ...made.publicKeys.map((key) => `Key:  ${key}`),
    ...made.retired.map((file) => `Signs no more: ${file}`),
    '',
    `Keep a copy of the folder around ${made.file}.`,
    'Hand that file to the owner of the channel, who runs:',
    `  antivenom delegate CHANNEL ${team} --paths '*/NAME-[0-9]*' --key ${basename(made.file)}`,
    '',
    `Next: antivenom team sign ${team} FILES`,
  ]);
  return 0;
};

export const teamSign: Commands['teamSign'] = async (session, team, files, options) => {
  const { cwd } = session.world;
  const passphrases = new Passphrases(options, session.world, !session.yes);
  const patterns = options.paths.map((text) => new PathPattern(text));
  const packages: TeamPackage[] = [];
  const indexes: { subdir: string; folder: string }[] = [];
  for (const typed of files) {
    const folders = await indexFolders(typed, options.subdir, cwd);
    indexes.push(...folders);
    if (folders.length === 0) packages.push(...(await packagesOf(typed, cwd, patterns)));
  }
  requireEach(options.subdir, indexes);
  const signed = await signTeam(
    team,
    {
      folder: folderOf(session, team, options),
      passphrase: () => passphrases.ofKeys('team'),
      packages,
      indexes,
      remove: options.remove,
      replace: options.replace === true,
      lifetimeDays: options.expiry,
    },
    publisherEnv(session),
  );
  const { added, replaced, removed, listed, version, expires, file } = signed;
  session.result({ ok: true, team, ...signed, expires: formatTimestamp(expires) }, [
    ...added.map((path) => `Signed:    ${path}`),
    ...replaced.map((path) => `Replaced:  ${path}`),
    ...removed.map((path) => `Removed:   ${path}`),
    `${team}, version ${version}, lists ${countOf(listed, 'file')}; to be signed anew before ${formatTimestamp(expires).slice(0, 10)}.`,
    `Hand it over to be published: antivenom team publish CHANNEL ${team} ${shellWord(file)}`,
  ]);
  return 0;
};

export const teamPublish: Commands['teamPublish'] = async (session, channel, team, file, options) => {
  const { cwd } = session.world;
  const folder = await channelFolder(channel, cwd);
  const bytes = await readNamedFile(file, cwd);
  const result = await publishTeam(
    folder,
    team,
    bytes,
    keysOf(session, folder, options, 'existing'),
    publisherEnv(session),
  );
  const { published, files } = result;
  tellTeam(session, result, [
    published
      ? `Published what ${team} signed: ${countOf(files.length, 'file')} into ${result.folder}.`
      : `What ${team} signed is published already in ${result.folder}.`,
  ]);
  return 0;
};

function folderOf({ home, world }: Session, team: string, { dir }: TeamOptions): string {
  return dir === undefined ? join(home, 'teams', team) : folderToBe(dir, world.cwd);
}

/** With `--subdir`, a folder is a channel's whose indexes are signed. */
async function indexFolders(typed: string, subdirs: readonly string[], cwd: string) {
  const path = resolve(cwd, typed);
  if (subdirs.length === 0 || !(await existing(typed, path)).isDirectory()) return [];
  const names = await readdir(path);
  return subdirs.flatMap((subdir) => (names.includes(subdir) ? { subdir, folder: join(path, subdir) } : []));
}

function requireEach(subdirs: readonly string[], found: readonly { readonly subdir: string }[]): void {
  const missing = subdirs.find((subdir) => !found.some((one) => one.subdir === subdir));
  if (missing === undefined) return;
  throw new UsageError('usage', `no folder that is named has a subdir ${missing}`, {
    hint: `Name the folder of the channel whose ${missing} is signed.`,
  });
}

/** A package in the folder of its subdir; or all of those below a folder that match. */
async function packagesOf(typed: string, cwd: string, patterns: readonly PathPattern[]): Promise<TeamPackage[]> {
  const path = resolve(cwd, typed);
  if (!(await existing(typed, path)).isDirectory())
    return [{ path: `${subdirOf(path, typed)}/${basename(path)}`, file: path }];
  const found: TeamPackage[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'tuf') continue;
    for (const file of await readdir(join(path, entry.name))) {
      const parts = [entry.name, file];
      if (!/\.(conda|tar\.bz2)$/.test(file)) continue;
      if (patterns.length > 0 && !patterns.some((pattern) => pattern.matches(parts))) continue;
      found.push({ path: parts.join('/'), file: join(path, entry.name, file) });
    }
  }
  if (found.length > 0) return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  throw new UsageError('usage', `${typed} has no such package in a subdir`, {
    hint: 'Name a folder like that of a channel, or package files: build/linux-64/foo-1.0-0.conda',
  });
}

function subdirOf(path: string, typed: string): string {
  parsePackageFileName(basename(path));
  const subdir = basename(dirname(path));
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(subdir)) return subdir;
  throw new UsageError('usage', `${typed} stands in no folder of a subdir, such as linux-64`, {
    hint: 'Its path in the channel is signed too: put it into a folder of that name.',
  });
}
