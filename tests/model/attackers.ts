/**
 * Who stands between a channel and its clients (docs/threat-model.md): M answers with files that were once published, or with
 * parts of them, S with files that nobody signed who may, O with files that stolen keys signed.
 */
import type { Signer } from '@antivenom/core';
import { seededSigner } from '@antivenom/testkit';
import {
  canonical,
  DELEGATED,
  delegationTo,
  isDelegated,
  keysOf,
  LOWER_ROLES,
  type LowerRole,
  type Metadata,
  parse,
  type RoleName,
  type Signed,
  sha256,
  version,
} from './metadata.ts';
import { type Owner, TARGET } from './owner.ts';
import { LISTED, type Publication } from './publication.ts';
import type { Forgery, Signing, Step, Tampering } from './steps.ts';

/** undefined: there is no such file. */
type Answer = Uint8Array | undefined | 'unreachable';

/** What a server says when it is asked for a path below the channel. */
export type Answers = (path: string) => Answer;

/** The newest publication, as it is. */
export function honest(owner: Owner): Answers {
  return (path) => owner.files.get(path);
}

/** Private keys that were stolen, of each role. */
export class Stolen {
  readonly #keys = new Map<LowerRole, Map<string, Signer>>();

  add(role: LowerRole, signer: Signer): void {
    const keys = this.#keys.get(role) ?? new Map<string, Signer>();
    this.#keys.set(role, keys.set(publicHex(signer), signer));
  }

