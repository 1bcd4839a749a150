import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distinctYanks,
  readYankList,
  UNYANKED,
  writeYankList,
  YANKED,
  YANKED_BASE,
  type Yank,
  yanksInForce,
} from './yank-list.ts';
import { yankStatus } from './yank-status.ts';
import { YankedFiles } from './yanked-files.ts';

const LIMITS = { maxBytes: 10_000, maxDepth: 8 };
const YANK: Yank = {
  subdir: 'linux-64',
  file: 'foo-1.0-0.conda',
  sha256: 'ab'.repeat(32),
  reason: 'steals credentials',
  time: '2026-01-01T00:00:00Z',
};
const OTHER = { ...YANK, file: 'bar-1.0-0.conda', sha256: 'cd'.repeat(32) };

function read(text: string, path = YANKED) {
  return readYankList(path, new TextEncoder().encode(text), LIMITS);
}

test('a list is read as it was written, each entry once, in one order', () => {
  for (const path of [YANKED, YANKED_BASE, UNYANKED]) {
    const bytes = writeYankList(path, [YANK, OTHER, YANK]);
    assert.deepEqual(bytes, writeYankList(path, [OTHER, YANK]));
    assert.deepEqual(readYankList(path, bytes, LIMITS), [OTHER, YANK]);
  }
  assert.deepEqual(JSON.parse(new TextDecoder().decode(writeYankList(UNYANKED, []))), { version: 1, unyanked: [] });
});

test('what is no list is refused by name', () => {
  const entry = (changes: object) => JSON.stringify({ version: 1, yanked: [{ ...YANK, ...changes }] });
  assert.deepEqual(read(entry({ more: 1 })), [YANK]);
  for (const text of [
    '',
    '[]',
    '{"yanked": []}',
    '{"version": 2, "yanked": []}',
    '{"version": "1", "yanked": []}',
    '{"version": 1, "unyanked": []}',
    '{"version": 1, "yanked": {}}',
    '{"version": 1, "yanked": [], "yanked": []}',
    entry({ sha256: 'AB'.repeat(32) }),
    entry({ sha256: 'ab' }),
    entry({ time: '2026-02-30T00:00:00Z' }),
    entry({ reason: undefined }),
    entry({ file: 1 }),
  ]) {
    assert.throws(() => read(text), { code: 'malformed' }, text);
  }
});

test('only the very entry is cancelled: a later yank of the same content counts', () => {
  const later = { ...YANK, time: '2026-01-02T00:00:00Z' };
  assert.deepEqual(yanksInForce([YANK, later, OTHER], [YANK]), [later, OTHER]);
  assert.deepEqual(yanksInForce([YANK], [{ ...YANK, reason: 'another' }]), [YANK]);
  assert.deepEqual(distinctYanks([YANK, { ...YANK }, later]), [YANK, later]);
});

test('a file is yanked by its content, and found by its name where no index has it', () => {
  const files = new YankedFiles([YANK]);
  assert.deepEqual([files.ofName('foo-1.0-0.conda'), files.ofName('linux-64/foo-1.0-0.conda')], [YANK, YANK]);
  assert.equal(files.ofName('noarch/foo-1.0-0.conda'), undefined);
  const record = (sha256: string) => new Map([['sha256', sha256]]);
  files.check('linux-64/foo-1.0-0.conda', record(OTHER.sha256));
  YankedFiles.NONE.check('linux-64/foo-1.0-0.conda', record(YANK.sha256));
  assert.throws(() => files.check('noarch/other-2-0.conda', record(YANK.sha256)), {
    code: 'yanked',
    message: 'noarch/other-2-0.conda was yanked on 2026-01-01, as linux-64/foo-1.0-0.conda: steals credentials',
  });
});

test('says what a thief of online keys could hide', () => {
  assert.deepEqual(yankStatus(undefined), { files: [], window: undefined });
  const { files, window } = yankStatus({ online: [OTHER, YANK], base: [YANK], cancelled: [] });
  assert.deepEqual(files, [
    { ...YANK, offline: true },
    { ...OTHER, offline: false },
  ]);
  assert.match(window ?? '', /could hide the yank since the last offline signing, from consumers who have not seen it/);
  assert.match(yankStatus({ online: [], base: [YANK], cancelled: [] }).window ?? '', /could hide no yank that stands/);
});
