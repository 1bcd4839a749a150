/** Reads a published folder as mamba reads a server: ordinary names alone, with its chain at the channel's base. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  indexHasPip,
  mambaRootNames,
  projectRecord,
  RecordSignatures,
  scanRepodata,
  TrustedMambaChain,
} from '@antivenom/core';
import { nodeCrypto, readFileIfThere } from '@antivenom/node';

const JSON_LIMITS = { maxBytes: 2 ** 30, maxDepth: 64 };

export interface MambaReading {
  /** ms since the epoch */
  readonly now: number;
  /** Version of the root that mamba was given; 1 by default. */
  readonly from?: number;
}

export interface MambaReader {
  readonly chain: TrustedMambaChain;
  /** Records that mamba would install. */
  readonly signed: number;
  /** Records whose projection nobody can foretell, so that they are not signed. */
  readonly unsigned: number;
}

/**
 * Follows mamba's chain, and verifies each record of each `repodata.json` by it.
 *
 * @throws whatever core throws for what must not be accepted; Error for a record that should be signed and is not
 */
export async function readAsMamba(folder: string, { now, from = 1 }: MambaReading): Promise<MambaReader> {
  const file = (name: string) => readFile(join(folder, name));
  const env = { crypto: nodeCrypto, now, limits: { json: JSON_LIMITS } };
  const chain = TrustedMambaChain.fromRoot(await file(`${from}.root.json`), env);
  for (;;) {
    const next = await readFileIfThere(join(folder, `${chain.root.version + 1}.root.json`));
    if (next === undefined) break;
    chain.updateRoot(next);
  }
  chain.finishRoots();
  for (const name of mambaRootNames(chain.root.version + 1)) {
    if (await isThere(join(folder, name))) throw new Error(`mamba would take ${name} for its next root`);
  }
  chain.setKeyMgr(await file('key_mgr.json'));
  chain.setPkgMgr(await file('pkg_mgr.json'));
  let [signed, unsigned] = [0, 0];
  for (const subdir of await readdir(folder)) {
    const bytes = await readFile(join(folder, subdir, 'repodata.json')).catch(() => undefined);
    if (bytes === undefined) continue;
    const found = checkRecords(chain, subdir, bytes);
    signed += found.signed;
    unsigned += found.unsigned;
  }
  return { chain, signed, unsigned };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function checkRecords(chain: TrustedMambaChain, subdir: string, bytes: Uint8Array) {
  const repodata = scanRepodata(bytes, JSON_LIMITS);
  const signatures = new RecordSignatures(repodata);
  const hasPip = indexHasPip(repodata);
  let [signed, unsigned] = [0, 0];
  for (const slice of repodata.records) {
    const { file, map } = slice;
    const record = repodata.record(slice);
    const question = { subdir, file, map, record, signatures: signatures.of(file), checkNames: true };
    const verdict = chain.checkRecord(question, hasPip);
    if (verdict.status === 'signed') signed++;
    else if (verdict.status === 'unsigned' && !canBeSigned()) unsigned++;
    else throw new Error(`${subdir}/${file}: ${JSON.stringify(verdict)}`);

    function canBeSigned(): boolean {
      return projectRecord(record, { indexHasPip: hasPip, map }).status === 'foretold';
    }
  }
  return { signed, unsigned };
}
