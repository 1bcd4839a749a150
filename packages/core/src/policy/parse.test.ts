import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../errors.ts';
import { parsePolicy } from './parse.ts';
import type { Policy } from './policy.ts';

const LIMITS = { maxLength: 100_000 };

function parse(text: string): Policy {
  return parsePolicy(new TextEncoder().encode(text), 'antivenom.yaml', LIMITS);
}

function mistake(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.code, 'policy-invalid');
    assert.equal(error.exitStatus, 2);
    return error.message;
  }
  return assert.fail('the policy was accepted');
}

const CHANNELS = `channels:
  - name: good
    url: https://channel.example/good
  - name: other
    url: https://channel.example/other
`;

test('reads channels and packages', () => {
  const policy = parse(`# who may send what
channels:
  - name: good
    url: https://Channel.example:443/good/
    metadata: https://trust.example/good
    require: [index, record]
  - {name: plain, url: "file:///srv/plain"}
packages:
  - match: "internal-*"
    channel: good
  - match: numpy
    require: [record]
`);
  const [good, plain] = policy.channels;
  assert.equal(good?.url, 'https://channel.example/good');
  assert.equal(good?.metadata, 'https://trust.example/good');
  assert.deepEqual([...(good?.require ?? [])], ['index', 'record']);
  assert.equal(good?.where, 'antivenom.yaml:3:5');
  assert.deepEqual([...(plain?.require ?? [])], ['index']);
  const [internal, numpy] = policy.packages;
  assert.equal(internal?.match.text, 'internal-*');
  assert.equal(internal?.channel, good);
  assert.deepEqual([...(internal?.require ?? ['?'])], []);
  assert.deepEqual([...(numpy?.require ?? [])], ['record']);
  assert.equal(numpy?.channel, undefined);
});

test('file evidence is that of a named team, or of any', () => {
  const policy = parse(`${CHANNELS}    require: [index, {file: builders}]
packages:
  - match: numpy
    channel: good
    require: [index, record, {file: numpy-team}]
  - match: scipy
    require: [file]
`);
  const [good, other] = policy.channels;
  assert.deepEqual([good?.team, other?.team, [...(other?.require ?? [])]], [undefined, 'builders', ['index', 'file']]);
  const [numpy, scipy] = policy.packages;
  assert.deepEqual([numpy?.team, [...(numpy?.require ?? [])]], ['numpy-team', ['index', 'record', 'file']]);
  assert.deepEqual([scipy?.team, [...(scipy?.require ?? [])]], [undefined, ['file']]);
});

test('an empty file has no rules', () => {
  assert.deepEqual(parse('# nothing yet\n'), { channels: [], packages: [] });
  assert.deepEqual(parse(''), { channels: [], packages: [] });
});

