/** A channel of real records, signed for conda and for mamba by the command line, before each one's rules written anew in Python. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { compressBzip2, nodeDecompression } from '@antivenom/node';
import { type EditableIndex, fixturesFolder, recordOf, runAntivenom } from '@antivenom/testkit';

const python = process.env['ANTIVENOM_INTEROP_PYTHON'];
const fixtures = fixturesFolder() ?? '';
const skip =
  python === undefined
    ? 'ANTIVENOM_INTEROP_PYTHON names no python with cryptography'
    : fixtures === '' && 'there are no fixtures beside the checkout';
const RECIPES = 'packages/conda+conda/tests/data/test-recipes/noarch';
const PYTORCH = 'repodata/conda+rattler/test-data/channels/pytorch/linux-64/repodata.json';
const SUBCHANNEL = 'repodata/jaimergp+conda-subchannel-demo@9925c9793d/linux-64/repodata.json';
const FORMS = ['current_repodata.json', 'repodata.json', 'repodata.json.bz2', 'repodata.json.zst'];
const DAY = 86_400_000;

type Client = 'conda' | 'mamba';
/** File names, sorted by what the client makes of their signatures; or why it refuses the chain. */
type Answer =
  | { readonly root: number; readonly signed: string[]; readonly refused: string[]; readonly unsigned: string[] }
  | { readonly refused: string };

