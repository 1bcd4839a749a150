/** How `antivenom exec` begins and ends: what it needs, signals, exit statuses, what it leaves behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ChannelOwner, folderContents, StagedChannel, startAntivenom } from '@antivenom/testkit';

let owner: ChannelOwner;
let channel: StagedChannel;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner);
});
after(async () => {
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

test('without a trusted channel, or with a mistake, nothing is run', async () => {
  await using fresh = await StagedChannel.of(owner, { trust: 'nothing' });
  const mark = [process.execPath, '-e', 'require("fs").writeFileSync("ran", "")'];
  for (const [status, code, more] of [
    [1, 'not-trusted', []],
    [1, 'not-trusted', ['--channel', `good=${fresh.url}`]],
    [2, 'usage', ['--channel', `good=${fresh.folder}`]],
    [2, 'usage', ['--allow-untrusted', 'nobody']],
  ] as const) {
    const told = await fresh.exec(mark, '--json', ...more);
    assert.equal(told.status, status, told.stdout + told.stderr);
    assert.equal(JSON.parse(told.stdout).code, code);
  }
  assert.deepEqual(await folderContents(fresh.cwd), new Map());
});

test('the exit status is that of the command, by the rules of shells', async () => {
  await writeFile(join(channel.cwd, 'no-program'), 'text');
  for (const [command, expected] of [
    [['sh', '-c', 'exit 42'], 42],
    [['sh', '-c', 'kill -TERM $$'], 143],
    [['no-such-command'], 127],
    [['./no-program'], 126],
  ] as const) {
    const { status } = await channel.exec(command);
    assert.equal(status, expected, command.join(' '));
  }
});

test("nothing of the run stays but caches, and the user's own configuration is as it was", async () => {
  const home = join(channel.cwd, 'user');
  channel.env = { HOME: home };
  const { stdout } = await channel.exec(['sh', '-c', 'echo "$CONDARC"; cat "$CONDARC" "$PIXI_CONFIG_FILE"']);
  channel.env = {};
  assert.match(stdout, /proxy_servers:/);
  assert.match(stdout, new RegExp(`^"${channel.url}" = \\["http://antivenom:.*/good"\\]$`, 'm'));
  assert.deepEqual(await folderContents(home).catch(() => new Map()), new Map());
  const kept = [...(await folderContents(join(channel.home, 'exec'))).keys()];
  assert.deepEqual(
    kept.filter((file) => file.startsWith('runs')),
    [],
  );
});

/** Says what it hears, and ends at a SIGTERM. */
const LISTENER = `
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(signal);
    if (signal === 'SIGTERM') process.exit(9);
  });
}
setInterval(() => {}, 1000);
console.log('ready');
`;

test('signals reach the command, whose end decides', async () => {
  const argv = ['exec', '--home', channel.home, '--', process.execPath, '-e', LISTENER];
  const child = startAntivenom(argv, { cwd: channel.cwd });
  const heard: string[] = [];
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    heard.push(line);
    // It goes on after the first.
    if (line === 'ready') child.kill('SIGINT');
    if (line === 'SIGINT') child.kill('SIGTERM');
  }
  const [status] = await ended;
  assert.deepEqual({ status, heard }, { status: 9, heard: ['ready', 'SIGINT', 'SIGTERM'] });
});

test('a SIGINT that a whole group of processes gets ends exec with the status of the command', async () => {
  const argv = ['exec', '--home', channel.home, '--', 'sh', '-c', 'echo ready; exec sleep 60'];
  const child = startAntivenom(argv, { cwd: channel.cwd, detached: true });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  assert.deepEqual(await ended, [130, null]);
});

test('a shell is started as any command', async () => {
  channel.env = { SHELL: '/bin/sh' };
  const { status, stdout, stderr } = await channel.tell('shell');
  channel.env = {};
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' }); // it reads its end at once
  assert.match(stderr, /verified channels alone/);
});
