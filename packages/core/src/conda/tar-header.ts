/** One 512-byte header of a tar archive. @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
import { MalformedError, VerificationError } from '../errors.ts';

export const TAR_BLOCK = 512;

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'directory' | 'character device' | 'block device' | 'fifo';

export interface TarHeader {
  /** As the header holds it, prefix included. */
  readonly path: string;
  readonly link: string;
  /** Of before POSIX, when a directory was marked by the end of its path alone. */
  readonly isOld: boolean;
  /** Bytes of content. */
  readonly size: number;
  /** What the entry is, or which extension it brings for the entry that follows. */
  readonly kind: TarEntryType | 'pax' | 'pax-global' | 'gnu-long-name' | 'gnu-long-link';
}

const KINDS = new Map<string, TarHeader['kind']>([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'character device'],
  ['4', 'block device'],
  ['5', 'directory'],
  ['6', 'fifo'],
  ['x', 'pax'],
  ['g', 'pax-global'],
  ['L', 'gnu-long-name'],
  ['K', 'gnu-long-link'],
]);

/** Mode, owner, group, time, device: of no interest, but Python's reader takes what is no number there for the archive's end. */
const OTHER_NUMBERS = [
  [100, 8],
  [108, 8],
  [116, 8],
  [136, 12],
  [329, 8],
  [337, 8],
] as const;

const POSIX_MAGIC = 'ustar\0';
const GNU_MAGIC = 'ustar ';
const BASE_256 = 0x80;
const BASE_256_NEGATIVE = 0xff;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @throws MalformedError for a wrong checksum or a field that is no number or no text.
 * @throws VerificationError `archive-unsafe` for an entry type that unpackers understand differently, or not at all.
 */
export function readTarHeader(block: Uint8Array): TarHeader {
  if (octal(block, 148, 8) !== checksumOf(block)) throw malformed('has a header with a wrong checksum');
  const flag = String.fromCharCode(block[156] as number);
  const kind = KINDS.get(flag);
  const path = withPrefix(block, text(block, 0, 100));
  if (kind === undefined) {
    throw new VerificationError(
      'archive-unsafe',
      `the tar archive holds an entry of the unknown type ${JSON.stringify(flag)}: ${JSON.stringify(path)}`,
    );
  }
  for (const [offset, length] of OTHER_NUMBERS) requireNumber(block, offset, length);
  return { path, link: text(block, 157, 100), isOld: flag === '\0', size: number(block, 124, 12), kind };
}

/** Text up to the first NUL. */
export function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  try {
    return utf8.decode(end < 0 ? field : field.subarray(0, end));
  } catch (cause) {
    throw new MalformedError('the tar archive has a name that is not UTF-8', { cause });
  }
}

/** GNU's variant keeps times where POSIX has the front of a long name; who reads one as the other sees another path. */
function withPrefix(block: Uint8Array, name: string): string {
  const magic = String.fromCharCode(...block.subarray(257, 263));
  const prefix = text(block, 345, 155);
  if (prefix === '') return name;
  if (magic === POSIX_MAGIC) return `${prefix}/${name}`;
  throw malformed(
    magic === GNU_MAGIC ? 'has a GNU header with a prefix' : 'has a header with a prefix and without its format',
  );
}

/** Octal digits, or GNU's base 256 for what has no room. */
function number(block: Uint8Array, offset: number, length: number): number {
  if (block[offset] !== BASE_256) return octal(block, offset, length);
  let value = 0;
  for (const byte of block.subarray(offset + 1, offset + length)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw malformed('states a size beyond all measure');
  return value;
}

function requireNumber(block: Uint8Array, offset: number, length: number): void {
  const first = block[offset];
  if (first !== BASE_256 && first !== BASE_256_NEGATIVE) octal(block, offset, length);
}

function octal(block: Uint8Array, offset: number, length: number): number {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(String.fromCharCode(...block.subarray(offset, offset + length)))?.[1];
  if (digits === undefined) throw malformed('has a header with a number that is none');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < TAR_BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] as number;
  return sum;
}

function malformed(what: string): MalformedError {
  return new MalformedError(`the tar archive ${what}`);
}
