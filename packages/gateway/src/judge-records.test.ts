import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexedRecord } from '@antivenom/client';
import { PolicyError, scanRepodata } from '@antivenom/core';
import { judgeRecords } from './judge-records.ts';

const PLACE = { channelUrl: 'https://channel.example/good', subdir: 'noarch' };

function indexOf(records: Record<string, object>, signatures: object = {}) {
  const text = JSON.stringify({ info: {}, packages: {}, 'packages.conda': records, signatures });
  return scanRepodata(new TextEncoder().encode(text), { maxBytes: 10_000, maxDepth: 9 });
}

/** Refuses records that say so, and keeps the names of those that it was asked for. */
class Check {
  readonly asked: string[] = [];

  evidenceOf({ file, record }: IndexedRecord) {
    this.asked.push(file.charAt(0));
    if (record.get('evil') === true) throw new PolicyError('policy-refused', 'evil');
    return new Set(['index'] as const);
  }
}

test('asks again of what has changed, or was refused, and of nothing else', async () => {
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { evil: true }];
  const name = (letter: string) => `${letter}-1-0.conda`;
  const first = indexOf({ [name('a')]: a, [name('b')]: b, [name('c')]: c }, { [name('b')]: { key: 1 } });
  const check = new Check();
  const leftOut = await judgeRecords(first, check, PLACE, undefined, undefined);
  assert.deepEqual([check.asked, [...leftOut.keys()].map(({ file }) => file)], [['a', 'b', 'c'], [name('c')]]);
  const before = { source: first, leftOut };
  for (const [records, signatures, asked] of [
    [{ [name('a')]: a, [name('b')]: b, [name('c')]: c }, { [name('b')]: { key: 1 } }, ['c']],
    [{ [name('b')]: b, [name('a')]: a, [name('d')]: b }, { [name('b')]: { key: 1 } }, ['d']],
    [{ [name('a')]: { n: 1.0 + 1 }, [name('b')]: b }, { [name('b')]: { key: 1 } }, ['a']],
    [{ [name('a')]: a, [name('b')]: b }, { [name('b')]: { key: 2 } }, ['b']],
    [{ [name('a')]: a, [name('b')]: b }, {}, ['b']],
    [{ [name('a')]: a, [name('b')]: b }, { [name('a')]: { key: 1 }, [name('b')]: { key: 1 } }, ['a']],
  ] as const) {
    const again = new Check();
    await judgeRecords(indexOf(records, signatures), again, PLACE, undefined, before);
    assert.deepEqual(again.asked, asked);
  }
});

test('offers no record that sends its readers elsewhere', async () => {
  const source = indexOf({
    'a-1-0.conda': { url: 'https://evil.example/a-1-0.conda' },
    'b-1-0.conda': { fn: 'c-1-0.conda' },
    'd-1-0.conda': { url: 'https://channel.example/good/noarch/d-1-0.conda' },
  });
  const leftOut = await judgeRecords(source, new Check(), PLACE, undefined, undefined);
  assert.deepEqual(
    [...leftOut.keys()].map(({ file }) => file),
    ['a-1-0.conda', 'b-1-0.conda'],
  );
});
