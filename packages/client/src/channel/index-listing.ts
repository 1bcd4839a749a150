/** Every index file that an authority lists, each as the most trusted role states it. */
import {
  CHANNEL_INDEX_FORMS,
  type FoundTarget,
  isChainFile,
  KNOWN_SUBDIRS,
  REPODATA,
  SUBDIR_INDEX_FORMS,
  teamsOf,
  type Verified,
} from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';

/** By path: `linux-64/repodata.json`, `channeldata.json`, `cct/key_mgr.json`. */
export type IndexListing = ReadonlyMap<string, Verified<FoundTarget>>;

/** A path that some role of every channel may speak of: its search loads the roles that list indexes. */
const ANY_INDEX = 'noarch/repodata.json';
const OTHER_INDEXES = [...KNOWN_SUBDIRS.map((subdir) => `${subdir}/${REPODATA}`), ...CHANNEL_INDEX_FORMS];
const SUBDIR_FORMS = new Set(SUBDIR_INDEX_FORMS);
const CHANNEL_FORMS = new Set(CHANNEL_INDEX_FORMS);

export async function listIndexes(authority: TufAuthority): Promise<IndexListing> {
  const listing = new Map<string, Verified<FoundTarget>>();
  await authority.find(ANY_INDEX);
  const { targets } = authority.trusted;
  const teams = targets === undefined ? [] : teamsOf(targets).filter(({ signsIndexes }) => signsIndexes);
  // A team's subdir is in no index of another role's: without the team's word it would be hidden.
  for (const { name } of teams) await authority.delegated(name);
  // And where that subdir is the one that was searched, the search came to nobody else.
  for (const path of teams.length === 0 ? [] : OTHER_INDEXES) await authority.find(path);
  // A search may load more roles, which list more paths.
  for (let at = 0; at < authority.loaded.length; at++) {
    for (const path of authority.loaded[at]?.targets.targets.keys() ?? []) {
      if (listing.has(path) || !isIndexPath(path)) continue;
      const found = await authority.find(path);
      if (found !== undefined) listing.set(path, found);
    }
  }
  return listing;
}

function isIndexPath(path: string): boolean {
  if (isChainFile(path)) return true;
  const [folder, name, more] = path.split('/');
  if (folder === undefined || more !== undefined) return false;
  return name === undefined ? CHANNEL_FORMS.has(folder) : SUBDIR_FORMS.has(name);
}

/** The folder of a subdir's index; undefined for files of the channel's base and of chains. */
export function subdirOf(path: string): string | undefined {
  const slash = path.indexOf('/');
  return slash < 0 || isChainFile(path) ? undefined : path.slice(0, slash);
}

export function subdirsOf(listing: IndexListing): string[] {
  return [...new Set([...listing.keys()].flatMap((path) => subdirOf(path) ?? []))].sort();
}
