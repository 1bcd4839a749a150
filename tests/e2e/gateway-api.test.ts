/** What the gateway tells of itself is what its OpenAPI document says that it tells. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, type RunningGateway, StagedChannel } from '@antivenom/testkit';

const BETA = 'beta-2.0-h2_0.conda';

let owner: ChannelOwner;
let channel: StagedChannel;
let gateway: RunningGateway;
// biome-ignore lint/suspicious/noExplicitAny: a document that the test reads as others do
let described: any;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    delete index.signatures[BETA];
  });
  await (await KeyThief.of(owner)).republish(channel.folder);
  const rule = `{name: x, url: "${channel.url}", require: [index, record]}`;
  const lost = 'lost=http://127.0.0.1:9/lost';
  gateway = await channel.gateway('--channel', lost, ...(await channel.policy(`channels: [${rule}]`)));
  await gateway.ask(`/good/linux-64/${BETA}`);
  described = await gateway.json('/api/v1/openapi.json');
});
after(async () => {
  await gateway.stop();
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

// biome-ignore lint/suspicious/noExplicitAny: schemas and values of any shape
function assertMatches(value: any, schema: any, where: string): void {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  if (name !== undefined) assertMatches(value, described.components.schemas[name], `${where} (${name})`);
  else if (schema.type === 'array') {
    assert.ok(Array.isArray(value), where);
    for (const [at, item] of value.entries()) assertMatches(item, schema.items, `${where}[${at}]`);
  } else if (schema.type === 'object') {
    assert.equal(typeof value, 'object', where);
    for (const member of schema.required ?? []) assert.ok(member in value, `${where} lacks ${member}`);
    for (const [member, held] of Object.entries(schema.properties === undefined ? {} : value)) {
      assert.ok(schema.properties[member], `${where} has ${member}`);
      assertMatches(held, schema.properties[member], `${where}.${member}`);
    }
  } else {
    const type = schema.type === 'integer' && Number.isInteger(value) ? 'integer' : typeof value;
    assert.equal(type, schema.type, `${where}: ${value}`);
    if (schema.enum) assert.ok(schema.enum.includes(value), `${where}: ${value}`);
    if (schema.pattern) assert.match(value, new RegExp(schema.pattern), where);
  }
}

async function ask(path: string, method: string, expected: number): Promise<void> {
  const operation = described.paths[path][method];
  const asked = path
    .replace('{name}', 'good')
    .replace('{subdir}', 'linux-64')
    .replace('{file}', expected === 404 ? 'x-1-0.conda' : BETA);
  const { status, headers, body } = await gateway.ask(asked, { method: method.toUpperCase() });
  assert.equal(status, expected, `${path}: ${body}`);
  const [[type, { schema }]] = Object.entries<{ schema?: unknown }>(operation.responses[status].content) as [
    [string, { schema?: unknown }],
  ];
  assert.ok(headers['content-type']?.startsWith(type), `${path}: ${headers['content-type']}`);
  if (schema !== undefined) assertMatches(JSON.parse(String(body)), schema, path);
}

test('each operation that it describes answers as it says', async () => {
  for (const [path, { parameters, ...operations }] of Object.entries<Record<string, unknown>>(described.paths)) {
    for (const method of Object.keys(operations)) await ask(path, method, path === '/readyz' ? 503 : 200);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const told = ((parameters ?? []) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(told, named, path);
  }
  await ask('/api/v1/channels/{name}/verdicts/{subdir}/{file}', 'get', 404);
});

test('it describes every address of its own, and no other', async () => {
  const known = Object.keys(described.paths);
  for (const path of [
    '/api',
    '/api/v1',
    '/api/v1/channels/good/roles',
    '/api/v1/channels/good/verdicts/noarch',
    '/healthz/x',
  ]) {
    assert.equal((await gateway.ask(path)).status, 404, path);
    assert.ok(!known.includes(path));
  }
  assert.equal((await gateway.ask('/api/v1/channels/none')).status, 404);
});

test('a verdict tells what a package has and lacks, and downloads nothing', async () => {
  const before = channel.server.requests.length;
  const verdicts = '/api/v1/channels/good/verdicts/linux-64';
  const refused = await gateway.json(`${verdicts}/${BETA}`);
  assert.deepEqual([refused.offered, refused.refusal.code], [false, 'policy-refused']);
  const offered = await gateway.json(`${verdicts}/alpha-1.0-h1_0.conda`);
  assert.deepEqual([offered.offered, offered.evidence], [true, ['index', 'record']]);
  assert.equal((await gateway.json('/api/v1/channels/lost/verdicts/noarch/x-1-0.conda', 403)).code, 'not-trusted');
  assert.equal(channel.server.requests.length, before);
});
