/** Real channels, copied, signed by the command line, served, verified by a consumer, and then tampered with. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ChannelServer, fixturesFolder, runAntivenom } from '@antivenom/testkit';

const fixtures = fixturesFolder();
const options = fixtures === undefined ? { skip: 'the folder of fixtures is absent' } : {};

/** Folders below the fixtures. */
const CHANNELS = [
  'packages/conda+conda/tests/data/conda_format_repo',
  'packages/conda+conda/tests/data/test-recipes',
  // An index without its packages.
  'repodata/conda+conda@131e8166f9/tests/test-recipes',
];
/** Each takes a run of the command line. */
const MAX_PACKAGES = 6;

class RealChannel {
  readonly place: string;
  readonly server: ChannelServer;
  fingerprint = '';

  static async of(t: TestContext, folder: string): Promise<RealChannel> {
    const place = await mkdtemp(join(tmpdir(), 'antivenom-real-'));
    const channel = new RealChannel(place, await ChannelServer.start(join(place, 'www')));
    t.after(async () => {
      await channel.server.close();
      await rm(place, { recursive: true });
    });
    await cp(join(fixtures!, folder), join(place, 'source'), { recursive: true });
    // The fixtures are read-only, and so is a copy of them.
    for (const entry of await readdir(join(place, 'source'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await writable(join(entry.parentPath, entry.name));
    }
    await writeFile(join(place, 'passphrase'), 'correct horse\n');
    return channel;
  }

  private constructor(place: string, server: ChannelServer) {
    this.place = place;
    this.server = server;
  }

  get source(): string {
    return join(this.place, 'source');
  }

  get www(): string {
    return join(this.place, 'www/real');
  }

  get url(): string {
    return `${this.server.url}/real`;
  }

  async run(...argv: string[]) {
    const common = ['--home', join(this.place, 'home'), '--json'];
    const { status, stdout, stderr } = await runAntivenom([...argv, ...common], { cwd: this.place });
    return { status, stderr, document: stdout === '' ? undefined : JSON.parse(stdout) };
  }

  async accept(...argv: string[]) {
    const { status, document, stderr } = await this.run(...argv);
    assert.equal(status, 0, `${argv.join(' ')}: ${JSON.stringify(document)}${stderr}`);
    return document;
  }

  /** What a publisher's command gets besides. */
  get keys(): string[] {
    return ['--passphrase-file', join(this.place, 'passphrase')];
  }

  async serve(): Promise<void> {
    await rm(this.www, { recursive: true, force: true });
    await cp(this.source, this.www, { recursive: true });
  }
}

async function writable(path: string): Promise<void> {
  const bytes = await readFile(path);
  await rm(path);
  await writeFile(path, bytes);
}

/** Every package that an index of the channel lists and that is there. */
async function packagesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const index = await readFile(join(folder, entry.name, 'repodata.json'), 'utf8').catch(() => undefined);
    if (index === undefined || !entry.isDirectory()) continue;
    const { packages = {}, 'packages.conda': conda = {} } = JSON.parse(index);
    const files = new Set(await readdir(join(folder, entry.name)));
    for (const file of [...Object.keys(packages), ...Object.keys(conda)]) {
      if (files.has(file)) found.push(`${entry.name}/${file}`);
    }
  }
  return found;
}

for (const folder of CHANNELS) {
  test(`${folder} is signed, served, verified, and each tampering is refused`, options, async (t) => {
    const channel = await RealChannel.of(t, folder);
    const { rootFingerprint } = await channel.accept('init', channel.source, ...channel.keys);
    await channel.accept('sign', channel.source, ...channel.keys);
    await channel.serve();
    await channel.accept('trust', 'add', channel.url, '--fingerprint', rootFingerprint);
    const verified = await channel.accept('verify', 'channel', channel.url);
    assert.ok(verified.records.total > 0);
    assert.equal(verified.records.refused, 0);
    const packages = await packagesOf(channel.www);
    for (const file of packages.slice(0, MAX_PACKAGES)) {
      const { evidence } = await channel.accept(
        'verify',
        'package',
        `${channel.url}/${file}`,
        '--channel',
        channel.url,
      );
      assert.ok(evidence.includes('index'), file);
    }

    const [first] = packages;
    const subdir = verified.subdirs[0];
    const edit = async (path: string, change: (bytes: Buffer) => Uint8Array | string) =>
      writeFile(join(channel.www, path), change(await readFile(join(channel.www, path))));
    const tamperings: [what: string, code: string, argv: string[], () => Promise<void>][] = [
      [
        'a record changed',
        'hash-mismatch',
        [],
        () => edit(`${subdir}/repodata.json`, (bytes) => bytes.toString().replace('"depends"', '"evil":1,"depends"')),
      ],
      [
        'a compressed index of another content',
        'hash-mismatch',
        [],
        () => edit(`${subdir}/repodata.json.zst`, (b) => b.subarray(1)),
      ],
      [
        'a subdir that nobody signed',
        'not-listed',
        [],
        async () => {
          await mkdir(join(channel.www, 'zos-z'));
          await writeFile(join(channel.www, 'zos-z/repodata.json'), '{"packages": {}}');
        },
      ],
      [
        'a targets file of nobody',
        'hash-mismatch',
        [],
        () => edit('tuf/1.targets.json', (b) => b.toString().replace('cct', 'cc7')),
      ],
      ['time gone by', 'expired', ['--at', '2099-01-01T00:00:00Z'], async () => {}],
    ];
    for (const [what, code, argv, tamper] of tamperings) {
      await channel.serve();
      // What is stored already is not fetched again: a newcomer sees it.
      await channel.accept('trust', 'remove', channel.url);
      await channel.accept('trust', 'add', channel.url, '--fingerprint', rootFingerprint);
      await tamper();
      const { status, document } = await channel.run('verify', 'channel', channel.url, ...argv);
      // A refused part of the chain may be named by the length that it should have.
      assert.equal(status, 1, what);
      assert.ok([code, 'length-mismatch'].includes(document.code), `${what}: ${document.code} ${document.message}`);
    }

    for (const [change, code] of [
      [(bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])]), 'length-mismatch'],
      [(bytes: Buffer) => bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)), 'hash-mismatch'],
    ] as const) {
      if (first === undefined) break;
      await channel.serve();
      await edit(first, change);
      const { status, document } = await channel.run(
        'verify',
        'package',
        `${channel.url}/${first}`,
        '--channel',
        channel.url,
      );
      assert.deepEqual([status, document.code], [1, code]);
    }
    await channel.serve();
    await channel.accept('verify', 'channel', channel.url);
  });
}
