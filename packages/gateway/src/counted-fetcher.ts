/** A fetcher that tells how many bytes came. */
import type { Fetcher } from '@antivenom/client';
import type { ByteStream } from '@antivenom/core';

export function countedFetcher(fetcher: Fetcher, count: (bytes: number) => void): Fetcher {
  return {
    async bytes(url, request) {
      const bytes = await fetcher.bytes(url, request);
      if (bytes !== undefined) count(bytes.length);
      return bytes;
    },
    async stream(url, request) {
      const stream = await fetcher.stream(url, request);
      return stream && counted(stream, count);
    },
  };
}

async function* counted(stream: ByteStream, count: (bytes: number) => void): ByteStream {
  for await (const piece of stream) {
    count(piece.length);
    yield piece;
  }
}
