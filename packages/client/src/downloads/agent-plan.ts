/** What connections are kept for, whatever they are made by. */
import type { LookupFunction } from 'node:net';

export interface AgentPlan {
  /** The proxy that makes the connection. */
  readonly proxy: URL | undefined;
  /** Where no proxy does: host names to addresses. */
  readonly lookup: LookupFunction;
  /** PEM certificates of authorities to trust besides the built-in ones. */
  readonly authorities: readonly string[];
  readonly userAgent: string;
  readonly connectMs: number;
}

export const POOL = { keepAlive: true, maxSockets: 8 };
