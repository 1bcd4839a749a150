/** A large index of packages that nobody built: for benchmarks and for tests of scale. */
import { asciiOnly } from './index-json.ts';
import { SeededRandom } from './seeded-random.ts';

export interface RepodataPlan {
  readonly seed: string | number;
  /** How many; every fourth is a `.tar.bz2`. */
  readonly records: number;
  readonly subdir: string;
  /** How often records turn up that only patched or odd indexes hold: floats, unsorted members, escapes. Once in so many; 50 by default. */
  readonly oddOnceIn?: number;
}

const STEMS = ['lib', 'py', 'r-', 'rust-', 'node-', 'perl-', 'go-', ''];
const WORDS = [
  'alpha',
  'arrow',
  'boost',
  'crypto',
  'delta',
  'graph',
  'image',
  'json',
  'kernel',
  'numeric',
  'parse',
  'zlib',
];
const LICENSES = ['MIT', 'BSD-3-Clause', 'Apache-2.0', 'GPL-3.0-or-later', 'LGPL-2.1-or-later WITH exception', 'Zlib'];
const SUMMARIES = ['naïve “quoted”', 'tab\there \\ and a "quote"', 'émile 蛇 🐍', 'line\nbreak', '\u007f\u0001'];
/** Literals that JavaScript's numbers would rewrite. */
const ODD_NUMBERS = ['1.0', '1e16', '-0.0', '0.1', '12345678901234567890', '1.7976931348623157e308', '5e-324'];
const CHUNK = 1000;

/** The bytes of `repodata.json`, compact, with six dependencies a record. */
export function generateRepodata(plan: RepodataPlan): Uint8Array {
  const random = new SeededRandom(plan.seed);
  const chunks: Buffer[] = [Buffer.from(`{"info":{"subdir":${JSON.stringify(plan.subdir)}},"packages":{`)];
  const archives = Math.floor(plan.records / 4);
  appendRecords(chunks, archives, 'tar.bz2', plan, random);
  chunks.push(Buffer.from('},"packages.conda":{'));
  appendRecords(chunks, plan.records - archives, 'conda', plan, random);
  chunks.push(Buffer.from('},"removed":[],"repodata_version":1}'));
  return new Uint8Array(Buffer.concat(chunks));
}

/** In chunks, since one string of a whole index may be longer than V8 allows. */
function appendRecords(chunks: Buffer[], count: number, extension: string, plan: RepodataPlan, random: SeededRandom) {
  let text = '';
  for (let at = 0; at < count; at++) {
    text += `${at === 0 ? '' : ','}${record(at, extension, plan, random)}`;
    if (at % CHUNK === CHUNK - 1 || at === count - 1) {
      chunks.push(Buffer.from(text));
      text = '';
    }
  }
}

function record(at: number, extension: string, plan: RepodataPlan, random: SeededRandom): string {
  const name = `${STEMS[at % STEMS.length]}${WORDS[Math.floor(at / STEMS.length) % WORDS.length]}-${Math.floor(at / 96)}`;
  const version = `${random.below(12)}.${random.below(30)}.${random.below(20)}`;
  const buildNumber = random.below(8);
  const build = `h${random.hex(7)}_${buildNumber}`;
  const odd = random.onceIn(plan.oddOnceIn ?? 50);
  const members: [string, string][] = [
    ['build', quoted(build)],
    ['build_number', String(buildNumber)],
    ['depends', `[${Array.from({ length: 6 }, () => quoted(dependency(random))).join(',')}]`],
    ['license', quoted(random.pick(LICENSES))],
    ['md5', quoted(random.hex(32))],
    ['name', quoted(name)],
    ['sha256', quoted(random.hex(64))],
    ['size', String(1000 + random.below(50_000_000))],
    ['subdir', quoted(plan.subdir)],
    ['timestamp', String(1_500_000_000_000 + random.below(200_000_000) * 1000)],
    ['version', quoted(version)],
  ];
  if (odd) {
    members.push(['x_number', random.pick(ODD_NUMBERS)]);
    // Half of them escaped as Python writes them, half as they are.
    const summary = JSON.stringify(random.pick(SUMMARIES));
    members.push(['summary', random.onceIn(2) ? asciiOnly(summary) : summary]);
    members.reverse();
  }
  const body = members.map(([key, value]) => `${quoted(key)}:${value}`).join(',');
  return `${quoted(`${name}-${version}-${build}.${extension}`)}:{${body}}`;
}

function dependency(random: SeededRandom): string {
  const name = `${random.pick(STEMS)}${random.pick(WORDS)}-${random.below(100)}`;
  const version = `${random.below(12)}.${random.below(30)}`;
  return random.onceIn(2) ? `${name} >=${version},<${random.below(12) + 12}.0a0` : `${name} ${version}.*`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
