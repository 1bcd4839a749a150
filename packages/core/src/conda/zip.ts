/**
 * Reads a zip archive of stored entries by random access. Some clients go by the central directory, others by the local
 * headers in order: both must tell one story, and every byte must belong to it. Checksums of contents are not looked at, since
 * packages are proved by SHA-256.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { MalformedError, VerificationError } from '../errors.ts';
import type { ByteStream } from '../ports.ts';

/** A file at rest: `read` gives exactly the bytes asked for, or fails. */
export interface PackageSource {
  /** Bytes. */
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface ZipEntry {
  readonly name: string;
  /** Where the content begins. */
  readonly offset: number;
  /** Bytes of the content. */
  readonly size: number;
}

interface DirectoryEntry {
  readonly name: string;
  readonly headerOffset: number;
  readonly size: number;
  readonly hasDescriptor: boolean;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** A known entry's name and extra fields are far shorter. */
const MAX_ENTRY_HEADER_BYTES = 4096;
const PIECE_BYTES = 1 << 18;
const FLAG_ENCRYPTED = 1;
const FLAG_DESCRIPTOR = 8;
const FLAG_UTF8 = 1 << 11;
const FLAG_MASKED = 1 << 13;
const EXTRA_ZIP64 = 0x0001;
const EXTRA_UNICODE_PATH = 0x7075;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The entries in the order of the archive.
 *
 * @throws MalformedError for what is no zip archive; VerificationError `archive-unsafe` for one that hides bytes, holds a name
 * twice, compresses or encrypts an entry, or has more than `maxEntries`.
 */
export async function readZip(source: PackageSource, maxEntries: number): Promise<ZipEntry[]> {
  const directory = await findDirectory(source);
  if (directory.count > maxEntries || directory.size > maxEntries * MAX_ENTRY_HEADER_BYTES) {
    throw unsafe(`has ${directory.count} entries, and ${maxEntries} are the most`);
  }
  const listed = readDirectory(await source.read(directory.offset, directory.size), directory.count);
  listed.sort((a, b) => a.headerOffset - b.headerOffset);
  const names = new Set<string>();
  const entries: ZipEntry[] = [];
  let end = 0;
  for (const item of listed) {
    if (names.has(item.name)) throw unsafe(`holds ${JSON.stringify(item.name)} twice`);
    names.add(item.name);
    if (item.headerOffset !== end) throw unsafe('has entries that overlap, or bytes between them');
    const entry = await readLocal(source, item, directory.offset);
    end = entry.offset + entry.size;
    if (item.hasDescriptor) end += await descriptorLength(source, item, end, directory.offset);
    entries.push(entry);
  }
  if (end !== directory.offset) throw unsafe('has bytes between its entries and its directory');
  return entries;
}

/** The content of an entry, in pieces of 256 kB. */
export async function* zipContent(source: PackageSource, entry: ZipEntry): ByteStream {
  for (let at = 0; at < entry.size; at += PIECE_BYTES) {
    yield await source.read(entry.offset + at, Math.min(PIECE_BYTES, entry.size - at));
  }
}

async function findDirectory(source: PackageSource): Promise<Directory> {
  const length = Math.min(source.size, END_BYTES + LOCATOR_BYTES);
  const tail = viewOf(await source.read(source.size - length, length));
  const endAt = length - END_BYTES;
  // A comment would let one file have two ends; no writer of packages makes one.
  if (endAt < 0 || tail.getUint32(endAt, true) !== 0x06054b50 || tail.getUint16(endAt + 20, true) !== 0) {
    throw new MalformedError('the zip archive does not end with its end record');
  }
  const countHere = tail.getUint16(endAt + 8, true);
  if (tail.getUint32(endAt + 4, true) !== 0 || countHere !== tail.getUint16(endAt + 10, true)) throw severalParts();
  const end: Directory = {
    count: tail.getUint16(endAt + 10, true),
    size: tail.getUint32(endAt + 12, true),
    offset: tail.getUint32(endAt + 16, true),
  };
  const hasLocator = endAt === LOCATOR_BYTES && tail.getUint32(0, true) === 0x07064b50;
  let limit = source.size - END_BYTES;
  let directory = end;
  if (hasLocator) {
    if (tail.getUint32(4, true) !== 0 || tail.getUint32(16, true) > 1) throw severalParts();
    limit = whole(tail, 8);
    directory = await readEnd64(source, limit);
    agree(end.count, directory.count, MAX_16);
    agree(end.size, directory.size, MAX_32);
    agree(end.offset, directory.offset, MAX_32);
  }
  if (directory.offset + directory.size !== limit) throw unsafe('has bytes behind its directory');
  return directory;
}

async function readEnd64(source: PackageSource, offset: number): Promise<Directory> {
  if (offset !== source.size - END_BYTES - LOCATOR_BYTES - END64_BYTES) {
    throw new MalformedError('the zip archive has no zip64 end record where it says');
  }
  const record = viewOf(await source.read(offset, END64_BYTES));
  if (record.getUint32(0, true) !== 0x06064b50 || whole(record, 4) !== END64_BYTES - 12) {
    throw new MalformedError('the zip archive has a damaged zip64 end record');
  }
  const count = whole(record, 32);
  if (whole(record, 16) !== 0 || whole(record, 24) !== count) throw severalParts();
  return { count, size: whole(record, 40), offset: whole(record, 48) };
}

function readDirectory(bytes: Uint8Array, count: number): DirectoryEntry[] {
  const view = viewOf(bytes);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + CENTRAL_BYTES > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damagedDirectory();
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + CENTRAL_BYTES + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damagedDirectory();
    const nameAt = at + CENTRAL_BYTES;
    const flags = view.getUint16(at + 8, true);
    const name = nameOf(bytes.subarray(nameAt, nameAt + nameLength), flags);
    requireStored(name, flags, view.getUint16(at + 10, true));
    const extra = bytes.subarray(nameAt + nameLength, nameAt + nameLength + extraLength);
    // In this order the zip64 field holds those that have no room.
    const [size, compressed, headerOffset] = wide(extra, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]) as [number, number, number];
    if (size !== compressed) throw new MalformedError(`the zip archive states two sizes of ${JSON.stringify(name)}`);
    entries.push({ name, headerOffset, size, hasDescriptor: (flags & FLAG_DESCRIPTOR) !== 0 });
    at = next;
  }
  if (entries.length !== count) throw damagedDirectory();
  return entries;
}