const MISTAKES: [what: string, text: string, message: string | RegExp][] = [
  ['an unknown key', 'chanels: []\n', 'antivenom.yaml:1:1: a policy has no `chanels`; did you mean channels?'],
  ['an unknown key that resembles none', 'gateway: 1\n', 'antivenom.yaml:1:1: a policy has no `gateway`'],
  [
    'an unknown key of a channel',
    'channels:\n  - name: a\n    url: https://a.example\n    requires: [index]\n',
    'antivenom.yaml:4:5: a channel has no `requires`; did you mean require?',
  ],
  [
    'an unknown key of a rule',
    'packages:\n  - match: a\n    req: [index]\n',
    'antivenom.yaml:3:5: a package rule has no `req`',
  ],
  [
    'a key of an object',
    'packages:\n  - match: a\n    __proto__: 1\n',
    'antivenom.yaml:3:5: a package rule has no `__proto__`',
  ],
  ['a merge key', 'channels:\n  - <<: {name: a}\n', 'antivenom.yaml:2:5: a channel has no `<<`'],
  [
    'a cooldown',
    'channels:\n  - name: a\n    url: https://a.example\n    cooldown: 3d\n',
    'antivenom.yaml:4:5: `cooldown` is enforced by the gateway alone: keep it in the file of --config',
  ],
  [
    'trusted timestamps',
    'channels: [{name: a, url: "https://a.example", trustTimestamps: false}]\n',
    'antivenom.yaml:1:48: `trustTimestamps` is enforced by the gateway alone: keep it in the file of --config',
  ],
  [
    'file evidence of a role that online keys sign',
    'packages:\n  - match: numpy\n    require: [index, {file: index}]\n',
    'antivenom.yaml:3:29: index is a role of the channel itself, and no team',
  ],
  [
    'file evidence of a top-level role',
    'packages: [{match: a, require: [{file: targets}]}]\n',
    /:1:40: targets is a role of the channel itself/,
  ],
  ['file evidence of nobody', 'packages: [{match: a, require: [{file: ""}]}]\n', /:1:40: a team has a name/],
  ['a team that is no text', 'packages: [{match: a, require: [{file: [a]}]}]\n', /:1:40: a team must be text/],
  [
    'file evidence asked for twice',
    'packages: [{match: a, require: [{file: x}, file]}]\n',
    /:1:44: file stands in `require` twice/,
  ],
  [
    'an entry of two kinds',
    'packages: [{match: a, require: [{file: x, index: y}]}]\n',
    /:1:33: one kind of evidence an entry/,
  ],
  [
    'names that would be of two teams',
    'packages:\n- match: num*\n  require: [{file: one}]\n- match: "*py"\n  require: [{file: two}]\n',
    /^antivenom.yaml:5:12: a file of one package is two's here and one's at antivenom.yaml:2:3$/,
  ],
  [
    'a name of another team than all of its channel',
    'channels: [{name: c, url: "https://c.example", require: [{file: one}]}]\npackages: [{match: a, require: [{file: two}]}]\n',
    /:2:32: a file of one package is two's here and one's at antivenom.yaml:1:12/,
  ],
  [
    'attestation evidence',
    'packages: [{match: a, require: [attestation]}]\n',
    /:1:33: attestation evidence is not supp/,
  ],
  ['log evidence', 'packages: [{match: a, require: [log]}]\n', /:1:33: log evidence is not supported yet/],
  [
    'unknown evidence',
    'packages:\n  - match: a\n    require: [indx]\n',
    'antivenom.yaml:3:15: evidence is index, record or file, not indx; did you mean index?',
  ],
  [
    'index evidence with a name',
    'packages: [{match: a, require: [{index: x}]}]\n',
    /:1:33: index evidence takes no name/,
  ],
  [
    'evidence asked for twice',
    'packages: [{match: a, require: [index, index]}]\n',
    /:1:40: index stands in `require` twice/,
  ],
  ['no evidence', 'packages: [{match: a, require: []}]\n', /:1:32: `require` asks for nothing/],
  ['evidence that is no list', 'packages:\n- match: a\n  require: index\n', /:3:12: `require` must be a list/],
  ['a channel without a name', 'channels:\n- url: https://a.example\n', 'antivenom.yaml:2:3: a channel needs `name`'],
  ['a channel without a url', 'channels:\n- name: a\n', 'antivenom.yaml:2:3: a channel needs `url`'],
  ['a name that is a number', 'channels: [{name: 1, url: "https://a.example"}]\n', /:1:19: `name` must be text/],
  [
    'a name that is a path',
    'channels: [{name: a/b, url: "https://a.example"}]\n',
    /:1:19: `name` must be letters, digits/,
  ],
  [
    'a url that is none',
    'channels: [{name: a, url: conda-forge}]\n',
    /:1:27: `url` must be an http, https or file URL/,
  ],
  [
    'a metadata url that is none',
    'channels: [{name: a, url: "https://a.example", metadata: x}]\n',
    /:1:58: `metadata` must/,
  ],
  [
    'one name twice',
    `${CHANNELS}  - {name: good, url: "https://a.example"}\n`,
    /:6:12: good is a channel already .*:2:5\)/,
  ],
  [
    'one url twice',
    `${CHANNELS}  - {name: a, url: "https://channel.example/good/"}\n`,
    /:6:20: this is the url of good/,
  ],
  ['a rule without a pattern', 'packages:\n- require: [index]\n', 'antivenom.yaml:2:3: a package rule needs `match`'],
  [
    'a rule that says nothing',
    'packages:\n- match: a\n',
    /:2:3: a package rule says nothing without `channel` or `req/,
  ],
  [
    'a pattern that matches nothing possible',
    'packages:\n- match: NumPy\n  require: [record]\n',
    'antivenom.yaml:2:10: "NumPy" matches no package: their names are lower case (numpy)',
  ],
  ['an empty pattern', 'packages:\n- match: ""\n  require: [record]\n', /:2:10: "" is empty and matches no package/],
  [
    'a channel that is not there',
    `${CHANNELS}packages:\n  - match: a\n    channel: goood\n`,
    'antivenom.yaml:8:14: no channel of this policy is named goood; did you mean good?',
  ],
  [
    'a name bound to two channels',
    `${CHANNELS}packages:\n  - match: "internal-*"\n    channel: good\n  - match: "*-tool"\n    channel: other\n`,
    'antivenom.yaml:10:14: names that match "*-tool" and "internal-*" would be bound to other and to good (antivenom.yaml:7:5)',
  ],
  ['a key twice', 'channels: []\nchannels: []\n', 'antivenom.yaml:2:1: this key stands here twice'],
  ['a key without a value', 'channels:\n', /:1:\d+: `channels` must be a list/],
  [
    'an unquoted star',
    'packages:\n- match: *\n  require: [index]\n',
    /:2:10: text that begins with \* stands in quotes/,
  ],
  [
    'an unquoted star before text',
    'packages:\n- match: *-dev\n',
    /:2:10: references do not exist here; text that begins with \* /,
  ],
  ['a reference', 'packages: &p []\nchannels: *p\n', /:2:11: references do not exist here/],
  ['a tag', 'packages: !!set {a}\n', /:1:17: `packages` must be a list/],
  ['a custom tag', 'packages: !include x\n', /:1:11: Unresolved tag: !include/],
  ['two documents', '---\nchannels: []\n---\npackages: []\n', /:3:1: a policy is one document/],
  ['a list where a mapping must be', '- a\n', 'antivenom.yaml:1:1: a policy must be a mapping'],
  ['text where a mapping must be', 'channels: [a]\n', 'antivenom.yaml:1:12: a channel must be a mapping'],
  ['a key that is no text', '1: []\n', 'antivenom.yaml:1:1: a key must be plain text'],
  ['broken YAML', 'channels: [\n', /^antivenom\.yaml:2:1: /],
];

for (const [what, text, message] of MISTAKES) {
  test(`refuses ${what}, with line and column`, () => {
    const found = mistake(text);
    assert.match(found, /^antivenom\.yaml:[1-9]\d*:[1-9]\d*: [^\n]+$/);
    if (typeof message === 'string') assert.equal(found, message);
    else assert.match(found, message);
  });
}

test('refuses credentials in an address without repeating them', () => {
  for (const url of ['https://user:s3cret@a.example/x', 'https://a.example/t/s3cret/x']) {
    const found = mistake(`channels: [{name: a, url: "${url}"}]\n`);
    assert.equal(found, 'antivenom.yaml:1:27: `url` must not hold credentials');
  }
});

test('patterns that overlap may be bound to the same channel', () => {
  const policy = parse(
    `${CHANNELS}packages:\n  - {match: "a*", channel: good}\n  - {match: ab, channel: good}\n  - {match: b, channel: other}\n`,
  );
  assert.equal(policy.packages.length, 3);
});

test('refuses bytes that are not UTF-8, and too many of them', () => {
  assert.throws(() => parsePolicy(Uint8Array.of(0x61, 0xff), 'p.yaml', LIMITS), { message: /^p\.yaml:1:1: .*UTF-8/ });
  assert.throws(() => parsePolicy(new Uint8Array(11), 'p.yaml', { maxLength: 10 }), { message: /^p\.yaml:1:1: / });
});

test('a hundred thousand brackets are a mistake like any other', () => {
  assert.match(mistake('['.repeat(99_000)), /^antivenom\.yaml:1:/);
});

test('reads how long a package waits, for callers who enforce it', () => {
  const read = (members: string) => {
    const text = `channels: [{name: a, url: "https://a.example", ${members}}]`;
    const bytes = new TextEncoder().encode(text);
    return parsePolicy(bytes, 'p.yaml', { ...LIMITS, cooldown: 'enforced' }).channels[0]?.cooldown;
  };
  assert.deepEqual(read('cooldown: 3d'), { ms: 259_200_000, trustTimestamps: false });
  assert.deepEqual(read('cooldown: 90m, trustTimestamps: true'), { ms: 5_400_000, trustTimestamps: true });
  assert.equal(read('require: [index]'), undefined);
  assert.throws(() => read('cooldown: 3 days'), {
    message: /^p\.yaml:1:58: `cooldown` must be a number and s, m, h or d/,
  });
  assert.throws(() => read('cooldown: 0d'), { message: /^p\.yaml:1:58: / });
  assert.throws(() => read('trustTimestamps: true'), { message: /^p\.yaml:1:48: .* says nothing without `cooldown`/ });
  assert.throws(() => read('cooldown: 3d, trustTimestamps: maybe'), { message: /must be true or false/ });
});

test('reads the hosts that a channel may lead to, and takes nothing for one that is none', () => {
  const read = (hosts: string) => {
    const text = `channels: [{name: a, url: "https://a.example", allowHosts: ${hosts}}]`;
    return parsePolicy(new TextEncoder().encode(text), 'p.yaml', LIMITS).channels[0]?.allowHosts;
  };
  assert.deepEqual(read('[cdn.example, "cdn.example:8443", "[::1]:81"]'), [
    'cdn.example',
    'cdn.example:8443',
    '[::1]:81',
  ]);
  for (const wrong of [
    '[https://cdn.example]',
    '[CDN.example]',
    '["cdn.example:443"]',
    '[user@cdn.example]',
    '["*"]',
    'cdn.example',
  ]) {
    assert.throws(() => read(wrong), { code: 'policy-invalid' }, wrong);
  }
});
