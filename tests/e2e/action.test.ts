/** `action.yml` as a runner of GitHub reads it: its steps run here, each in bash, with the inputs that a workflow gives. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { ChannelOwner, type ClientPlan, StagedChannel, type Told } from '@antivenom/testkit';
import { parse } from 'yaml';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const CLIENT = join(CHECKOUT, 'packages/testkit/src/installing-client.ts');
const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

interface Step {
  readonly name: string;
  readonly shell: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}

const text = readFileSync(join(CHECKOUT, 'action.yml'), 'utf8');
const action = parse(text);
const steps: readonly Step[] = action.runs.steps;

let owner: ChannelOwner;
let channel: StagedChannel;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner, { trust: 'nothing' });
});
after(async () => {
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

/** An expression of GitHub, of those that the action uses. */
function inputValue(expression: string, inputs: Readonly<Record<string, string>>): string {
  return expression.replace(/\$\{\{ (\S+) \}\}/g, (_, name: string) => {
    if (name === 'github.action_path') return CHECKOUT;
    const input = name.replace(/^inputs\./, '');
    assert.ok(input in action.inputs, name);
    return inputs[input] ?? action.inputs[input].default ?? '';
  });
}

/** The step that installs is this checkout's own `npm ci`. */
function runScript(inputs: Readonly<Record<string, string>>): Promise<Told> {
  const [, step] = steps;
  assert.ok(step);
  const env = Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, inputValue(value, inputs)]));
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
    cwd: resolve(channel.cwd, inputValue(step['working-directory'] ?? '.', inputs)),
    env: { PATH: '/usr/bin:/bin', HOME: channel.cwd, RUNNER_TEMP: owner.place, ...env },
  });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      told[stream] += piece;
    });
  }
  return new Promise((done) => child.on('close', (status) => done({ status, ...told })));
}

function script(plan: ClientPlan): string {
  return `set -u\n'${process.execPath}' '${CLIENT}' '${JSON.stringify(plan)}'\n`;
}

const trust = () => `\n  ${channel.url}   ${owner.rootFingerprint}\n`;

test('every input is described and used, and stands in no program', () => {
  assert.equal(action.runs.using, 'composite');
  for (const [name, input] of Object.entries<Record<string, unknown>>(action.inputs)) {
    assert.equal(typeof input['description'], 'string', name);
    assert.equal(typeof input['required'], 'boolean', name);
    assert.ok(text.includes(`\${{ inputs.${name} }}`), name);
  }
  for (const step of steps) {
    assert.equal(step.shell, 'bash');
    assert.doesNotMatch(step.run, /\$\{\{/);
  }
  assert.match(steps[0]?.run ?? '', /^npm ci .*--prefix "\$ACTION"$/);
  assert.ok(existsSync(join(CHECKOUT, 'node_modules/.bin/antivenom')));
});

test('the script gets verified channels, and its status is that of the step', async () => {
  const prefix = join(channel.cwd, 'env');
  const plan = { install: [{ url: `${channel.url}/${PACKAGE}`, prefix }] };
  const { status, stdout, stderr } = await runScript({ run: script(plan), trust: trust(), environment: prefix });
  assert.equal(status, 0, stdout + stderr);
  assert.equal(JSON.parse(stdout).got[0].status, 200);
  assert.equal((await runScript({ run: 'false\necho not reached', trust: trust() })).status, 1);
  assert.equal((await runScript({ run: 'exit 5', trust: trust() })).status, 5);
});

test('what was not handed over ends the step', async () => {
  const prefix = join(channel.cwd, 'other');
  const plan = { install: [{ url: `${channel.url}/${PACKAGE}`, prefix, from: '/nowhere' }] };
  const { status, stderr } = await runScript({ run: script(plan), trust: trust(), environment: `${prefix}\n` });
  assert.equal(status, 1);
  assert.match(stderr, /^antivenom: refused beta-2\.0-h2_0/m);
});

test('nothing runs without a root to trust', async () => {
  for (const wrong of [channel.url, `${channel.url} ${'0'.repeat(64)}`, `${channel.url} ${owner.rootFingerprint} x`]) {
    const { status, stdout } = await runScript({ run: 'echo ran', trust: wrong, home: join(owner.place, 'fresh') });
    assert.notEqual(status, 0, wrong);
    assert.doesNotMatch(stdout, /^ran$/m);
  }
});
