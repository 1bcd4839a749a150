/** What the operations of the client get from the command line. */
import type { ClientEnv } from '@antivenom/client';
import type { CheckOptions } from './commands.ts';
import { fetcherOf } from './fetcher.ts';
import { type PolicyEnforcement, readPolicy } from './policy-file.ts';
import type { Session } from './session.ts';
import { parseTimeOfCheck } from './time-of-check.ts';

/** How long a command waits for another one at work on the trust store. */
export const LOCK_WAIT_MS = 60_000;

export async function clientEnv(
  session: Session,
  options: CheckOptions,
  enforcement: PolicyEnforcement = {},
): Promise<ClientEnv> {
  const { world, home, progress } = session;
  return {
    home,
    now: options.at === undefined ? world.now() : parseTimeOfCheck(options.at),
    isRealTime: options.at === undefined,
    policy: await readPolicy(options.policy, home, world.cwd, enforcement),
    fetcher: fetcherOf(session),
    progress,
    lockWaitMs: LOCK_WAIT_MS,
  };
}
