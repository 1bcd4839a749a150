/**
 * Reads a tar archive as it streams by: ustar, GNU long names, pax headers. Where unpackers in use understand an archive
 * differently (sparse files, data behind the end, two long names for one entry), it is refused, so that what was checked is
 * what is unpacked.
 */
import { MalformedError, VerificationError } from '../errors.ts';
import type { ByteStream } from '../ports.ts';
import { ByteReader } from './byte-reader.ts';
import { readTarHeader, TAR_BLOCK, type TarEntryType, type TarHeader, text } from './tar-header.ts';

export interface TarLimits {
  /** Entries of one archive, extension headers included. */
  readonly maxEntries: number;
  /** Bytes of one path, and of one entry's pax header. */
  readonly maxHeaderBytes: number;
  /** Characters of all paths and link targets together, which whoever holds the archive's tree keeps. */
  readonly maxNames: number;
}

/** What the header's eleven octal digits can state; only for more does a pax header state a size. */
const MAX_OCTAL_SIZE = 0o77777777777;

export interface TarEntry {
  readonly path: string;
  readonly type: TarEntryType;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** What a link leads to, else the empty text. */
  readonly link: string;
  /** To be read, if at all, before the next entry is asked for. */
  readonly content: ByteStream;
}

interface Extensions {
  path?: string;
  link?: string;
  size?: number;
}

/**
 * The entries in the order of the archive.
 *
 * @throws MalformedError for what is no tar archive; VerificationError `archive-unsafe` past a limit or for an entry that
 * no package needs and unpackers read differently.
 */
export async function* readTar(source: ByteStream, limits: TarLimits): AsyncGenerator<TarEntry, void, void> {
  const reader = new ByteReader(source, 'the tar archive');
  try {
    let extensions: Extensions = {};
    let isExtended = false;
    let entries = 0;
    let names = 0;
    for (;;) {
      const block = await reader.take(TAR_BLOCK);
      if (block === undefined || isZero(block)) break;
      if (++entries > limits.maxEntries) throw unsafe(`has more than ${limits.maxEntries} entries`);
      const header = readTarHeader(block);
      if (isExtension(header)) {
        await extend(extensions, header, reader, limits);
        isExtended = header.kind !== 'pax-global';
        continue;
      }
      const { entry, finish } = entryOf(header, extensions, reader);
      extensions = {};
      isExtended = false;
      names += entry.path.length + entry.link.length;
      if (names > limits.maxNames) throw unsafe(`has more than ${limits.maxNames} characters of names`);
      yield entry;
      await finish();
    }
    if (isExtended) throw new MalformedError('the tar archive ends with a header for nothing');
    // What stands behind the end is seen by some unpackers.
    for await (const piece of reader.rest()) if (!isZero(piece)) throw unsafe('has something behind its end');
  } finally {
    await reader.close();
  }
}

type ExtensionHeader = TarHeader & { readonly kind: Exclude<TarHeader['kind'], TarEntryType> };
type EntryHeader = TarHeader & { readonly kind: TarEntryType };

function isExtension(header: TarHeader): header is ExtensionHeader {
  return header.kind.startsWith('pax') || header.kind.startsWith('gnu');
}

function entryOf(header: TarHeader, extensions: Extensions, reader: ByteReader) {
  const path = extensions.path ?? header.path;
  const size = sizeOf(header, extensions, path);
  const type = typeOf(header as EntryHeader, path);
  const isLink = type === 'hardlink' || type === 'symlink';
  if (size > 0 && type !== 'file') throw unsafe(`gives content to a ${type}: ${JSON.stringify(path)}`);
  let left = size;
  async function* content(): ByteStream {
    for await (const piece of reader.pass(left)) {
      left -= piece.length;
      yield piece;
    }
  }
  const entry: TarEntry = {
    path,
    type,
    size,
    link: isLink ? (extensions.link ?? header.link) : '',
    content: content(),
  };
  const finish = async () => {
    await drain(reader.pass(left + paddingOf(size)));
  };
  return { entry, finish };
}

