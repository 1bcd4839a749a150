import type { ReadStream } from 'node:tty';

/** What the command line gets of the process it runs in; nothing below reads `process`. */
export interface World {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly userHome: string;
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** ms since the epoch. */
  now(): number;
  /** Resolves when somebody asks this process to end (SIGTERM, SIGINT), which from the call on is up to the caller. */
  askedToStop(): Promise<void>;
  /** Hears SIGINT, SIGQUIT, SIGTERM and SIGHUP in place of what they do, until the function returned is called. */
  onSignal(heard: (signal: NodeJS.Signals) => void): () => void;
}

export interface TextSink {
  readonly isTTY?: boolean;
  /** Characters in a line of the terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** 0 accepted or done, 1 refused, 2 wrong use, 3 could not tell, 130 interrupted. */
export type ExitStatus = 0 | 1 | 2 | 3 | 130;

/** Of a command that runs another one: that one's own may be any. */
export type ForeignStatus = ExitStatus | number;
