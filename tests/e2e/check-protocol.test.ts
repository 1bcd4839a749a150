/** The lines of `check-records`: what is no request is told, and the next one is answered. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Document, RecordClient, runAntivenom } from '@antivenom/testkit';

const place = mkdtempSync(join(tmpdir(), 'antivenom check '));
after(() => rmSync(place, { recursive: true }));

function start(...more: string[]): RecordClient {
  return RecordClient.start(['--home', join(place, 'home'), ...more], { cwd: place });
}

const RECORD = { url: 'https://channel.example/a/noarch/a-1-0.conda', record: {} };
const FILE = { channels: ['https://channel.example/a'], file: 'a-1-0.conda', sha256: 'a'.repeat(64) };

const LINES: [line: string | object, id: unknown, code: string, message: RegExp][] = [
  ['', null, 'malformed', /it ends where a value should be/],
  ['not json', null, 'malformed', /not well-formed JSON/],
  ['{"id":1,"method":"hello","protocol":1', null, 'malformed', /not well-formed JSON/],
  ['{"id":1,"id":2,"method":"hello","protocol":1}', null, 'malformed', /`?"id"`? stands twice/],
  ['[1]', null, 'malformed', /must be an object/],
  ['{"id":1,"method":"hello","protocol":NaN}', null, 'malformed', /not well-formed JSON/],
  [`{"id":1,"x":${'['.repeat(40)}${']'.repeat(40)}}`, null, 'malformed', /nested more than 32 deep/],
  [{ method: 'hello', protocol: 1 }, null, 'usage', /`id` is missing/],
  [{ id: { a: 1 }, method: 'hello', protocol: 1 }, null, 'usage', /`id` must be/],
  [{ id: 1.5, method: 'hello', protocol: 1 }, null, 'usage', /`id` must be an integer/],
  [{ id: 'x'.repeat(201), method: 'hello', protocol: 1 }, null, 'usage', /`id` must be/],
  [{ id: 'a', method: 'hello', protocol: 2 }, 'a', 'usage', /`protocol` must be an integer ≥ 1 and ≤ 1, and is 2/],
  [{ id: 1, method: 'constructor' }, 1, 'usage', /`method` must be hello, check or check-file/],
  [{ id: 1, method: 'hello', protocol: 1, extra: true }, 1, 'usage', /the request has the member "extra"/],
  [{ id: 1, method: 'check' }, 1, 'usage', /`records` is missing/],
  [{ id: 1, method: 'check', records: {} }, 1, 'usage', /`records` must be an array/],
  [{ id: 1, method: 'check', records: [{ ...RECORD, sha: 1 }] }, 1, 'usage', /`records`\[0\] has the member "sha"/],
  [{ id: 1, method: 'check', records: [RECORD, { url: 'x' }] }, 1, 'usage', /`records`\[1\]: `record` is missing/],
  [{ id: 1, method: 'check', records: [{ ...RECORD, origin: 'x' }] }, 1, 'usage', /solver or archive/],
  [{ id: 1, method: 'check', records: [{ ...RECORD, record: [] }] }, 1, 'usage', /`record` must be an object/],
  [{ id: 1, method: 'check-file', ...FILE, url: RECORD.url }, 1, 'usage', /one of `url` and `channels`/],
  [{ id: 1, method: 'check-file', ...FILE, file: undefined }, 1, 'usage', /`channels` needs `file`/],
  [{ id: 1, method: 'check-file', ...FILE, channels: [] }, 1, 'usage', /names none/],
  [{ id: 1, method: 'check-file', ...FILE, channels: ['conda-forge'] }, 1, 'usage', /must be http, https or file URLs/],
  [{ id: 1, method: 'check-file', ...FILE, sha256: 'A'.repeat(64) }, 1, 'usage', /64 lower-case hex digits/],
  [{ id: 1, method: 'check-file', ...FILE, size: -1 }, 1, 'usage', /`size` must be an integer ≥ 0/],
  [
    { id: 1, method: 'check-file', ...FILE, subdirs: new Array(101).fill('a') },
    1,
    'usage',
    /holds 101, and may hold 100/,
  ],
];

test('a line that is no request is told, and the next one is answered', async () => {
  const client = start();
  for (const [line, id, code, message] of LINES) {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    client.write(`${text}\n`);
    const answer = await client.answer();
    const { ok, exit } = answer;
    assert.deepEqual(
      { id: answer.id, ok, exit, code: answer.code },
      { id, ok: false, exit: code === 'usage' ? 2 : 1, code },
      text,
    );
    assert.match(answer.message, message);
    assert.match(answer.hint, /docs\/check-protocol\.md/);
    assert.equal((await client.ask('hello', { protocol: 1 })).ok, true);
  }
  assert.deepEqual(await client.end(), { status: 0, stderr: '' });
});

test('two requests in one write, and one in many, are each answered', async () => {
  const client = start();
  const hello = (id: string) => `${JSON.stringify({ id, method: 'hello', protocol: 1 })}\n`;
  client.write(hello('a') + hello('b'));
  for (const byte of Buffer.from(hello('c'))) client.write(Uint8Array.of(byte));
  for (const id of ['a', 'b', 'c']) assert.equal((await client.answer()).id, id);
  assert.deepEqual(await client.end(), { status: 0, stderr: '' });
});

test('input that ends in the middle of a line gets an answer', async () => {
  const client = start();
  client.write('{"id":1,"method":"hello","protocol":1}');
  const ended = client.finish();
  const answer = await client.answer();
  assert.deepEqual([answer.id, answer.ok, answer.code], [null, false, 'malformed']);
  assert.match(answer.message, /ended in the middle of a line/);
  assert.equal((await ended).status, 0);
});

test('without any request it ends', async () => {
  assert.deepEqual(await start().end(), { status: 0, stderr: '' });
  const { status, stdout } = await runAntivenom(['check-records', '--home', 'home'], { cwd: place });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' });
});

test('a mistake in its options or the policy is told on both streams, and ends with 2', async () => {
  const policy = join(place, 'policy.yaml');
  writeFileSync(policy, 'channels: []\nchanels: []\n');
  const cases: [argv: string[], code: string, stderr: RegExp][] = [
    [['--policy', policy], 'policy-invalid', /^.*policy\.yaml:2:1: [^\n]+\n/],
    [['--policy', join(place, 'none.yaml')], 'usage', /^antivenom: .*none\.yaml/],
    [['--at', 'yesterday'], 'usage', /^antivenom: .*--at/],
    [['--allow-untrusted', 'ftp://x.example/a'], 'usage', /^antivenom: a channel's URL is http/],
  ];
  for (const [argv, code, stderr] of cases) {
    for (const json of [[], ['--json']]) {
      const told = await runAntivenom(['check-records', ...argv, ...json], { cwd: place });
      assert.equal(told.status, 2);
      assert.match(told.stderr, stderr);
      const answer: Document = JSON.parse(told.stdout);
      assert.deepEqual([answer.id, answer.ok, answer.exit, answer.code], [null, false, 2, code]);
      assert.equal(told.stdout.split('\n').length, 2, 'one line');
    }
  }
});
