/** Answers that are made here: documents and problems. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNotModified } from './conditional-request.ts';
import { PROBLEM_TYPE, type Problem } from './problem-document.ts';

export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
): void {
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.setHeader('cache-control', 'no-store');
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : body);
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, document: unknown): void {
  sendText(request, response, status, 'application/json', `${JSON.stringify(document, undefined, 2)}\n`);
}

/** A small file that stands in no cache. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, etag: string): void {
  // Nobody states when it changed.
  const lastModified = Number.POSITIVE_INFINITY;
  response.setHeader('etag', etag);
  if (isNotModified(request.headers, { etag, lastModified })) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-length', bytes.length);
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : bytes);
}

/** Takes back what was said of a file. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  for (const name of ['etag', 'last-modified', 'accept-ranges', 'content-range']) response.removeHeader(name);
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  sendText(request, response, problem.status, PROBLEM_TYPE, problem.body);
}
