/**
 * What a client asks comes in part from whoever wrote the index that it read: names, addresses, dependencies, of any number
 * and shape. The answers are refusals, in bounded memory and with few requests, and an honest question is still answered.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, type Document, recordOf, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const BETA = 'linux-64/beta-2.0-h2_0.conda';
const index = JSON.parse(await readFile(join(owner.folder, 'linux-64/repodata.json'), 'utf8'));
const beta = recordOf(index, 'beta-2.0-h2_0.conda');

/** A heap in which a few million values fit, and not what a request could be made to grow to. */
async function staged(): Promise<StagedChannel> {
  const channel = await StagedChannel.of(owner);
  channel.env = { NODE_OPTIONS: '--max-old-space-size=768' };
  return channel;
}

test('names of objects’ own members are names', async () => {
  await using channel = await staged();
  await using client = channel.startRecordClient();
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const named = await client.check(`${channel.url}/linux-64/${name}-1-0.conda`, { ...beta, name });
    assert.equal(named.code, 'not-listed', name);
    assert.equal((await client.check(`${channel.url}/${name}/${BETA.slice(9)}`, beta)).code, 'not-listed', name);
    const member = `{"id":0,"method":"check","records":[{"url":"${channel.url}/${BETA}","record":{"${name}":${JSON.stringify(beta)}}}]}`;
    client.write(`${member}\n`);
    assert.equal((await client.answer()).code, 'record-differs', name);
    client.write(`{"id":0,"method":"check","${name}":1,"records":[]}\n`);
    assert.equal((await client.answer()).code, 'usage', name);
  }
  assert.equal((await client.check(`${channel.url}/${BETA}`, beta)).ok, true);
  await client.end();
});

test('addresses that lead elsewhere are refused, and nothing is asked there', async () => {
  await using channel = await staged();
  await using client = channel.startRecordClient();
  const host = channel.url.replace('/good', '');
  const addresses = [
    `${channel.url}/../evil/${BETA}`,
    `${channel.url}/linux-64/%2e%2e/%2e%2e/evil/${BETA}`,
    `${channel.url}/linux-64/..%2f..%2fevil%2f${BETA.slice(9)}`,
    `${channel.url}/linux-64%2f..%2f..%2fevil/${BETA.slice(9)}`,
    `${channel.url}@evil.example/${BETA}`,
    `${channel.url}evil/${BETA}`,
    `${host}/good%2flinux-64/${BETA.slice(9)}`,
    `${channel.url}/${BETA}#${BETA}`,
    `${channel.url}/${BETA}%00.conda`,
    'javascript:alert(1)',
    'file://evil.example/share/linux-64/beta-2.0-h2_0.conda',
    'file:///etc/passwd',
    '',
  ];
  for (const url of addresses) {
    const { ok, exit } = await client.check(url, beta);
    assert.ok(!ok && (exit === 1 || exit === 2), url);
  }
  await client.end();
  const strange = channel.server.requests.filter(({ path }) => !/^\/good\/(tuf|cct)\//.test(path));
  assert.deepEqual(strange, []);
});

test('requests of any size and depth are bounded', async () => {
  await using channel = await staged();
  await using client = channel.startRecordClient();
  const question = (record: string) =>
    `{"id":0,"method":"check","records":[{"url":"${channel.url}/${BETA}","record":${record}}]}\n`;
  const sizes: [what: string, line: string, code: string, limit?: RegExp][] = [
    ['a million records', `{"id":0,"method":"check","records":[${'{},'.repeat(1e6)}{}]}\n`, 'usage', /may hold 10000/],
    ['five million numbers', question(`{"name":[${'0,'.repeat(5e6)}0]}`), 'record-differs'],
    [
      'a million members',
      question(`{${Array.from({ length: 1e6 }, (_, at) => `"x${at}":1`).join()}}`),
      'record-differs',
    ],
    ['a name of 15 MB', question(`{"name":"${'x'.repeat(15e6)}"}`), 'record-differs'],
    ['a million brackets', question('['.repeat(1e6)), 'malformed', /nested more than 32 deep/],
    ['17 MB', question(`{"name":"${'x'.repeat(17e6)}"}`), 'malformed', /longer than 16777216 bytes/],
    ['100 MB', 'x'.repeat(1e8).concat('\n'), 'malformed', /longer than 16777216 bytes/],
  ];
  for (const [what, line, code, limit = /./] of sizes) {
    client.write(line);
    const answer: Document = await client.answer();
    assert.equal(answer?.code, code, what);
    assert.match(answer.message, limit);
    assert.ok(JSON.stringify(answer).length < 4000, `the answer to ${what} is short`);
    assert.equal((await client.check(`${channel.url}/${BETA}`, beta)).ok, true);
  }
  assert.deepEqual(await client.end(), { status: 0, stderr: '' });
});

test('ten thousand records, each of another place, cost no request each', async () => {
  await using channel = await staged();
  await using client = channel.startRecordClient();
  const records = Array.from({ length: 10_000 }, (_, at) => {
    const [subdir, host] = [`sub-${at}`, at % 2 === 0 ? channel.url : `https://${at}.example/x`];
    return { url: `${host}/${subdir}/beta-2.0-h2_${at}.conda`, record: { ...beta, subdir: `other-${at}` } };
  });
  const answer = await client.ask('check', { records });
  assert.equal(answer.exit, 1);
  const codes = Map.groupBy(answer.verdicts as Document[], ({ code }) => code);
  assert.deepEqual(
    [...codes].map(([code, verdicts]) => [code, verdicts.length]),
    [
      ['not-listed', 5000],
      ['not-trusted', 5000],
    ],
  );
  await client.end();
  assert.ok(channel.server.requests.length < 30, `${channel.server.requests.length} requests`);
});
