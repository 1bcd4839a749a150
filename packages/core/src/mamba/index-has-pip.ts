import type { Repodata } from '../conda/repodata.ts';
import { isPip } from './projection.ts';

/** Whether mamba sees a package `pip` in this index, which changes how it sees `python`. */
export function indexHasPip(repodata: Repodata): boolean {
  return repodata.records.some((slice) => {
    if (slice.map.startsWith('v3.') || !mayBePip(repodata.bytes, slice.start, slice.end)) return false;
    return isPip(repodata.record(slice));
  });
}

const BACKSLASH = 0x5c;
const [QUOTE, P, I] = [0x22, 0x70, 0x69];

/** Spares reading the record: without the string `"pip"`, plain or perhaps escaped, it is another package's. */
function mayBePip(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH) return true;
    if (bytes[at] !== QUOTE || bytes[at + 1] !== P) continue;
    if (bytes[at + 2] === I && bytes[at + 3] === P && bytes[at + 4] === QUOTE) return true;
  }
  return false;
}
