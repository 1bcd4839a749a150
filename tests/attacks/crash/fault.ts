/**
 * Loaded into the command's own process (`--import`): counts the steps that change a folder, and at step `FAULT_AT` kills
 * the process as `kill -9` does, or from there on has the disk be full, or read-only. `FAULT_COUNT` names a file for the number of steps.
 */
import { writeFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env['FAULT_AT'] ?? Number.POSITIVE_INFINITY);
const kind = process.env['FAULT_KIND'];
const countFile = process.env['FAULT_COUNT'];

let steps = 0;
if (countFile !== undefined) process.on('exit', () => writeFileSync(countFile, String(steps)));

/** What of a step is still done when it is the one that is cut off. */
type Half = () => Promise<unknown>;
const nothing: Half = async () => undefined;

async function step(path: unknown, half: Half, needsSpace: boolean): Promise<void> {
  steps++;
  if (kind === 'disk-full') {
    if (steps < at || !needsSpace) return;
    await half();
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write', path });
  }
  if (kind === 'read-only') {
    if (steps < at) return;
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS', syscall: 'open', path });
  }
  if (steps !== at) return;
  await half();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => setInterval(() => {}, 1_000_000));
}

type Call = (...given: never[]) => Promise<unknown>;

/** Has `name` take a step first. */
function faulty(
  owner: object,
  name: string,
  needsSpace: boolean,
  half: (call: Call, given: unknown[]) => Half = () => nothing,
): void {
  const functions = owner as Record<string, Call>;
  const call = functions[name];
  if (call === undefined) throw new Error(`there is no ${name}`);
  functions[name] = async function (this: unknown, ...given: unknown[]) {
    const bound = call.bind(this as never) as Call;
    await step(typeof given[0] === 'string' ? given[0] : undefined, half(bound, given), needsSpace);
    return bound(...(given as never[]));
  };
}

const firstHalf = (bytes: unknown) => (bytes instanceof Uint8Array ? bytes.subarray(0, bytes.length >> 1) : bytes);
const open = fs.open;

faulty(
  fs,
  'writeFile',
  true,
  (call, [path, bytes]) =>
    () =>
      call(path as never, firstHalf(bytes) as never),
);
for (const name of ['copyFile', 'link', 'mkdir']) faulty(fs, name, true);
for (const name of ['rename', 'rm', 'unlink', 'rmdir', 'truncate', 'symlink']) faulty(fs, name, false);
fs.open = async (path, flags, mode) => {
  const isWrite = flags !== undefined && flags !== 'r';
  if (isWrite) await step(path, nothing, true);
  const handle: FileHandle = await open(path, flags, mode);
  if (isWrite)
    faulty(
      handle,
      'writeFile',
      true,
      (call, [bytes]) =>
        () =>
          call(firstHalf(bytes) as never),
    );
  return handle;
};
syncBuiltinESMExports();
