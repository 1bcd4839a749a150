/** What this reader and Python's, which conda unpacks with, make of the same mutated archives: where both accept one, they see one tree. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { agreeWithPython, hasPython, paxEntry, SeededRandom, type TarEntry, writeTar } from '@antivenom/testkit';
import { ContentTrustError } from '../errors.ts';
import { readTar } from './tar.ts';

const PYTHON = `
import base64, hashlib, io, json, sys, tarfile
TYPES = {b'0': 'file', b'\\0': 'file', b'7': 'file', b'1': 'hardlink', b'2': 'symlink', b'3': 'character device',
         b'4': 'block device', b'5': 'directory', b'6': 'fifo'}
for line in sys.stdin:
    try:
        seen = []
        archive = tarfile.open(fileobj=io.BytesIO(base64.b64decode(line)), mode='r:')
        for m in archive:
            content = hashlib.sha256(archive.extractfile(m).read()).hexdigest() if m.isreg() else ''
            link = m.linkname if m.islnk() or m.issym() else ''
            seen.append([m.name.rstrip('/'), TYPES.get(m.type, str(m.type)), link, content])
        print(json.dumps(seen))
    except Exception:
        print('null')
`;

const LIMITS = { maxEntries: 1000, maxHeaderBytes: 10_000, maxNames: 100_000 };
const PATHS = ['a', 'b/c', 'dir/', `${'x'.repeat(99)}/y`, 'é', `${'long/'.repeat(30)}f`, './q', 'a//b'];
const PAX_KEYS = ['path', 'linkpath', 'size', 'mtime', 'comment', 'GNU.sparse.name', 'hdrcharset', 'SCHILY.xattr.a'];
const PAX_VALUES = ['z', '9', '0', '512', 'BINARY', 'p/q', '1.5'];
/** Fields of a header, and bytes that mean something in one of them. */
const PLACES = [0, 99, 100, 108, 124, 125, 130, 134, 135, 136, 156, 157, 257, 262, 263, 265, 329, 345, 400, 499];
const BYTES = [...'\0 0178/ASVLxg'].map((letter) => letter.charCodeAt(0)).concat(0x80, 0x81, 0xff);

function entry(random: SeededRandom): TarEntry {
  const path = random.pick(PATHS);
  switch (random.below(10)) {
    case 0: {
      const records = { [random.pick(PAX_KEYS)]: random.pick(PAX_VALUES) };
      return paxEntry(records, random.pick(['pax', 'pax-global'] as const));
    }
    case 1:
      return { path, type: 'symlink', link: random.pick(['a', '../b', 'l'.repeat(120)]) };
    case 2:
      return { path, type: 'hardlink', link: 'a' };
    case 3:
      return { path, type: 'directory' };
    case 4:
      return { path: 'x', type: 'gnu-long-name', content: random.pick(['nn\0', 'nn', 'n\0n\0', 'n/\0']) };
    case 5:
      return { path, prefix: random.pick(['pre', 'pre/']), format: random.pick(['posix', 'gnu', 'v7'] as const) };
    default:
      return { path, type: random.pick(['file', 'old-file'] as const), content: 'c'.repeat(random.below(1200)) };
  }
}

function mutatedArchive(random: SeededRandom): Uint8Array {
  const bytes = Buffer.from(writeTar(Array.from({ length: 1 + random.below(4) }, () => entry(random))));
  for (let left = random.below(3); left > 0; left--) {
    const block = 512 * random.below(bytes.length / 512 - 2);
    bytes[block + (random.onceIn(10) ? random.below(512) : random.pick(PLACES))] = random.pick(BYTES);
    if (!random.onceIn(4)) putChecksum(bytes.subarray(block, block + 512));
  }
  return new Uint8Array(bytes);
}

function putChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

/** Undefined for an archive that is refused. */
async function ours(bytes: Uint8Array): Promise<string[][] | undefined> {
  async function* source() {
    yield bytes;
  }
  const seen: string[][] = [];
  try {
    for await (const { path, type, link, content } of readTar(source(), LIMITS)) {
      const hash = createHash('sha256');
      for await (const piece of content) hash.update(piece);
      seen.push([path.replace(/\/+$/, ''), type, link, type === 'file' ? hash.digest('hex') : '']);
    }
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
  return seen;
}

test('sees in each archive that it accepts what Python sees in it', {
  skip: !hasPython() && 'no python3',
}, async () => {
  const seed = 'tar readers';
  const random = new SeededRandom(seed);
  const archives = Array.from({ length: 3000 }, () => mutatedArchive(random));
  const agreed = await agreeWithPython(PYTHON, archives, seed, ours);
  assert.ok(agreed > 500, `both accept ${agreed} archives`);
});
