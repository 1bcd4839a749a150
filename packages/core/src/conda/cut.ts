/** Taking members out of JSON bytes, every byte that stays kept as it was. */

/** A member of an object, from the quote of its key to the end (exclusive) of its value. */
export interface Entry {
  readonly keyStart: number;
  readonly end: number;
}

/** Offsets, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges to cut so that of an object's members, given in order, only those that `keeps` says stay, commas in place; an
 * object that loses all of them becomes `{}`.
 */
export function rangesOfDropped(
  bytes: Uint8Array,
  entries: readonly Entry[],
  keeps: (index: number) => boolean,
): ByteRange[] {
  const ranges: ByteRange[] = [];
  let keptBefore = false;
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    if (keeps(index)) {
      const first = entries[0];
      if (!keptBefore && first !== undefined && index > 0) ranges.push({ start: first.keyStart, end: entry.keyStart });
      keptBefore = true;
    } else if (keptBefore && before !== undefined) {
      ranges.push({ start: before.end, end: entry.end });
    }
  });
  const [first, last] = [entries[0], entries.at(-1)];
  if (!keptBefore && first !== undefined && last !== undefined) {
    let { keyStart: start } = first;
    let { end } = last;
    while (isWhitespace(bytes[start - 1])) start--;
    while (isWhitespace(bytes[end])) end++;
    ranges.push({ start, end });
  }
  return ranges;
}

/** JSON's white space. */
export function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The bytes without some ranges, which must be in order and apart. */
export function cut(bytes: Uint8Array, ranges: readonly ByteRange[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const range of ranges) {
    pieces.push(bytes.subarray(at, range.start));
    at = range.end;
  }
  return concat([...pieces, bytes.subarray(at)]);
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
