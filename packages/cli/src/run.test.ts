import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { VerificationError } from '@antivenom/core';
import type { Commands, LoadedWhenUsed } from './commands.ts';
import { run } from './run.ts';
import type { ExitStatus, ForeignStatus, World } from './world.ts';

interface Outcome {
  readonly status: ForeignStatus;
  readonly stdout: string;
  readonly stderr: string;
  /** What the command was handed after its session. */
  readonly given: readonly unknown[];
}

const NAMES: readonly (keyof Commands)[] = [
  'init',
  'sign',
  'refresh',
  'renew',
  'hashBins',
  'rotate',
  'revoke',
  'delegate',
  'teamKeys',
  'teamSign',
  'teamPublish',
  'status',
  'trustAdd',
  'trustList',
  'trustRemove',
  'trustUpdate',
  'verifyChannel',
  'verifyPackage',
  'verifyMetadata',
  'checkRecords',
];

/** Runs a line with commands that note what they are handed, then do as `act` says. */
async function type(line: string, act: () => ExitStatus = () => 0): Promise<Outcome> {
  const given: unknown[] = [];
  const out = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      out[name] += text;
    },
  });
  const noting = async (_session: unknown, ...rest: unknown[]) => {
    given.push(...rest);
    return act();
  };
  const commands = Object.fromEntries(NAMES.map((name) => [name, async () => noting])) as LoadedWhenUsed;
  const world: World = {
    argv: line.split(' ').filter(Boolean),
    env: {},
    cwd: '/',
    platform: 'linux',
    userHome: '/nobody',
    stdin: new PassThrough(),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    now: () => 0,
    askedToStop: () => new Promise(() => {}),
    onSignal: () => () => {},
  };
  return { status: await run(world, commands), ...out, given };
}

const LINES: [line: string, given: unknown[]][] = [
  ['init c', ['c', { for: ['conda'], threshold: [], expiry: [] }]],
  ['init c --for mamba', ['c', { for: ['mamba'], threshold: [], expiry: [] }]],
  ['init c --for mamba,conda', ['c', { for: ['conda', 'mamba'], threshold: [], expiry: [] }]],
  [
    'init c --keys k --for none --threshold root=2/3 --expiry timestamp=1 --expiry index=9 --yes',
    [
      'c',
      {
        keys: 'k',
        for: [],
        threshold: [{ role: 'root', threshold: 2, keys: 3 }],
        expiry: [
          { role: 'timestamp', days: 1 },
          { role: 'index', days: 9 },
        ],
      },
    ],
  ],
  [
    'sign c --out p --subdir linux-64 --subdir noarch --check-packages --rebuild --allow-host h --passphrase-file f',
    [
      'c',
      {
        out: 'p',
        subdir: ['linux-64', 'noarch'],
        checkPackages: true,
        rebuild: true,
        allowHost: ['h'],
        passphraseFile: 'f',
      },
    ],
  ],
  [
    'refresh c --passphrase-file f --offline-passphrase-file g',
    ['c', { passphraseFile: 'f', offlinePassphraseFile: 'g' }],
  ],
  ['renew --json c', ['c', {}]],
  ['hash-bins c --bins 1024 --keys k', ['c', { bins: 1024, keys: 'k' }]],
  [
    'rotate c cct/root --key 5c1f09ab --threshold 2/3',
    ['c', 'cct/root', { key: '5c1f09ab', threshold: { threshold: 2, keys: 3 } }],
  ],
  ['revoke c 5c1f09ab --keys k', ['c', '5c1f09ab', { keys: 'k' }]],
  [
    'delegate c team --paths a --paths b --subdir noarch --key k.pub --threshold 2 --signed s --keys k',
    ['c', 'team', { paths: ['a', 'b'], subdir: ['noarch'], key: ['k.pub'], threshold: 2, signed: 's', keys: 'k' }],
  ],
  ['delegate c team --remove', ['c', 'team', { paths: [], subdir: [], key: [], remove: true }]],
  ['team keys t --count 3 --replace --dir d', ['t', { count: 3, replace: true, dir: 'd' }]],
  [
    'team sign t a b --paths p --subdir noarch --remove r --replace --expiry 90 --passphrase-file f',
    [
      't',
      ['a', 'b'],
      { paths: ['p'], subdir: ['noarch'], remove: ['r'], replace: true, expiry: 90, passphraseFile: 'f' },
    ],
  ],
  ['team sign t', ['t', [], { paths: [], subdir: [], remove: [], expiry: 365 }]],
  ['team publish c t f --keys k', ['c', 't', 'f', { keys: 'k' }]],
  ['status c --at 2021-09-01T00:00:00Z --policy p', ['c', { at: '2021-09-01T00:00:00Z', policy: 'p' }]],
  [
    `trust add u --fingerprint 2:${'AB'.repeat(32)} --metadata m --threshold 2`,
    ['u', { fingerprint: { version: 2, sha256: 'ab'.repeat(32) }, metadata: 'm', threshold: 2 }],
  ],
  ['trust add u --root r', ['u', { root: 'r' }]],
  ['trust list --home h', []],
  ['trust remove u', ['u']],
  ['trust update', [undefined]],
  ['verify channel u --subdir noarch', ['u', { subdir: ['noarch'] }]],
  ['verify package f --channel u', ['f', { channel: 'u' }]],
  ['verify metadata a b --root r --at t', [['a', 'b'], { root: 'r', at: 't' }]],
  ['check-records --policy p', [{ policy: 'p', allowUntrusted: [] }]],
  ['check-records --allow-untrusted u --allow-untrusted v', [{ allowUntrusted: ['u', 'v'] }]],
];

