import { promisify } from 'node:util';
import { constants, type ZstdOptions, zstdCompress, zstdCompressSync } from 'node:zlib';

export { compressBzip2 } from './libbz2.ts';

const compress = promisify(zstdCompress);

/** One Zstandard frame that states its length and a checksum; `level` 1 to 22. The same bytes give the same frame. */
export async function compressZstd(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  return compress(bytes, frameOptions(bytes, level));
}

/** The same, for small pieces where a round trip to another thread costs more than the work. */
export function compressZstdSync(bytes: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(bytes, frameOptions(bytes, level));
}

function frameOptions(bytes: Uint8Array, level: number): ZstdOptions {
  return {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
    pledgedSrcSize: bytes.length,
  };
}
