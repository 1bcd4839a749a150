/**
 * Attestations that stand beside a package. Those that a record names by their hash (CEP 50) are held against it; the mutable ones
 * (`.sigs`, `.v0.sigs`) prove themselves to whoever verifies them, and are passed on unless they are nothing of the kind.
 */
import type { ClientEnv, IndexedRecord, RedactedUrl } from '@antivenom/client';
import { DownloadError, expectArray, expectObject, readJson } from '@antivenom/core';
import { sha256Hex } from '@antivenom/node';
import type { ContentCache } from './content-cache.ts';
import type { SubdirIndex } from './subdir-index.ts';

/** Bytes: a bundle has some 10,000, and a package a few of them. */
const LIMITS = { maxBytes: 4_000_000, maxDepth: 32 };

export interface Attestations {
  readonly bytes: Uint8Array;
  /** Of the bytes, hex. */
  readonly sha256: string;
  /** Whether the record names them by it. */
  readonly immutable: boolean;
}

/** `<package>.sigs`, `<package>.v0.sigs` or `<package>.sigs.<sha256>`. @returns undefined for other names */
export function attestationsOf(name: string): { readonly file: string; readonly suffix: string } | undefined {
  const [, file, suffix] = /^(.+\.(?:conda|tar\.bz2))\.(sigs|v0\.sigs|sigs\.[0-9a-f]{64})$/.exec(name) ?? [];
  return file === undefined || suffix === undefined ? undefined : { file, suffix };
}

export class AttestationFiles {
  readonly #cache: ContentCache;
  readonly #env: Pick<ClientEnv, 'fetcher'>;

  constructor(cache: ContentCache, env: Pick<ClientEnv, 'fetcher'>) {
    this.#cache = cache;
    this.#env = env;
  }

  /**
   * @param entry the package's record, which is offered
   * @returns undefined where the record does not name them, or where the channel has none
   * @throws VerificationError `hash-mismatch`; MalformedError for what is no list of bundles
   * @throws DownloadError `not-held` for those that the record names, `unreachable`
   */
  async find(
    index: SubdirIndex,
    entry: IndexedRecord,
    file: string,
    suffix: string,
  ): Promise<Attestations | undefined> {
    const where = `${index.subdir}/${file}.${suffix}`;
    const url = index.packages.join(`${encodeURIComponent(file)}.${suffix}`);
    const named = suffix.startsWith('sigs.') ? suffix.slice('sigs.'.length) : undefined;
    if (named === undefined) {
      const bytes = await this.#env.fetcher.bytes(url, { maxLength: LIMITS.maxBytes });
      return bytes && { bytes: requireBundles(bytes, where), sha256: sha256Hex(bytes), immutable: false };
    }
    if (entry.record.get('attestations_sha256') !== named) return undefined;
    const bytes = (await this.#cache.read(named)) ?? (await this.#download(url, where, named));
    return { bytes: requireBundles(bytes, where), sha256: named, immutable: true };
  }

  async #download(url: RedactedUrl, where: string, sha256: string): Promise<Uint8Array> {
    const bytes = await this.#env.fetcher.bytes(url, { maxLength: LIMITS.maxBytes });
    if (bytes === undefined) {
      throw new DownloadError('not-held', `${url} is not there, and the verified record names it`, {
        hint: 'Try again later, or another mirror; if it stays, tell the owner of the channel.',
        details: { file: where },
      });
    }
    await this.#cache.add(bytes, { where, sha256, size: undefined });
    return bytes;
  }
}

/** @throws MalformedError */
function requireBundles(bytes: Uint8Array, where: string): Uint8Array {
  const bundles = expectArray(readJson(bytes, LIMITS), where);
  for (const bundle of bundles) expectObject(bundle, `a bundle in ${where}`);
  return bytes;
}
