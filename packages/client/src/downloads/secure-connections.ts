/** Requests by TLS. Loaded with the first of them: node:tls costs a program that has no use for it a good part of its start. */
import * as https from 'node:https';
import { getCACertificates } from 'node:tls';
import { type AgentPlan, POOL } from './agent-plan.ts';
import { TunnelAgent } from './tunnel.ts';

export { request } from 'node:https';

export function makeAgent({ proxy, lookup, authorities, userAgent, connectMs }: AgentPlan): https.Agent {
  const ca = [...getCACertificates('default'), ...authorities];
  // Said here, so that no variable of the environment turns verification off.
  const secure = { ca, rejectUnauthorized: true };
  if (proxy === undefined) return new https.Agent({ ...POOL, lookup, ...secure });
  return new TunnelAgent({ proxy, ca, userAgent, connectMs }, { ...POOL, ...secure });
}
