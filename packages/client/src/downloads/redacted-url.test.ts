import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { RedactedUrl } from './redacted-url.ts';

const SECRET = 'https://zoe:hunter2@channel.example:8443/t/tk-123/good/?sig=s3cret';

describe('RedactedUrl', () => {
  test('shows its secrets in no form, and gives them away when asked', () => {
    const url = RedactedUrl.parse(SECRET);
    const shown = 'https://channel.example:8443/t/<TOKEN>/good/?<QUERY>';
    for (const text of [`${url}`, JSON.parse(JSON.stringify(url)), inspect(url)]) assert.equal(text, shown);
    const within = inspect({ error: new Error('x', { cause: url }), url }, { depth: 9, showHidden: true });
    for (const secret of ['zoe', 'hunter2', 'tk-123', 's3cret']) assert.ok(!within.includes(secret), secret);
    assert.equal(url.reveal(), SECRET);
    assert.deepEqual(url.secrets, ['zoe', 'hunter2', 'tk-123']);
    assert.ok(url.holdsCredentials);
    assert.ok(!RedactedUrl.parse('https://channel.example/good').holdsCredentials);
  });

  test('is known by a key without credentials, and by none with a query', () => {
    assert.equal(RedactedUrl.parse('https://a:b@C.example:443/t/x/good/').key, 'https://c.example/good');
    assert.throws(
      () => RedactedUrl.parse(SECRET).key,
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'usage');
        assert.ok(!/hunter2|tk-123|s3cret/.test(inspect(error)));
        return true;
      },
    );
  });

  test('joins a path below its folder, credentials kept and query dropped', () => {
    const joined = RedactedUrl.parse(SECRET).join('tuf/1.root.json');
    assert.equal(joined.reveal(), 'https://zoe:hunter2@channel.example:8443/t/tk-123/good/tuf/1.root.json');
    const plain = RedactedUrl.parse('https://channel.example').join('noarch/a_b%2B%25.conda');
    assert.equal(plain.reveal(), 'https://channel.example/noarch/a_b%2B%25.conda');
    assert.equal(
      RedactedUrl.parse('file:///srv/good').join('tuf/..%2Fa.json').reveal(),
      'file:///srv/good/tuf/..%2Fa.json',
    );
  });

  test('refuses to join a path that leads elsewhere', () => {
    const base = RedactedUrl.parse('https://channel.example/good');
    for (const path of [
      '',
      '.',
      '..',
      '../x',
      'a/../x',
      '/x',
      '//evil.example/x',
      'a//x',
      'a/',
      '%2e%2E/x',
      '.%2e/x',
      'a\\..\\x',
      'x?y',
      'x#y',
      'x\n',
      'x y',
      'x\0',
    ])
      assert.throws(() => base.join(path), { code: 'unsafe-name' }, path);
  });

  test('resolves a reference within its folder, with its credentials at its own server alone', () => {
    const folder = RedactedUrl.parse('https://zoe:hunter2@channel.example/good/noarch');
    for (const [reference, wanted] of [
      ['', 'https://zoe:hunter2@channel.example/good/noarch/'],
      ['./', 'https://zoe:hunter2@channel.example/good/noarch/'],
      ['shards', 'https://zoe:hunter2@channel.example/good/noarch/shards'],
      ['/shards/', 'https://zoe:hunter2@channel.example/shards/'],
      ['https://channel.example/shards/#x', 'https://zoe:hunter2@channel.example/shards/'],
      ['//cdn.example/shards/', 'https://cdn.example/shards/'],
      ['https://zoe:hunter2@cdn.example/shards/', 'https://cdn.example/shards/'],
      ['http://channel.example/shards/', 'http://channel.example/shards/'],
      ['https://channel.example:8443/shards/', 'https://channel.example:8443/shards/'],
    ] as const)
      assert.equal(folder.resolve(reference).reveal(), wanted, reference);
    const local = RedactedUrl.parse('file:///srv/good/noarch');
    assert.equal(local.resolve('shards/').reveal(), 'file:///srv/good/noarch/shards/');
    assert.equal(local.resolve('https://cdn.example/shards/').reveal(), 'https://cdn.example/shards/');
    for (const reference of ['file:///etc/', 'ftp://cdn.example/', 'data:,x', 'https://', 'javascript:x'])
      assert.throws(() => folder.resolve(reference), { code: 'unsafe-index' }, reference);
    assert.throws(() => local.resolve('file://server/share/'), { code: 'unsafe-index' });
  });

  test('repeats nothing of a text that is no address', () => {
    for (const text of [
      '',
      'zoe:hunter2@channel.example',
      'ftp://zoe:hunter2@a.example',
      'https://zoe:hunter2@/',
      '/t/hunter2/x',
    ])
      assert.throws(
        () => RedactedUrl.parse(text),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'usage');
          assert.ok(!inspect(error).split('\n    at ')[0]!.includes('hunter2'));
          return true;
        },
      );
  });

  test('reads files of this machine alone', () => {
    assert.ok(RedactedUrl.parse('file:///srv/good').isFile);
    assert.ok(RedactedUrl.parse('file://localhost/srv/good').isFile);
    assert.throws(() => RedactedUrl.parse('file://server/share/good'), { code: 'usage' });
  });
});
