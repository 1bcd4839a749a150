import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteStream } from '../ports.ts';
import { ByteReader } from './byte-reader.ts';

async function* chunks(...texts: string[]): ByteStream {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function textOf(stream: ByteStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += new TextDecoder().decode(piece);
  return text;
}

test('takes and passes exact lengths, whatever the chunks', async () => {
  const reader = new ByteReader(chunks('ab', '', 'cdefg', 'hij'), 'the data');
  assert.equal(new TextDecoder().decode(await reader.take(3)), 'abc');
  assert.equal(await textOf(reader.pass(5)), 'defgh');
  assert.equal(await textOf(reader.pass(0)), '');
  assert.equal(await textOf(reader.rest()), 'ij');
  assert.equal(await reader.take(1), undefined);
});

test('tells an end between two reads from one within', async () => {
  assert.equal(await new ByteReader(chunks(), 'the data').take(4), undefined);
  const inside = { code: 'malformed', message: 'the data ends too early' };
  await assert.rejects(new ByteReader(chunks('abc'), 'the data').take(4), inside);
  await assert.rejects(textOf(new ByteReader(chunks('abc'), 'the data').pass(4)), inside);
});

test('a reader that stops within a pass goes on behind what it was given', async () => {
  const reader = new ByteReader(chunks('ab', 'cd', 'ef'), 'the data');
  for await (const piece of reader.pass(5)) {
    assert.equal(piece.length, 2);
    break;
  }
  assert.equal(await textOf(reader.rest()), 'cdef');
});
