import { VerificationError } from '@antivenom/core/tuf';
import type { RedactedUrl } from './redacted-url.ts';

/** A file whose bytes are about to come. */
export interface OpenedFile {
  /** Bytes, where they were announced. */
  readonly length: number | undefined;
  /** Each piece is the reader's own. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

export function tooLong(url: RedactedUrl, maxLength: number): VerificationError {
  return new VerificationError('length-mismatch', `${url} is longer than the ${maxLength} bytes that it may have`, {
    hint: 'The server does not serve what was published; tell its owner, and use another mirror.',
    details: { url: `${url}`, maxLength },
  });
}
