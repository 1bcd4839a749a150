/**
 * The lists of files that a channel took back, of one authority: all three or none. What they ever named counts until the
 * offline role takes it back, so that a thief of online keys can hide nothing from those who have seen it.
 */
import {
  distinctYanks,
  MalformedError,
  readYankList,
  UNYANKED,
  VerificationError,
  YANK_LISTS,
  YANK_ROLE,
  YANKED,
  YANKED_BASE,
  type Yank,
  yanksInForce,
} from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import { YANK_LIST_JSON } from '../limits.ts';
import { fetchTarget, type TargetPlaces } from './fetch-target.ts';
import type { IndexListing } from './index-listing.ts';

export interface YankLists {
  /** The lists themselves, as the roles state them. */
  readonly listing: IndexListing;
  readonly online: readonly Yank[];
  readonly base: readonly Yank[];
  readonly cancelled: readonly Yank[];
  /** What counts, also of what was seen earlier and is on no list any more. */
  readonly inForce: readonly Yank[];
}

/**
 * @returns undefined for a channel that has no such lists, and never had
 * @throws VerificationError `missing` where a list is not there, or not listed by the role that must list it
 * @throws MalformedError
 * @throws DownloadError `unreachable`
 * @throws StoreError `store-corrupt`, `locked`
 */
export async function readYankLists(
  authority: TufAuthority,
  places: TargetPlaces,
  env: Pick<ClientEnv, 'fetcher' | 'cache'>,
): Promise<YankLists | undefined> {
  const { targets } = authority.trusted;
  const isListed = YANK_LISTS.some((path) => targets?.targets.has(path));
  if (targets?.delegations?.role(YANK_ROLE) === undefined && !isListed) {
    if ((await authority.seenYanks()) === undefined) return undefined;
    throw missing(YANKED, 'the channel had lists of yanked files, and has none any more');
  }
  const listing = new Map<string, NonNullable<Awaited<ReturnType<TufAuthority['find']>>>>();
  const read = async (path: string): Promise<Yank[]> => {
    const target = await authority.find(path);
    const roles = path === YANKED ? `targets ${YANK_ROLE}` : 'targets';
    if (target?.roles.join(' ') !== roles) throw missing(path, `no role that may list ${path} does`);
    listing.set(path, target);
    if (target.length > YANK_LIST_JSON.maxBytes) {
      throw new MalformedError(`${path} has ${target.length} bytes, more than the limit of ${YANK_LIST_JSON.maxBytes}`);
    }
    const fetched = await fetchTarget(target, places, env);
    if (fetched === undefined) throw missing(path, `${path} is listed and not there`);
    return readYankList(path, fetched.bytes, YANK_LIST_JSON);
  };
  const online = await read(YANKED);
  const base = await read(YANKED_BASE);
  const cancelled = await read(UNYANKED);
  const seen = await authority.seeYanks(distinctYanks([...base, ...online]));
  return { listing, online, base, cancelled, inForce: yanksInForce(seen, cancelled) };
}

function missing(path: string, message: string): VerificationError {
  return new VerificationError('missing', `${message}: what is yanked cannot be told`, {
    hint: 'Try again, or another mirror; if it stays, tell the owner of the channel. Nothing of it is accepted.',
    details: { file: path },
  });
}