  of(role: RoleName): ReadonlyMap<string, Signer> {
    return (role === 'root' ? undefined : this.#keys.get(role)) ?? new Map();
  }
}

const MALLORY = seededSigner('mallory');
const MALLORY_ID = sha256(Buffer.from('mallory'));
/** Where the role yank lists what the channel took back. */
const YANKED = 'antivenom/yanked.json';
const NOTHING_YANKED = Buffer.from('{"version":1,"yanked":[]}');
export const EVIL = Buffer.from('{"info":{"subdir":"noarch"},"packages":{"evil-1-0.tar.bz2":{}}}');
const FAR = 1000;
const TEN_YEARS = 3650 * 86_400_000;
/** What a role lists, and what is listed there. */
const BELOW: Partial<Readonly<Record<RoleName, readonly LowerRole[]>>> = {
  timestamp: ['snapshot', ...LISTED],
  snapshot: LISTED,
};

/** What an attacker has at hand for each role, whatever version is asked for. */
interface Served {
  readonly lower: Map<LowerRole, Answer>;
  root: (version: number) => Answer;
}

/** M: what was published once, in other company or cut. */
export function mixed(owner: Owner, { back, tampered }: Extract<Step, { do: 'mix' }>): Answers {
  const base = owner.back(back);
  const served = servedOf(base, owner);
  for (const [role, how, count] of tampered) {
    if (role === 'root') {
      served.root = (asked) => {
        const other = how === 'older' ? asked - 1 : how === 'newer' ? asked + 1 : asked;
        return tamper(how, owner.roots.get(other)?.bytes, base.timestamp.bytes);
      };
    } else {
      const other = how === 'older' ? owner.back(back + count) : how === 'newer' ? owner.back(back - count) : base;
      served.lower.set(
        role,
        tamper(how, other[role].bytes, base[role === 'timestamp' ? 'snapshot' : 'timestamp'].bytes),
      );
    }
  }
  return answersOf(served, owner);
}

function tamper(how: Tampering, bytes: Uint8Array | undefined, other: Uint8Array): Answer {
  if (how === 'unreachable') return how;
  if (bytes === undefined || how === 'absent') return undefined;
  if (how === 'of another role') return other;
  if (how === 'cut') return bytes.subarray(0, bytes.length - 10);
  if (how !== 'flipped') return bytes;
  const flipped = Buffer.from(bytes);
  // Within what is signed: the version, or a digit of the expiry.
  const at = flipped.indexOf('"version"') + '"version":'.length + 1;
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}

/** S, and O with the keys that he has. */
export async function forged(
  owner: Owner,
  stolen: Stolen,
  { back, forged, signing }: Extract<Step, { do: 'forge' }>,
): Promise<Answers> {
  const base = owner.back(back);
  const served = servedOf(base, owner);
  const made = new Map<RoleName, Metadata>();
  const now = (role: RoleName) => made.get(role) ?? base[role];
  // From below upwards, so that whoever lists what was forged lists it as it is, if he who signs that is a thief of his key.
  for (const role of ['root', ...DELEGATED, 'targets', 'snapshot', 'timestamp'] as const) {
    const signed: Signed = structuredClone(base[role].signed);
    const wanted = forged.filter(([name]) => name === role);
    if (wanted.some(([, how]) => how === 'rewound')) {
      for (const below of BELOW[role] ?? []) made.set(below, owner.back(back + 1)[below]);
    }
    for (const [, how] of wanted) forge(signed, role, how);
    const isListing = relist(signed, now);
    if (wanted.some(([, how]) => how === 'dropping') && role === 'snapshot') delete signed.meta['index.json'];
    if (wanted.length === 0 && !(isListing && stolen.of(role).size > 0)) continue;
    if (wanted.length === 0) signed.version++;
    made.set(role, await sign(signed, role, base, stolen, signing));
  }
  for (const role of LOWER_ROLES) served.lower.set(role, now(role).bytes);
  const root = made.get('root');
  const right = served.root;
  if (root !== undefined) {
    served.root = (asked) => (asked === version(root) || asked === version(base.root) + 1 ? root.bytes : right(asked));
  }
  return answersOf(served, owner);
}

function forge(signed: Signed, role: RoleName, how: Forgery): void {
  if (how === 'far ahead') signed.version += FAR;
  else if (how === 'lower version') signed.version = Math.max(1, signed.version - 1);
  else if (how !== 'same version') signed.version++;
  if (how === 'lasting') signed.expires = stamp(Date.parse(signed.expires) + TEN_YEARS);
  signed['x-forged'] = how;
  // The role yank may not speak of an index.
  if (isDelegated(role)) signed.targets[TARGET] = factsOf(EVIL);
  if (role === 'yank') signed.targets[YANKED] = factsOf(NOTHING_YANKED);
  // His own key would do from then on.
  if (role === 'root') for (const entry of Object.values(signed.roles)) addMallory(signed, entry);
  if (role === 'targets') addMallory(signed.delegations, delegationTo('index', signed));
}

/** @returns whether it lists something else than before */
function relist(signed: Signed, now: (role: RoleName) => Metadata): boolean {
  let isOther = false;
  for (const role of ['snapshot', ...LISTED] as const) {
    const name = `${role}.json`;
    if (signed.meta?.[name] === undefined) continue;
    const { bytes } = now(role);
    const hash = sha256(bytes);
    isOther ||= signed.meta[name].hashes.sha256 !== hash;
    signed.meta[name] = { version: version(now(role)), ...factsOf(bytes) };
  }
  return isOther;
}

async function sign(
  signed: Signed,
  role: RoleName,
  base: Publication,
  stolen: Stolen,
  signing: Signing,
): Promise<Metadata> {
  const ids = idsOf(role, base);
  const message = Buffer.from(canonical(signed));
  const signatures: { keyid: string; sig: string }[] = [];
  const add = async (keyid: string, signer: Signer) => {
    signatures.push({ keyid, sig: Buffer.from(await signer.sign(message)).toString('hex') });
  };
  const keys = signing === 'own' ? [] : [...stolen.of(role).values()];
  const [one = MALLORY] = keys;
  if (signing === 'kept') signatures.push(...base[role].signatures);
  else if (signing === 'under every id') for (const id of ids.values()) await add(id, one);
  else if (keys.length === 0) for (const id of [...ids.values(), MALLORY_ID].slice(-2)) await add(id, MALLORY);
  else for (const key of keys) await add(ids.get(publicHex(key)) ?? publicHex(key), key);
  return parse(Buffer.from(JSON.stringify({ signatures, signed })));
}

/** Public key, hex → the id under which it is named for the role. */
function idsOf(role: RoleName, base: Publication): Map<string, string> {
  const named = isDelegated(role) ? base.targets.signed.delegations.keys : base.root.signed.keys;
  const { keys } = keysOf(role, base);
  const ids = Object.keys(named).map((id) => [named[id].keyval.public, id] as const);
  return new Map(ids.filter(([hex]) => keys.has(hex)));
}

function factsOf(bytes: Uint8Array): Signed {
  return { length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

function addMallory(holder: Signed, role: Signed): void {
  holder.keys[MALLORY_ID] = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicHex(MALLORY) } };
  role.keyids.push(MALLORY_ID);
  role.threshold = 1;
}

function publicHex({ publicKey }: Signer): string {
  return Buffer.from(publicKey.bytes).toString('hex');
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace('.000', '');
}

function servedOf(base: Publication, owner: Owner): Served {
  return {
    lower: new Map(LOWER_ROLES.map((role) => [role, base[role].bytes])),
    root: (asked) => (asked > version(base.root) ? undefined : owner.roots.get(asked)?.bytes),
  };
}

function answersOf(served: Served, owner: Owner): Answers {
  return (path) => {
    const asked = rootVersion(path);
    if (asked !== undefined) return served.root(asked);
    const role = LOWER_ROLES.find((name) => path === `tuf/${name}.json` || path.endsWith(`.${name}.json`));
    if (role !== undefined) return served.lower.get(role);
    return [EVIL, NOTHING_YANKED].find((bytes) => path.includes(sha256(bytes))) ?? owner.files.get(path);
  };
}

/** Of a path that names a root. */
export function rootVersion(path: string): number | undefined {
  const [, number] = /^tuf\/(\d+)\.root\.json$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}
