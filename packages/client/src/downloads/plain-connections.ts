/** Requests without TLS. */
import type { Agent } from 'node:http';
import { type AgentPlan, POOL } from './agent-plan.ts';

/** Not by `import`, which reads every export of the module, and one of them loads all of undici. */
const http = process.getBuiltinModule('node:http');

export const { request } = http;

export function makeAgent({ lookup }: AgentPlan): Agent {
  return new http.Agent({ ...POOL, lookup });
}
