/** When hash bins are renewed: in batches, since thousands of them signed in one run would be due in one run again. */
import { lifetimeOf } from '../roles/reissue.ts';
import { BINS, type OwnBins } from './own-bins.ts';

/** A daily run renews all within this many days, long before the first of them expires. */
const BATCHES = 16;

/**
 * The numbers of those to renew now: all that have lived three quarters of their life, and of those past half of it the oldest,
 * a batch at a time.
 *
 * @param now ms since the epoch
 */
export function dueBins(bins: OwnBins, now: number): number[] {
  const lifetime = lifetimeOf(BINS, bins.role);
  const left = (number: number) => (bins.expiries.get(bins.versions[number] ?? 0) ?? 0) - now;
  const pastHalf = bins.versions.flatMap((_, number) => (left(number) < lifetime / 2 ? number : []));
  pastHalf.sort((a, b) => left(a) - left(b));
  const urgent = pastHalf.findIndex((number) => left(number) >= lifetime / 4);
  const batch = Math.ceil(bins.versions.length / BATCHES);
  return pastHalf.slice(0, Math.max(batch, urgent < 0 ? pastHalf.length : urgent));
}

/** When the first of them expires, ms since the epoch. */
export function firstExpiry({ role, expiries }: OwnBins): number {
  return Math.min(role.expires, ...expiries.values());
}
