import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Passphrases } from './passphrases.ts';
import type { World } from './world.ts';

function world(given: Partial<World> = {}): World {
  return {
    argv: [],
    env: {},
    cwd: '/',
    platform: 'linux',
    userHome: '/nobody',
    stdin: new PassThrough(),
    stdout: { write() {} },
    stderr: { write() {} },
    now: () => 0,
    askedToStop: () => new Promise(() => {}),
    onSignal: () => () => {},
    ...given,
  };
}

/** A terminal at which `keys` are pressed as soon as it listens. */
function terminal(...lines: string[]): { world: World; shown: () => string; raw: () => boolean } {
  let raw = false;
  let shown = '';
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(mode: boolean) {
      raw = mode;
      const keys = mode ? lines.shift() : undefined;
      if (keys !== undefined) stdin.write(keys);
      return stdin;
    },
  });
  const stderr = {
    isTTY: true,
    write(text: string) {
      shown += text;
    },
  };
  return { world: world({ stdin: stdin as unknown as World['stdin'], stderr }), shown: () => shown, raw: () => raw };
}

test('files give the passphrases: options before the environment, offline ones apart where they are', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'antivenom-'));
  t.after(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'on'), 'online words \n');
  await writeFile(join(cwd, 'off'), 'offline\r\n');
  await writeFile(join(cwd, 'empty'), '\n');
  await writeFile(join(cwd, 'lines'), 'a\nb\n');
  const one = new Passphrases({ passphraseFile: 'on' }, world({ cwd, env: { ANTIVENOM_PASSPHRASE_FILE: 'empty' } }));
  assert.equal(await one.ofKeys('online'), 'online words ');
  assert.equal(await one.ofKeys('offline'), 'online words ');
  const env = { ANTIVENOM_PASSPHRASE_FILE: 'on', ANTIVENOM_OFFLINE_PASSPHRASE_FILE: 'off' };
  const two = new Passphrases({}, world({ cwd, env }));
  assert.equal(await two.forNewKeys('online'), 'online words ');
  assert.equal(await two.forNewKeys('offline'), 'offline');
  for (const passphraseFile of ['empty', 'lines', 'om']) {
    await assert.rejects(new Passphrases({ passphraseFile }, world({ cwd })).ofKeys('online'), { code: 'usage' });
  }
});

test('without a terminal and without a file it is wrong use, and nobody waits', async () => {
  await assert.rejects(new Passphrases({}, world()).ofKeys('online'), { code: 'usage', hint: /--passphrase-file/ });
});

test('at a terminal a passphrase is typed unseen and asked for once', async () => {
  const { world: at, shown, raw } = terminal('sex\u007fcret\r');
  const passphrases = new Passphrases({}, at);
  assert.equal(await passphrases.ofKeys('online'), 'secret');
  assert.equal(await passphrases.ofKeys('online'), 'secret');
  assert.equal(shown(), 'Passphrase of the online keys: \n');
  assert.equal(raw(), false);
});

test('the passphrase of new keys is typed twice, and must be the same', async () => {
  assert.equal(await new Passphrases({}, terminal('a b\r', 'a b\r').world).forNewKeys('offline'), 'a b');
  await assert.rejects(new Passphrases({}, terminal('ab\r', 'ac\r').world).forNewKeys('offline'), { code: 'usage' });
  await assert.rejects(new Passphrases({}, terminal('\r').world).forNewKeys('offline'), { code: 'usage' });
});

test('the end of the input is no passphrase', async () => {
  const { world: at, raw } = terminal('ab\u0004');
  await assert.rejects(new Passphrases({}, at).ofKeys('online'), { code: 'usage' });
  assert.equal(raw(), false);
});
