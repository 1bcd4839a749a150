import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { describe, test } from 'node:test';
import { checkTargetPath, roleFileName, targetFileName, targetUrlPath } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);
const CONTENT = new TextEncoder().encode('content');

const NAMES = [
  '..',
  '.',
  '../evil',
  '../../../etc/passwd',
  '/etc/passwd',
  'a/../../b',
  'a\\..\\..\\b',
  'C:\\evil',
  'C:evil',
  '\\\\server\\share',
  'a\0b',
  '%2e%2e%2fevil',
  '..%2fevil',
];

describe('TUF path-escape', () => {
  test('turns any role name into one file name within its folder', async () => {
    for (const name of NAMES) {
      const file = roleFileName(name);
      assert.match(file, /^[A-Za-z0-9_.~%-]+\.json$/);
      for (const { resolve, dirname } of [posix, win32])
        assert.equal(dirname(resolve('/store/x', file)), resolve('/store/x'));
      // As a URL: no escape that a server would read as a slash is left unescaped itself.
      assert.equal(decodeURIComponent(file), `${name}.json`);
      assert.equal(new URL(file, 'https://example.org/tuf/').pathname, `/tuf/${file}`);
    }
  });

  test('goes on to verify a role of such a name as any other', async () => {
    for (const name of NAMES) {
      const repository = new TufRepository(NOW);
      repository.delegate('targets', name, ['*']).files.set('file', CONTENT);
      const target = await repository.find(await repository.refresh(env), 'file');
      assert.deepEqual(target?.roles, ['targets', name]);
    }
  });

  test('refuses to search a target path that leads out, listed or not', async () => {
    const repository = new TufRepository(NOW);
    const { files } = repository.targetsRole('targets');
    for (const name of NAMES) files.set(name, CONTENT);
    files.set('noarch/good-1.0-0.conda', CONTENT);
    const trusted = await repository.refresh(env);
    for (const name of NAMES) {
      await assert.rejects(repository.find(trusted, name), { code: 'unsafe-name' }, name);
      assert.throws(() => checkTargetPath(name), { code: 'unsafe-name' });
      assert.throws(() => targetFileName(name), { code: 'unsafe-name' });
      assert.throws(() => targetUrlPath(trusted.targets!.targets.get(name)!, true), { code: 'unsafe-name' });
    }
    const good = await repository.find(trusted, 'noarch/good-1.0-0.conda');
    assert.equal(targetUrlPath(good!, false), 'noarch/good-1.0-0.conda');
    assert.match(targetUrlPath(good!, true), /^noarch\/[0-9a-f]{64}\.good-1\.0-0\.conda$/);
  });
});
