/** What a person is told once the command has ended. */
import { basename, dirname } from 'node:path';
import type { ProxyRefusal } from '@antivenom/gateway/proxy';
import { oneLine } from '../one-line.ts';
import type { Unproved } from './installed.ts';

/** Clients ask for one thing in many forms: each reason is told once. */
export function refusalLines(refusals: readonly ProxyRefusal[]): string[] {
  const alike = Map.groupBy(refusals, ({ problem }) => `${problem.code} ${problem.message}`);
  const lines = [...alike.values()].flatMap(([first]) => {
    if (first === undefined) return [];
    const { code, message, hint } = first.problem;
    const where = message.includes(first.what) ? '' : `${first.what}: `;
    return [`antivenom: refused ${where}${message} (${code})`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  });
  return lines.map(oneLine);
}

/** @param requests how many the proxy was asked */
export function unprovedLines(unproved: readonly Unproved[], requests: number): string[] {
  if (unproved.length === 0) return [];
  const lines = unproved.map(({ record, why }) => {
    const prefix = dirname(dirname(record));
    return `antivenom: refused ${basename(record, '.json')}, which was installed into ${prefix}: ${why}`;
  });
  const hint =
    requests === 0
      ? 'hint: The command asked for nothing through the proxy: a program that takes no proxy settings is not covered.'
      : 'hint: Remove what was installed. Caches and proxies in the configuration of the client itself are not those of this run.';
  return [...lines, hint].map(oneLine);
}