describe('a channel for conda and mamba', { skip }, () => {
  let place = '';
  let folder = '';
  let reported: EditableIndex;
  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'antivenom-two-chains-'));
    folder = join(place, 'channel');
    await mkdir(join(folder, 'linux-64'), { recursive: true });
    await mkdir(join(folder, 'osx-64'), { recursive: true });
    await cp(join(fixtures, RECIPES), join(folder, 'noarch'), { recursive: true, mode: 0 });
    spawnSync('chmod', ['-R', 'u+w', folder]);
    await writeFile(join(folder, 'linux-64/repodata.json'), await readFile(join(fixtures, PYTORCH)));
    await writeFile(
      join(folder, 'osx-64/repodata.json'),
      asOfOneChannel(await readFile(join(fixtures, SUBCHANNEL), 'utf8')),
    );
    const index = await readFile(join(folder, 'noarch/repodata.json'));
    await writeFile(join(folder, 'noarch/current_repodata.json'), index);
    await writeFile(join(folder, 'noarch/repodata.json.bz2'), await compressBzip2(index));
    await command('init', folder, '--for', 'conda,mamba');
    reported = await command('sign', folder);
  });
  after(() => rm(place, { recursive: true }));

  async function command(...argv: string[]): Promise<EditableIndex> {
    const passphrase = join(place, 'passphrase');
    await writeFile(passphrase, 'correct horse\n');
    const common = ['--keys', join(place, 'keys'), '--home', join(place, 'home'), '--passphrase-file', passphrase];
    const { status, stdout, stderr } = await runAntivenom([...argv, ...common, '--yes', '--json'], { cwd: place });
    assert.equal(status, 0, stdout + stderr);
    return JSON.parse(stdout);
  }

  interface Question {
    readonly client: Client;
    /** Below the folder of the channel. */
    readonly index?: string;
    readonly in?: string;
    /** ms from now. */
    readonly later?: number;
  }

  function ask({ client, index = 'noarch/repodata.json', in: channel = folder, later = 0 }: Question): Answer {
    const root = join(folder, client === 'conda' ? 'cct/1.root.json' : '1.root.json');
    const now = new Date(Date.now() + later).toISOString().replace(/\.\d+/, '');
    const { status, stdout, stderr } = spawnSync(python ?? '', [join(import.meta.dirname, 'channel_oracle.py')], {
      encoding: 'utf8',
      input: JSON.stringify({ folder: channel, root, client, now, index }),
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  }

  /** What a client makes of the index of `noarch` after a change. */
  async function askEdited(client: Client, edit: (index: EditableIndex) => void): Promise<Answer> {
    const index = JSON.parse(await readFile(join(folder, 'noarch/repodata.json'), 'utf8'));
    edit(index);
    await writeFile(join(place, 'edited.json'), JSON.stringify(index));
    return ask({ client, index: '../edited.json' });
  }

  /** What mamba makes of a copy of the channel after a change of its files. */
  async function askChanged(change: (copy: string) => Promise<unknown>): Promise<Answer> {
    const copy = join(place, 'changed');
    await rm(copy, { recursive: true, force: true });
    await cp(folder, copy, { recursive: true });
    await change(copy);
    return ask({ client: 'mamba', in: copy });
  }

  for (const client of ['conda', 'mamba'] as const) {
    test(`${client} finds every record signed in each form, as many as the command line says`, async () => {
      let signed = 0;
      const seen: string[] = [];
      for (const subdir of ['linux-64', 'osx-64', 'noarch']) {
        for (const form of (await readdir(join(folder, subdir))).filter((name) => name.includes('repodata.json'))) {
          await writeFile(join(place, 'form.json'), await expanded(join(folder, subdir, form)));
          const answer = ask({ client, index: '../form.json' });
          assert.ok('signed' in answer, JSON.stringify(answer));
          assert.deepEqual([answer.refused, answer.unsigned], [[], []], `${subdir}/${form}`);
          assert.ok(answer.signed.length > 0);
          if (form === 'repodata.json') signed += answer.signed.length;
          seen.push(form);
        }
      }
      assert.deepEqual([...new Set(seen)].sort(), FORMS);
      assert.ok(signed > 4900, `${signed} records`);
      const { total, unforeseeable, withoutSubdir } = reported.records;
      assert.deepEqual(
        { signed, unforeseeable, withoutSubdir },
        { signed: total, unforeseeable: {}, withoutSubdir: 0 },
      );
    });
  }

  const CHANGES: readonly [string, (record: EditableIndex) => unknown][] = [
    ['name', () => 'other'],
    ['version', ({ version }) => `${version}.0`],
    ['subdir', () => 'linux-64'],
    ['size', ({ size }) => size + 1],
    ['timestamp', ({ timestamp = 0 }) => timestamp + 2000],
    ['build', ({ build }) => `${build}1`],
    ['build_number', ({ build_number }) => build_number + 1],
    ['license', () => 'other'],
    ['md5', () => '0'.repeat(32)],
    ['sha256', () => '0'.repeat(64)],
    ['depends', ({ depends = [] }) => [...depends, 'evil']],
    ['constrains', ({ constrains = [] }) => [...constrains, 'evil']],
  ];

  for (const client of ['conda', 'mamba'] as const) {
    test(`${client} refuses each record of which one member is changed, and no other`, async () => {
      const changed: string[] = [];
      const answer = await askEdited(client, (index) => {
        const files = Object.keys({ ...index.packages, ...index['packages.conda'] });
        // Another record of that name would decide what python and pip depend on.
        const plain = files.filter((file) => !['python', 'pip'].includes(recordOf(index, file).name));
        assert.ok(plain.length >= CHANGES.length);
        for (const [at, [member, change]] of CHANGES.entries()) {
          const file = plain[at] as string;
          recordOf(index, file)[member] = change(recordOf(index, file));
          changed.push(file);
        }
      });
      assert.ok('signed' in answer, JSON.stringify(answer));
      assert.deepEqual(answer.refused.toSorted(), changed.toSorted());
      assert.deepEqual(answer.unsigned, []);
    });

    test(`${client} refuses a record under another one's signatures, and one whose two signatures are exchanged`, async () => {
      let changed: string[] = [];
      const answer = await askEdited(client, (index) => {
        const { signatures } = index;
        const [one = '', other = '', third = ''] = Object.keys(signatures);
        changed = [one, other, third];
        [signatures[one], signatures[other]] = [signatures[other], signatures[one]];
        const [conda = '', mamba = ''] = Object.keys(signatures[third]);
        signatures[third] = { [conda]: signatures[third][mamba], [mamba]: signatures[third][conda] };
      });
      assert.ok('signed' in answer, JSON.stringify(answer));
      assert.deepEqual(answer.refused.toSorted(), changed.toSorted());
    });
  }

  test("conda refuses mamba's projection in the record's place, its signature under conda's key or not", async () => {
    for (const place of ['mamba’s', 'conda’s']) {
      let files: string[] = [];
      const edit = (index: EditableIndex) => {
        files = Object.keys(index.signatures);
        for (const file of files) {
          project(recordOf(index, file));
          if (place === 'conda’s') index.signatures[file] = underEachKey(index.signatures[file]);
        }
      };
      const conda = await askEdited('conda', edit);
      assert.ok('signed' in conda, JSON.stringify(conda));
      assert.deepEqual([conda.signed, conda.refused.length], [[], files.length], place);
      if (place === 'conda’s') continue;
      // What is served is the projection indeed: to mamba nothing has changed.
      const mamba = await askEdited('mamba', edit);
      assert.ok('signed' in mamba);
      assert.deepEqual(mamba.refused, []);
    }
  });

  test('both refuse their chain once a role of it has expired', () => {
    assert.deepEqual(ask({ client: 'conda', later: 400 * DAY }), { refused: 'root has expired' });
    assert.deepEqual(ask({ client: 'mamba', later: 400 * DAY }), { refused: 'root has expired' });
    assert.deepEqual(ask({ client: 'mamba', later: 8 * DAY }), { refused: 'pkg_mgr has expired' });
  });

  const FORGERIES: readonly [string, string, (copy: string) => Promise<unknown>][] = [
    [
      "conda's key_mgr at the base",
      'the signatures of key_mgr',
      (copy) => cp(join(copy, 'cct/key_mgr.json'), join(copy, 'key_mgr.json')),
    ],
    [
      "conda's root as the next one",
      'the version of the root',
      (copy) => cp(join(copy, 'cct/1.root.json'), join(copy, '2.root.json')),
    ],
    [
      'a file that names another specification',
      '2.sv1.root.json is of another specification',
      (copy) => cp(join(copy, '1.root.json'), join(copy, '2.sv1.root.json')),
    ],
    [
      'a pkg_mgr that lasts longer',
      'the signatures of pkg_mgr',
      (copy) =>
        rewrite(join(copy, 'pkg_mgr.json'), ({ signed }) => {
          signed.expiration = '2099-01-01T00:00:00Z';
        }),
    ],
    [
      'a key_mgr of which one signature is left',
      'the signatures of key_mgr',
      (copy) =>
        rewrite(join(copy, 'key_mgr.json'), (file) => {
          file.signatures = Object.fromEntries(Object.entries(file.signatures).slice(0, 1));
        }),
    ],
    [
      'key_mgr in the place of pkg_mgr',
      'the type of pkg_mgr',
      (copy) => cp(join(copy, 'key_mgr.json'), join(copy, 'pkg_mgr.json')),
    ],
  ];
  for (const [what, refused, change] of FORGERIES) {
    test(`mamba refuses a channel with ${what}`, async () => {
      assert.deepEqual(await askChanged(change), { refused });
    });
  }

  for (const [client, roles] of [
    ['conda', ['key_mgr', 'pkg_mgr', 'root']],
    ['mamba', ['mamba/key_mgr', 'mamba/pkg_mgr', 'mamba/root']],
  ] as const) {
    test(`${client} follows from the keys of each of its roles to other ones, with every record signed`, async () => {
      const before = ask({ client });
      assert.ok('signed' in before && before.signed.length > 0);
      for (const role of roles) {
        await command('rotate', folder, role);
        const after = ask({ client });
        assert.ok('signed' in after, JSON.stringify(after));
        assert.deepEqual([after.signed, after.refused, after.unsigned], [before.signed, [], []], role);
      }
      await command('sign', folder);
      assert.deepEqual(ask({ client }), { ...before, root: before.root + 2 });
    });
  }
});

