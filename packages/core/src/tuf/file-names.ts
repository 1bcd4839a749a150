/** Names from metadata turned into file names and URL paths that cannot lead anywhere else. */
import { VerificationError } from '../errors.ts';
import type { TargetFile } from './target-file.ts';

/** File systems end at 255 bytes; the rest is left for a version before and a suffix after. */
const MAX_ESCAPED_LENGTH = 220;

/**
 * The file name of a role's metadata, `targets.json` or, with a version, `3.targets.json`. Everything outside
 * `A–Z a–z 0–9 _ . - ~` is percent-escaped as UTF-8, so `../a` becomes `..%2Fa.json`: one name within its folder. It is
 * also the last part of the URL as it stands, to be escaped no further.
 *
 * @throws VerificationError `unsafe-name` for an empty name or one too long for a file system.
 */
export function roleFileName(role: string, version?: number): string {
  const name = `${escapeName(role, 'role name')}.json`;
  return version === undefined ? name : `${version}.${name}`;
}

/**
 * A target path as one file name, for a folder without subfolders: `linux-64/repodata.json` becomes
 * `linux-64%2Frepodata.json`.
 *
 * @throws VerificationError `unsafe-name`, as {@link checkTargetPath} and for a path too long for a file name.
 */
export function targetFileName(path: string): string {
  checkTargetPath(path);
  return escapeName(path, 'target path');
}

/**
 * Where a target stands below the target base URL, each part percent-escaped; with consistent snapshots its file name
 * begins with the target's first usable hash: `noarch/<hex>.repodata.json`.
 *
 * @throws VerificationError `unsafe-name`, as {@link checkTargetPath}.
 */
export function targetUrlPath(target: TargetFile, consistentSnapshot: boolean): string {
  const hash = target.hashes.values().next().value;
  return consistentSnapshot && hash !== undefined ? hashPrefixedUrlPath(target.path, hash) : escapeParts(target.path);
}

/** The same for a hash of the caller's choice (hex), since a repository serves one file a listed hash. */
export function hashPrefixedUrlPath(path: string, hash: string): string {
  const escaped = escapeParts(path);
  const slash = escaped.lastIndexOf('/') + 1;
  return `${escaped.slice(0, slash)}${hash}.${escaped.slice(slash)}`;
}

/**
 * Refuses a target path that a URL, a file system or a shell could take for a place outside its folder: empty parts, `.`
 * and `..`, backslashes, control characters, a drive letter, percent-escapes.
 *
 * @throws VerificationError `unsafe-name`
 */
export function checkTargetPath(path: string): void {
  const parts = path.split('/');
  const climbs = parts.some((part) => part === '' || part === '.' || part === '..');
  const control = [...path].some((character) => character < ' ' || character === '\u007f');
  if (climbs || control || !path.isWellFormed() || /\\|^[A-Za-z]:|%[0-9A-Fa-f]{2}/.test(path)) {
    throw unsafe('target path', path, 'it could lead out of its folder');
  }
}

function escapeParts(path: string): string {
  checkTargetPath(path);
  return path.split('/').map(percentEscape).join('/');
}

function escapeName(name: string, kind: string): string {
  if (name === '' || !name.isWellFormed()) throw unsafe(kind, name, 'no file can have it');
  const escaped = percentEscape(name);
  if (escaped.length > MAX_ESCAPED_LENGTH) throw unsafe(kind, name, 'it is too long for a file name');
  return escaped;
}

function percentEscape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unsafe(kind: string, name: string, why: string): VerificationError {
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  return new VerificationError('unsafe-name', `the ${kind} ${shown} is refused: ${why}`, {
    hint: 'Tell the owner of the channel: no name of this kind is ever published by mistake.',
    details: { name },
  });
}
