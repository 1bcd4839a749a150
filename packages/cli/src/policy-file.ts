import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_POLICY, type Policy, parsePolicy } from '@antivenom/core';
import { readNamedFile } from './named-path.ts';

const LIMITS = { maxLength: 1_000_000 };

/**
 * The policy in force: the file that `--policy` names, else `<home>/antivenom.yaml` where there is one.
 *
 * @throws UsageError `usage`, `policy-invalid`
 */
export async function readPolicy(option: string | undefined, home: string, cwd: string): Promise<Policy> {
  if (option !== undefined) return parsePolicy(await readNamedFile(option, cwd), option, LIMITS);
  const file = join(home, 'antivenom.yaml');
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    // A policy that cannot be read must not be taken for one that is absent.
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return bytes === undefined ? DEFAULT_POLICY : parsePolicy(bytes, file, LIMITS);
}
