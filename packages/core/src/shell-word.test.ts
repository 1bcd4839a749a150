import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { shellWord } from './shell-word.ts';

test('a shell reads every text as the one word that it was', { skip: process.platform === 'win32' }, () => {
  const texts = ['./my-channel', 'mein Kanal ü', "it's", '$HOME `id` "x" \\', '', '~', '*', 'a;b', 'two\nlines'];
  const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  });
  assert.deepEqual(stdout.split('\0').slice(0, -1), texts);
});

test('what needs no quotes has none', () => {
  assert.deepEqual(['./my-channel', 'Kanäle/ü_1.0'].map(shellWord), ['./my-channel', 'Kanäle/ü_1.0']);
});
