/** What a client is told in place of a file: a problem document (RFC 9457), whose sentence clients print. */
import { type ContentTrustError, ERROR_CODES, type ErrorCode, type Evidence } from '@antivenom/core';

export const PROBLEM_TYPE = 'application/problem+json';

/** What was asked for decides the status: clients act on it (docs/gateway.md). */
export type Asked = 'index' | 'package';

export interface ProblemPlace {
  readonly channel?: string | undefined;
  /** `<subdir>/<name>` */
  readonly file?: string | undefined;
  /** What was found of the package before it was refused. */
  readonly evidence?: readonly Evidence[] | undefined;
}

/** An answer that is no file. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: ProblemPlace;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    detail: string,
    hint: string | undefined,
    place: ProblemPlace,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.place = place;
    this.headers = headers;
  }

  /** Whether something was not handed over that was there to be asked for. */
  get isRefusal(): boolean {
    return this.status === 403 || this.status === 451 || this.status >= 500;
  }

  get body(): string {
    const { channel, file, evidence } = this.place;
    const document = {
      type: `urn:antivenom:problem:${this.code}`,
      title: TITLES.get(this.status) ?? 'The request cannot be answered',
      status: this.status,
      detail: this.message,
      code: this.code,
      hint: this.hint ?? '',
      ...(channel === undefined ? {} : { channel }),
      ...(file === undefined ? {} : { file }),
      ...(evidence === undefined ? {} : { evidence }),
    };
    return `${JSON.stringify(document, undefined, 2)}\n`;
  }
}

const TITLES: ReadonlyMap<number, string> = new Map([
  [400, 'The request is not as it should be'],
  [401, 'The gateway asks for a token'],
  [403, 'Refused: the package is not proved'],
  [404, 'Not in the verified index'],
  [407, 'The proxy asks for its password'],
  [405, 'The method is not allowed'],
  [416, 'The range lies outside of the file'],
  [421, 'The gateway is not called so'],
  [451, 'Refused: the channel is not proved'],
  [500, 'The gateway has a fault'],
  [502, 'The channel does not serve what it published'],
  [503, 'The gateway cannot serve at present'],
  [504, 'The channel does not answer'],
]);

/** For a channel that has no verified, unexpired index: all of it is answered so. */
export function channelProblem(error: ContentTrustError, asked: Asked, place: ProblemPlace): Problem {
  const { exit, http } = ERROR_CODES[error.code];
  const refused = asked === 'index' ? 451 : 403;
  // A subdir that nobody serves is hidden from the solver, and the channel is refused like one that is forged.
  const isRefused = exit === 1 || error.code === 'not-held' || error.code === 'mirror-behind';
  const status = error.code === 'store-corrupt' ? 500 : isRefused ? refused : http;
  return new Problem(status, error.code, error.message, error.hint, place);
}

/** For one file that upstream does not hand over as it was signed. */
export function fileProblem(error: ContentTrustError, asked: Asked, place: ProblemPlace): Problem {
  const { code, message, hint, details } = error;
  if (asked === 'index' && ERROR_CODES[code].exit === 1) return channelProblem(error, asked, place);
  const answered = code === 'not-held' || code === 'mirror-behind' || typeof details['status'] === 'number';
  const status = code === 'unsafe-index' ? 403 : answered ? 502 : ERROR_CODES[code].http;
  return new Problem(status, code, message, hint, place);
}

export function notListed(detail: string, place: ProblemPlace): Problem {
  return new Problem(404, 'not-listed', detail, 'Look at the address: nothing of this name was published.', place);
}
