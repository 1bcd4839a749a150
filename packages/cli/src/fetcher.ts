/** Downloads as the command line makes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createFetcher, DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits, type Fetcher } from '@antivenom/client/tuf';
import type { ProgressReporter } from '@antivenom/node';
import { ownProxies } from './own-proxies.ts';
import { packageVersion } from './package-version.ts';
import type { World } from './world.ts';

export interface Downloading {
  readonly world: Pick<World, 'env'>;
  readonly progress: ProgressReporter;
}

/**
 * @param limits where they differ from the usual ones
 * @param authorization credentials besides those in addresses
 */
export function fetcherOf(
  { world, progress }: Downloading,
  limits: Partial<DownloadLimits> = {},
  authorization: (url: URL) => string | undefined = () => undefined,
): Fetcher {
  return createFetcher({
    limits: { ...DEFAULT_DOWNLOAD_LIMITS, ...limits },
    environment: ownProxies(world.env),
    progress,
    authorization,
    now: () => performance.now(),
    sleep: (ms) => sleep(ms),
    random: Math.random,
    userAgent: `antivenom/${packageVersion()}`,
  });
}
