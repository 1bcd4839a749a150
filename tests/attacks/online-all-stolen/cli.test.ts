/** Every online key in one thief's hands, and names that the offline role gave to a team: what it did not sign is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { assertRefused, type Document, StagedChannel } from '@antivenom/testkit';
import { FILE, FORGOTTEN, OTHER, owner, policyOf, recordIn, STRICT, THEFTS } from './thefts.ts';

after(() => owner.remove());

/** Whatever command a consumer has for it. */
async function assertRefusedEverywhere(channel: StagedChannel, file: string, policy: readonly string[]): Promise<void> {
  const asks = policy.length > 0;
  const names = /beta-team/;
  const code = asks ? 'policy-refused' : 'not-listed';
  const report = await channel.run('verify', 'channel', channel.url, ...policy);
  assert.equal(report.status, 1, report.stdout);
  assert.deepEqual(
    report.document.refused.map((refused: Document) => refused.file),
    [file],
  );
  const [refused] = report.document.refused;
  assert.equal(refused.code, code);
  assert.match(refused.message, names);
  if (asks) assert.match(refused.message, /policy\.yaml:2:\d+/);
  assertRefused(await channel.verifyPackage(file, ...policy), { status: 1, code, names });

  await using client = channel.startRecordClient(...policy);
  const verdict = await client.check(`${channel.url}/${file}`, await recordIn(channel, file));
  assert.deepEqual([verdict.ok, verdict.exit], [false, 1]);
  assert.match(verdict.message, names);
  const bytes = await readFile(join(channel.folder, file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const ofFile = await client.ask('check-file', { url: `${channel.url}/${file}`, sha256, size: bytes.length });
  assert.deepEqual([ofFile.ok, ofFile.exit], [false, 1]);
}

for (const [how, file, steal] of THEFTS) {
  test(`refuses ${how}`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await steal(channel.folder);
    await assertRefusedEverywhere(channel, file, await policyOf(channel, STRICT));
  });
}

test('refuses it also where the policy asks for any team, and where there is no policy', async () => {
  const [first] = THEFTS;
  assert.ok(first);
  const [, file, steal] = first;
  await using channel = await StagedChannel.of(owner);
  await steal(channel.folder);
  await assertRefusedEverywhere(channel, file, []);
  await assertRefusedEverywhere(channel, file, await policyOf(channel, 'packages: [{match: beta, require: [file]}]'));
});

test('refuses a newcomer the packages of a team that the thief leaves out, and everything to who has seen the team', async () => {
  await using newcomer = await StagedChannel.of(owner);
  await FORGOTTEN(newcomer.folder);
  await assertRefusedEverywhere(newcomer, FILE, await policyOf(newcomer, STRICT));
  await using known = await StagedChannel.of(owner, { seen: true });
  await FORGOTTEN(known.folder);
  assertRefused(await known.verify(), { status: 1, code: 'rollback' });
});

test('the honest package passes, with the evidence of its team', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await policyOf(channel, STRICT);
  await channel.accept('verify', 'channel', channel.url, ...policy);
  const address = `${channel.url}/${FILE}`;
  const { evidence } = await channel.accept('verify', 'package', address, '--channel', channel.url, ...policy);
  assert.deepEqual(evidence, ['index', 'record', 'file']);
  await using client = channel.startRecordClient(...policy);
  const verdict = await client.check(address, await recordIn(channel, FILE));
  assert.deepEqual([verdict.ok, verdict.evidence], [true, ['index', 'record', 'file']]);
});

test('a policy that asks for another team, or for a team where there is none, is not met', async () => {
  await using channel = await StagedChannel.of(owner);
  for (const [packages, file] of [
    ['packages: [{match: beta, require: [{file: other-team}]}]', FILE],
    ['packages: [{match: gamma, require: [file]}]', OTHER],
  ] as const) {
    const told = await channel.verifyPackage(file, ...(await policyOf(channel, packages)));
    assertRefused(told, { status: 1, code: 'policy-refused', names: /file evidence/ });
  }
});
