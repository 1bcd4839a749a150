/** What a check of many things found. It goes on past each refusal, and names all of them. */
import { ContentTrustError, ERROR_CODES, type ErrorCode } from '@antivenom/core';

export interface RefusedFile {
  /** `<subdir>/<name>` */
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Signatures by keys that nobody delegated for records; they count for nothing. Keys in hex. */
export interface IgnoredSignatures {
  readonly file: string;
  readonly keys: readonly string[];
  /** Whom the channel itself made them for; absent: they are a stranger's. */
  readonly for?: 'mamba';
}

export interface ChannelReport {
  /** The channel's URL, without credentials. */
  readonly channel: string;
  /** Whether the index as a whole is proved, or its records alone. */
  readonly evidence: 'index' | 'record';
  readonly subdirs: readonly string[];
  readonly records: { readonly total: number; readonly signed: number; readonly refused: number };
  readonly refused: readonly RefusedFile[];
  /** Ordinary names that hold bytes of an earlier signed publication. */
  readonly behind: readonly { readonly file: string }[];
  /**
   * Ordinary names under which a gateway serves a selection of the signed records, by its own word: each record was held against
   * the signed one, and what it left out nobody can tell from what was hidden. Undefined: no gateway answered.
   */
  readonly gateway: readonly { readonly file: string }[] | undefined;
  readonly ignored: readonly IgnoredSignatures[];
  /** Sentences for a person. */
  readonly warnings: readonly string[];
}

/** Gathers a {@link ChannelReport}. */
export class Findings {
  readonly refused: RefusedFile[] = [];
  readonly behind: { file: string }[] = [];
  gateway: { file: string }[] | undefined;
  readonly ignored: IgnoredSignatures[] = [];
  readonly warnings: string[] = [];
  readonly records = { total: 0, signed: 0, refused: 0 };
  readonly #mambaKeys: ReadonlySet<string>;

  /** @param mambaKeys in lower-case hex: those with which the channel signs for mamba */
  constructor(mambaKeys: ReadonlySet<string> = new Set()) {
    this.#mambaKeys = mambaKeys;
  }

  /** Keeps keys that have entries beside a record and count for nothing. */
  ignore(file: string, keys: readonly string[]): void {
    const [own, strange] = [true, false].map((isOwn) => keys.filter((key) => this.#mambaKeys.has(key) === isOwn));
    if (strange !== undefined && strange.length > 0) this.ignored.push({ file, keys: strange });
    if (own !== undefined && own.length > 0) this.ignored.push({ file, keys: own, for: 'mamba' });
  }

  /** Anything but an error of ours passes on. */
  refuse(file: string, error: unknown): void {
    if (!(error instanceof ContentTrustError)) throw error;
    const { code, message, hint, details } = error;
    this.refused.push({ file, code, message, hint, details });
  }

  /** Runs a check; what it throws is kept as a refusal of `file`. */
  async attempt<T>(file: string, check: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      this.refuse(file, error);
      return undefined;
    }
  }
}

/** A trust decision outranks what could not be told. Undefined where nothing was refused. */
export function firstRefusal(refused: readonly RefusedFile[]): RefusedFile | undefined {
  return refused.find(({ code }) => ERROR_CODES[code].exit === 1) ?? refused[0];
}
