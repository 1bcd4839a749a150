/** What is answered to a client on a line of `check-records`. @see docs/check-protocol.md */
import type { Verdict } from '@antivenom/client';
import type { ContentTrustError } from '@antivenom/core';
import type { RequestId } from './check-request.ts';
import { oneLine } from './one-line.ts';

type Members = Readonly<Record<string, unknown>>;

/** One line, its line feed included. */
export function answerLine(id: RequestId, members: Members): string {
  return `${JSON.stringify({ id, ...members })}\n`;
}

export function refused({ exitStatus, code, message, hint, details }: ContentTrustError): Members {
  return { ok: false, exit: exitStatus, code, message: oneLine(message), hint: oneLine(hint ?? ''), details };
}

export function verdictMembers(verdict: Verdict): Members {
  if (!verdict.ok) return refused(verdict.refusal);
  const { file, channel, sha256, size, evidence, patched, warning } = verdict.proved;
  // JSON.stringify leaves out what is undefined.
  const more = { patched: patched.length > 0 ? patched : undefined, warning: warning && oneLine(warning) };
  return { ok: true, exit: 0, file, channel, sha256, size, evidence, ...more };
}

/** The first refusal speaks for all; a trust decision outranks what could not be told. */
export function verdictsMembers(verdicts: readonly Verdict[]): Members {
  const refusals = verdicts.flatMap((verdict) => (verdict.ok ? [] : [verdict.refusal]));
  const first = refusals.find(({ exitStatus }) => exitStatus === 1) ?? refusals[0];
  const top = first === undefined ? { ok: true, exit: 0 } : refused(first);
  return { ...top, verdicts: verdicts.map(verdictMembers) };
}
