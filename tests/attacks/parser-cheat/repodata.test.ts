import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type MsgpackValue,
  RecordSignatures,
  readShard,
  readShardIndex,
  scanRepodata,
  writeMsgpack,
} from '@antivenom/core';
import { compressZstdSync, nodeCrypto, nodeDecompression } from '@antivenom/node';

const LIMITS = { maxBytes: 10_000_000, maxDepth: 32 };
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** An index of one package whose record, and whose outermost object, hold what is given beside their own. */
function index({ outer = '', inner = '', name = 'a' } = {}): Uint8Array {
  return bytesOf(
    `{"info": {}, "packages": {}, "packages.conda": {"${name}-1-0.conda": {"name": "${name}", "version": "1"${inner}}}${outer}}`,
  );
}

/** Everything that a client ever reads of an index. */
function readAll(bytes: Uint8Array): string[] {
  const repodata = scanRepodata(bytes, LIMITS);
  const signatures = new RecordSignatures(repodata);
  for (const file of signatures.files) signatures.of(file);
  return repodata.records.map((slice) => `${slice.file} ${repodata.record(slice).get('name')}`);
}

describe('repodata parser-cheat', () => {
  test('reads the honest index beside the tricks', () => {
    assert.deepEqual(readAll(index()), ['a-1-0.conda a']);
    assert.deepEqual(readAll(index({ inner: ', "x": "\\ud83d\\udc0d 🐍"', outer: ', "y": [1e3, {"z": null}]' })), [
      'a-1-0.conda a',
    ]);
  });

  test('refuses bytes that two parsers could read in two ways', () => {
    const deep = (open: string, close: string) => `, "x": ${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const tricks: Record<string, Uint8Array> = {
      'a duplicate member of a record': index({ inner: ', "name": "evil"' }),
      'a duplicate member behind an escape': index({ inner: ', "\\u006eame": "evil"' }),
      'a duplicate map': index({ outer: ', "packages.conda": {}' }),
      'a duplicate map behind an escape': index({ outer: ', "packages\\u002econda": {}' }),
      'a duplicate map of signatures': index({ outer: ', "signatures": {}, "signatures": {}' }),
      'a file twice': bytesOf('{"packages": {"a-1-0.tar.bz2": {}, "a-1-0.tar.bz2": {"name": "evil"}}}'),
      'a file twice behind an escape': bytesOf('{"packages": {"a-1-0.tar.bz2": {}, "\\u0061-1-0.tar.bz2": {}}}'),
      'a byte order mark': new Uint8Array([0xef, 0xbb, 0xbf, ...index()]),
      'invalid UTF-8': index({ inner: ', "x": "?"' }).map((byte) => (byte === 0x3f ? 0xff : byte)),
      'a surrogate in UTF-8': surrogateInUtf8(),
      'a lone surrogate': index({ inner: ', "x": "\\ud800"' }),
      'a lone surrogate in a file name': index({ name: '\\udfff' }),
      'a number that overflows': index({ inner: ', "x": 1e999' }),
      NaN: index({ inner: ', "x": NaN' }),
      'a control character in a string': index({ inner: ', "x": "\n"' }),
      'nesting 10^5 deep': index({ inner: deep('[', ']') }),
      'nesting 10^5 deep, in objects': index({ inner: deep('{"a":', '}') }),
      'nesting 10^5 deep, outside of records': index({ outer: deep('[', ']') }),
      'nesting that never closes': index({ outer: `, "x": ${'['.repeat(100_000)}` }),
      'something behind the end': new Uint8Array([...index(), 0x7b]),
      'an early end': index().subarray(0, -1),
    };
    for (const [trick, bytes] of Object.entries(tricks)) {
      assert.throws(() => readAll(bytes), { code: 'malformed' }, trick);
    }
  });

  test('takes names that mean something to JavaScript for ordinary names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '0']) {
      assert.deepEqual(readAll(index({ name })), [`${name}-1-0.conda ${name}`]);
      const repodata = scanRepodata(index(), LIMITS);
      assert.equal(repodata.find(name), undefined);
      assert.equal(new RecordSignatures(repodata).of(name), undefined);
    }
    assert.deepEqual(readAll(bytesOf('{"packages.conda": {"__proto__": {"name": "evil"}}}')), ['__proto__ evil']);
    assert.equal(({} as Record<string, unknown>)['name'], undefined);
  });
});

function surrogateInUtf8(): Uint8Array {
  const bytes = index({ inner: ', "x": "???"' });
  bytes.set([0xed, 0xa0, 0x80], bytes.indexOf(0x3f));
  return bytes;
}

const SHARD: [string, MsgpackValue][] = [
  ['packages', new Map()],
  ['packages.conda', new Map([['a-1-0.conda', new Map([['name', 'a']])]])],
];

/** A shard of the package `a`, of these bytes, under its right hash. */
function shardOf(bytes: Uint8Array) {
  const compressed = compressZstdSync(bytes, 3);
  const sha256 = createHash('sha256').update(compressed).digest('hex');
  const reading = { crypto: nodeCrypto, decompression: nodeDecompression, maxLength: 1_000_000, limits: LIMITS };
  return readShard(compressed, 'a', sha256, reading);
}

/** MessagePack by hand: `82 a1 61 …`. */
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('shard parser-cheat', () => {
  test('reads the honest shard and shard index beside the tricks', () => {
    assert.equal(shardOf(writeMsgpack(new Map(SHARD))).records.length, 1);
    const shards = new Map([['a', new Uint8Array(32)]]);
    const bytes = writeMsgpack(
      new Map([
        ['info', new Map()],
        ['shards', shards],
      ] as [string, MsgpackValue][]),
    );
    assert.equal(readShardIndex(bytes, LIMITS).shards.get('a'), '00'.repeat(32));
  });

  test('refuses bytes that two parsers could read in two ways', () => {
    const packages = 'a8 7061636b61676573'; // "packages"
    const tricks: Record<string, Uint8Array> = {
      'a duplicate map': hex(`82 ${packages} 80 ${packages} 80`),
      'a duplicate map in another length of text': hex(`82 ${packages} 80 d908 7061636b61676573 80`),
      'a key that is no text': hex(`81 01 80`),
      'a key that is bytes': hex('81 c4 08 7061636b61676573 80'),
      'invalid UTF-8': hex('81 a1 ff 80'),
      'a lone surrogate': hex('81 a3 eda080 80'),
      'an infinite number': hex('81 a1 78 cb7ff0000000000000'),
      NaN: hex('81 a1 78 cb7ff8000000000000'),
      'an extension type': hex('81 a1 78 d40100'),
      'something behind the end': hex('80 80'),
      'an early end': hex('82 a1 78 80'),
      'a map of 4 billion members': hex('df ffffffff'),
      'an array of 4 billion elements': hex('81 a1 78 dd ffffffff'),
      'nesting 10^5 deep': new Uint8Array([0x81, 0xa1, 0x78, ...new Uint8Array(100_000).fill(0x91), 0xc0]),
      'a byte order mark': new Uint8Array([0xef, 0xbb, 0xbf, ...writeMsgpack(new Map(SHARD))]),
    };
    for (const [trick, bytes] of Object.entries(tricks)) {
      assert.throws(() => shardOf(bytes), { code: 'malformed' }, trick);
      assert.throws(() => readShardIndex(bytes, LIMITS), { code: 'malformed' }, trick);
    }
  });

  test('refuses a file that stands in two maps with different content, as repodata that tells two stories', () => {
    const record = (build: string) =>
      new Map([
        ['name', 'a'],
        ['build', build],
      ] as [string, MsgpackValue][]);
    const shard = (build: string) =>
      new Map<string, MsgpackValue>([
        ['packages.conda', new Map([['a-1-0.conda', record('0')]])],
        ['v3', new Map([['conda', new Map([['a-1-0', record(build)]])]])],
      ]);
    assert.equal(shardOf(writeMsgpack(shard('0'))).records.length, 2);
    assert.throws(() => shardOf(writeMsgpack(shard('evil'))), { code: 'name-mismatch' });
  });

  test('refuses a map of records that no specification names', () => {
    for (const name of ['packages.exe', 'v3.conda']) {
      const shard = new Map<string, MsgpackValue>([...SHARD, [name, new Map()]]);
      assert.throws(() => shardOf(writeMsgpack(shard)), { code: 'unsafe-index' });
    }
  });

  test('takes names that mean something to JavaScript for ordinary names', () => {
    const shards = new Map([['__proto__', new Uint8Array(32).fill(1)]]);
    const bytes = writeMsgpack(
      new Map([
        ['info', new Map()],
        ['shards', shards],
      ] as [string, MsgpackValue][]),
    );
    const read = readShardIndex(bytes, LIMITS).shards;
    assert.equal(read.get('__proto__'), '01'.repeat(32));
    assert.equal(read.get('constructor'), undefined);
  });
});
