/** Writes tar archives, honest and hostile: whatever the entry says is written, sense or not. */

const BLOCK = 512;

export type TarEntryType =
  | 'file'
  | 'old-file'
  | 'hardlink'
  | 'symlink'
  | 'character'
  | 'block'
  | 'directory'
  | 'fifo'
  | 'pax'
  | 'pax-global'
  | 'gnu-long-name'
  | 'gnu-long-link'
  | 'gnu-sparse';

export interface TarEntry {
  readonly path: string;
  readonly type?: TarEntryType;
  readonly content?: Uint8Array | string;
  /** What a link leads to. */
  readonly link?: string;
  /** Octal permissions, 0o644 by default. */
  readonly mode?: number;
  /** The front of the path in its own field, as POSIX splits a long one. */
  readonly prefix?: string;
  /** `gnu` puts GNU's mark into the header, `v7` none. */
  readonly format?: 'posix' | 'gnu' | 'v7';
  /** The size in the header, where it is to differ from the content's. */
  readonly statedSize?: number;
}

const TYPE_FLAGS: Record<TarEntryType, string> = {
  file: '0',
  'old-file': '\0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  pax: 'x',
  'pax-global': 'g',
  'gnu-long-name': 'L',
  'gnu-long-link': 'K',
  'gnu-sparse': 'S',
};

/** One archive with its two closing blocks; names and links of over 100 bytes go into GNU long-name entries. */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const parts = entries.flatMap(entryParts);
  parts.push(new Uint8Array(2 * BLOCK));
  return new Uint8Array(Buffer.concat(parts));
}

/** A pax header with the records given, for the entry that follows. */
export function paxEntry(records: Readonly<Record<string, string>>, type: 'pax' | 'pax-global' = 'pax'): TarEntry {
  return { path: 'pax', type, content: Object.entries(records).map(paxRecord).join('') };
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord([key, value]: [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

function entryParts(entry: TarEntry): Uint8Array[] {
  const content = Buffer.from(entry.content ?? '');
  const long: TarEntry[] = [];
  if (Buffer.byteLength(entry.path) > 100) {
    long.push({ path: '././@LongLink', type: 'gnu-long-name', content: `${entry.path}\0` });
  }
  if (Buffer.byteLength(entry.link ?? '') > 100) {
    long.push({ path: '././@LongLink', type: 'gnu-long-link', content: `${entry.link}\0` });
  }
  const padding = new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [...long.flatMap(entryParts), header(entry, content.length), content, padding];
}

function header(entry: TarEntry, contentLength: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  Buffer.from(entry.path).copy(block, 0, 0, 100);
  octal(block, 100, 8, entry.mode ?? 0o644);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, entry.statedSize ?? contentLength);
  octal(block, 136, 12, 0);
  block.write(TYPE_FLAGS[entry.type ?? 'file'], 156);
  Buffer.from(entry.link ?? '').copy(block, 157, 0, 100);
  block.write({ posix: 'ustar\x0000', gnu: 'ustar  \0', v7: '' }[entry.format ?? 'posix'], 257, 'latin1');
  Buffer.from(entry.prefix ?? '').copy(block, 345, 0, 155);
  block.fill(' ', 148, 156);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(block: Buffer, offset: number, width: number, value: number): void {
  block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset);
}
