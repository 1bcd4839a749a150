/** Lines of a stream that may never end, of which none is held beyond a bound. */

/** A line without its line feed; or why there is none: `too-long`, or `unfinished` where the stream ended in it. */
export type Line = Uint8Array | 'too-long' | 'unfinished';

const LINE_FEED = 0x0a;

/** @param maxLength of a line, in bytes */
export async function* boundedLines(
  stream: AsyncIterable<Uint8Array | string>,
  maxLength: number,
): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    let at = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
      add(bytes.subarray(at, end));
      yield taken();
      at = end + 1;
    }
    add(bytes.subarray(at));
  }
  if (length > 0) yield taken() === 'too-long' ? 'too-long' : 'unfinished';

  function add(piece: Uint8Array): void {
    length += piece.length;
    // What is too long already is counted and let go.
    if (length > maxLength) pieces = [];
    else pieces.push(piece);
  }

  function taken(): Line {
    const line = length > maxLength ? 'too-long' : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    return line;
  }
}
