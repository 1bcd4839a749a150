/** What a client may ask on a line of `check-records`. @see docs/check-protocol.md */
import type { ClientFile, ClientRecord } from '@antivenom/client';
import {
  ContentTrustError,
  channelUrlKey,
  expectArray,
  expectInteger,
  expectObject,
  expectString,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  MalformedError,
  member,
  optionalMember,
  readJson,
  UsageError,
} from '@antivenom/core';
import type { Line } from './bounded-lines.ts';

export const PROTOCOL = 1;
/** A few hundred records take some 300 kB; what is read takes many times its bytes in memory. */
export const MAX_LINE_BYTES = 1 << 24;
const MAX_RECORDS = 10_000;
const MAX_PLACES = 100;
const MAX_ID_LENGTH = 200;
const LIMITS = { maxBytes: MAX_LINE_BYTES, maxDepth: 32 };

export type RequestId = string | number | null;

export type CheckRequest =
  | { readonly method: 'hello' }
  | { readonly method: 'check'; readonly records: readonly ClientRecord[] }
  | { readonly method: 'check-file'; readonly file: ClientFile };

/** `id` also where the request itself is wrong, as far as it could be read. */
export type ReadRequest =
  | { readonly id: RequestId; readonly request: CheckRequest }
  | { readonly id: RequestId; readonly refusal: ContentTrustError };

/** Never throws for what a client sent. */
export function readRequest(line: Line): ReadRequest {
  let id: RequestId = null;
  try {
    const request = parse(line);
    id = wellFormed(() => idOf(member(request, 'id', 'the request')));
    return { id, request: requestOf(request) };
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
    return { id, refusal: error };
  }
}

function parse(line: Line): JsonObject {
  if (line === 'too-long') throw malformed(`a request is longer than ${MAX_LINE_BYTES} bytes`);
  if (line === 'unfinished') throw malformed('the input ended in the middle of a line');
  try {
    return expectObject(readJson(line, LIMITS), 'a request');
  } catch (error) {
    if (error instanceof ContentTrustError) throw malformed(error.message, error.details);
    throw error;
  }
}

function idOf(value: JsonValue): RequestId {
  if (typeof value === 'string' && value.length <= MAX_ID_LENGTH) return value;
  if (value instanceof JsonNumber) return expectInteger(value, '`id`');
  throw usage('`id` must be a short text or an integer');
}

function requestOf(request: JsonObject): CheckRequest {
  return wellFormed(() => {
    const method = text(request, 'method');
    switch (method) {
      case 'hello':
        return hello(request);
      case 'check':
        return check(request);
      case 'check-file':
        return checkFile(request);
      default:
        throw usage('`method` must be hello, check or check-file');
    }
  });
}

function hello(request: JsonObject): CheckRequest {
  allowOnly(request, 'the request', ['id', 'method', 'protocol', 'client']);
  expectInteger(member(request, 'protocol', 'the request'), '`protocol`', { min: PROTOCOL, max: PROTOCOL });
  if (request.has('client')) text(request, 'client');
  return { method: 'hello' };
}

function check(request: JsonObject): CheckRequest {
  allowOnly(request, 'the request', ['id', 'method', 'records']);
  const records = list(request, 'records', MAX_RECORDS).map((value, at): ClientRecord => {
    const where = `\`records\`[${at}]`;
    const item = expectObject(value, where);
    allowOnly(item, where, ['url', 'record', 'origin']);
    const origin = optionalMember(item, 'origin') ?? 'solver';
    if (origin !== 'solver' && origin !== 'archive') throw usage(`${where}: \`origin\` must be solver or archive`);
    const record = expectObject(member(item, 'record', where), `${where}: \`record\``);
    return { url: text(item, 'url', where), record, origin };
  });
  return { method: 'check', records };
}

function checkFile(request: JsonObject): CheckRequest {
  allowOnly(request, 'the request', ['id', 'method', 'url', 'channels', 'subdirs', 'file', 'sha256', 'size']);
  const sha256 = text(request, 'sha256');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw usage('`sha256` must be 64 lower-case hex digits');
  const size = optionalMember(request, 'size');
  const digest = { sha256, size: size === undefined ? undefined : expectInteger(size, '`size`', { min: 0 }) };
  const file = request.has('file') ? text(request, 'file') : undefined;
  const subdirs = request.has('subdirs') ? texts(request, 'subdirs') : [];
  if (request.has('url') === request.has('channels')) throw usage('one of `url` and `channels` is needed');
  if (request.has('url')) {
    return { method: 'check-file', file: { from: { url: text(request, 'url'), file }, subdirs, ...digest } };
  }
  if (file === undefined) throw usage('`channels` needs `file`, the name of the package file');
  const channels = texts(request, 'channels').map((url) => {
    const key = channelUrlKey(url);
    if (key !== undefined) return key;
    throw usage('`channels` must be http, https or file URLs without query');
  });
  if (channels.length === 0) throw usage('`channels` names none');
  return { method: 'check-file', file: { from: { channels, file }, subdirs, ...digest } };
}

function allowOnly(holder: JsonObject, where: string, names: readonly string[]): void {
  const other = [...holder.keys()].find((name) => !names.includes(name));
  if (other !== undefined)
    throw usage(`${where} has the member ${JSON.stringify(other.slice(0, 40))}, which it may not`);
}

function text(holder: JsonObject, name: string, where = 'the request'): string {
  return expectString(member(holder, name, where), `\`${name}\``);
}

function list(holder: JsonObject, name: string, most: number): readonly JsonValue[] {
  const values = expectArray(member(holder, name, 'the request'), `\`${name}\``);
  if (values.length > most) throw usage(`\`${name}\` holds ${values.length}, and may hold ${most}`);
  return values;
}

function texts(holder: JsonObject, name: string): string[] {
  return list(holder, name, MAX_PLACES).map((value) => expectString(value, `\`${name}\``));
}

const HINT = 'docs/check-protocol.md says what a request holds.';

/** What is of the wrong shape is wrong use, not damage. */
function wellFormed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) throw usage(error.message);
    throw error;
  }
}

function usage(message: string): UsageError {
  return new UsageError('usage', message, { hint: HINT });
}

function malformed(message: string, details: Readonly<Record<string, unknown>> = {}): MalformedError {
  return new MalformedError(message, { hint: HINT, details });
}
