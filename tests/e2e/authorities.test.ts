/** Several authorities for one channel: all must agree, or so many as the consumer says. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, runAntivenom, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make({ init: ['--for', 'none'] });
after(() => owner.remove());

/** Somebody else’s trust metadata over the very same bytes. */
async function voucher(name: string): Promise<{ folder: string; fingerprint: string }> {
  const folder = await owner.copy(name);
  for (const ours of ['tuf', 'cct', '.antivenom']) await rm(join(folder, ours), { recursive: true, force: true });
  const passphrase = join(owner.place, 'voucher passphrase');
  await writeFile(passphrase, 'battery staple\n');
  const common = ['--home', join(owner.place, name), '--passphrase-file', passphrase, '--yes', '--json'];
  const setting = { cwd: owner.place };
  const made = await runAntivenom(['init', folder, '--for', 'none', ...common], setting);
  const signed = await runAntivenom(['sign', folder, ...common], setting);
  assert.equal(signed.status, 0, made.stdout + signed.stdout);
  return { folder, fingerprint: JSON.parse(made.stdout).rootFingerprint };
}

const theirs = await voucher('theirs');

test('two authorities that agree are both asked, and the channel passes', async () => {
  await using channel = await StagedChannel.of(owner);
  await using other = await StagedChannel.of(owner, { from: theirs.folder, trust: 'nothing' });
  const add = ['trust', 'add', channel.url, '--metadata', other.url, '--fingerprint', theirs.fingerprint];
  const { channels } = await channel.accept(...add);
  assert.equal(channels[0].authorities.length, 2);
  const before = other.server.requests.length;
  await channel.accept('verify', 'channel', channel.url);
  assert.ok(other.server.requests.slice(before).some(({ path }) => path.endsWith('/tuf/timestamp.json')));
  await channel.accept('verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url);
});

test('authorities that disagree prove nothing, unless the consumer asks for one alone', async () => {
  await using channel = await StagedChannel.of(owner);
  await using other = await StagedChannel.of(owner, { from: theirs.folder, trust: 'nothing' });
  const add = ['trust', 'add', channel.url, '--metadata', other.url, '--fingerprint', theirs.fingerprint];
  await channel.accept(...add);
  await owner.publish({ name: 'delta', version: '4.0', subdir: 'noarch' });
  await channel.serve(owner.folder);
  const { status, document } = await channel.verify();
  assert.ok(status === 1 || status === 3, JSON.stringify(document));
  assert.equal(document.ok, false);
  const wanted = await channel.verifyPackage('noarch/delta-4.0-0.conda');
  assert.notEqual(wanted.status, 0, wanted.stdout);

  await using lenient = await StagedChannel.of(owner);
  await lenient.accept(
    ...['trust', 'add', lenient.url, '--metadata', other.url],
    ...['--fingerprint', theirs.fingerprint],
    '--threshold',
    '1',
  );
  await lenient.accept('verify', 'channel', lenient.url);
});

test('an authority that is silent leaves it open, and one that is not there refuses, unless the others are enough', async () => {
  await using channel = await StagedChannel.of(owner);
  const gone = await StagedChannel.of(owner, { from: theirs.folder, trust: 'nothing' });
  await channel.accept('trust', 'add', channel.url, '--metadata', gone.url, '--fingerprint', theirs.fingerprint);
  await using lenient = await StagedChannel.of(owner);
  await lenient.accept(
    ...['trust', 'add', lenient.url, '--metadata', gone.url],
    ...['--fingerprint', theirs.fingerprint],
    '--threshold',
    '1',
  );
  await gone[Symbol.asyncDispose]();
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 3, code: 'unreachable' }, JSON.stringify(document));
  await lenient.accept('verify', 'channel', lenient.url);
});

test('more authorities than there are cannot be asked to agree', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  for (const threshold of ['0', '-1', '1.5', 'all']) {
    const told = await channel.run(
      'trust',
      'add',
      channel.url,
      '--fingerprint',
      owner.rootFingerprint,
      '--threshold',
      threshold,
    );
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 2, code: 'usage' }, told.stdout);
  }
});
