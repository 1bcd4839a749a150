import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_POLICY, type Policy, type PolicyLimits, parsePolicy } from '@antivenom/core';
import { readNamedFile } from './named-path.ts';

const MAX_LENGTH = 1_000_000;

/** Commands that enforce a channel's `cooldown`; for the others it is a mistake. */
export type PolicyEnforcement = Pick<PolicyLimits, 'cooldown'>;

/**
 * The policy in force: the file that `--policy` names, else `<home>/antivenom.yaml` where there is one.
 *
 * @throws UsageError `usage`, `policy-invalid`
 */
export async function readPolicy(
  option: string | undefined,
  home: string,
  cwd: string,
  enforcement: PolicyEnforcement = {},
): Promise<Policy> {
  const limits = { maxLength: MAX_LENGTH, ...enforcement };
  if (option !== undefined) return parsePolicy(await readNamedFile(option, cwd), option, limits);
  const file = join(home, 'antivenom.yaml');
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    // A policy that cannot be read must not be taken for one that is absent.
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return bytes === undefined ? DEFAULT_POLICY : parsePolicy(bytes, file, limits);
}
