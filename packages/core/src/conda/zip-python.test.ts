/** What this reader and Python's, which conda unpacks with, make of the same mutated archives: where both accept one, they see one content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeWithPython, hasPython, MemorySource, SeededRandom, writeZip, type ZipEntry } from '@antivenom/testkit';
import { ContentTrustError } from '../errors.ts';
import { readZip, zipContent } from './zip.ts';

const PYTHON = `
import base64, io, json, sys, zipfile
for line in sys.stdin:
    try:
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(line)))
        entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        print(json.dumps([[entry.filename, archive.read(entry).hex()] for entry in entries]))
    except Exception:
        print('null')
`;

const NAMES = ['metadata.json', 'pkg-a.tar.zst', 'info-a.tar.zst', 'é'];
const BYTES = [0, 1, 2, 8, 0x2d, 0x75, 0xff];

function entry(random: SeededRandom, at: number): ZipEntry {
  const extra = Uint8Array.of(random.pick([1, 0x55, 0x75]), random.pick([0, 0x54, 0x70]), 8, 0, 1, 2, 3, 4, 5, 6, 7, 8);
  return {
    name: random.pick(NAMES) + (random.onceIn(5) ? '' : at),
    content: 'c'.repeat(random.below(60)),
    descriptor: random.onceIn(3),
    zip64: random.onceIn(3),
    flags: random.onceIn(2) ? 1 << 11 : 0,
    ...(random.onceIn(8) ? { extra } : {}),
  };
}

function mutatedArchive(random: SeededRandom): Uint8Array {
  const entries = Array.from({ length: 1 + random.below(3) }, (_, at) => entry(random, at));
  const bytes = writeZip(entries, { zip64: random.onceIn(2) });
  for (let left = random.below(3); left > 0; left--) {
    const at = random.below(bytes.length);
    bytes[at] = random.onceIn(2) ? random.pick(BYTES) : (bytes[at] as number) + random.below(3) - 1;
  }
  return bytes;
}

/** Undefined for an archive that is refused. */
async function ours(bytes: Uint8Array): Promise<string[][] | undefined> {
  const source = new MemorySource(bytes);
  try {
    const seen: string[][] = [];
    for (const entry of await readZip(source, 16)) {
      let content = '';
      for await (const piece of zipContent(source, entry)) content += Buffer.from(piece).toString('hex');
      seen.push([entry.name, content]);
    }
    return seen;
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

test('sees in each archive that it accepts what Python sees in it', {
  skip: !hasPython() && 'no python3',
}, async () => {
  const seed = 'zip readers';
  const random = new SeededRandom(seed);
  const archives = Array.from({ length: 4000 }, () => mutatedArchive(random));
  const agreed = await agreeWithPython(PYTHON, archives, seed, ours);
  assert.ok(agreed > 500, `both accept ${agreed} archives`);
});
