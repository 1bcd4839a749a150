import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixturesFolder } from '@antivenom/testkit';
import { assertAllRefused, play } from './played.ts';

const fixtures = fixturesFolder();

test('the main job is played on a copy of a real channel', {
  skip: fixtures ? false : 'no fixtures beside the checkout',
}, (t) => {
  const original = join(fixtures ?? '', 'packages/conda+conda/tests/data/test-recipes');
  const before = readdirSync(original, { recursive: true });
  assertAllRefused(play(t, original));
  assert.deepEqual(readdirSync(original, { recursive: true }), before);
});