/** Some unpackers go by the header's size and others by the pax header's, and would not see the same entries after it. */
function sizeOf(header: TarHeader, extensions: Extensions, path: string): number {
  const size = extensions.size ?? header.size;
  if (size !== header.size && size <= MAX_OCTAL_SIZE) throw unsafe(`states two sizes of ${JSON.stringify(path)}`);
  return size;
}

/** A file whose path ends as a directory's is one for some unpackers; in old archives, by the path in the header itself. */
function typeOf(header: EntryHeader, path: string): TarEntryType {
  if (header.kind !== 'file') return header.kind;
  const isDirectory = header.isOld && header.path.endsWith('/');
  if (isDirectory !== path.endsWith('/')) throw unsafe(`may hold a file or a directory: ${JSON.stringify(path)}`);
  return isDirectory ? 'directory' : 'file';
}

async function extend(extensions: Extensions, header: ExtensionHeader, reader: ByteReader, limits: TarLimits) {
  if (header.size > limits.maxHeaderBytes) throw unsafe('has a name or header beyond all measure');
  const bytes = header.size === 0 ? new Uint8Array(0) : await reader.take(header.size);
  if (bytes === undefined) throw new MalformedError('the tar archive ends too early');
  // Python reads a long name on to its first NUL, wherever its size ends.
  const padding = await reader.take(paddingOf(header.size));
  if (padding !== undefined && !isZero(padding)) throw unsafe('has a name or header with something behind its end');
  if (header.kind === 'gnu-long-name') setOnce(extensions, 'path', longName(bytes));
  else if (header.kind === 'gnu-long-link') setOnce(extensions, 'link', longName(bytes));
  else readPax(extensions, bytes, header.kind === 'pax-global');
}

/** Unpackers end a long name at its first NUL, or take off its last. */
function longName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  if (end >= 0 && !isZero(bytes.subarray(end))) throw unsafe('has a long name with something behind its end');
  return text(bytes, 0, bytes.length);
}

function readPax(extensions: Extensions, bytes: Uint8Array, global: boolean): void {
  for (const [key, value] of paxRecords(bytes)) {
    if (key.startsWith('GNU.sparse.')) throw unsafe('holds a sparse file');
    if (key !== 'path' && key !== 'linkpath' && key !== 'size') continue;
    if (global) throw unsafe(`sets \`${key}\` for all its entries`);
    if (key === 'path') setOnce(extensions, 'path', value);
    else if (key === 'linkpath') setOnce(extensions, 'link', value);
    else {
      if (!/^\d{1,15}$/.test(value)) throw new MalformedError('the tar archive states a size that is none');
      setOnce(extensions, 'size', Number(value));
    }
  }
}

/** `<length> <key>=<value>\n`, where the length is that of the whole record in bytes. */
function* paxRecords(bytes: Uint8Array): Generator<[key: string, value: string]> {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space - at > 8 ? '' : text(bytes, at, space - at);
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (!/^[1-9]\d*$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new MalformedError('the tar archive has a damaged pax header');
    }
    const key = text(bytes, space + 1, equals - space - 1);
    const raw = bytes.subarray(equals + 1, end - 1);
    // Attributes may be any bytes; names may hold no NUL, where `text` would end.
    if (key === 'path' || key === 'linkpath') {
      if (raw.includes(0)) throw new MalformedError('the tar archive has a name with a NUL');
      // For POSIX it takes back what was stated before; for some unpackers it is a name.
      if (raw.length === 0) throw unsafe('states an empty name in a pax header');
    }
    yield [key, key === 'path' || key === 'linkpath' || key === 'size' ? text(raw, 0, raw.length) : ''];
    at = end;
  }
}

function setOnce<K extends keyof Extensions>(extensions: Extensions, key: K, value: Extensions[K] & {}): void {
  if (extensions[key] !== undefined) throw unsafe(`states the ${key} of one entry twice`);
  extensions[key] = value;
}

function paddingOf(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

async function drain(stream: ByteStream): Promise<void> {
  for await (const _ of stream);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function unsafe(what: string): VerificationError {
  return new VerificationError('archive-unsafe', `the tar archive ${what}`);
}
