/** What the user lets through unverified: as it comes from its server, with our limits, redirect rules and proxies. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Fetcher, MAX_PACKAGE_LENGTH, RedactedUrl } from '@antivenom/client';
import { ContentTrustError, ERROR_CODES } from '@antivenom/core';
import { sendProblem } from './answer.ts';
import { Problem } from './problem-document.ts';
import { contentTypeOf } from './send-file.ts';

/** Answers in any case. @returns the problem that it was answered with */
export async function passThrough(
  url: URL,
  fetcher: Fetcher,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Problem | undefined> {
  try {
    await pass(url, fetcher, request, response);
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    if (response.headersSent) response.destroy();
    else sendProblem(request, response, problem);
    return problem;
  }
}

/** @throws Problem, ContentTrustError */
async function pass(url: URL, fetcher: Fetcher, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    throw new Problem(405, 'usage', `${method} is not for a channel`, 'Use GET or HEAD.', {}, { allow: 'GET, HEAD' });
  }
  const stream = await fetcher.stream(RedactedUrl.parse(url.href), { maxLength: MAX_PACKAGE_LENGTH });
  if (stream === undefined) {
    throw new Problem(404, 'not-held', `${RedactedUrl.parse(url.href)} is not there`, 'Look at the address.', {});
  }
  response.setHeader('content-type', contentTypeOf(url.pathname));
  response.setHeader('cache-control', 'no-store');
  response.writeHead(200);
  if (method === 'GET') return pipeline(stream, response);
  // A stream holds a connection until it is left.
  for await (const _ of stream) break;
  response.end();
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ContentTrustError) {
    return new Problem(ERROR_CODES[error.code].http, error.code, error.message, error.hint, {});
  }
  return new Problem(500, 'io', 'the transfer broke off', 'Try again.', {});
}
