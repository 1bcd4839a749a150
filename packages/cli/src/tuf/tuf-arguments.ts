/** What `antivenom-tuf` can be told: the protocol of the TUF conformance suite. */
import { parseArgs } from 'node:util';
import { UsageError } from '@antivenom/core/tuf';

export const TUF_USAGE = `Usage:
  antivenom-tuf --metadata-dir DIR init ROOT
  antivenom-tuf --metadata-dir DIR --metadata-url URL refresh
  antivenom-tuf --metadata-dir DIR --metadata-url URL
                --target-dir DIR --target-base-url URL --target-name PATH download

A client of any repository of The Update Framework (TUF 1.0). It keeps the newest verified metadata in the metadata folder.

  --metadata-dir DIR      where verified metadata is kept
  --metadata-url URL      where the repository's metadata stands
  --target-name PATH      what to download (repeatable)
  --target-dir DIR        where to: one file for each target, its path percent-escaped
  --target-base-url URL   where the targets stand (repeatable: mirrors, asked one after the other)
  --max-time SECONDS      how long one file may take, 3600 by default
  --help, --version

Exit status: 0 done, 1 anything else.
`;

interface Repository {
  readonly metadataDir: string;
  readonly metadataUrl: string;
  /** For one file, ms. */
  readonly totalMs: number | undefined;
}

export type TufCommand =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'init'; readonly metadataDir: string; readonly root: string }
  | ({ readonly name: 'refresh' } & Repository)
  | ({
      readonly name: 'download';
      readonly targetNames: readonly string[];
      readonly targetDir: string;
      readonly targetBaseUrls: readonly string[];
    } & Repository);

/** @throws UsageError `usage` */
export function parseTufArguments(argv: readonly string[]): TufCommand {
  const { values, positionals } = read(argv);
  if (values.help) return { name: 'help' };
  if (values.version) return { name: 'version' };
  const [name, ...operands] = positionals;
  const metadataDir = needed(values['metadata-dir'], '--metadata-dir');
  if (name === 'init' && operands.length === 1) return { name, metadataDir, root: operands[0] as string };
  if ((name !== 'refresh' && name !== 'download') || operands.length > 0) {
    throw wrong('one command is needed: init ROOT, refresh or download');
  }
  const repository = {
    metadataDir,
    metadataUrl: needed(values['metadata-url'], '--metadata-url'),
    totalMs: milliseconds(values['max-time']),
  };
  if (name === 'refresh') return { name, ...repository };
  return {
    name,
    ...repository,
    targetNames: needed(values['target-name'], '--target-name'),
    targetDir: needed(values['target-dir'], '--target-dir'),
    targetBaseUrls: needed(values['target-base-url'], '--target-base-url'),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'metadata-dir': { type: 'string' },
        'metadata-url': { type: 'string' },
        'target-name': { type: 'string', multiple: true },
        'target-dir': { type: 'string' },
        'target-base-url': { type: 'string', multiple: true },
        'max-time': { type: 'string' },
        help: { type: 'boolean' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw wrong(error.message.split(/[.\n]/, 1)[0] as string);
  }
}

function needed<Value>(value: Value | undefined, option: string): Value {
  if (value === undefined) throw wrong(`${option} is missing`);
  return value;
}

function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  throw wrong('--max-time is a number of seconds, from 1 on');
}

function wrong(what: string): UsageError {
  return new UsageError('usage', `${what}; see antivenom-tuf --help`);
}
