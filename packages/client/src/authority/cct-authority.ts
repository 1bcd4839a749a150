/** The chain of a channel that has conda-content-trust alone: it proves records, and nothing of the index as a whole. */
import { type CctEnv, ContentTrustError, TrustedCctChain } from '@antivenom/core';
import type { AuthorityMemory } from '../trust/authority-store.ts';
import type { MetadataSource } from './metadata-source.ts';
import { failureOf } from './stored-expiry.ts';

const KEY_MGR = 'key_mgr.json';
const MAX_ROOTS = 1024;

export interface CctAuthority {
  readonly kind: 'cct';
  readonly chain: TrustedCctChain;
}

/**
 * Fetches newer roots and key_mgr, and stores what was accepted.
 *
 * @throws VerificationError, MalformedError, FreshnessError as {@link TrustedCctChain}; `missing`
 * @throws DownloadError `unreachable` where the server does not answer and what is stored has not expired
 * @throws StoreError `store-corrupt`, `locked`
 */
export async function refreshCct(
  store: AuthorityMemory,
  source: MetadataSource,
  env: CctEnv,
  lockWaitMs: number,
): Promise<CctAuthority> {
  return store.locked(lockWaitMs, async () => {
    const chain = await storedChain(store, env);
    try {
      await refreshChain(chain, store, source);
    } catch (error) {
      throw await failureOf(error, () => checkStored(store, env));
    }
    await store.accept(env.now);
    return { kind: 'cct', chain };
  });
}

async function storedChain(store: AuthorityMemory, env: CctEnv): Promise<TrustedCctChain> {
  const first = await store.firstRoot();
  try {
    const chain = TrustedCctChain.fromRoot(first, env);
    for (;;) {
      const next = await store.root(chain.root.version + 1);
      if (next === undefined) return chain;
      chain.updateRoot(next);
    }
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw store.damaged('root.json', cause.message, cause);
  }
}

async function refreshChain(chain: TrustedCctChain, store: AuthorityMemory, source: MetadataSource): Promise<void> {
  const maxLength = chain.env.limits.json.maxBytes;
  for (let walked = 0; walked < MAX_ROOTS; walked++) {
    const version = chain.root.version + 1;
    const next = await source.optional(`${version}.root.json`, maxLength);
    if (next === undefined) break;
    chain.updateRoot(next);
    await store.saveRoot(version, next);
  }
  chain.finishRoots();
  const stored = await store.read(KEY_MGR);
  if (stored !== undefined) takeStored(chain, stored);
  const keyMgr = await source.required(KEY_MGR, maxLength);
  chain.setKeyMgr(keyMgr);
  await store.write(KEY_MGR, keyMgr);
}

/** What was accepted before guards against older versions, also once it has expired; damaged or of rotated keys it is nothing. */
function takeStored(chain: TrustedCctChain, stored: Uint8Array): void {
  try {
    chain.setKeyMgr(stored);
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
  }
}

/** @throws FreshnessError `expired` */
async function checkStored(store: AuthorityMemory, env: CctEnv): Promise<void> {
  const stored = await storedChain(store, env);
  stored.finishRoots();
  const keyMgr = await store.read(KEY_MGR);
  if (keyMgr !== undefined) stored.setKeyMgr(keyMgr);
}
