/** Bytes that parsers disagree about, given to the TUF client: refused in bounded time, or plain names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

const DEEP = 100_000;

/** The text of a good timestamp, changed. */
const CHEATS: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'a key twice': (text) => text.replace('"version":1', '"version":1,"version":1'),
  'a key twice, once escaped': (text) => text.replace('"version":1', '"version":1,"\\u0076ersion":1'),
  'a role twice': (text) => text.replace('"meta":{', '"meta":{"snapshot.json":{"version":1},'),
  'the signed part twice': (text) => `${text.slice(0, -1)},"signed":{}}`,
  'a version with a fraction': (text) => text.replace('"version":1', '"version":1.0'),
  'a version with an exponent': (text) => text.replace('"version":1', '"version":1e0'),
  'a version in quotes': (text) => text.replace('"version":1', '"version":"1"'),
  'a version beside the largest exact one': (text) => text.replace('"version":1', '"version":9007199254740993'),
  'a date that does not exist': (text) => text.replace(/"expires":"[^"]+"/, '"expires":"2099-02-29T00:00:00Z"'),
  'a date with fractions': (text) => text.replace(/"expires":"[^"]+"/, '"expires":"2099-01-01T00:00:00.5Z"'),
  'a date with an offset': (text) => text.replace(/"expires":"[^"]+"/, '"expires":"2099-01-01T00:00:00+00:00"'),
  'a date that is a number': (text) => text.replace(/"expires":"[^"]+"/, '"expires":4070908800'),
  'a byte order mark': (text) => `\ufeff${text}`,
  'invalid UTF-8': (text) =>
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.of(0x2c, 0x22, 0xff, 0x22), Buffer.from(':1}')]),
  'a lone surrogate': (text) => `${text.slice(0, -1)},"x":"\\ud800"}`,
  'a number beyond all': (text) => `${text.slice(0, -1)},"x":1e999}`,
  'something behind the end': (text) => `${text}{}`,
};

test('a file that could be read in two ways is malformed', async () => {
  await using staged = await StagedRepository.start();
  const genuine = new TextDecoder().decode(await staged.repository.timestampFile());
  for (const [what, cheat] of Object.entries(CHEATS)) {
    const body = cheat(genuine);
    assert.notEqual(body, genuine, what);
    staged.serve('timestamp.json', { body });
    await staged.refused('malformed', 'refresh');
  }
  assert.deepEqual(await staged.versions(), { root: 1 });
  await staged.publish();
  await staged.accepted('refresh');
});

test('nesting without measure ends at once, in a root of a megabyte too', async () => {
  await using staged = await StagedRepository.start();
  const genuine = new TextDecoder().decode(await staged.repository.rootFile());
  const started = performance.now();
  for (const deep of ['['.repeat(DEEP), `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, '{"a":'.repeat(DEEP)]) {
    staged.serve('2.root.json', genuine.replace('"signed":{', `"signed":{"x":${deep},`));
    await staged.refused('malformed', 'refresh');
  }
  assert.ok(performance.now() - started < 30_000);
});

test('2^53+1 is another version than the largest exact one, and both sides of a fall are told apart', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.timestamp.version = Number.MAX_SAFE_INTEGER;
  });
  await staged.accepted('refresh');
  for (const version of ['9007199254740992', '9007199254740993']) {
    staged.repository.timestamp.forgery = (signed) => signed.replace('9007199254740991', version);
    await staged.publish();
    await staged.refused('malformed', 'refresh');
  }
  staged.repository.timestamp.forgery = (signed) => signed.replace('9007199254740991', '9007199254740990');
  await staged.publish();
  await staged.refused('rollback', 'refresh');
});

test('names that mean something to JavaScript are plain names of roles, keys and targets', async () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    await using staged = await StagedRepository.start((repository) => {
      repository.delegate('targets', name, [`${name}/*`]).files.set(`${name}/${name}`, new TextEncoder().encode(name));
      repository.stateHashes = false;
      // The key id of every role, too.
      repository.root.forgery = (signed) =>
        signed.replace('"keys":{', `"keys":{"${name}":{"keytype":"x","scheme":"x","keyval":{}},`);
    });
    await staged.publishNext('root');
    await staged.refused('not-listed', 'download', name);
    await staged.accepted('download', `${name}/${name}`);
    assert.deepEqual(await staged.downloaded(), { [`${name}%2F${name}`]: name });
    assert.equal((await staged.versions())['root'], 2);
  }
});
