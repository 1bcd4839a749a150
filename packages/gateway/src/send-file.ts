/** Sends verified bytes: whole, a range, the head alone, or word that the client has them already. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenFile } from '@antivenom/client';
import { parseRange } from './byte-range.ts';
import { isNotModified, rangeApplies } from './conditional-request.ts';
import { pourFile } from './pour-file.ts';
import { Problem } from './problem-document.ts';

export interface FileAnswer {
  /** Closed in the end. */
  readonly file: OpenFile;
  /** The part of it that is the answer; the whole by default. */
  readonly part?: { readonly offset: number; readonly length: number };
  /** SHA-256 of the answer, hex. */
  readonly sha256: string;
  readonly contentType: string;
  /** True for what is named by its hash. */
  readonly immutable: boolean;
  /** ms since the epoch. */
  readonly lastModified: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws Problem 416 */
export async function sendFile(request: IncomingMessage, response: ServerResponse, answer: FileAnswer): Promise<void> {
  const { file } = answer;
  const { offset, length } = answer.part ?? { offset: 0, length: file.size };
  try {
    const validators = { etag: `"${answer.sha256}"`, lastModified: answer.lastModified };
    response.setHeader('etag', validators.etag);
    response.setHeader('last-modified', new Date(answer.lastModified).toUTCString());
    response.setHeader('cache-control', cacheControl(answer.immutable));
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    if (isNotModified(request.headers, validators)) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader('accept-ranges', 'bytes');
    const header = rangeApplies(request.headers, validators) ? request.headers.range : undefined;
    const range = request.method === 'GET' ? parseRange(header, length) : 'whole';
    if (range === 'unsatisfiable') {
      throw new Problem(
        416,
        'usage',
        `the file has ${length} bytes`,
        'Ask for a range within it.',
        {},
        {
          'content-range': `bytes */${length}`,
        },
      );
    }
    const { start, end } = range === 'whole' ? { start: 0, end: length - 1 } : range;
    response.setHeader('content-type', answer.contentType);
    response.setHeader('content-length', end - start + 1);
    if (range !== 'whole') response.setHeader('content-range', `bytes ${start}-${end}/${length}`);
    response.writeHead(range === 'whole' ? 200 : 206);
    if (request.method === 'HEAD' || length === 0) {
      response.end();
      return;
    }
    await pourFile(file.handle, offset + start, offset + end, response);
    response.end();
  } finally {
    await file.handle.close();
  }
}

/** @param immutable for what is named by its hash */
export function cacheControl(immutable: boolean): string {
  return immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
}

const TYPES: readonly (readonly [suffix: string, type: string])[] = [
  ['.json', 'application/json'],
  ['.zst', 'application/zstd'],
  ['.bz2', 'application/x-bzip2'],
];

export function contentTypeOf(name: string): string {
  return TYPES.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'application/octet-stream';
}
