import type { DecompressionPort } from '../ports.ts';
import { twinOf } from './index-forms.ts';

/** Real indexes shrink to a tenth or a thirtieth; what expands beyond this is made to fill memory. */
const MAX_RATIO = 1000;
const RATIO_FREE_BYTES = 64_000_000;

/**
 * What an index file holds: decompressed where its name says that it is compressed, else as it is.
 *
 * @param maxLength of the content, in bytes
 * @throws MalformedError for bytes that are not of the name's compression
 * @throws VerificationError `archive-unsafe` past `maxLength`, or past 1000 times the file's length above 64 MB
 */
export function indexContent(
  name: string,
  bytes: Uint8Array,
  decompression: DecompressionPort,
  maxLength: number,
): Uint8Array {
  const limit = Math.min(maxLength, Math.max(RATIO_FREE_BYTES, MAX_RATIO * bytes.length));
  switch (twinOf(name)?.compression) {
    case 'zst':
      return decompression.zstdSync(bytes, limit);
    case 'bz2':
      return decompression.bzip2Sync(bytes, limit);
    default:
      return bytes;
  }
}
