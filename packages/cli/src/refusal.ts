/** What went wrong, told once: as lines for a person, or as the one JSON document. */
import { ContentTrustError, ERROR_CODES, type ErrorCode, StoreError, UsageError } from '@antivenom/core';
import { CommanderError } from 'commander';
import { oneLine } from './one-line.ts';
import type { ExitStatus, World } from './world.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** @returns the exit status that goes with it */
export function tellRefusal(
  error: unknown,
  to: Pick<World, 'argv' | 'stdout' | 'stderr' | 'env'> & { readonly json: boolean },
): ExitStatus {
  const told = asContentTrustError(error, to.argv);
  if (to.env['ANTIVENOM_DEBUG']) to.stderr.write(`${stackOf(error)}\n`);
  const { code, message, hint, details } = told;
  if (to.json) {
    const { refused, ...facts } = details;
    const all = Array.isArray(refused) ? { refused } : {};
    const document = { ok: false, code, message, hint: hint ?? '', details: facts, ...all };
    to.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else {
    to.stderr.write(refusalLines(told));
  }
  return told.exitStatus;
}

/** Lines for a person: what was refused or wrong, then what to do. */
export function refusalLines(error: Refusal): string {
  const { code, hint } = error;
  // A mistake in a policy begins with its place, so that editors find it.
  const first = code === 'policy-invalid' ? error.message : `antivenom: ${kindOf(code)}${error.message}`;
  const lines = [first, ...reasonLines(error), ...(hint ? [`hint: ${hint}`] : [])];
  return `${lines.map(oneLine).join('\n')}\n`;
}

/** More would only hide the first ones. */
const MAX_REASONS = 50;

/** Where a command found several things to refuse, each on its line. */
function reasonLines({ details: { refused } }: Refusal): string[] {
  if (!Array.isArray(refused) || refused.length < 2) return [];
  const lines = refused.slice(0, MAX_REASONS).map(({ file, code, message }) => {
    return `  ${message.includes(file) ? '' : `${file}: `}${message} (${code})`;
  });
  const more = refused.length - lines.length;
  return more === 0 ? lines : [...lines, `  … and ${more} more, which --json lists`];
}

const KINDS = { 1: 'refused: ', 2: '', 3: 'could not tell: ' } as const;

/** The disk of this machine stands in the way of every command, not only of those that tell something. */
function kindOf(code: ErrorCode): string {
  return code === 'io' || code === 'locked' ? 'could not be done: ' : KINDS[ERROR_CODES[code].exit];
}

/** @param argv of the command, for a mistake in it */
export function asContentTrustError(error: unknown, argv: readonly string[]): ContentTrustError {
  if (error instanceof ContentTrustError) return error;
  if (error instanceof CommanderError) return asUsageError(error, argv);
  if (isSystemError(error)) return new StoreError('io', systemSentence(error), { cause: error });
  const what = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  return new StoreError('io', `Antivenom stopped on something it did not expect: ${what}`, {
    hint: 'This is a mistake in Antivenom: please report it, with what ANTIVENOM_DEBUG=1 adds.',
    cause: error,
  });
}

/** Commander writes `error: …` and a second line `(Did you mean …?)`. */
function asUsageError(error: CommanderError, argv: readonly string[]): UsageError {
  if (error.code === 'commander.help') {
    const help = argv.indexOf('help');
    const message = help === -1 ? 'a command is missing' : `there is no command ${argv.slice(help + 1).join(' ')}`;
    return new UsageError('usage', message, { hint: 'antivenom --help lists them.' });
  }
  const [first = '', guess] = error.message.split('\n', 2);
  const message = first
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    // A URL that was typed in the wrong place may hold a secret.
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s']*/gi, '$1…');
  return new UsageError('usage', message, {
    hint: guess?.replace(/^\((.*)\)$/, '$1') ?? 'Add --help to see how it is used.',
  });
}

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function systemSentence(error: SystemError): string {
  const reason = SYSTEM_REASONS.get(error.code) ?? error.code;
  return error.path === undefined ? reason : `${error.path}: ${reason}`;
}

const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EEXIST', 'it is there already'],
  ['EIO', 'the disk reports an error'],
  ['EISDIR', 'it is a folder'],
  ['EMFILE', 'too many files are open'],
  ['ENOENT', 'there is no such file'],
  ['ENOSPC', 'the disk is full'],
  ['ENOTDIR', 'it is not a folder'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
]);

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
