import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('TUF role-garbage', () => {
  test('refuses what is no metadata, at every step, and goes on with what is', async () => {
    const repository = new TufRepository(NOW);
    // Without hashes the bytes get as far as the parser.
    repository.stateHashes = false;
    const files = {
      root: await repository.rootFile(),
      timestamp: await repository.timestampFile(),
      snapshot: await repository.snapshotFile(),
      targets: await repository.targetsFile(),
    };
    const garbage: [string, Uint8Array][] = [
      ['a web page', bytes('<!DOCTYPE html><html><body>404</body></html>')],
      ['nothing', bytes('')],
      ['an empty object', bytes('{}')],
      ['a list', bytes('[]')],
      ['null', bytes('null')],
      ['no signatures', bytes('{"signed":{}}')],
      ['signatures that are no list', bytes('{"signed":{},"signatures":{}}')],
      ['a signature that is no object', bytes('{"signed":{},"signatures":[1]}')],
      ['an empty signed part', bytes('{"signed":{},"signatures":[]}')],
      ['truncated metadata', files.targets.subarray(0, files.targets.length - 1)],
      ['metadata twice', new Uint8Array([...files.targets, ...files.targets])],
    ];
    const refused = (take: (file: Uint8Array) => void, own: keyof typeof files) => {
      for (const [what, file] of garbage) assert.throws(() => take(file), { code: 'malformed' }, `${what} for ${own}`);
      for (const other of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
        if (other !== own) assert.throws(() => take(files[other]), { code: 'malformed' }, `${other} for ${own}`);
      }
    };
    refused((file) => TrustedMetadata.fromRoot(file, env), 'root');
    const trusted = TrustedMetadata.fromRoot(files.root, env);
    refused((file) => trusted.updateRoot(file), 'root');
    trusted.finishRoots();
    refused((file) => trusted.updateTimestamp(file), 'timestamp');
    trusted.updateTimestamp(files.timestamp);
    refused((file) => trusted.updateSnapshot(file, { trusted: false }), 'snapshot');
    trusted.updateSnapshot(files.snapshot, { trusted: false });
    refused((file) => trusted.updateTargets(file), 'targets');
    trusted.updateTargets(files.targets);
    assert.equal(trusted.targets?.version, 1);
  });

  test('refuses a file longer than the limit before it looks into it', async () => {
    const repository = new TufRepository(NOW);
    const root = await repository.rootFile();
    const limits = { ...env.limits, maxRootLength: root.length - 1 };
    assert.throws(() => TrustedMetadata.fromRoot(root, { ...env, limits }), { code: 'length-mismatch' });
    limits.maxRootLength = root.length;
    assert.equal(TrustedMetadata.fromRoot(root, { ...env, limits }).root.version, 1);
  });
});
