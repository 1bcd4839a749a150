import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededSigner, TufRepository } from '@antivenom/testkit';
import { Metadata, MetadataKind } from '@tufjs/models';

const NOW = Date.UTC(2026, 0, 12);
const CONTENT = new TextEncoder().encode('content');

function document(bytes: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function publication() {
  const repository = new TufRepository(NOW);
  repository.root.threshold = 2;
  repository.root.signers = ['a', 'b', 'c'].map(seededSigner);
  const index = repository.delegate('targets', 'index', ['*/repodata.json'], true);
  index.files.set('linux-64/repodata.json', CONTENT);
  return { repository, index };
}

describe('tuf-js', () => {
  test('verifies what our builders made and signed', async () => {
    const { repository } = await publication();
    const root = Metadata.fromJSON(MetadataKind.Root, document(await repository.rootFile()));
    const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, document(await repository.timestampFile()));
    const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, document(await repository.snapshotFile()));
    const targets = Metadata.fromJSON(MetadataKind.Targets, document(await repository.targetsFile()));
    const index = Metadata.fromJSON(MetadataKind.Targets, document(await repository.targetsFile('index')));
    root.verifyDelegate('root', root);
    root.verifyDelegate('timestamp', timestamp);
    root.verifyDelegate('snapshot', snapshot);
    root.verifyDelegate('targets', targets);
    targets.verifyDelegate('index', index);

    timestamp.signed.snapshotMeta.verify(Buffer.from(await repository.snapshotFile()));
    const roles = [...(targets.signed.delegations?.rolesForTarget('linux-64/repodata.json') ?? [])];
    assert.deepEqual(roles, [{ role: 'index', terminating: true }]);
    assert.equal(index.signed.targets['linux-64/repodata.json']?.length, CONTENT.length);
    assert.equal(root.signed.isExpired(new Date(NOW)), false);
  });

  test('refuses a role that another key signed', async () => {
    const { repository, index } = await publication();
    const targets = Metadata.fromJSON(MetadataKind.Targets, document(await repository.targetsFile()));
    index.signers = [seededSigner('thief')];
    const stolen = Metadata.fromJSON(MetadataKind.Targets, document(await repository.targetsFile('index')));
    assert.throws(() => targets.verifyDelegate('index', stolen), /index/);
  });
});
