/** Whether a client has the file already. @see https://www.rfc-editor.org/rfc/rfc9110#section-13 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Validators {
  /** With its quotes; strong. */
  readonly etag: string;
  /** ms since the epoch. */
  readonly lastModified: number;
}

/** True: the answer is 304. */
export function isNotModified(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags.trim() === '*' || namesTag(tags, etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(lastModified) <= since;
}

/** Whether a range may be answered as such: without a condition, or where the client's part is of this very file. */
export function rangeApplies(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  const text = String(condition).trim();
  return text.startsWith('"') ? text === etag : Date.parse(text) === wholeSeconds(lastModified);
}

/** Weak comparison, which is that of If-None-Match. */
function namesTag(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .includes(etag);
}

/** Dates of HTTP know no less. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