for (const [line, given] of LINES) {
  test(`understands: ${line.replace(/(AB){32}/, 'HEX')}`, async () => {
    const outcome = await type(line);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.deepEqual(outcome.given, given);
  });
}

const MISTAKES: [line: string, message: RegExp, hint?: RegExp][] = [
  ['', /a command is missing/],
  ['sgin c', /unknown command 'sgin'/, /Did you mean sign\?/],
  ['gateway', /unknown command 'gateway'/],
  ['vouch u', /unknown command 'vouch'/],
  ['trust ad u', /unknown command 'ad'/, /Did you mean add\?/],
  ['trust', /a command is missing/],
  ['help sing', /there is no command sing/],
  ['verify chanel u', /unknown command 'chanel'/, /Did you mean channel\?/],
  ['team keys t --count 0', /number of keys, from 1 to 100/],
  ['team sign t --expiry 40000', /number of days, from 1 to 36500/],
  ['delegate c', /missing required argument|is missing/],
  ['sign c --subdri x', /unknown option '--subdri'/, /Did you mean --subdir\?/],
  ['sign c --watch', /unknown option '--watch'/],
  ['sign c --jsn', /unknown option '--jsn'/, /Did you mean --json\?/],
  ['sign', /missing required argument 'channel'/],
  ['sign a b', /too many arguments/],
  ['sign c --out', /argument missing/],
  ['sign c --subdir ../x', /option '--subdir <subdir>' argument '\.\.\/x' is invalid/],
  ['sign c --allow-host https://h.example/', /is invalid\. It is a host alone, for example conda\.anaconda\.org/],
  ['init c --for pixi', /pixi is no such client/, /^It is conda, mamba, conda,mamba or none\.$/],
  ['init c --for conda,', /a word is missing/, /It is conda, mamba/],
  ['init c --for none,conda', /none stands alone/, /It is conda, mamba/],
  ['init c --threshold root=3/2', /root=2\/3/],
  ['init c --threshold root=0/2', /root=2\/3/],
  ['init c --expiry timestamp=0', /ROLE=DAYS/],
  ['hash-bins c --bins 1000', /power of two/],
  ['init c --hash-bins 131072', /power of two/],
  ['rotate c', /missing required argument 'role'/],
  ['rotate c root --threshold 3/2', /M\/N/],
  ['revoke c', /missing required argument 'keyid'/],
  ['init c --at 2021-09-01T00:00:00Z', /unknown option '--at'/],
  ['trust add u', /one of --root and --fingerprint is needed/],
  ['trust add u --root r --fingerprint x', /64 hex digits/],
  [`trust add u --root r --fingerprint ${'a'.repeat(64)}`, /cannot be used with option/],
  ['trust add u --root r --threshold 0', /at least 1/],
  ['verify package f', /required option '--channel <url>' not specified/],
  ['check-records r', /too many arguments/],
  ['verify metadata f', /required option '--root <file>' not specified/],
];

