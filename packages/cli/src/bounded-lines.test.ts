import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedLines, type Line } from './bounded-lines.ts';

async function linesOf(chunks: readonly (string | Uint8Array)[], maxLength = 10): Promise<string[]> {
  async function* stream() {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of boundedLines(stream(), maxLength)) {
    lines.push(typeof line === 'string' ? `(${line})` : Buffer.from(line).toString());
  }
  return lines;
}

test('lines come whole, however the stream is cut', async () => {
  const text = 'one\ntwo\n\nthé\n';
  const whole = ['one', 'two', '', 'thé'];
  assert.deepEqual(await linesOf([text]), whole);
  assert.deepEqual(await linesOf([...Buffer.from(text)].map((byte) => Uint8Array.of(byte))), whole);
  assert.deepEqual(await linesOf([]), []);
});

test('a line past the bound is told and not held, and the next one is read', async () => {
  assert.deepEqual(await linesOf(['0123456789\n01234567890\nnext\n']), ['0123456789', '(too-long)', 'next']);
  async function* endless() {
    for (let piece = 0; piece < 20_000; piece++) yield new Uint8Array(1 << 16);
    yield '\nnext\n';
  }
  const before = process.memoryUsage().arrayBuffers;
  const lines: Line[] = [];
  for await (const line of boundedLines(endless(), 1 << 20)) lines.push(line);
  assert.deepEqual([lines.length, lines[0]], [2, 'too-long']);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e9, 'of 1.3 GB little was held');
});

test('what stands after the last line feed is told apart', async () => {
  assert.deepEqual(await linesOf(['one\ntw']), ['one', '(unfinished)']);
  assert.deepEqual(await linesOf(['0123456789x']), ['(too-long)']);
});
