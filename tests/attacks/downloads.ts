/** How the attack tests download: as the command line does, but for times, which are scaled down where a test waits for them. */
import { createFetcher, DEFAULT_DOWNLOAD_LIMITS, type FetcherOptions, RedactedUrl } from '@antivenom/client';
import { NO_PROGRESS } from '@antivenom/node';

/** For tests that wait: a window of 500 ms, at least 100 bytes in each. */
export const HASTY_LIMITS = {
  ...DEFAULT_DOWNLOAD_LIMITS,
  connectMs: 800,
  rateWindowMs: 500,
  minimumRate: 200,
  attempts: 2,
};

export class Downloads {
  readonly fetcher;

  constructor(options: Partial<FetcherOptions> = {}) {
    this.fetcher = createFetcher({
      limits: DEFAULT_DOWNLOAD_LIMITS,
      environment: {},
      progress: NO_PROGRESS,
      now: () => performance.now(),
      sleep: async () => {},
      random: () => 0,
      userAgent: 'antivenom/0.0.0-test',
      ...options,
    });
  }

  /** Everything at an address, as text. */
  async text(url: string, maxLength = 1000): Promise<string | undefined> {
    const bytes = await this.fetcher.bytes(RedactedUrl.parse(url), { maxLength });
    return bytes && Buffer.from(bytes).toString();
  }

  /** The same through a stream. */
  async streamed(url: string, maxLength = 1000): Promise<string | undefined> {
    const stream = await this.fetcher.stream(RedactedUrl.parse(url), { maxLength });
    if (stream === undefined) return undefined;
    let text = '';
    for await (const piece of stream) text += Buffer.from(piece);
    return text;
  }
}
