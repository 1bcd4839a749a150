import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoteBriefly } from './quote.ts';

test('a name from outside is shown on one line in plain letters, and cut after 80 of them', () => {
  assert.equal(quoteBriefly('noarch'), '"noarch"');
  assert.equal(quoteBriefly('a"\\\n\u202e'), '"a\\"\\\\\\n\\u202e"');
  assert.equal(quoteBriefly('x'.repeat(80)), `"${'x'.repeat(80)}"`);
  assert.equal(quoteBriefly('x'.repeat(81)), `"${'x'.repeat(80)}..."`);
});

test('half of a surrogate pair, which a cut may leave too, is shown as the character for none', () => {
  assert.equal(quoteBriefly('\ud800'), '"\\ufffd"');
  assert.equal(quoteBriefly(`${'x'.repeat(79)}\u{10000}`), `"${'x'.repeat(79)}\\ufffd..."`);
});
