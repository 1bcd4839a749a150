import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of real data beside the checkout; undefined where it was not put there. */
export function fixturesFolder(): string | undefined {
  const folder = resolve(import.meta.dirname, '../../../../shared/fixtures');
  return existsSync(folder) ? folder : undefined;
}
