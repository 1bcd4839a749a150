/**
 * Does the record that a client is about to install by say what the verified index says? A client's own record went through
 * its index reader and its solver, which change its form in ways that are known; nothing else may differ.
 *
 * @see docs/check-protocol.md, "How records are compared"
 * @see https://github.com/conda/conda/blob/main/conda/models/records.py
 */
import { VerificationError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { channelUrlKey } from '../policy/channel-url.ts';
import { CLIENTS_OWN, type ListedRecord, MEMBER_RULES, type MemberRule } from './client-record-rules.ts';

/**
 * `solver`: from an index. `archive`: made from the package's own `info/index.json`, so that it lacks what the index patched.
 */
export type RecordOrigin = 'solver' | 'archive';

/**
 * @returns the members in which a record of origin `archive` differs without being refused, because an index may patch them
 * @throws VerificationError `record-differs`, naming the first member that differs.
 */
export function checkClientRecord(client: JsonObject, listed: ListedRecord, origin: RecordOrigin): string[] {
  const patched: string[] = [];
  const known = new Set<string>(CLIENTS_OWN);
  for (const rule of MEMBER_RULES) {
    const spellings = rule.spellings.filter((spelling) => client.has(spelling));
    for (const spelling of rule.spellings) known.add(spelling);
    for (const member of spellings.length > 0 ? spellings : rule.spellings.slice(0, 1)) {
      const found = client.get(member) ?? null;
      if (agrees(rule, found, listed, origin)) continue;
      if (origin === 'archive' && rule.patched) patched.push(member);
      else throw differs(member, rule.expected(listed), found, listed);
    }
  }
  for (const [member, found] of client) {
    if (known.has(member) || found === null) continue;
    const expected = listed.record.get(member);
    if (expected !== undefined && jsonEquals(expected, found)) continue;
    if (origin === 'solver') throw differs(member, expected, found, listed);
    if (expected !== undefined) patched.push(member);
  }
  return patched;
}

function agrees(rule: MemberRule, found: JsonValue, listed: ListedRecord, origin: RecordOrigin): boolean {
  const mayBeSilent = origin === 'archive' ? rule.archiveMayBeSilent : rule.mayBeSilent;
  if (mayBeSilent && rule.isSilent(found)) return true;
  if (origin === 'archive' && rule.archiveMayAdd && rule.expected(listed) === undefined) return true;
  return rule.agrees(found, rule.expected(listed), listed);
}

function differs(
  member: string,
  expected: JsonValue | undefined,
  found: JsonValue,
  { subdir, file }: ListedRecord,
): VerificationError {
  const where = `${subdir}/${file}`;
  const address = ['url', 'channel', 'schannel'].includes(member);
  const told = { expected: asText(expected), found: address ? asAddress(found) : asText(found) };
  const sentence = `${where}: \`${member}\` is ${brief(told.found)} for the client and ${brief(told.expected)} in the verified index`;
  return new VerificationError('record-differs', sentence, {
    hint: 'Do not install it: the client read another index than the channel signed. Empty its index cache, and try again.',
    details: { file: where, member, ...told },
  });
}

const MOST_TOLD = 500;
const MOST_SAID = 80;

/** As JSON text, since a program holds it against nothing, and a hostile value may have any size. */
function asText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  try {
    const text = new TextDecoder().decode(writeJson(value));
    return text.length > MOST_TOLD ? `${cut(text, MOST_TOLD)}…` : text;
  } catch {
    return '"…"'; // half of a surrogate pair
  }
}

/** An address may hold a password. */
function asAddress(value: JsonValue): string | null {
  if (value === null) return null;
  return (typeof value === 'string' && channelUrlKey(value)) || 'another address';
}

function brief(text: string | null): string {
  if (text === null) return 'absent';
  return text.length > MOST_SAID ? `${cut(text, MOST_SAID)}…` : text;
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
