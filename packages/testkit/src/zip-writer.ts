/** Writes zip archives, stored, honest and hostile. */
import { crc32 } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** The name in the local header, where it is to differ from the directory's. */
  readonly localName?: string;
  /** Sizes and checksum follow the content in a data descriptor, and the local header holds zeros. */
  readonly descriptor?: boolean;
  /** Sizes and offset stand in a zip64 extra field. */
  readonly zip64?: boolean;
  /** The compression method stated; 0 is stored. The content is written as it is. */
  readonly method?: number;
  /** The general-purpose flags, besides the descriptor's; 1 is encrypted. */
  readonly flags?: number;
  /** Points the directory at the content of an earlier entry, by its place in the list. */
  readonly overlaps?: number;
  /** Further extra fields, in both headers. */
  readonly extra?: Uint8Array;
  /** Bytes between the entry before and this one. */
  readonly gap?: Uint8Array | string;
  /** The method that the local header states, where it is to differ from the directory's. */
  readonly localMethod?: number;
  /** The size that the directory states, where it is to differ from the content's. */
  readonly statedSize?: number;
}

export interface ZipLayout {
  /** Bytes before the first entry. */
  readonly prefix?: Uint8Array | string;
  /** Text of the archive's comment. */
  readonly comment?: string;
  /** Ends with zip64 records also where nothing needs them. */
  readonly zip64?: boolean;
}

const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const DATE_1980 = 0x0021;

/** The archive's bytes: entries in the order given, the directory, its end records. */
export function writeZip(entries: readonly ZipEntry[], layout: ZipLayout = {}): Uint8Array {
  const parts: Buffer[] = [Buffer.from(layout.prefix ?? '')];
  let length = parts[0]?.length ?? 0;
  const offsets: number[] = [];
  for (const entry of entries) {
    const gap = Buffer.from(entry.gap ?? '');
    const local = localEntry(entry);
    offsets.push(length + gap.length);
    parts.push(gap, local);
    length += gap.length + local.length;
  }
  const directory = Buffer.concat(
    entries.map((entry, at) => directoryEntry(entry, offsets[entry.overlaps ?? at] as number)),
  );
  return new Uint8Array(
    Buffer.concat([...parts, directory, endRecords(entries.length, directory.length, length, layout)]),
  );
}

function localEntry(entry: ZipEntry): Buffer {
  const content = Buffer.from(entry.content);
  const sizes = entry.descriptor ? 0 : content.length;
  const extra = extraFields(entry, [sizes, sizes]);
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(
    header,
    4,
    { ...entry, method: entry.localMethod ?? entry.method ?? 0 },
    entry.descriptor ? 0 : crc32(content),
    entry.zip64 ? MAX_32 : sizes,
  );
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra, content, entry.descriptor ? descriptor(entry, content) : Buffer.alloc(0)]);
}

function descriptor(entry: ZipEntry, content: Buffer): Buffer {
  const record = Buffer.alloc(entry.zip64 ? 24 : 16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(crc32(content), 4);
  if (entry.zip64) {
    record.writeBigUInt64LE(BigInt(content.length), 8);
    record.writeBigUInt64LE(BigInt(content.length), 16);
  } else {
    record.writeUInt32LE(content.length, 8);
    record.writeUInt32LE(content.length, 12);
  }
  return record;
}

function directoryEntry(entry: ZipEntry, offset: number): Buffer {
  const content = Buffer.from(entry.content);
  const size = entry.statedSize ?? content.length;
  const extra = extraFields(entry, [size, size, offset]);
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(45, 4);
  writeCommon(header, 6, entry, crc32(content), entry.zip64 ? MAX_32 : size);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(entry.zip64 ? MAX_32 : offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Version, flags, method, time, date, checksum and both sizes: the same run of fields in both headers. */
function writeCommon(header: Buffer, at: number, entry: ZipEntry, checksum: number, size: number): void {
  header.writeUInt16LE(entry.zip64 ? 45 : 20, at);
  header.writeUInt16LE((entry.flags ?? 0) | (entry.descriptor ? 8 : 0), at + 2);
  header.writeUInt16LE(entry.method ?? 0, at + 4);
  header.writeUInt16LE(DATE_1980, at + 8);
  header.writeUInt32LE(checksum, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
}

function extraFields(entry: ZipEntry, values: readonly number[]): Buffer {
  return Buffer.concat([entry.zip64 ? zip64Extra(values) : Buffer.alloc(0), entry.extra ?? Buffer.alloc(0)]);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, at) => {
    extra.writeBigUInt64LE(BigInt(value), 4 + 8 * at);
  });
  return extra;
}

function endRecords(count: number, size: number, offset: number, layout: ZipLayout): Buffer {
  const comment = Buffer.from(layout.comment ?? '');
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(layout.zip64 ? MAX_16 : count, 8);
  end.writeUInt16LE(layout.zip64 ? MAX_16 : count, 10);
  end.writeUInt32LE(layout.zip64 ? MAX_32 : size, 12);
  end.writeUInt32LE(layout.zip64 ? MAX_32 : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  if (!layout.zip64) return Buffer.concat([end, comment]);

  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, comment]);
}
