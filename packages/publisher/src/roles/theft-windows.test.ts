import assert from 'node:assert/strict';
import { test } from 'node:test';
import { theftWindows } from './theft-windows.ts';

const role = (name: string, day: number) => {
  const expires = `2026-03-${String(day).padStart(2, '0')}T00:00:00Z`;
  return { name, version: 1, expires, daysLeft: 0, threshold: 1, keys: [] };
};
const TUF = [role('root', 20), role('targets', 21), role('index', 7), role('snapshot', 6), role('timestamp', 3)];

const told = (roles: Parameters<typeof theftWindows>[0]) =>
  theftWindows(roles).map(({ role: name, until, endedBy }) => `${name} ${until.slice(8, 10)} ${endedBy}`);

test('a thief is stopped by what expires first of what he cannot sign', () => {
  assert.deepEqual(told(TUF), ['timestamp 06 snapshot', 'snapshot 07 index', 'index 20 root']);
});

test('whoever reads an index reads what is yanked, and the reverse: one of both stops a thief of the other', () => {
  assert.deepEqual(told([...TUF, role('yank', 8)]), [
    'timestamp 06 snapshot',
    'snapshot 07 index',
    'index 08 yank',
    'yank 07 index',
  ]);
});

test('signers of records are stopped by the chain above them, where the channel has one', () => {
  const chains = [role('cct/root', 25), role('cct/key_mgr', 24), role('mamba/root', 12), role('mamba/key_mgr', 13)];
  assert.deepEqual(told([...TUF, ...chains, role('mamba/pkg_mgr', 4)]).slice(3), [
    'pkg_mgr 24 cct/key_mgr',
    'mamba_pkg_mgr 12 mamba/root',
  ]);
});

test('the keys of a team are its own affair, and what it signed stops nobody', () => {
  assert.deepEqual(told([...TUF, role('numpy-team', 5)]), told(TUF));
});
