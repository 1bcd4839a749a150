/**
 * Every failure of Antivenom is a {@link ContentTrustError}: a code that programs hold on to, one line for the person,
 * a hint that says what to do next.
 */

/** What the caller of a failed command is told: exit status (cli.md) and, behind the gateway, the HTTP status. */
export interface CodeFacts {
  /** 1 refused (a trust decision), 2 wrong use, 3 could not tell. */
  readonly exit: 1 | 2 | 3;
  readonly http: 400 | 403 | 451 | 500 | 502 | 503 | 504;
  /** One sentence, for docs/errors.md. */
  readonly means: string;
}

/** The one list of codes. `docs/errors.md` shows the same list; a test holds the two together. */
export const ERROR_CODES = {
  // Verification: what was read is not what was signed.
  'bad-signature': { exit: 1, http: 502, means: 'A signature by a delegated key does not verify.' },
  'threshold-not-met': { exit: 1, http: 502, means: 'Fewer distinct delegated keys signed than the role requires.' },
  'hash-mismatch': { exit: 1, http: 502, means: 'The bytes do not have the hash that the verified metadata states.' },
  'length-mismatch': { exit: 1, http: 502, means: 'The bytes are more or fewer than the verified metadata states.' },
  'version-mismatch': { exit: 1, http: 502, means: 'The version is not the one that must stand here.' },
  'forms-differ': { exit: 1, http: 451, means: 'Two forms of one index tell different stories.' },
  'name-mismatch': {
    exit: 1,
    http: 403,
    means: 'Name, version, build or subdir do not spell the file they stand for.',
  },
  'content-mismatch': {
    exit: 1,
    http: 403,
    means: 'What the package archive contains belies its record or its own list of files.',
  },
  'archive-unsafe': {
    exit: 1,
    http: 403,
    means: 'The archive leads out of its tree, expands beyond all measure or holds what no package may hold.',
  },
  'record-differs': {
    exit: 1,
    http: 403,
    means: 'The record that a client would install by is not the one in the verified index.',
  },
  yanked: { exit: 1, http: 403, means: 'The channel took this file back: it stands on a signed list of yanked files.' },
  'not-listed': {
    exit: 1,
    http: 403,
    means: 'The verified index does not list this file, or the team whose file it is did not sign it.',
  },
  missing: { exit: 1, http: 451, means: 'Something that verified metadata requires is not there (404).' },
  malformed: { exit: 1, http: 502, means: 'The bytes are not of the format they should have.' },
  'unsafe-name': { exit: 1, http: 403, means: 'A role, target or file name could lead out of its folder.' },
  'redirect-refused': { exit: 1, http: 502, means: 'The server redirects where a redirect may not lead.' },
  'unsafe-index': {
    exit: 1,
    http: 451,
    means: 'The index sends clients elsewhere, or holds a record that no one can prove.',
  },
  // Freshness.
  expired: { exit: 1, http: 451, means: 'The metadata is past its expiry.' },
  rollback: { exit: 1, http: 451, means: 'The version is lower than one accepted before.' },
  // Policy and trust.
  'not-trusted': {
    exit: 1,
    http: 451,
    means: 'Nobody told this machine to trust the channel, or its root is not the one trusted.',
  },
  'policy-refused': {
    exit: 1,
    http: 403,
    means: 'The policy asks for evidence that is not there, or binds the name to another channel.',
  },
  // Stores.
  'store-corrupt': { exit: 1, http: 500, means: 'The trust store or key folder is damaged.' },
  'key-missing': { exit: 2, http: 500, means: 'A key that this command signs with is not in the key folder.' },
  'wrong-passphrase': { exit: 2, http: 500, means: 'The passphrase does not open the key file.' },
  locked: { exit: 3, http: 503, means: 'Another command holds the lock for longer than this one waits.' },
  io: { exit: 3, http: 500, means: 'A file could not be read or written.' },
  // Network.
  unreachable: {
    exit: 3,
    http: 504,
    means: 'The server does not answer, answers too slowly, or answers with an error.',
  },
  'mirror-behind': { exit: 3, http: 504, means: 'The mirror serves an earlier signed generation.' },
  'not-held': { exit: 3, http: 504, means: 'The mirror does not hold a file that the verified index lists.' },
  // Use.
  usage: { exit: 2, http: 400, means: 'The command, its options or its input were not what they should be.' },
  'policy-invalid': { exit: 2, http: 400, means: 'The policy file has a mistake.' },
  'already-initialised': { exit: 2, http: 400, means: 'The channel, or its key folder, is there already.' },
  'not-initialised': { exit: 2, http: 400, means: 'The channel has no trust metadata of ours yet.' },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorOptions {
  /** What the reader should do next, one sentence. */
  readonly hint?: string;
  /** Facts for programs; must be representable as JSON and must hold no secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Base of all errors of Antivenom. Throw one of its subclasses, chosen by what the caller does next. */
export class ContentTrustError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** 1 refused, 2 wrong use, 3 could not tell. */
  get exitStatus(): 1 | 2 | 3 {
    return ERROR_CODES[this.code].exit;
  }
}

/** Readers of bytes know nothing of where those came from. */
const MALFORMED_HINT =
  'The file is damaged, or not the one that was meant: get it again, or from another place, and tell its owner.';

/** Bytes that are not of their format. The caller must not look at any part of them. */
export class MalformedError extends ContentTrustError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('malformed', message, { ...options, hint: options.hint ?? MALFORMED_HINT });
  }
}

/** Bytes that are well formed and not what was signed. */
export class VerificationError extends ContentTrustError {}

/** Metadata that was once true: expired, or older than what was accepted before. */
export class FreshnessError extends ContentTrustError {}

/** A decision of the owner of this machine: not trusted, or not enough evidence. */
export class PolicyError extends ContentTrustError {}

/** A server that could not be asked. */
export class DownloadError extends ContentTrustError {}

/** A trust store, key folder or disk that cannot be used. */
export class StoreError extends ContentTrustError {}

/** A call that was wrong. */
export class UsageError extends ContentTrustError {}
