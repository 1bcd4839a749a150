/** `import cct CHANNEL`: adopt a channel that was signed with conda-content-trust. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { shellWord, UsageError } from '@antivenom/core';
import {
  type ImportCctResult,
  type ImportCctOptions as Importing,
  importCct as importIt,
  updateCct,
} from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, roleInJson, roleLines } from '../channel-health.ts';
import type { Commands, ImportCctOptions } from '../commands.ts';
import { existingFile, existingFolder } from '../named-path.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import { lifetimePlan, roleKeysPlan } from '../role-options.ts';
import type { Session } from '../session.ts';
import { tellRenewal } from './refresh.ts';

export const importCct: Commands['importCct'] = async (session, channel, options) => {
  const { cwd } = session.world;
  if (!options.for.includes('conda')) {
    throw new UsageError('usage', 'what is adopted is signed for conda', {
      hint: 'Leave out --for, or write --for conda,mamba to sign for mamba too.',
    });
  }
  const folder = await channelFolder(channel, cwd);
  if (options.chain !== undefined && existsSync(join(folder, 'tuf', 'timestamp.json'))) {
    const chain = await existingFolder(options.chain, cwd);
    refuseKeys(options);
    const updating = { ...keysOf(session, folder, options, 'existing'), chain };
    tellRenewal(session, await updateCct(folder, updating, publisherEnv(session)));
    return 0;
  }
  const importing = {
    ...keysOf(session, folder, options, 'new'),
    ...(options.chain === undefined ? {} : { chain: await existingFolder(options.chain, cwd) }),
    for: options.for.filter((client) => client !== 'conda'),
    rawKeys: await rawKeysOf(options, cwd),
    roleKeys: roleKeysPlan(options.threshold),
    lifetimeDays: lifetimePlan(options.expiry),
    ...(options.hashBins === undefined ? {} : { hashBins: options.hashBins }),
  };
  const made = await importIt(folder, importing, publisherEnv(session));
  warn(session, made);
  session.result(
    { ok: true, ...made, roles: made.roles.map(roleInJson) },
    lines(channel, basename(folder), made, session.world.now()),
  );
  return 0;
};

function refuseKeys({ rawKeys, rootKey, keyMgrKey, pkgMgrKey }: ImportCctOptions): void {
  if (rawKeys === undefined && [...rootKey, ...keyMgrKey, ...pkgMgrKey].length === 0) return;
  throw new UsageError('usage', 'the channel is adopted already, and takes no keys any more', {
    hint: 'Leave them out: --chain alone takes over what was renewed elsewhere.',
  });
}

async function rawKeysOf(options: ImportCctOptions, cwd: string): Promise<Importing['rawKeys']> {
  const keys: { path: string; role?: 'root' | 'key_mgr' | 'pkg_mgr' }[] = [];
  for (const [role, files] of [
    ['root', options.rootKey],
    ['key_mgr', options.keyMgrKey],
    ['pkg_mgr', options.pkgMgrKey],
  ] as const) {
    for (const file of files) keys.push({ role, path: await existingFile(file, cwd) });
  }
  if (options.rawKeys === undefined) return keys;
  const folder = await existingFolder(options.rawKeys, cwd);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .flatMap((entry) => (entry.name.endsWith('.pri') && !entry.isDirectory() ? entry.name : []))
    .sort();
  return [...keys, ...names.map((name) => ({ path: join(folder, name) }))];
}

function warn(session: Session, { adopted, badSignatures, unusedKeys }: ImportCctResult): void {
  for (const role of ['root', 'key_mgr'] as const) {
    const { keys, threshold } = adopted[role];
    if (keys >= threshold) continue;
    session.warn(
      `cct/${role} cannot be renewed here: ${keys} of the ${threshold} keys that must sign it were given; whoever holds them must sign it before it expires`,
    );
  }
  for (const path of unusedKeys) session.warn(`${path} holds a key that signs nothing in this chain`);
  const [first] = badSignatures;
  if (first !== undefined) {
    session.warn(
      `${countOf(badSignatures.length, 'record')} carried a signature that is not over the record, ${first} first: see that nobody changed them before you sign them anew`,
    );
  }
}

/** conda asks where its user tells it to. */
function movedChain(name: string): string[] {
  return [
    'The chain stands in cct/ from now on, and is renewed there alone. Users of conda set, at the URL that you serve it at:',
    `  conda config --set signing_metadata_url_base https://YOUR-SERVER/${encodeURIComponent(name)}/cct`,
  ];
}

function lines(channel: string, name: string, made: ImportCctResult, now: number): string[] {
  const { kept, new: fresh } = made.signatures;
  return [
    `${channel} is adopted: conda follows its chain as before.`,
    ...(basename(made.chainFolder) === 'cct' ? [] : movedChain(name)),
    '',
    ...roleLines(made.roles, now),
    '',
    `${countOf(kept, 'record signature')} stay as they are; the next sign makes ${fresh} new.`,
    '',
    'Root fingerprint (SHA-256 of tuf/1.root.json):',
    `  ${made.rootFingerprint}`,
    'Hand it to those who use the channel with Antivenom, by another way than the channel itself.',
    'With the URL that you serve it at, each of them runs:',
    `  antivenom trust add https://YOUR-SERVER/${encodeURIComponent(name)} --fingerprint ${made.rootFingerprint}`,
    '',
    'Now move the offline keys away from this machine, and keep a copy; and destroy the files',
    'that held them unencrypted, once that copy is safe.',
    `  ${made.offlineFolder}`,
    '',
    `Next: antivenom sign ${shellWord(channel)}`,
  ];
}
