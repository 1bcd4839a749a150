/** `npm run layers`: ends with 1 where a file imports what its layer may not. */
import { resolve } from 'node:path';
import { layerViolations } from './layers.ts';

const violations = layerViolations(resolve(import.meta.dirname, '..'));
for (const violation of violations) console.error(violation);
process.exitCode = violations.length === 0 ? 0 : 1;
