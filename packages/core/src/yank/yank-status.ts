/** What is yanked, as a person looks at it. */
import { type Yank, yanksInForce } from './yank-list.ts';

export interface YankStatus {
  /** In force. */
  readonly files: readonly (Yank & {
    /** Whether the offline role lists it, so that no thief of online keys can hide it. */
    readonly offline: boolean;
  })[];
  /** What such a thief could hide, and from whom: one sentence. Undefined for a channel without lists. */
  readonly window: string | undefined;
}

/** @param lists undefined for a channel without */
export function yankStatus(
  lists:
    | { readonly online: readonly Yank[]; readonly base: readonly Yank[]; readonly cancelled: readonly Yank[] }
    | undefined,
): YankStatus {
  if (lists === undefined) return { files: [], window: undefined };
  const { online, base, cancelled } = lists;
  const offline = yanksInForce(base, cancelled).map((yank) => ({ ...yank, offline: true }));
  const others = yanksInForce(online, [...cancelled, ...base]).map((yank) => ({ ...yank, offline: false }));
  return { files: [...offline, ...others], window: windowText(others.length) };
}

function windowText(count: number): string {
  const reach = 'A thief of the online keys could hide';
  if (count === 0) return `${reach} no yank that stands: the offline role lists them all.`;
  const what = count === 1 ? 'the yank' : `the ${count} yanks`;
  return `${reach} ${what} since the last offline signing, from consumers who have not seen ${count === 1 ? 'it' : 'them'}: renew, with the offline keys, ends that.`;
}