async function readLocal(source: PackageSource, item: DirectoryEntry, limit: number): Promise<ZipEntry> {
  const fixedEnd = item.headerOffset + LOCAL_BYTES;
  if (fixedEnd > limit) throw headersDiffer(item.name);
  const fixed = viewOf(await source.read(item.headerOffset, LOCAL_BYTES));
  const nameLength = fixed.getUint16(26, true);
  const extraLength = fixed.getUint16(28, true);
  const offset = fixedEnd + nameLength + extraLength;
  if (fixed.getUint32(0, true) !== 0x04034b50 || offset + item.size > limit) throw headersDiffer(item.name);
  const flags = fixed.getUint16(6, true);
  requireStored(item.name, flags, fixed.getUint16(8, true));
  const variable = await source.read(fixedEnd, nameLength + extraLength);
  const sizes = wide(variable.subarray(nameLength), [fixed.getUint32(22, true), fixed.getUint32(18, true)]);
  const hasDescriptor = (flags & FLAG_DESCRIPTOR) !== 0;
  const sizesAgree = sizes.every((size) => size === item.size || (hasDescriptor && size === 0));
  if (
    nameOf(variable.subarray(0, nameLength), flags) !== item.name ||
    hasDescriptor !== item.hasDescriptor ||
    !sizesAgree
  ) {
    throw headersDiffer(item.name);
  }
  return { name: item.name, offset, size: item.size };
}

