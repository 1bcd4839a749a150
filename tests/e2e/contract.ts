/** Commands with `--json` on channels and homes of their own, each document held to the form that all have. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { runAntivenom, writeChannel } from '@antivenom/testkit';

export const DAY = 86_400_000;
/** Everything of one test file; its name has a space. */
export const place = mkdtempSync(join(tmpdir(), 'antivenom contract '));
export const passphrase = join(place, 'passphrase');
writeFileSync(passphrase, 'correct horse\n');
export const wrong = join(place, 'wrong');
writeFileSync(wrong, 'battery staple\n');
after(() => rmSync(place, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: the documents are what is under test
export type Document = any;
interface Setting {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: number;
}

/** A command with `--json`: its exit status, and its document with everything that a refusal holds. */
export async function run(
  argv: readonly string[],
  setting: Setting = {},
): Promise<{ status: number | null; document: Document }> {
  const { status, stdout, stderr } = await runAntivenom([...argv, '--json'], { cwd: place, ...setting });
  let document: Document;
  try {
    document = JSON.parse(stdout);
  } catch {
    assert.fail(`${argv.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  }
  if (status !== 0) {
    assert.equal(document.ok, false, stdout);
    for (const member of ['code', 'message', 'hint']) {
      assert.equal(typeof document[member], 'string', stdout);
      assert.notEqual(document[member], '', `${member} of ${stdout}`);
    }
    assert.equal(typeof document.details, 'object', stdout);
  }
  return { status, document };
}

export async function accepted(argv: readonly string[], setting: Setting = {}): Promise<Document> {
  const { status, document } = await run(argv, setting);
  assert.equal(status, 0, JSON.stringify(document));
  return document;
}

export async function refused(
  status: 1 | 2 | 3,
  code: string,
  argv: readonly string[],
  setting: Setting = {},
): Promise<Document> {
  const told = await run(argv, setting);
  assert.deepEqual({ status: told.status, code: told.document.code }, { status, code }, JSON.stringify(told.document));
  return told.document;
}

let channels = 0;
/** A channel folder that nobody has signed yet, and the options of a home of its own. */
export async function unsigned(): Promise<{ folder: string; home: string; owner: string[]; consumer: string[] }> {
  const folder = join(place, `channel-${++channels}`);
  await writeChannel(folder, { seed: channels, subdirs: ['linux-64', 'noarch'], packages: 2, forms: { zst: true } });
  const home = join(place, `home-${channels}`);
  const consumer = ['--home', join(place, `consumer-${channels}`)];
  return { folder, home, owner: ['--home', home, '--passphrase-file', passphrase, '--yes'], consumer };
}

export async function signed() {
  const channel = await unsigned();
  const { rootFingerprint } = await accepted(['init', channel.folder, ...channel.owner]);
  await accepted(['sign', channel.folder, ...channel.owner]);
  return { ...channel, rootFingerprint: String(rootFingerprint) };
}