for (const [line, message, hint] of MISTAKES) {
  test(`ends with 2, in words and as JSON: antivenom ${line}`, async () => {
    const outcome = await type(line);
    assert.equal(outcome.status, 2);
    assert.equal(outcome.stdout, '');
    assert.match(outcome.stderr, /^antivenom: /m);
    assert.match(outcome.stderr, message);
    assert.deepEqual(outcome.given, []);

    const json = await type(`--json ${line}`);
    assert.equal(json.status, 2);
    const document = JSON.parse(json.stdout);
    assert.equal(document.ok, false);
    assert.equal(document.code, 'usage');
    assert.match(document.message, message);
    if (hint) assert.match(document.hint, hint);
    assert.deepEqual(document.details, {});
  });
}

test('a refusal is told in one sentence, with a hint, and ends with the status of its code', async () => {
  const refuse = () => {
    throw new VerificationError('hash-mismatch', 'a-1-0.conda is not what was signed', { hint: 'Try another mirror.' });
  };
  const human = await type('status c', refuse);
  assert.equal(human.status, 1);
  assert.equal(human.stdout, '');
  assert.equal(human.stderr, 'antivenom: refused: a-1-0.conda is not what was signed\nhint: Try another mirror.\n');

  const json = await type('status c --json', refuse);
  assert.equal(json.status, 1);
  assert.equal(json.stderr, '');
  assert.deepEqual(JSON.parse(json.stdout), {
    ok: false,
    code: 'hash-mismatch',
    message: 'a-1-0.conda is not what was signed',
    hint: 'Try another mirror.',
    details: {},
  });
});

test('a full disk and a mistake of ours are told in one sentence and end with 3', async () => {
  const full = await type('status c', () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write', path: '/srv/x' });
  });
  assert.equal(full.status, 3);
  assert.equal(full.stderr, 'antivenom: could not be done: /srv/x: the disk is full\n');

  const bug = await type('status c', () => {
    throw new TypeError('x is undefined\n    at somewhere');
  });
  assert.equal(bug.status, 3);
  assert.match(bug.stderr, /did not expect: x is undefined\nhint: /);
  assert.doesNotMatch(bug.stderr, /somewhere/);
});

test('of many reasons that differ in their file alone a few are told, and each other kind', async () => {
  const leads = (file: string) => ({ file, code: 'unsafe-index', message: `${file}: \`url\` leads out, to h.example` });
  const others = [
    { file: 'noarch/a-1-0.whl', code: 'unsafe-index', message: 'noarch/A-1.whl: `url` leads out, to h.example' },
    { file: 'noarch/b-1-0.conda', code: 'unsafe-index', message: 'noarch/b-1-0.conda: the record states no hash' },
  ];
  const files = Array.from({ length: 5000 }, (_, i) => leads(`linux-64/p${i}-1-0.conda`));
  const { stderr } = await type('status c', () => {
    throw new VerificationError('unsafe-index', 'no', { details: { refused: [...files, ...others] } });
  });
  assert.deepEqual(stderr.split('\n').slice(1), [
    ...files.slice(0, 3).map(({ message }) => `  ${message} (unsafe-index)`),
    '  … and 4998 more like the last, which --json lists',
    '  noarch/b-1-0.conda: the record states no hash (unsafe-index)',
    '',
  ]);
});

test('a port that is taken is named', async () => {
  const taken = await type('status c', () => {
    throw Object.assign(new Error('EADDRINUSE'), {
      code: 'EADDRINUSE',
      syscall: 'listen',
      address: '127.0.0.1',
      port: 8480,
    });
  });
  assert.equal(taken.stderr, 'antivenom: could not be done: 127.0.0.1:8480: another program listens there already\n');
});

test('--help shows an example for each command', async () => {
  const commands = [
    ...['init', 'sign', 'refresh', 'renew', 'status', 'trust', 'trust add', 'trust list', 'trust remove'],
    ...['trust update', 'verify', 'verify channel', 'verify package', 'verify metadata', 'check-records'],
  ];
  for (const command of commands) {
    const { status, stdout } = await type(`${command} --help`);
    assert.equal(status, 0, command);
    assert.ok(stdout.includes(`Example:\n  antivenom ${command}`), command);
  }
});
