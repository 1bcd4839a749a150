/** The outcome of a command that checks many things: it went on past each refusal, and tells all of them. */
import { firstRefusal, type RefusedFile } from '@antivenom/client';
import { ERROR_CODES } from '@antivenom/core';
import { refusalLines } from './refusal.ts';
import type { Session } from './session.ts';
import type { ExitStatus } from './world.ts';

/**
 * Tells the result, and whatever was refused beside it; the top level speaks of the first.
 *
 * @param members of the JSON document
 * @param lines for a person
 * @returns 1 where anything was refused, 3 where something could not be told, else 0
 */
export function tellChecked(
  session: Session,
  members: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  refused: readonly RefusedFile[],
): ExitStatus {
  const all = refused.map(({ file, code, message }) => ({ file, code, message }));
  const first = firstRefusal(refused);
  if (first === undefined) {
    session.result({ ok: true, ...members, refused: all }, lines);
    return 0;
  }
  const { code, message, hint, details } = first;
  session.result({ ok: false, code, message, hint: hint ?? '', details, ...members, refused: all }, lines);
  if (!session.json) session.tell(refusalLines({ ...first, details: { refused: all } }).trimEnd());
  return ERROR_CODES[code].exit;
}
