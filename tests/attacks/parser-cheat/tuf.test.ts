import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);
const CONTENT = new TextEncoder().encode('content');

async function goodRoot(): Promise<string> {
  return new TextDecoder().decode(await new TufRepository(NOW).rootFile());
}

function refuses(text: string | Uint8Array, what: string): void {
  const file = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  assert.throws(() => TrustedMetadata.fromRoot(file, env), { code: 'malformed' }, what);
}

/** Puts a member into the signed part without touching its signature: the parser must refuse it before that is looked at. */
function withMember(root: string, member: string): string {
  const text = root.replace('"signed":{', `"signed":{${member},`);
  assert.notEqual(text, root);
  return text;
}

describe('TUF parser-cheat', () => {
  test('refuses bytes that two parsers could read in two ways', async () => {
    const root = await goodRoot();
    const bytes = new TextEncoder().encode(root);
    refuses(withMember(root, '"version":7'), 'a duplicate key');
    refuses(withMember(root, '"\\u0076ersion":7'), 'a duplicate key behind an escape');
    refuses(root.replace('{"signatures"', '{"signed":{},"signatures"'), 'a duplicate outermost key');
    refuses(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]), 'a byte order mark');
    refuses(withMember(root, '"x":"\\ud800"'), 'a lone surrogate');
    refuses(withMember(root, '"x":1e999'), 'a number that overflows');
    refuses(withMember(root, '"x":1.5'), 'a float, which the canonical form has not');
    refuses(withMember(root, '"x":NaN'), 'NaN');
    refuses(`${root}{}`, 'trailing data');
    const invalid = new TextEncoder().encode(withMember(root, '"x":"?"'));
    invalid[invalid.indexOf(0x3f)] = 0xff;
    refuses(invalid, 'invalid UTF-8');
    assert.equal(TrustedMetadata.fromRoot(bytes, env).root.version, 1);
  });

  test('refuses nesting 10^5 deep in bounded time', async () => {
    const root = await goodRoot();
    const started = performance.now();
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `"x":${open.repeat(100_000)}1${close.repeat(100_000)}`;
      refuses(withMember(root, deep), 'deep nesting');
      refuses(withMember(root, `"x":${open.repeat(100_000)}`), 'deep nesting that never closes');
    }
    assert.ok(performance.now() - started < 5000);
  });

  test('takes names that mean something to JavaScript for ordinary names', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '-1']) {
      const repository = new TufRepository(NOW);
      repository.delegate('targets', name, [`${name}/*`]).files.set(`${name}/${name}`, CONTENT);
      const trusted = await repository.refresh(env);
      assert.equal(await repository.find(trusted, name), undefined);
      const target = await repository.find(trusted, `${name}/${name}`);
      assert.deepEqual(target?.roles, ['targets', name]);
      assert.equal(trusted.targets?.targets.get(name), undefined);
    }
    assert.equal(({} as Record<string, unknown>)['content'], undefined);
  });

  test('searches delegations in their order of appearance also when their names look like numbers', async () => {
    const repository = new TufRepository(NOW);
    for (const name of ['10', '9', '1', '0']) repository.delegate('targets', name, ['*']);
    const visited: string[] = [];
    await repository.find(await repository.refresh(env), 'file', visited);
    assert.deepEqual(visited, ['10', '9', '1', '0']);
  });
});
