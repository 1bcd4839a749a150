import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { checkRecordNames, readJson, scanRepodata } from '@antivenom/core';
import { nodeDecompression } from '@antivenom/node';
import { type ChannelPlan, writeChannel } from './channel.ts';
import { generateRepodata } from './generated-repodata.ts';

const base = await mkdtemp(join(tmpdir(), 'antivenom-channel-'));
after(() => rm(base, { recursive: true }));

const LIMITS = { maxBytes: 1 << 28, maxDepth: 16 };
const PLAN: ChannelPlan = {
  seed: 'channel test',
  subdirs: ['noarch', 'linux-64'],
  packages: 6,
  forms: { zst: true, bz2: true, currentRepodata: true, runExports: true, channeldata: true },
};

/** Opens every package with Python's own zip and tar readers (tar's names alone where it cannot read Zstandard). */
const PYTHON = `
import sys, pathlib, tarfile, zipfile
for path in sorted(pathlib.Path(sys.argv[1]).rglob('*')):
    if path.name.endswith('.tar.bz2'):
        names = tarfile.open(path).getnames()
        assert 'info/index.json' in names and 'info/paths.json' in names, names
    elif path.suffix == '.conda':
        archive = zipfile.ZipFile(path)
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3, archive.namelist()
    else:
        continue
    print(path.name)
`;

it('writes the same channel twice from one seed, with every index form it was asked for', async () => {
  const [one, two] = [join(base, 'one'), join(base, 'two')];
  const written = await writeChannel(one, PLAN);
  assert.deepEqual(await writeChannel(two, PLAN), written);
  for (const file of await readdir(one, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    assert.deepEqual(await readFile(path), await readFile(path.replace(one, two)), path);
  }
  const forms = (await readdir(join(one, 'noarch'))).filter((name) => name.includes('.json')).sort();
  const names = ['current_repodata', 'repodata', 'run_exports'];
  assert.deepEqual(
    forms,
    names.flatMap((name) => ['', '.bz2', '.zst'].map((twin) => `${name}.json${twin}`)),
  );
  const repodata = await readFile(join(one, 'noarch', 'repodata.json'));
  const zst = await readFile(join(one, 'noarch', 'repodata.json.zst'));
  const bz2 = await readFile(join(one, 'noarch', 'repodata.json.bz2'));
  assert.ok(repodata.equals(nodeDecompression.zstdSync(zst, repodata.length)));
  assert.ok(repodata.equals(nodeDecompression.bzip2Sync(bz2, repodata.length)));
});

it('writes records that stand for their packages', async () => {
  const folder = join(base, 'records');
  const written = await writeChannel(folder, PLAN);
  assert.ok(
    written.some(({ file }) => file.endsWith('.conda')) && written.some(({ file }) => file.endsWith('.tar.bz2')),
  );
  for (const { subdir, file, sha256, size } of written) {
    const bytes = await readFile(join(folder, subdir, file));
    assert.equal(bytes.length, size);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  }
  for (const subdir of PLAN.subdirs) {
    const repodata = scanRepodata(await readFile(join(folder, subdir, 'repodata.json')), LIMITS);
    assert.equal([...repodata.records].length, written.filter((pkg) => pkg.subdir === subdir).length);
    for (const slice of repodata.records) checkRecordNames(subdir, slice.file, slice.map, repodata.record(slice));
  }
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

it('writes packages that Python opens', { skip: !hasPython && 'no python3' }, async () => {
  const folder = join(base, 'python');
  const written = await writeChannel(folder, PLAN);
  const { stdout, stderr, status } = spawnSync('python3', ['-c', PYTHON, folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n').sort(), written.map(({ file }) => file).sort());
});

it('generates an index of any size from a seed, with what real ones hold', () => {
  const plan = { seed: 1, records: 2500, subdir: 'linux-64' };
  const bytes = generateRepodata(plan);
  assert.deepEqual(generateRepodata(plan), bytes);
  assert.notDeepEqual(generateRepodata({ ...plan, seed: 2 }), bytes);
  const repodata = scanRepodata(bytes, LIMITS);
  const slices = [...repodata.records];
  assert.equal(slices.length, plan.records);
  assert.equal(new Set(slices.map(({ file }) => file)).size, plan.records);
  for (const slice of slices) checkRecordNames('linux-64', slice.file, slice.map, repodata.record(slice));
  const text = new TextDecoder().decode(bytes);
  for (const odd of ['1e16', '\\ud83d', '🐍', '\\u007f']) assert.ok(text.includes(odd), odd);
  readJson(bytes, LIMITS);
});
