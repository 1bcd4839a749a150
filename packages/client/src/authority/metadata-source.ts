/** Where an authority's metadata comes from. */
import { VerificationError } from '@antivenom/core/tuf';
import type { Fetcher } from '../downloads/fetcher.ts';
import type { RedactedUrl } from '../downloads/redacted-url.ts';

/** Object stores answer 403 for what is not there to those who may not list. */
const FORBIDDEN = 403;

export class MetadataSource {
  readonly #fetcher: Fetcher;
  readonly base: RedactedUrl;

  /** @param base the folder of the files */
  constructor(fetcher: Fetcher, base: RedactedUrl) {
    this.#fetcher = fetcher;
    this.base = base;
  }

  /**
   * A file that must be there.
   *
   * @param name percent-escaped
   * @throws VerificationError `missing`, `length-mismatch`
   * @throws DownloadError `unreachable`
   */
  async required(name: string, maxLength: number): Promise<Uint8Array> {
    const bytes = await this.#fetcher.bytes(this.base.join(name), { maxLength });
    if (bytes !== undefined) return bytes;
    throw new VerificationError('missing', `${this.base.join(name)} is not there, and nothing is proved without it`, {
      hint: 'Is this the address of the channel, and is it signed? If it was before, tell its owner.',
      details: { file: name, url: this.base.join(name).toString() },
    });
  }

  /** A file that need not be there, such as the next root. */
  optional(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    return this.#fetcher.bytes(this.base.join(name), { maxLength, absent: [FORBIDDEN] });
  }
}