/** A descriptor repeats the sizes, in 4 or 8 bytes each, behind a checksum and, mostly, a signature. */
async function descriptorLength(source: PackageSource, item: DirectoryEntry, at: number, limit: number) {
  const view = viewOf(await source.read(at, Math.min(24, limit - at)));
  for (const signature of [4, 0]) {
    if (signature > 0 && (view.byteLength < 4 || view.getUint32(0, true) !== 0x08074b50)) continue;
    const sizesAt = signature + 4;
    for (const width of [4, 8]) {
      if (view.byteLength < sizesAt + 2 * width) continue;
      const read = (offset: number) =>
        width === 4 ? view.getUint32(offset, true) : Number(view.getBigUint64(offset, true));
      const length = sizesAt + 2 * width;
      const followed = at + length === limit || (await startsLocal(source, at + length, limit));
      if (read(sizesAt) === item.size && read(sizesAt + width) === item.size && followed) return length;
    }
  }
  throw headersDiffer(item.name);
}

async function startsLocal(source: PackageSource, at: number, limit: number): Promise<boolean> {
  return at + 4 <= limit && viewOf(await source.read(at, 4)).getUint32(0, true) === 0x04034b50;
}

/** Takes each value that stands at its 32-bit maximum from the zip64 extra field. */
function wide(extra: Uint8Array, values: readonly number[]): number[] {
  const field = viewOf(zip64Field(extra) ?? new Uint8Array(0));
  let at = 0;
  return values.map((value) => {
    if (value !== MAX_32) return value;
    if (at + 8 > field.byteLength) throw damagedDirectory();
    at += 8;
    return whole(field, at - 8);
  });
}

/** Refuses the fields by which unpackers come to other names or sizes. */
function zip64Field(extra: Uint8Array): Uint8Array | undefined {
  const view = viewOf(extra);
  let found: Uint8Array | undefined;
  for (let at = 0; at < extra.length; ) {
    const end = at + 4 > extra.length ? Number.POSITIVE_INFINITY : at + 4 + view.getUint16(at + 2, true);
    if (end > extra.length) throw damagedDirectory();
    const id = view.getUint16(at, true);
    if (id === EXTRA_UNICODE_PATH) throw unsafe('has a second name for an entry');
    if (id === EXTRA_ZIP64) {
      if (found !== undefined) throw unsafe('has two zip64 fields for one entry');
      found = extra.subarray(at + 4, end);
    }
    at = end;
  }
  return found;
}

function requireStored(name: string, flags: number, method: number): void {
  if ((flags & (FLAG_ENCRYPTED | FLAG_MASKED)) !== 0) throw unsafe(`encrypts ${JSON.stringify(name)}`);
  if (method !== 0) throw unsafe(`compresses ${JSON.stringify(name)}, which must be stored`);
}

function agree(narrow: number, value: number, maximum: number): void {
  if (narrow !== value && narrow !== maximum) throw unsafe('has two end records that differ');
}

function whole(view: DataView, offset: number): number {
  const value = Number(view.getBigUint64(offset, true));
  if (!Number.isSafeInteger(value)) throw damagedDirectory();
  return value;
}

/** Without the flag for UTF-8 a name is in whatever code page its reader takes it for; some end it at a NUL. */
function nameOf(bytes: Uint8Array, flags: number): string {
  const isAscii = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (!isAscii && ((flags & FLAG_UTF8) === 0 || bytes.some((byte) => byte < 0x20))) {
    throw unsafe('has a name that unpackers read differently');
  }
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new MalformedError('the zip archive has a name that is not UTF-8', { cause });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function severalParts(): MalformedError {
  return new MalformedError('the zip archive is one of several parts');
}

function damagedDirectory(): MalformedError {
  return new MalformedError('the zip archive has a damaged directory');
}

function headersDiffer(name: string): VerificationError {
  return unsafe(`says one thing of ${JSON.stringify(name)} in its directory and another in front of it`);
}

function unsafe(what: string): VerificationError {
  return new VerificationError('archive-unsafe', `the zip archive ${what}`);
}
