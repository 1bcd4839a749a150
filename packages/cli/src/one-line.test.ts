import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneLine } from './one-line.ts';
import { refusalLines } from './refusal.ts';

test('leaves text as it is, in any script', () => {
  for (const text of ['ok  2.root.json  root 2', 'naïve 蛇 🐍', '"a\\b"']) assert.equal(oneLine(text), text);
});

test('shows what a terminal would act on', () => {
  assert.equal(
    oneLine('\u001b[2Ja\r\nb\u009b31m\u202ec\u0007\u2028'),
    '\\u001b[2Ja\\u000d\\u000ab\\u009b31m\\u202ec\\u0007\\u2028',
  );
  assert.equal(oneLine('x'.repeat(10_000_000)).length, 2001);
});

test('a refusal of names that a server made up stays on its lines', () => {
  const name = 'a\u001b]0;owned\u0007\nantivenom: accepted';
  const refused = ['', ' again'].map((end) => ({
    file: `${name}${end}`,
    code: 'bad-signature',
    message: `${name}${end} is bad`,
  }));
  const lines = refusalLines({
    code: 'bad-signature',
    message: `${name} is bad`,
    hint: `ask ${name}`,
    details: { refused },
  });
  assert.equal(lines.split('\n').length, 5);
  assert.doesNotMatch(lines, /(?!\n)\p{Cc}|^antivenom: accepted/mu);
});
