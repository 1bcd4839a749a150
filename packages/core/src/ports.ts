/**
 * What core asks of its platform. On Node the ports stand in `@antivenom/node`; a browser brings its own.
 * All byte strings are `Uint8Array`; nothing here keeps or changes what it is given.
 */

export interface IncrementalHash {
  update(chunk: Uint8Array): IncrementalHash;
  /** Ends the hash: 32 bytes for SHA-256, 64 for SHA-512. */
  digest(): Uint8Array;
}

export interface CryptoPort {
  createHash(algorithm: 'sha256' | 'sha512'): IncrementalHash;
  /** RFC 8032 Ed25519 (not ctx, not ph). Core has checked encodings before (`keys/ed25519.ts`). Never throws: false for anything wrong. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ECDSA over P-256 with SHA-256; `spki` is DER SubjectPublicKeyInfo, the signature DER `SEQUENCE { r, s }`. Never throws. */
  verifyEcdsaP256(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of any length. Never throws. */
  verifyRsaPss(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Streams of bytes; a chunk is valid until the next one is asked for. */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * Decompressors. Each stops with `MalformedError` on data that is not of its format or ends early, and with
 * `VerificationError('archive-unsafe')` past `maxLength` bytes of output.
 */
export interface DecompressionPort {
  zstd(source: ByteStream, maxLength: number): ByteStream;
  bzip2(source: ByteStream, maxLength: number): ByteStream;
  zstdSync(bytes: Uint8Array, maxLength: number): Uint8Array;
  bzip2Sync(bytes: Uint8Array, maxLength: number): Uint8Array;
}
