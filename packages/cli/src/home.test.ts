import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeFolder } from './home.ts';

const LINUX = { cwd: '/work', env: {}, platform: 'linux', userHome: '/home/ada' } as const;

test('--home is taken before ANTIVENOM_HOME, and both before the platform', () => {
  const env = { ANTIVENOM_HOME: 'e', XDG_DATA_HOME: '/data' };
  assert.equal(homeFolder('h', { ...LINUX, env }), '/work/h');
  assert.equal(homeFolder(undefined, { ...LINUX, env }), '/work/e');
  assert.equal(homeFolder(undefined, { ...LINUX, env: { XDG_DATA_HOME: '/data' } }), '/data/antivenom');
});

test('without either it is where the platform keeps the data of a user', () => {
  assert.equal(homeFolder(undefined, LINUX), '/home/ada/.local/share/antivenom');
  assert.equal(homeFolder(undefined, { ...LINUX, env: { XDG_DATA_HOME: 'data' } }), '/home/ada/.local/share/antivenom');
  assert.equal(
    homeFolder(undefined, { ...LINUX, platform: 'darwin' }),
    '/home/ada/Library/Application Support/antivenom',
  );
});