async function expanded(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  if (file.endsWith('.zst')) return zstdDecompressSync(bytes);
  return file.endsWith('.bz2') ? nodeDecompression.bzip2Sync(bytes, 1 << 26) : bytes;
}

/** What leads out of the channel is left out, and the records are of the subdir that they stand in. */
function asOfOneChannel(text: string): string {
  const index = JSON.parse(text);
  delete index.metadata;
  for (const record of Object.values<EditableIndex>({ ...index.packages, ...index['packages.conda'] })) {
    for (const member of ['url', 'channel', 'fn']) delete record[member];
    record.subdir = 'osx-64';
  }
  return JSON.stringify(index);
}

/** Takes from the record what mamba does not sign; its match specs stay as they are, since mamba reads them so. */
function project(record: EditableIndex): void {
  for (const member of ['noarch', 'track_features', 'features', 'indexed_timestamp', 'license_family'])
    delete record[member];
  record.depends ??= [];
  record.license ??= '';
}

/** Mamba's signature under each of the keys that signed. */
function underEachKey(signatures: EditableIndex): EditableIndex {
  const ofMamba = Object.values<EditableIndex>(signatures).find((entry) => 'other_headers' in entry);
  assert.ok(ofMamba !== undefined);
  return Object.fromEntries(Object.keys(signatures).map((key) => [key, ofMamba]));
}

async function rewrite(file: string, change: (envelope: EditableIndex) => unknown): Promise<void> {
  const envelope = JSON.parse(await readFile(file, 'utf8'));
  change(envelope);
  await writeFile(file, JSON.stringify(envelope));
}
