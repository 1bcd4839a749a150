/**
 * `npm run bench:tuf [-- BINS…]`: what it costs TUF clients to fetch one target from a repository of so many succinct hash bins,
 * from the first root on and again. tuf-js takes a minute and more for 16,384.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keyId } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { ChannelServer, seededSigner, TufRepository, tufKeyOf } from '@antivenom/testkit';
import { interopPython } from '../scripts/interop-peers.ts';
import { type Measured, measureProgram } from './measured-command.ts';

const HERE = import.meta.dirname;
const PATH = 'a/file';
const CONTENT = 'content';

/** A client's command, given the URL of the repository, a root, and a folder of its own. */
type Client = (
  url: string,
  root: string,
  folder: string,
) => readonly [program: string, words: readonly string[], input?: string];

const python = interopPython();
const antivenomTuf = resolve(HERE, '../packages/cli/bin/antivenom-tuf');
const CLIENTS: Readonly<Record<string, Client>> = {
  'antivenom-tuf': (url, _root, folder) => [
    antivenomTuf,
    [
      ...['--metadata-dir', join(folder, 'metadata'), '--metadata-url', `${url}/metadata`],
      ...[
        '--target-dir',
        join(folder, 'targets'),
        '--target-base-url',
        `${url}/targets`,
        '--target-name',
        PATH,
        'download',
      ],
    ],
  ],
  'python-tuf': (url, root, folder) => [
    python,
    [
      ...[join(HERE, 'tuf_usage.py'), resolve(HERE, '../tests/interop/tuf/ngclient_downloads.py')],
      ...[`${url}/metadata/`, `${url}/targets/`, root, folder],
    ],
    JSON.stringify([PATH]),
  ],
  'tuf-js': (url, root, folder) => [
    process.execPath,
    [join(HERE, 'tuf-js-download.ts'), `${url}/metadata`, `${url}/targets`, root, folder, PATH],
  ],
};

/** Writes a repository whose targets fall into so many bins; the one bin that is asked about lists the file. */
async function writeRepository(bins: number, folder: string): Promise<void> {
  const bits = Math.log2(bins);
  const repository = new TufRepository(Date.now());
  const number = Math.floor(createHash('sha256').update(PATH).digest().readUInt32BE() / 2 ** (32 - bits));
  const nameOf = (bin: number) => `bin-${bin.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
  const signer = seededSigner('bin');
  const id = keyId(signer.publicKey, nodeCrypto);
  const delegations = {
    keys: { [id]: tufKeyOf(signer.publicKey) },
    succinct_roles: { keyids: [id], threshold: 1, bit_length: bits, name_prefix: 'bin' },
  };
  repository.stateHashes = false;
  repository.targetsRole('targets').forgery = (signed) =>
    signed.replace(/}$/, `,"delegations":${JSON.stringify(delegations)}}`);
  const meta = Array.from({ length: bins }, (_, bin) => [`${nameOf(bin)}.json`, { version: 1 }]);
  repository.snapshot.forgery = (signed) =>
    signed.replace('"meta":{', `"meta":{${JSON.stringify(Object.fromEntries(meta)).slice(1, -1)},`);
  const metadata = (name: string, bytes: Uint8Array) => writeFile(join(folder, 'metadata', name), bytes);
  for (const dir of ['metadata', 'targets/a']) await mkdir(join(folder, dir), { recursive: true });
  await metadata('1.root.json', await repository.rootFile());
  await metadata('timestamp.json', await repository.timestampFile());
  await metadata('1.snapshot.json', await repository.snapshotFile());
  await metadata('1.targets.json', await repository.targetsFile());
  Object.assign(repository.addRole('bin'), { signers: [signer] }).files.set(PATH, new TextEncoder().encode(CONTENT));
  await metadata(`1.${nameOf(number)}.json`, await repository.targetsFile('bin'));
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  await writeFile(join(folder, 'targets/a', `${sha256}.file`), CONTENT);
}

interface Row {
  readonly client: string;
  readonly bins: number;
  readonly first: Measured;
  readonly again: Measured;
}

async function benchmark(bins: number): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-bench-'));
  await writeRepository(bins, join(folder, 'served'));
  const server = await ChannelServer.start(join(folder, 'served'));
  try {
    const root = join(folder, 'served/metadata/1.root.json');
    const rows: Row[] = [];
    for (const [name, client] of Object.entries(CLIENTS)) {
      const own = join(folder, name);
      await mkdir(join(own, 'metadata'), { recursive: true });
      if (name === 'antivenom-tuf') await copyFile(root, join(own, 'metadata/root.json'));
      const run = async () => {
        const [program, words, input] = client(server.url, root, own);
        return measureProgram(program, words, folder, input);
      };
      const first = await run();
      const again = await run();
      const [file = ''] = await readdir(join(own, 'targets')).then((names) =>
        names.filter((one) => !one.startsWith('.')),
      );
      if ((await readFile(join(own, 'targets', file), 'utf8')) !== CONTENT)
        throw new Error(`${name} got something else`);
      rows.push({ client: name, bins, first, again });
    }
    return rows;
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [256, 4096, 16_384];
console.log('| client | bins | CPU seconds | × antivenom-tuf | seconds | peak MB | again: CPU seconds | seconds |');
console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
for (const bins of sizes) {
  const rows = await benchmark(bins);
  const ours = rows[0]?.first.cpuMs ?? 0;
  for (const { client, first, again } of rows) {
    const cells = [
      ...[client, bins.toLocaleString('en'), (first.cpuMs / 1000).toFixed(2), (first.cpuMs / ours).toFixed(1)],
      ...[
        first.seconds.toFixed(2),
        Math.round(first.peakMB),
        (again.cpuMs / 1000).toFixed(2),
        again.seconds.toFixed(2),
      ],
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
