/** What has come to the indexer's folder since the channel was last signed. */
import { join } from 'node:path';
import { ContentTrustError, DERIVED_INDEX_FORMS, REPODATA, twinOf } from '@antivenom/core';
import { readFileIfThere, sha256Hex } from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { teamOfSubdir } from '../channel/index-targets.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfTarget, indexForms } from '../channel/published-targets.ts';
import type { Warning } from '../operations.ts';
import { notWhatWasSigned } from '../publication/ordinary-names.ts';
import { isAsPublished } from './as-published.ts';
import { channelForms, indexedSubdirs } from './source-subdirs.ts';

export async function sourceProblems({ source, published }: ChannelFolder, own: OwnMetadata): Promise<Warning[]> {
  const { targets } = own.index;
  const subdirs = (await indexedSubdirs(source)).filter(({ subdir }) => teamOfSubdir(own, subdir) === undefined);
  if (indexForms(own.index).length === 0) {
    return [{ kind: 'unsigned', about: 'index', message: 'no index is signed yet: sign the channel' }];
  }
  const problems: Warning[] = [];
  const listed = new Set([...targets.keys()].flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])));
  for (const { subdir } of subdirs) listed.delete(subdir);
  for (const subdir of listed) {
    const about = subdir ?? '';
    if (teamOfSubdir(own, about) !== undefined) continue;
    problems.push({ kind: 'stale', about, message: `${about} has left the channel and is still published: sign it` });
  }
  const folders = [
    { prefix: '', names: await channelForms(source) },
    ...subdirs.map(({ subdir, names }) => ({ prefix: `${subdir}/`, names })),
  ];
  for (const { prefix, names } of folders) {
    for (const name of names) {
      const path = `${prefix}${name}`;
      if (!targets.has(path)) {
        problems.push({ kind: 'unsigned', about: path, message: `${path} is not signed yet: sign the channel` });
      } else if (source !== published && !(await isAsSigned({ source, published }, own, path, name))) {
        problems.push(notWhatWasSigned({ path }));
      }
    }
  }
  return problems;
}

/** Whether what the indexer wrote is what was signed, signatures aside. Derived forms follow from the others. */
async function isAsSigned(channel: ChannelFolder, own: OwnMetadata, path: string, name: string): Promise<boolean> {
  if (DERIVED_INDEX_FORMS.includes(name) || twinOf(name) !== undefined) return true;
  const target = own.index.targets.get(path);
  const bytes = await readFileIfThere(join(channel.source, path));
  if (target === undefined || bytes === undefined) return true;
  const facts = factsOfTarget(target);
  if (sha256Hex(bytes) === facts.sha256) return true;
  if (name !== REPODATA) return false;
  return isAsPublished(channel, own, facts, bytes).catch((error: unknown) => {
    // That what was signed is damaged is told elsewhere.
    if (error instanceof ContentTrustError) return true;
    throw error;
  });
}
