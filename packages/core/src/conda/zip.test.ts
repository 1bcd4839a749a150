import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemorySource, writeZip, type ZipEntry, type ZipLayout } from '@antivenom/testkit';
import { readZip, zipContent } from './zip.ts';

const ENTRIES: readonly ZipEntry[] = [
  { name: 'metadata.json', content: '{}' },
  { name: 'pkg-a.tar.zst', content: 'payload' },
  { name: 'info-a.tar.zst', content: '' },
];
const END = 22;

function withEntry(change: Partial<ZipEntry>, at = 1): readonly ZipEntry[] {
  return ENTRIES.map((entry, index) => (index === at ? { ...entry, ...change } : entry));
}

async function readAll(bytes: Uint8Array): Promise<Record<string, string>> {
  const source = new MemorySource(bytes);
  const read: Record<string, string> = {};
  for (const entry of await readZip(source, 16)) {
    const parts: Uint8Array[] = [];
    for await (const piece of zipContent(source, entry)) parts.push(piece);
    read[entry.name] = Buffer.concat(parts).toString();
  }
  return read;
}

const CONTENT = { 'metadata.json': '{}', 'pkg-a.tar.zst': 'payload', 'info-a.tar.zst': '' };

describe('readZip', () => {
  test('reads stored entries, with zip64 fields, zip64 end records, descriptors and other extra fields too', async () => {
    const layouts: [readonly ZipEntry[], ZipLayout?][] = [
      [ENTRIES],
      [ENTRIES, { zip64: true }],
      [withEntry({ zip64: true })],
      [ENTRIES.map((entry) => ({ ...entry, zip64: true })), { zip64: true }],
      [ENTRIES.map((entry) => ({ ...entry, descriptor: true }))],
      [ENTRIES.map((entry) => ({ ...entry, descriptor: true, zip64: true }))],
      [withEntry({ extra: extraField(0x5455, 5) })],
    ];
    for (const [entries, layout] of layouts) assert.deepEqual(await readAll(writeZip(entries, layout)), CONTENT);
  });

  test('reads a name in UTF-8 that says it is', async () => {
    const read = await readAll(writeZip([{ name: 'pkg-é.tar.zst', content: 'x', flags: 1 << 11 }]));
    assert.deepEqual(read, { 'pkg-é.tar.zst': 'x' });
  });

  test('reads a descriptor without its optional signature', async () => {
    const whole = Buffer.from(writeZip(withEntry({ descriptor: true }, 2)));
    const signature = whole.indexOf(Buffer.from('504b0708', 'hex'));
    const bytes = Buffer.concat([whole.subarray(0, signature), whole.subarray(signature + 4)]);
    bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - END + 16) - 4, bytes.length - END + 16);
    assert.deepEqual(await readAll(new Uint8Array(bytes)), CONTENT);
  });

  test('reads content by ranges of 256 kB, and of the rest only headers', async () => {
    const content = new Uint8Array(1_000_000);
    const source = new MemorySource(writeZip(withEntry({ content })));
    const [, payload] = await readZip(source, 16);
    assert.ok(source.bytesRead < 1000, `${source.bytesRead} bytes for the outline`);
    const lengths: number[] = [];
    for await (const piece of zipContent(source, payload!)) lengths.push(piece.length);
    assert.deepEqual(lengths, [262_144, 262_144, 262_144, 213_568]);
  });

  test('refuses what two unpackers would read as two archives', async () => {
    const unicodePath = extraField(0x7075, 5 + 'info-b.tar.zst'.length);
    const tricks: Record<string, Uint8Array> = {
      'bytes before the first entry': writeZip(ENTRIES, { prefix: 'MZ' }),
      'bytes between entries': writeZip(withEntry({ gap: 'hidden' })),
      'entries that overlap': writeZip(withEntry({ overlaps: 0 })),
      'a name twice': writeZip(withEntry({ name: 'metadata.json' })),
      'another local name': writeZip(withEntry({ localName: 'pkg-b.tar.zst' })),
      'another local size': writeZip(withEntry({ statedSize: 6 })),
      'a size that reaches into the next entry': writeZip(withEntry({ statedSize: 60 })),
      'a size past the end': writeZip(withEntry({ statedSize: 1 << 20 })),
      'a compressed entry': writeZip(withEntry({ method: 8 })),
      'an entry compressed for readers of local headers': writeZip(withEntry({ localMethod: 8 })),
      'an encrypted entry': writeZip(withEntry({ flags: 1 })),
      'masked headers': writeZip(withEntry({ flags: 1 << 13 })),
      'a second name in an extra field': writeZip(withEntry({ extra: unicodePath })),
      'a name in nobody knows which code page': writeZip(withEntry({ name: 'pkg-é.tar.zst' })),
      'a name that some end at its NUL': writeZip(withEntry({ name: 'pkg-a.tar.zst\0.txt', flags: 1 << 11 })),
      'two zip64 fields': writeZip(withEntry({ zip64: true, extra: extraField(1, 24) })),
      'too many entries': writeZip(Array.from({ length: 17 }, (_, at) => ({ name: `${at}`, content: '' }))),
      'bytes behind the directory': changed(writeZip(ENTRIES), END - 12, -46),
    };
    for (const [trick, bytes] of Object.entries(tricks)) {
      await assert.rejects(readAll(bytes), { code: 'archive-unsafe' }, trick);
    }
  });

  test('refuses two directories, of which some unpackers see the first and some the last', async () => {
    const [one, two] = [writeZip(ENTRIES), writeZip(withEntry({ content: 'evil' }))];
    await assert.rejects(readAll(new Uint8Array(Buffer.concat([one, two]))), { code: 'archive-unsafe' });
  });

  test('refuses zip64 end records that belie the ordinary one', async () => {
    const good = writeZip(ENTRIES, { zip64: true });
    assert.deepEqual(await readAll(good), CONTENT);
    // Ordinary fields that state their own value count for readers that know no zip64.
    const narrow = Buffer.from(good);
    narrow.writeUInt16LE(2, narrow.length - END + 8);
    narrow.writeUInt16LE(2, narrow.length - END + 10);
    await assert.rejects(readAll(new Uint8Array(narrow)), { code: 'archive-unsafe' });
    // A record that is not right in front of its locator.
    await assert.rejects(readAll(changed(good, END + 12, -1)), { code: 'malformed' });
    await assert.rejects(readAll(changed(good, END + 4, 1)), { code: 'malformed' }, 'one of two parts');
  });

  test('refuses what is no zip archive, or one that is cut, commented or in parts', async () => {
    const good = writeZip(ENTRIES);
    const wrong: Record<string, Uint8Array> = {
      nothing: new Uint8Array(0),
      'a few bytes': new Uint8Array(21),
      'a web page': Buffer.from('<html>404 Not Found</html>'),
      'a cut archive': good.subarray(0, -1),
      'bytes behind the end': new Uint8Array(Buffer.concat([good, Buffer.from('x')])),
      'a comment': writeZip(ENTRIES, { comment: 'hello' }),
      'a comment that ends as an archive': writeZip(ENTRIES, { comment: Buffer.from(good).toString('latin1') }),
      'a part of several': changed(good, END - 8, -1),
      'a directory of zeros': good.map((byte, at) => (at < Buffer.from(good).indexOf('PK\u0001\u0002') ? byte : 0)),
      'fewer entries than stated': changed(changed(good, END - 10, 1), END - 8, 1),
      'a name that is no UTF-8': Buffer.from(
        Buffer.from(writeZip(withEntry({ flags: 1 << 11 })))
          .toString('latin1')
          .replaceAll('pkg-a', 'pkg-\xff'),
        'latin1',
      ),
      'a damaged extra field': writeZip(withEntry({ extra: Uint8Array.of(1, 0, 99, 0) })),
      'a zip64 field too short for what it should hold': writeZip(
        withEntry({ extra: extraField(1, 4), statedSize: 2 ** 32 - 1 }),
      ),
    };
    for (const [what, bytes] of Object.entries(wrong)) {
      await assert.rejects(readAll(new Uint8Array(bytes)), { code: 'malformed' }, what);
    }
  });

  test('reads or refuses an archive of which any one byte was changed, and never fails otherwise', async () => {
    const good = writeZip(ENTRIES, { zip64: true });
    for (let at = 0; at < good.length; at++) {
      try {
        await readAll(good.with(at, good[at]! ^ 0xff));
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^(malformed|archive-unsafe)$/, `byte ${at}: ${error}`);
      }
    }
  });
});

function extraField(id: number, length: number): Uint8Array {
  const field = Buffer.alloc(4 + length);
  field.writeUInt16LE(id, 0);
  field.writeUInt16LE(length, 2);
  return new Uint8Array(field);
}

/** Adds to the byte so far from the end. */
function changed(bytes: Uint8Array, fromEnd: number, by: number): Uint8Array {
  const at = bytes.length - fromEnd;
  return bytes.with(at, bytes[at]! + by);
}
