import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectBytes, packageFile, paxEntry, type TarEntry, type TestPackage, writePackage } from '@antivenom/testkit';

const PACKAGE: TestPackage = {
  name: 'demo',
  version: '1.0',
  files: { 'lib/a.txt': 'text', 'bin/inside': { link: '../lib/./a.txt' } },
};

const link = (path: string, target: string): TarEntry => ({ path, type: 'symlink', link: target });

const ESCAPES: Readonly<Record<string, readonly TarEntry[]>> = {
  'an absolute path': [{ path: '/etc/cron.d/evil' }],
  'a path of two slashes': [{ path: '//server/share/evil' }],
  'a path that goes up': [{ path: '../evil' }],
  'a path that goes up further on': [{ path: 'lib/../../evil' }],
  'a path that goes up and comes back': [{ path: 'lib/../lib/evil' }],
  'a drive of Windows': [{ path: 'C:/evil' }],
  'a drive behind a dot': [{ path: './C:/evil' }],
  'a backslash': [{ path: 'lib\\..\\..\\evil' }],
  'dots and spaces that Windows takes for a way up': [{ path: 'lib/.. /.. /evil' }],
  'a pax path that goes up': [paxEntry({ path: '../evil' }), { path: 'lib/good' }],
  'a long name that goes up': [{ path: `${'../'.repeat(50)}evil` }],
  'a prefix that is absolute': [{ path: 'evil', prefix: '/etc' }],
  'an absolute link': [link('evil', '/etc/passwd')],
  'a link that goes up': [link('lib/evil', '../../evil')],
  'a link that goes up by way of nothing': [link('evil', 'missing/../../evil')],
  'a link that goes up by way of a link': [link('x/y/up', '../..'), link('evil', 'x/y/up/../evil')],
  'a link of Windows': [link('evil', 'C:\\Windows')],
  'a link to a network share': [link('evil', '\\\\server\\share')],
  'a hard link that goes up': [{ path: 'evil', type: 'hardlink', link: '../evil' }],
  'an absolute hard link': [{ path: 'evil', type: 'hardlink', link: '/etc/shadow' }],
  'a hard link to a link': [link('x', 'lib'), { path: 'evil', type: 'hardlink', link: 'x' }],
  'a file through a link': [link('x', 'lib'), { path: 'x/evil' }],
  'a file through a link that comes after it': [{ path: 'x/evil' }, link('x', 'lib')],
  'a file through a link spelled otherwise': [link('x', 'lib'), { path: './x//evil' }],
  'a link through a link': [link('x', 'lib'), link('x/evil', 'a.txt')],
  'a link in place of a file': [link('lib/a.txt', '../evil')],
  'a character device': [{ path: 'dev/null', type: 'character' }],
  'a block device': [{ path: 'dev/sda', type: 'block' }],
  'a pipe': [{ path: 'pipe', type: 'fifo' }],
};

for (const format of ['conda', 'tar.bz2'] as const) {
  const file = packageFile(PACKAGE, format);

  describe(`path-escape .${format}`, () => {
    test('accepts links within the tree', async () => {
      const extra = { _path: 'bin/dangling', path_type: 'softlink' };
      const entries = [link('bin/dangling', '../share/made-later')];
      const bytes = await writePackage(PACKAGE, format, { entries, extraPaths: [extra] });
      assert.equal((await inspectBytes(bytes, file)).listedPaths, 3);
    });

    for (const [what, entries] of Object.entries(ESCAPES)) {
      test(`refuses ${what}`, async () => {
        const bytes = await writePackage(PACKAGE, format, { entries });
        await assert.rejects(inspectBytes(bytes, file), { code: 'archive-unsafe' });
      });
    }

    test('refuses a path in info/ and a listed path that go up', async () => {
      const inInfo = await writePackage(PACKAGE, format, { infoEntries: [{ path: 'info/../../evil' }] });
      await assert.rejects(inspectBytes(inInfo, file), { code: 'archive-unsafe' });
      const listed = await writePackage(PACKAGE, format, { extraPaths: [{ _path: '../evil' }] });
      await assert.rejects(inspectBytes(listed, file), { code: 'archive-unsafe' });
    });
  });
}
