/** `export cct DIR [CHANNEL]`: the files with which conda and mamba begin to trust a channel. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { provenRoots } from '@antivenom/client';
import { type ChainRoots, channelUrlKey, PolicyError, UsageError } from '@antivenom/core';
import { makeFolder, namesIfThere, readFileIfThere, removeLeftovers, writeFileAtomic } from '@antivenom/node';
import { ownChainRoots } from '@antivenom/publisher';
import { channelFolder, channelUrl, isUrl } from '../channel-argument.ts';
import { clientEnv } from '../client-session.ts';
import type { Commands, ExportCctOptions } from '../commands.ts';
import { folderToBe } from '../named-path.ts';
import { keysOf } from '../publisher-environment.ts';
import type { Session } from '../session.ts';
import { CONDA_ROOTS, type TrustFile, type TrustFilesOf, trustFiles } from '../trust-files.ts';

export const exportCct: Commands['exportCct'] = async (session, dir, typed, options) => {
  const { cwd } = session.world;
  const folder = folderToBe(dir, cwd);
  if (options.channel !== undefined && typed !== undefined) {
    throw new UsageError('usage', 'the channel is named twice', {
      hint: 'Name it once: behind DIR, or with --channel.',
    });
  }
  const channel = options.channel ?? typed ?? workingDirectory(cwd);
  const exported = await findRoots(session, channel, options);
  if (exported.chains.length === 0) {
    throw new UsageError('usage', `${channel} signs no records: there is nothing for conda or mamba to trust`, {
      hint: 'A channel is made for them with: antivenom init CHANNEL --for conda,mamba',
    });
  }
  const files = trustFiles(exported);
  const strangers = await otherRoots(folder, files);
  if (options.force !== true) await refuseOthers(folder, files, strangers);
  for (const path of strangers) await rm(join(folder, path), { force: true });
  for (const { path, bytes } of files) {
    await makeFolder(dirname(join(folder, path)));
    await removeLeftovers(dirname(join(folder, path)));
    await writeFileAtomic(join(folder, path), bytes);
  }
  const clients: readonly string[] = exported.chains.map(({ chain }) => chain.client);
  if (clients.includes('mamba') && exported.urls.length === 0) {
    session.warn('mamba knows a channel by its address: name it with --url, and its root is exported too');
  }
  const paths = files.map(({ path }) => path);
  session.result({ ok: true, folder, for: clients, files: paths }, [
    `${dir}: what ${clients.join(' and ')} ${clients.length === 1 ? 'needs' : 'need'} to trust the channel; README.txt says where it goes`,
    ...paths.map((path) => `  ${path}`),
  ]);
  return 0;
};

function workingDirectory(cwd: string): string {
  if (existsSync(join(cwd, 'tuf')) || existsSync(join(cwd, '.antivenom'))) return cwd;
  throw new UsageError('usage', 'of which channel? The working directory is none', {
    hint: 'Name it: antivenom export cct DIR --channel CHANNEL.',
  });
}

/** The owner's folder is proved by the copy of its root in the key folder; everything else by the trust store. */
async function findRoots(session: Session, channel: string, options: ExportCctOptions): Promise<TrustFilesOf> {
  const { cwd } = session.world;
  const urls = options.url.map(addressOf);
  const own = await ownRoots(session, channel, options);
  if (own !== undefined) return { chains: own, urls, signingBase: urls[0] && `${urls[0]}/cct` };
  const url = await channelUrl(channel, cwd);
  try {
    const { chains, signingBase } = await provenRoots(url, await clientEnv(session, {}));
    const known = url.toLowerCase().startsWith('file:') ? [] : [addressOf(url)];
    return { chains, urls: urls.length > 0 ? urls : known, signingBase };
  } catch (cause) {
    if (isUrl(channel) || !(cause instanceof PolicyError)) throw cause;
    throw new PolicyError(cause.code, cause.message, {
      hint: `If it is your own, name its key folder with --keys; else: antivenom trust add ${url} --fingerprint HEX`,
      details: cause.details,
      cause,
    });
  }
}

async function ownRoots(
  session: Session,
  channel: string,
  options: ExportCctOptions,
): Promise<ChainRoots[] | undefined> {
  if (isUrl(channel) && !channel.toLowerCase().startsWith('file:')) return undefined;
  const folder = await channelFolder(channel, session.world.cwd);
  return ownChainRoots(folder, keysOf(session, folder, options, 'existing').keys);
}

/** As mamba spells it: credentials are its own affair. */
function addressOf(url: string): string {
  const key = channelUrlKey(url);
  if (key !== undefined) return key;
  throw new UsageError('usage', "a channel's URL is http, https or file, without query", {
    hint: 'Write it as https://channel.example/name.',
  });
}

/** Roots of another channel: conda begins with the highest number that it finds, whosever it is. */
async function otherRoots(folder: string, files: readonly TrustFile[]): Promise<string[]> {
  const ours = new Set(files.map(({ path }) => path));
  if (!files.some(({ path }) => path.startsWith(`${CONDA_ROOTS}/`))) return [];
  const names = await namesIfThere(join(folder, CONDA_ROOTS));
  const roots = names.filter((name) => /^\d.*\.root\.json$/.test(name)).map((name) => `${CONDA_ROOTS}/${name}`);
  return roots.filter((path) => !ours.has(path)).sort();
}

/** @throws UsageError `usage` */
async function refuseOthers(folder: string, files: readonly TrustFile[], strangers: readonly string[]): Promise<void> {
  const differing = [];
  for (const { path, bytes } of files) {
    const there = await readFileIfThere(join(folder, path));
    if (there !== undefined && Buffer.compare(there, bytes) !== 0) differing.push(path);
  }
  const [path] = [...differing, ...strangers];
  if (path === undefined) return;
  const what = differing.length > 0 ? 'with other content' : "and is none of this channel's";
  throw new UsageError('usage', `${join(folder, path)} is there already, ${what}; nothing was written`, {
    hint: 'Export into another folder, or replace what differs with --force.',
    details: { file: path },
  });
}
