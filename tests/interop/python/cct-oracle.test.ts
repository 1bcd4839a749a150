/** What our builders sign, and what of it `cryptography` over Python's own canonical form accepts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type JsonValue, writeJson } from '@antivenom/core';
import { CctRepository, seededSigner, signedRecord } from '@antivenom/testkit';

const python = process.env['ANTIVENOM_INTEROP_PYTHON'];
const options = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON names no python with cryptography' } : {};
const NOW = Date.UTC(2026, 0, 12);

interface Delegation {
  readonly pubkeys: readonly string[];
  readonly threshold: number;
}

/** Whether Python counts as many good signatures as the delegation asks for. */
function pythonAccepts(file: string, delegation: Delegation, shape: 'raw' | 'openpgp'): boolean {
  const { status, stdout, stderr } = spawnSync(python ?? '', [join(import.meta.dirname, 'cct_oracle.py')], {
    encoding: 'utf8',
    input: JSON.stringify({ file, delegation, openpgp: shape === 'openpgp' }),
  });
  assert.equal(status, 0, stderr);
  return Number(stdout) >= delegation.threshold;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe('CCT in Python', options, () => {
  const repository = new CctRepository(NOW);
  Object.assign(repository.root, { signers: [seededSigner('one'), seededSigner('two')], threshold: 2 });

  for (const shape of ['openpgp', 'raw'] as const) {
    test(`accepts our root in the ${shape} shape, and refuses it changed or in the other shape`, async () => {
      repository.rootShape = shape;
      const file = text(await repository.rootFile());
      const delegation: Delegation = JSON.parse(file).signed.delegations.root;
      assert.equal(delegation.threshold, 2);
      assert.ok(pythonAccepts(file, delegation, shape));
      assert.ok(!pythonAccepts(file, delegation, shape === 'raw' ? 'openpgp' : 'raw'));
      const changed = file.replace('"version": 1', '"version": 2');
      assert.notEqual(changed, file);
      assert.ok(!pythonAccepts(changed, delegation, shape));
      if (shape === 'openpgp') {
        // The hash is over the headers too: another creation time is another signature.
        const headers = /"other_headers": "([0-9a-f]+)"/.exec(file)?.[1] ?? '';
        const other = `${headers.slice(0, -1)}${headers.endsWith('0') ? '1' : '0'}`;
        assert.ok(!pythonAccepts(file.replace(headers, other), delegation, shape));
      }
    });
  }

  test('accepts our key_mgr and our records, and refuses them changed', async () => {
    const keyMgr = text(await repository.keyMgrFile());
    const byRoot: Delegation = JSON.parse(text(await repository.rootFile())).signed.delegations.key_mgr;
    assert.ok(pythonAccepts(keyMgr, byRoot, 'raw'));
    assert.ok(!pythonAccepts(keyMgr.replace('"threshold": 1', '"threshold": 2'), byRoot, 'raw'));

    const { record, signatures } = await signedRecord(repository.pkgMgr.signers);
    const file = text(
      writeJson(
        new Map<string, JsonValue>([
          ['signed', record],
          ['signatures', signatures ?? null],
        ]),
      ),
    );
    const byKeyMgr: Delegation = JSON.parse(keyMgr).signed.delegations.pkg_mgr;
    assert.ok(pythonAccepts(file, byKeyMgr, 'raw'));
    assert.ok(!pythonAccepts(file.replace('libgcc', 'evil'), byKeyMgr, 'raw'));
  });
});
