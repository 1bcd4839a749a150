import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { paxEntry, type TarEntry, writeTar } from '@antivenom/testkit';
import type { ByteStream } from '../ports.ts';
import { readTar, type TarLimits } from './tar.ts';

const LIMITS: TarLimits = { maxEntries: 20, maxHeaderBytes: 2000, maxNames: 4000 };
const LONG = `${'deep/'.repeat(30)}file`;

async function* inChunks(bytes: Uint8Array, size: number): ByteStream {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** `path type size > link: content` of each entry. */
async function outline(bytes: Uint8Array, chunk = 700): Promise<string[]> {
  const lines: string[] = [];
  for await (const { path, type, size, link, content } of readTar(inChunks(bytes, chunk), LIMITS)) {
    const parts: Uint8Array[] = [];
    for await (const piece of content) parts.push(piece.slice());
    lines.push(`${path} ${type} ${size} > ${link}: ${Buffer.concat(parts)}`);
  }
  return lines;
}

function tar(...entries: TarEntry[]): Uint8Array {
  return writeTar(entries);
}

/** One header whose field is overwritten, with its checksum put right again. */
function patched(at: number, text: string): Uint8Array {
  const bytes = Buffer.from(tar({ path: 'a', content: 'text' }));
  bytes.write(text, at, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return new Uint8Array(bytes);
}

describe('readTar', () => {
  test('reads files, folders and links in chunks of any size', async () => {
    const bytes = tar(
      { path: 'lib/', type: 'directory' },
      { path: 'lib/a.txt', content: 'x'.repeat(600) },
      { path: 'lib/empty' },
      { path: 'lib/b', type: 'symlink', link: 'a.txt' },
      { path: 'lib/c', type: 'hardlink', link: 'lib/a.txt' },
      { path: 'pipe', type: 'fifo' },
    );
    const expected = [
      'lib/ directory 0 > : ',
      `lib/a.txt file 600 > : ${'x'.repeat(600)}`,
      'lib/empty file 0 > : ',
      'lib/b symlink 0 > a.txt: ',
      'lib/c hardlink 0 > lib/a.txt: ',
      'pipe fifo 0 > : ',
    ];
    for (const chunk of [1, 511, 512, 513, bytes.length]) assert.deepEqual(await outline(bytes, chunk), expected);
  });

  test('reads long names as GNU, pax and POSIX write them', async () => {
    assert.deepEqual(await outline(tar({ path: LONG, type: 'symlink', link: LONG })), [
      `${LONG} symlink 0 > ${LONG}: `,
    ]);
    const pax = tar(paxEntry({ path: 'näme', linkpath: 'zïel', mtime: '1.5' }), {
      path: 'x',
      type: 'symlink',
      link: 'y',
    });
    assert.deepEqual(await outline(pax), ['näme symlink 0 > zïel: ']);
    assert.deepEqual(await outline(tar({ path: 'b', prefix: 'a' })), ['a/b file 0 > : ']);
    assert.deepEqual(await outline(tar(paxEntry({ comment: '1' }, 'pax-global'), { path: 'b' })), ['b file 0 > : ']);
  });

  test('reads a long name of which the header holds a front that looks like a folder', async () => {
    const path = `${'d'.repeat(99)}/file`;
    assert.deepEqual(await outline(tar({ path, content: 'text' })), [`${path} file 4 > : text`]);
  });

  test('takes a file of an old archive whose path ends in a slash for a folder, and no other', async () => {
    assert.deepEqual(await outline(tar({ path: 'a/', type: 'old-file' })), ['a/ directory 0 > : ']);
    assert.deepEqual(await outline(tar({ path: 'a', type: 'old-file' })), ['a file 0 > : ']);
    const slash = `${'d'.repeat(99)}/`;
    for (const archive of [
      tar({ path: 'a/' }),
      tar({ path: 'a/', content: 'x' }),
      tar({ path: 'a/', type: 'old-file', content: 'x' }),
      tar(paxEntry({ path: 'a/' }), { path: 'a' }),
      tar(paxEntry({ path: 'a/' }), { path: 'a', type: 'old-file' }),
      // Python takes it for a folder by the front of its name.
      tar({ path: `${slash}file`, type: 'old-file', content: 'x' }),
    ]) {
      await assert.rejects(outline(archive), { code: 'archive-unsafe' });
    }
  });

  test('leaves out the content that nobody asked for', async () => {
    const bytes = tar(
      { path: 'a', content: 'x'.repeat(2000) },
      { path: 'b', content: 'y'.repeat(2000) },
      { path: 'c' },
    );
    const seen: string[] = [];
    for await (const { path, content } of readTar(inChunks(bytes, 100), LIMITS)) {
      seen.push(path);
      if (path === 'b') for await (const _ of content) break;
    }
    assert.deepEqual(seen, ['a', 'b', 'c']);
  });

  test('reads an archive that ends without the blocks of zeros, or with more of them', async () => {
    const bytes = tar({ path: 'a', content: 'text' });
    assert.equal((await outline(bytes.subarray(0, -1024))).length, 1);
    assert.equal((await outline(new Uint8Array(Buffer.concat([bytes, new Uint8Array(20_000)])))).length, 1);
  });

  test('refuses what unpackers understand differently', async () => {
    const bytes = tar({ path: 'a', content: 'text' });
    const tricks: Record<string, Uint8Array> = {
      'entries behind the end': new Uint8Array(Buffer.concat([bytes, tar({ path: 'evil' })])),
      'a byte behind the end': new Uint8Array(Buffer.concat([bytes, Buffer.from('x')])),
      'a sparse file of GNU': tar({ path: 'a', type: 'gnu-sparse' }),
      'a sparse file of pax': tar(paxEntry({ 'GNU.sparse.major': '1' }), { path: 'a' }),
      'an unknown type': patched(156, 'V'),
      'a folder with content': tar({ path: 'a', type: 'directory', content: 'x' }),
      'a link with content': tar({ path: 'a', type: 'symlink', link: 'b', content: 'x' }),
      'a path for all entries': tar(paxEntry({ path: 'a' }, 'pax-global'), { path: 'b' }),
      'two long names': tar(paxEntry({ path: 'a' }), { path: LONG }),
      'one path stated twice': tar(paxEntry({ path: 'a' }), paxEntry({ path: 'b' }), { path: 'c' }),
      'an empty pax path': tar(paxEntry({ path: '' }), { path: 'c' }),
      'a long name with a second behind its end': tar(
        { path: 'L', type: 'gnu-long-name', content: 'a\0b\0' },
        { path: 'c' },
      ),
      // Python reads on to the first NUL, past the size.
      'a long name that goes on in its padding': tar({
        path: 'L',
        type: 'gnu-long-name',
        content: 'a/evil',
        statedSize: 1,
      }),
      // Readers that pass over the pax header find the entry "evil" in what is content for the others.
      'two sizes': tar(paxEntry({ size: '1536' }), { path: 'a', content: tar({ path: 'evil' }), statedSize: 0 }),
    };
    for (const [trick, archive] of Object.entries(tricks)) {
      await assert.rejects(outline(archive), { code: 'archive-unsafe' }, trick);
    }
  });

  test('takes the size of a pax header that states the same, or one that the header has no room for', async () => {
    assert.deepEqual(await outline(tar(paxEntry({ size: '4' }), { path: 'a', content: 'text' })), [
      'a file 4 > : text',
    ]);
    const huge = tar(paxEntry({ size: String(0o100000000000) }), { path: 'a', statedSize: 0 });
    await assert.rejects(outline(huge), { code: 'malformed', message: /ends too early/ });
  });

  test('refuses what is no tar archive, or one that is cut', async () => {
    const bytes = tar({ path: 'a', content: 'x'.repeat(600) });
    const wrong: Record<string, Uint8Array> = {
      'a web page': new Uint8Array(Buffer.from('<html>'.repeat(100))),
      'half a header': bytes.subarray(0, 100),
      'half a file': bytes.subarray(0, 1000),
      'half of the padding': bytes.subarray(0, 1200),
      'a wrong checksum': bytes.with(0, 98),
      'a size of letters': patched(124, 'zzzz'),
      // Python takes such a header for the end of the archive.
      'a mode of letters': patched(100, 'zzzz'),
      'an owner of letters': patched(108, 'zzzz'),
      'a group of letters': patched(116, 'zzzz'),
      'a time of letters': patched(136, 'zzzz'),
      'a device of letters': patched(329, 'zzzz'),
      'a size with its second bit set': patched(124, '\x81\0\0\0\0\0\0\0\0\0\0\x04'),
      'a header for nothing, of a time': tar(paxEntry({ mtime: '1' })),
      'a negative size': patched(124, '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc'),
      'a name that is no UTF-8': patched(0, '\xff'),
      'a prefix in a header of GNU': tar({ path: 'a', prefix: 'b', format: 'gnu' }),
      'a prefix in a header of no format': tar({ path: 'a', prefix: 'b', format: 'v7' }),
      'a header for nothing': tar(paxEntry({ path: 'a' })),
      'a pax header without end': tar({ path: 'x', type: 'pax', content: '99 path=a\n' }, { path: 'b' }),
      'a pax header with a length of letters': tar({ path: 'x', type: 'pax', content: 'aa path=a\n' }, { path: 'b' }),
      'a pax header without =': tar({ path: 'x', type: 'pax', content: '7 path\n' }, { path: 'b' }),
      'a pax path with a NUL': tar(paxEntry({ path: 'a\0b' }), { path: 'b' }),
      'a pax size that is none': tar(paxEntry({ size: '1e3' }), { path: 'b' }),
    };
    for (const [what, archive] of Object.entries(wrong)) {
      await assert.rejects(outline(archive), { code: 'malformed' }, what);
    }
  });

  test('reads numbers of base 256: a size, and a time before 1970', async () => {
    const lines = ['a file 4 > : text'];
    assert.deepEqual(await outline(patched(124, '\x80\0\0\0\0\0\0\0\0\0\0\x04')), lines);
    assert.deepEqual(await outline(patched(136, '\xff'.repeat(12))), lines);
  });

  test('keeps the attributes of pax, whatever bytes they are, out of its way', async () => {
    const record = Buffer.concat([Buffer.from('18 SCHILY.xattr='), Buffer.from([0xff, 0x0a])]);
    const archive = tar({ path: 'x', type: 'pax', content: record }, { path: 'b' });
    assert.deepEqual(await outline(archive), ['b file 0 > : ']);
  });

  test('stops at its limits', async () => {
    const many = tar(...Array.from({ length: 21 }, (_, at) => ({ path: `${at}` })));
    await assert.rejects(outline(many), { code: 'archive-unsafe', message: /more than 20 entries/ });
    const headers = tar(...Array.from({ length: 21 }, () => paxEntry({ comment: 'x' })));
    await assert.rejects(outline(headers), { code: 'archive-unsafe', message: /more than 20 entries/ });
    const long = tar({ path: 'x'.repeat(2000) });
    await assert.rejects(outline(long), { code: 'archive-unsafe', message: /beyond all measure/ });
    const names = tar(...Array.from({ length: 5 }, (_, at) => ({ path: `${at}`.repeat(1000) })));
    await assert.rejects(outline(names), { code: 'archive-unsafe', message: /4000 characters of names/ });
  });

  test('lets its source go when the reader stops', async () => {
    let released = false;
    async function* watched(): ByteStream {
      try {
        yield* inChunks(tar({ path: 'a', content: 'text' }, { path: 'b' }), 512);
      } finally {
        released = true;
      }
    }
    for await (const _ of readTar(watched(), LIMITS)) break;
    assert.ok(released);
  });
});
