/** Chains have no timestamp that flips them: their files change one by one, under the eyes of clients. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CONDA_CHAIN,
  chainRootPath,
  keyMgrPath,
  MAMBA_CHAIN,
  RECORD_CHAINS,
  type RecordChain,
  TrustedCctChain,
  TrustedMambaChain,
} from '@antivenom/core';
import { NO_PROGRESS, nodeCrypto, readFileIfThere } from '@antivenom/node';
import { writeChannel } from '@antivenom/testkit';
import { initChannel } from '../init.ts';
import type { AllKeysOptions, PublisherEnv } from '../operations.ts';
import { renewChannel } from '../renew.ts';
import { rotateRole } from '../rotate.ts';
import { signChannel } from '../sign.ts';

const START = Date.UTC(2026, 0, 1);
const base = await fs.mkdtemp(join(tmpdir(), 'antivenom-chain-order-'));
const channel = join(base, 'channel');
const options: AllKeysOptions = {
  keys: join(base, 'keys'),
  onlinePassphrase: async () => 'online',
  offlinePassphrase: async () => 'offline',
};
const env: PublisherEnv = { now: START, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };

await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 2 });
const ceremony = { scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda', 'mamba'] } as const;
await initChannel(channel, { ...options, ...ceremony }, env);
await signChannel(channel, options, env);
const { rename } = fs;
after(async () => {
  fs.rename = rename;
  syncBuiltinESMExports();
  await fs.rm(base, { recursive: true, force: true });
});

/** The files of a chain as they stand in one moment. */
interface Moment {
  readonly roots: readonly Uint8Array[];
  readonly keyMgr: Uint8Array;
  readonly pkgMgr: Uint8Array | undefined;
}

async function momentOf(chain: RecordChain): Promise<Moment> {
  const read = (path: string) => readFileIfThere(join(channel, path));
  const roots: Uint8Array[] = [];
  for (
    let root = await read(chainRootPath(chain, 1));
    root;
    root = await read(chainRootPath(chain, roots.length + 1))
  ) {
    roots.push(root);
  }
  const keyMgr = await read(keyMgrPath(chain));
  assert.ok(keyMgr !== undefined);
  return { roots, keyMgr, pkgMgr: chain.pkgMgrPath === undefined ? undefined : await read(chain.pkgMgrPath) };
}

/** What a client verifies that fetched the roots first, then key_mgr, then pkg_mgr, each of them in one of these moments. */
function verify(chain: RecordChain, { roots }: Moment, { keyMgr }: Moment, { pkgMgr }: Moment): void {
  const trustEnv = { crypto: nodeCrypto, now: START, limits: { json: { maxBytes: 1 << 20, maxDepth: 32 } } };
  const [first = new Uint8Array(), ...newer] = roots;
  const trusted = (chain === MAMBA_CHAIN ? TrustedMambaChain : TrustedCctChain).fromRoot(first, trustEnv);
  for (const root of newer) trusted.updateRoot(root);
  trusted.finishRoots();
  trusted.setKeyMgr(keyMgr);
  if (trusted instanceof TrustedMambaChain && pkgMgr !== undefined) trusted.setPkgMgr(pkgMgr);
}

/** Each state that the files were in while `work` renamed file after file. */
async function momentsDuring(chain: RecordChain, work: () => Promise<unknown>): Promise<Moment[]> {
  const moments = [await momentOf(chain)];
  fs.rename = async (from, to) => {
    await rename(from, to);
    moments.push(await momentOf(chain));
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.rename = rename;
    syncBuiltinESMExports();
  }
  const texts = moments.map((moment) => JSON.stringify(moment));
  return moments.filter((_, at) => texts[at] !== texts[at - 1]);
}

const ROLES = new Map([
  [CONDA_CHAIN.client, ['root', 'key_mgr', 'pkg_mgr']],
  [MAMBA_CHAIN.client, ['mamba_root', 'mamba_key_mgr', 'mamba_pkg_mgr']],
]);

for (const chain of RECORD_CHAINS) {
  const works = new Map<string, () => Promise<unknown>>(
    ROLES.get(chain.client)?.map((role) => [role, () => rotateRole(channel, role, options, env)]),
  );
  works.set('no role, but renews', () => renewChannel(channel, options, env));
  for (const [role, work] of works) {
    test(`${chain.client} verifies the chain at each moment of a rotation of ${role}, whenever it fetched which file`, async () => {
      const moments = await momentsDuring(chain, work);
      assert.ok(moments.length > 1, 'the chain has changed');
      for (const [first, roots] of moments.entries()) {
        for (const [second, keyMgr] of moments.slice(first).entries()) {
          for (const pkgMgr of moments.slice(first + second)) verify(chain, roots, keyMgr, pkgMgr);
        }
      }
    });
  }
}
