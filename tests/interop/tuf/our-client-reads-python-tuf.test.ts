import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelServer, requireSoundMetadata, runAntivenom } from '@antivenom/testkit';

const python = process.env['ANTIVENOM_INTEROP_PYTHON'];
const options = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON names no python with tuf' } : {};

const folder = mkdtempSync(join(tmpdir(), 'antivenom-of-python-tuf-'));
after(() => rmSync(folder, { recursive: true }));

test(
  'antivenom-tuf follows a repository of python-tuf from before all its keys were exchanged to after',
  options,
  async () => {
    const script = join(import.meta.dirname, 'make_repository.py');
    const { status, stdout, stderr } = spawnSync(python ?? '', [script, folder], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const [first, second]: Record<string, string>[] = JSON.parse(stdout);
    const served = join(folder, 'served');
    await using server = await ChannelServer.start(served);
    const metadata = join(folder, 'metadata');
    const targets = join(folder, 'targets');
    const client = async (...words: string[]) => {
      const told = await runAntivenom(['--metadata-dir', metadata, ...words], {
        cwd: folder,
        program: 'antivenom-tuf',
      });
      return { status: told.status, stderr: told.stderr };
    };
    const done = { status: 0, stderr: '' };
    const repository = ['--metadata-url', `${server.url}/metadata`];
    const places = ['--target-dir', targets, '--target-base-url', `${server.url}/targets`];
    assert.deepEqual(await client('init', join(folder, 'first/metadata/1.root.json')), done);
    for (const [publication, listed] of [
      ['first', first ?? {}],
      ['second', second ?? {}],
    ] as const) {
      cpSync(join(folder, publication), served, { recursive: true });
      const names = Object.keys(listed);
      assert.ok(names.length > 15);
      const wanted = names.flatMap((name) => ['--target-name', name]);
      assert.deepEqual(await client(...repository, ...places, ...wanted, 'download'), done);
      for (const name of names) {
        assert.equal(readFileSync(join(targets, encodeURIComponent(name)), 'utf8'), listed[name], name);
      }
      await requireSoundMetadata(metadata);
      const absent = await client(...repository, ...places, '--target-name', 'team/nested/d1.txt', 'download');
      assert.match(absent.stderr, /\(not-listed\)\n$/);
    }
    const { signed } = JSON.parse(readFileSync(join(metadata, 'root.json'), 'utf8'));
    assert.equal(signed.version, 4);
  },
);
