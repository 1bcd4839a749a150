/** `npm run bench [-- RECORDS…]`: what signing and verifying cost, on channels of generated records. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scanRepodata } from '@antivenom/core';
import { compressZstd } from '@antivenom/node';
import { generateRepodata } from '@antivenom/testkit';
import { type Measured, measure } from './measured-command.ts';

const CHANGED = 100;
const CHECKED = 200;
const LIMITS = { maxBytes: 2 ** 31, maxDepth: 16 };
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000, 100_000];

interface Row {
  readonly step: string;
  readonly records: number;
  readonly measured: Measured;
  /** Signatures made. */
  readonly signed: number | undefined;
}

async function benchmark(records: number): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-bench-'));
  try {
    const rows: Row[] = [];
    const step = async (name: string, words: readonly string[]): Promise<number | undefined> => {
      const measured = await measure([...words, '--json'], folder);
      const signed: number | undefined = words[0] === 'sign' ? JSON.parse(measured.stdout).records.signed : undefined;
      rows.push({ step: name, records, measured, signed });
      return signed;
    };
    await writeFile(join(folder, 'passphrase'), 'bench\n');
    await mkdir(join(folder, 'channel/linux-64'), { recursive: true });
    const index = join(folder, 'channel/linux-64/repodata.json');
    await write(index, generateRepodata({ seed: 'bench', records, subdir: 'linux-64' }));
    const { stdout } = await measure(['init', 'channel', '--json'], folder);

    const first = await step('sign all', ['sign', 'channel', '--out', 'published']);
    if (first !== records) throw new Error(`${first} of ${records} records were signed`);
    await step('sign, nothing changed', ['sign', 'channel']);
    await write(index, changed(await readFile(index), CHANGED));
    const second = await step(`sign, ${CHANGED} changed`, ['sign', 'channel']);
    if (second !== CHANGED) throw new Error(`${second} signatures for ${CHANGED} changed records`);
    await measure(['trust', 'add', 'published', '--fingerprint', JSON.parse(stdout).rootFingerprint], folder);
    await step('verify all', ['verify', 'channel', 'published']);
    const question = await questionAbout(join(folder, 'published'), CHECKED);
    for (const times of [1, 10]) {
      const measured = await measure(['check-records'], folder, question.repeat(times));
      const answers = measured.stdout.trim().split('\n');
      if (answers.length !== times || answers.some((line) => !JSON.parse(line).ok)) throw new Error(measured.stdout);
      const name = `check ${CHECKED} records${times === 1 ? '' : `, ${times} times`}`;
      rows.push({ step: name, records, measured, signed: undefined });
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function write(index: string, bytes: Uint8Array): Promise<void> {
  await writeFile(index, bytes);
  await writeFile(`${index}.zst`, await compressZstd(bytes, 3));
}

/** A line of `check-records` about so many records, spread over the index. */
async function questionAbout(channel: string, count: number): Promise<string> {
  const index = scanRepodata(await readFile(join(channel, 'linux-64/repodata.json')), LIMITS);
  const every = Math.max(1, Math.floor(index.records.length / count));
  const records = index.records.flatMap((slice, at) => {
    if (at % every !== 0 || at / every >= count) return [];
    const url = pathToFileURL(join(channel, 'linux-64', slice.file)).href;
    return [`{"url":${JSON.stringify(url)},"record":${Buffer.from(index.bytes.subarray(slice.start, slice.end))}}`];
  });
  return `{"id":1,"method":"check","records":[${records}]}\n`;
}

/** Spread over the index: the size of so many records ends otherwise. */
function changed(bytes: Buffer, count: number): Buffer {
  const text = bytes.toString('latin1');
  const all = [...text.matchAll(/"size":\d+/g)];
  const every = Math.floor(all.length / count);
  const chosen = new Set(Array.from({ length: count }, (_, at) => at * every));
  let at = 0;
  return Buffer.from(
    text.replace(/"size":\d+/g, (size) => (chosen.has(at++) ? `${size}1` : size)),
    'latin1',
  );
}

/** Relative to the smallest channel of this run: 10 times the records should cost no more than 10 times. */
function table(rows: readonly Row[]): string[] {
  const smallest = new Map(rows.toReversed().map((row) => [row.step, row.measured]));
  return [
    '| step | records | seconds | × the smallest | CPU seconds | × the smallest | peak MB | signatures |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map(({ step, records, measured: { seconds, cpuMs, peakMB }, signed }) => {
      const base = smallest.get(step);
      const cells = [
        ...[step, records.toLocaleString('en'), seconds.toFixed(2), ratio(seconds, base?.seconds)],
        ...[(cpuMs / 1000).toFixed(2), ratio(cpuMs, base?.cpuMs), Math.round(peakMB)],
        signed === undefined ? '' : signed.toLocaleString('en'),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function ratio(value: number, base: number | undefined): string {
  return base === undefined ? '' : (value / base).toFixed(1);
}

const starts: number[] = [];
for (let run = 0; run < 5; run++) starts.push((await measure(['--version'], tmpdir())).cpuMs);
console.log(`antivenom --version: ${Math.round(Math.min(...starts))} ms of CPU (the cheapest of ${starts.length})\n`);

const rows: Row[] = [];
for (const size of sizes) rows.push(...(await benchmark(size)));
for (const line of table(rows)) console.log(line);
