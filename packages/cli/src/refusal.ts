/** What went wrong, told once: as lines for a person, or as the one JSON document. */
import { type ContentTrustError, ERROR_CODES, type ErrorCode, UsageError } from '@antivenom/core';
import { CommanderError } from 'commander';
import { knownError, stackOf } from './known-error.ts';
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
/** Of reasons that differ in the file alone. */
const MAX_ALIKE = 3;

interface Reason {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

/** Where a command found several things to refuse, each on its line, and of many that are alike a few. */
function reasonLines({ details: { refused } }: Refusal): string[] {
  if (!Array.isArray(refused) || refused.length < 2) return [];
  const reasons: readonly Reason[] = refused;
  const lines: string[] = [];
  let told = 0;
  for (const alike of Map.groupBy(reasons, kindOfReason).values()) {
    if (lines.length >= MAX_REASONS) break;
    lines.push(...alike.slice(0, MAX_ALIKE).map(reasonLine));
    const more = alike.length - MAX_ALIKE;
    if (more > 0) lines.push(`  … and ${more} more like the last, which --json lists`);
    told += alike.length;
  }
  const rest = reasons.length - told;
  return rest === 0 ? lines : [...lines, `  … and ${rest} more, which --json lists`];
}

function reasonLine({ file, code, message }: Reason): string {
  return `  ${message.includes(file) ? '' : `${file}: `}${message} (${code})`;
}

/** A message begins with the file that it is about. */
function kindOfReason({ file, code, message }: Reason): string {
  return `${code} ${message.replace(/^\S+\/\S+: /, '').replaceAll(file, '')}`;
}

const KINDS = { 1: 'refused: ', 2: '', 3: 'could not tell: ' } as const;

/** The disk of this machine stands in the way of every command, not only of those that tell something. */
function kindOf(code: ErrorCode): string {
  return code === 'io' || code === 'locked' ? 'could not be done: ' : KINDS[ERROR_CODES[code].exit];
}

/** @param argv of the command, for a mistake in it */
export function asContentTrustError(error: unknown, argv: readonly string[]): ContentTrustError {
  return error instanceof CommanderError ? asUsageError(error, argv) : knownError(error);
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
