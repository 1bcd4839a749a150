import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluatePolicy, evidenceOfChannel, type PolicyVerdict } from './evaluate.ts';
import { parsePolicy } from './parse.ts';
import { DEFAULT_POLICY, type Evidence, type Policy } from './policy.ts';

const POLICY = parsePolicy(
  new TextEncoder().encode(`channels:
  - name: good
    url: https://channel.example/good
  - name: strict
    url: https://channel.example/strict
    require: [index, record]
  - name: subset
    url: https://mirror.example/subset
    require: [record]
packages:
  - match: "internal-*"
    channel: good
  - match: numpy
    require: [record]
  - match: "*-signed"
    require: [record]
`),
  'antivenom.yaml',
  { maxLength: 10_000 },
);

const GOOD = 'https://channel.example/good';
const STRANGER = 'https://channel.example/stranger';

function verdict(
  channelUrl: string,
  packageName: string,
  evidence: Evidence[],
  policy: Policy = POLICY,
): PolicyVerdict {
  return evaluatePolicy(policy, { channelUrl, packageName, evidence: new Set(evidence) });
}

function refusal(found: PolicyVerdict): string {
  return found.status === 'refused' ? found.message : assert.fail('accepted');
}

test('without a policy a channel needs index evidence', () => {
  assert.equal(verdict(GOOD, 'a', ['index'], DEFAULT_POLICY).status, 'accepted');
  assert.match(
    refusal(verdict(GOOD, 'a', ['record'], DEFAULT_POLICY)),
    /^a needs index evidence and has record evidence/,
  );
  assert.match(refusal(verdict(GOOD, 'a', [], DEFAULT_POLICY)), /^a needs index evidence and has no evidence/);
});

test('a channel that the policy does not name needs index evidence too', () => {
  assert.equal(verdict(STRANGER, 'a', ['index']).status, 'accepted');
  assert.equal(verdict(STRANGER, 'a', []).status, 'refused');
});

test('a channel needs all that its rule asks for', () => {
  const strict = 'https://channel.example/strict/';
  assert.equal(verdict(strict, 'a', ['index', 'record']).status, 'accepted');
  assert.equal(
    refusal(verdict(strict, 'a', ['index'])),
    'a needs record evidence and has index evidence (antivenom.yaml:4:5)',
  );
});

test('a channel whose rule asks for record evidence alone needs no index evidence', () => {
  assert.equal(verdict('https://mirror.example/subset', 'a', ['record']).status, 'accepted');
  assert.equal(verdict('https://mirror.example/subset', 'a', ['index']).status, 'refused');
});

test('a package rule adds to what the channel needs', () => {
  assert.equal(verdict(GOOD, 'numpy', ['index', 'record']).status, 'accepted');
  assert.equal(verdict(GOOD, 'numpy', ['index']).status, 'refused');
  assert.match(refusal(verdict(GOOD, 'numpy', ['record'])), /^numpy needs index evidence/);
  assert.equal(verdict(GOOD, 'numpy-base', ['index']).status, 'accepted');
});

test('all rules that match add up', () => {
  assert.match(refusal(verdict(GOOD, 'internal-signed', ['index'])), /record evidence/);
  assert.match(refusal(verdict(STRANGER, 'internal-signed', ['index', 'record'])), /may come from/);
  assert.equal(verdict(GOOD, 'internal-signed', ['index', 'record']).status, 'accepted');
});

test('a bound name is refused from every other channel, whatever its evidence', () => {
  assert.equal(verdict(GOOD, 'internal-tool', ['index']).status, 'accepted');
  for (const channel of [STRANGER, 'https://channel.example/strict', 'https://evil.example/good', 'no url at all']) {
    assert.equal(
      refusal(verdict(channel, 'internal-tool', ['index', 'record'])),
      'internal-tool may come from https://channel.example/good alone (antivenom.yaml:11:5)',
    );
  }
});

test('a name that differs in case alone does not escape its binding', () => {
  assert.equal(verdict(STRANGER, 'Internal-Tool', ['index', 'record']).status, 'refused');
});

test('a channel is known by its address without credentials, default port and trailing slash', () => {
  for (const url of [`${GOOD}/`, 'https://u:p@channel.example:443/good', 'https://channel.example/t/tk-1/good']) {
    assert.equal(verdict(url, 'internal-tool', ['index']).status, 'accepted', url);
  }
});

test('a refusal lists what is required and what is missing', () => {
  const found = verdict('https://channel.example/strict', 'a', []);
  assert.equal(found.status, 'refused');
  assert.deepEqual(found.status === 'refused' && [...found.missing], ['index', 'record']);
  assert.deepEqual([...found.required], ['index', 'record']);
});

test('what a channel needs as a whole is known before its packages are', () => {
  assert.deepEqual([...evidenceOfChannel(POLICY, 'https://mirror.example/subset')], ['record']);
  assert.deepEqual([...evidenceOfChannel(POLICY, STRANGER)], ['index']);
});

const TEAMS = parsePolicy(
  new TextEncoder().encode(`packages:
  - match: numpy
    require: [{file: numpy-team}]
  - match: scipy
    require: [file]
`),
  'antivenom.yaml',
  { maxLength: 10_000 },
);

function ofTeam(packageName: string, team: string | undefined): PolicyVerdict {
  const evidence = new Set<Evidence>(team === undefined ? ['index'] : ['index', 'file']);
  return evaluatePolicy(TEAMS, { channelUrl: GOOD, packageName, evidence, team });
}

test('file evidence counts for the team that the rule names alone, or for any where it names none', () => {
  assert.equal(ofTeam('numpy', 'numpy-team').status, 'accepted');
  assert.equal(ofTeam('scipy', 'whoever').status, 'accepted');
  assert.equal(
    refusal(ofTeam('numpy', 'whoever')),
    "numpy needs numpy-team's file evidence and has index and whoever's file evidence (antivenom.yaml:2:5)",
  );
  assert.equal(
    refusal(ofTeam('scipy', undefined)),
    'scipy needs file evidence and has index evidence (antivenom.yaml:4:5)',
  );
});

test('what the user lets through unverified needs no evidence, and stays bound to its channel', () => {
  const waived = (packageName: string) =>
    evaluatePolicy(POLICY, { channelUrl: STRANGER, packageName, evidence: 'waived' }).status;
  assert.equal(waived('numpy'), 'accepted');
  assert.equal(waived('internal-tool'), 'refused');
});
