/**
 * TUF metadata as the model reads it: by JSON.parse, OLPC's canonical JSON and node:crypto, without a line of the product, so
 * that neither is wrong because the other is.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Roles that `targets` delegates to. */
export const DELEGATED = ['index', 'yank'] as const;
export const ONLINE = [...DELEGATED, 'snapshot', 'timestamp'] as const;
/** Those whose files stand without a number in a client's folder. */
export const LOWER_ROLES = ['targets', ...ONLINE] as const;
export const ROLES = ['root', ...LOWER_ROLES] as const;
export type RoleName = (typeof ROLES)[number];
export type LowerRole = (typeof LOWER_ROLES)[number];

/** The `signed` part, as JSON.parse has it. */
// biome-ignore lint/suspicious/noExplicitAny: attackers write into it what they like
export type Signed = any;

export interface Metadata {
  readonly bytes: Uint8Array;
  readonly signed: Signed;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Who may sign a role: public keys, hex, and how many of them must. */
export interface Keys {
  readonly keys: ReadonlySet<string>;
  readonly threshold: number;
}

export function parse(bytes: Uint8Array): Metadata {
  return { bytes, ...JSON.parse(Buffer.from(bytes).toString()) };
}

export function version({ signed }: Metadata): number {
  return signed.version;
}

/** ms since the epoch */
export function expires({ signed }: Metadata): number {
  return Date.parse(signed.expires);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

/** Those who delegate. */
export interface Delegators {
  readonly root: Metadata;
  readonly targets?: Metadata | undefined;
}

export function keysOf(role: RoleName, { root, targets }: Delegators): Keys {
  const { keys, entry } = isDelegated(role)
    ? { keys: targets?.signed.delegations.keys, entry: delegationTo(role, targets?.signed) }
    : { keys: root.signed.keys, entry: root.signed.roles[role] };
  const ids: string[] = entry.keyids;
  return { keys: new Set(ids.map((id) => keys[id].keyval.public)), threshold: entry.threshold };
}

export function isDelegated(role: RoleName): boolean {
  return DELEGATED.some((name) => name === role);
}

/** The entry of a role in the delegations of `targets`. */
export function delegationTo(role: RoleName, targets: Signed): Signed {
  return targets.delegations.roles.find(({ name }: { name: string }) => name === role);
}

export function sameKeys(one: Keys, other: Keys): boolean {
  return one.keys.size === other.keys.size && [...one.keys].every((key) => other.keys.has(key));
}

/** Whether so many of these keys, each counted once, signed these very statements. */
export function isSignedBy(metadata: Metadata, { keys, threshold }: Keys): boolean {
  return [...keys].filter((key) => hasSigned(key, metadata)).length >= threshold;
}

const verdicts = new WeakMap<Metadata, Map<string, boolean>>();

function hasSigned(key: string, metadata: Metadata): boolean {
  const known = verdicts.get(metadata) ?? new Map<string, boolean>();
  verdicts.set(metadata, known);
  const verdict =
    known.get(key) ??
    metadata.signatures.some(({ sig }) => {
      return verify(null, Buffer.from(canonical(metadata.signed)), publicKey(key), Buffer.from(sig, 'hex'));
    });
  known.set(key, verdict);
  return verdict;
}

/** @see http://wiki.laptop.org/go/Canonical_JSON */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${canonical(name)}:${canonical(member)}`).join(',')}}`;
}

const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const publicKeys = new Map<string, KeyObject>();

function publicKey(hex: string): KeyObject {
  const known = publicKeys.get(hex);
  if (known !== undefined) return known;
  const der = Buffer.concat([SPKI_HEAD, Buffer.from(hex, 'hex')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  publicKeys.set(hex, key);
  return key;
}
