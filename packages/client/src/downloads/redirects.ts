/** Where a server may send us (threats.md: redirect, ssrf, token-leak). */
import { VerificationError } from '@antivenom/core/tuf';
import { type AddressClass, hostClass, mayLead } from './address-class.ts';
import type { RedactedUrl } from './redacted-url.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Shorter ones stand in any address by chance. */
const MIN_SECRET_LENGTH = 4;

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/** The redirects of one request, from the address that was asked for on. */
export class RedirectTrail {
  readonly #start: RedactedUrl;
  readonly #max: number;
  readonly #seen: Set<string>;

  constructor(start: RedactedUrl, max: number) {
    this.#start = start;
    this.#max = max;
    this.#seen = new Set([start.reveal()]);
  }

  /**
   * The next address to ask, with the credentials of the one before where it is the same origin, else with none.
   *
   * @param from the class of the server that answered
   * @throws VerificationError `redirect-refused`
   */
  follow(current: URL, location: string | undefined, from: AddressClass): URL {
    const next = location === undefined ? null : URL.parse(location, current.href);
    if (next === null) throw this.refusal('to no address');
    next.hash = '';
    next.username = '';
    next.password = '';
    if (next.protocol !== current.protocol && !(current.protocol === 'http:' && next.protocol === 'https:')) {
      throw this.refusal(`from ${current.protocol.slice(0, -1)} to ${next.protocol.slice(0, -1)}`);
    }
    if (next.origin === current.origin) {
      next.username = current.username;
      next.password = current.password;
    } else if (this.#carriesSecret(next)) {
      throw this.refusal('to another server with your credentials in the address');
    }
    const to = hostClass(next.hostname);
    if (!mayLead(from, to)) throw this.refusal(`from a ${from} to a ${to} address`);
    if (this.#seen.has(next.href)) throw this.refusal('in a circle');
    if (this.#seen.size > this.#max) throw this.refusal(`more than ${this.#max} times`);
    this.#seen.add(next.href);
    return next;
  }

  /** @param how "from https to http" */
  refusal(how: string): VerificationError {
    return new VerificationError('redirect-refused', `${this.#start} is refused: its server redirects ${how}`, {
      hint: 'Tell whoever runs the server, or add the channel under the address where it stands now.',
      details: { url: `${this.#start}` },
    });
  }

  #carriesSecret(next: URL): boolean {
    const spellings = [next.href, unescaped(next.href)];
    return this.#start.secrets
      .flatMap((secret) => [secret, unescaped(secret)])
      .some((secret) => secret.length >= MIN_SECRET_LENGTH && spellings.some((text) => text.includes(secret)));
  }
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
