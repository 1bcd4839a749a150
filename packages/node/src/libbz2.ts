/** libbz2 1.0.8 itself, as the package `bzip2-wasm` carries it. Its JavaScript is not used (docs/decisions/0001-bzip2.md). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@antivenom/core';

// What we use of WebAssembly, whose types neither Node's nor TypeScript's ES libraries hold.
interface WasmModule {
  readonly wasm: never;
}
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
type WasmImports = Record<string, Record<string, (...values: number[]) => unknown>>;
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: unknown };
};

interface Libbz2 {
  readonly memory: WasmMemory;
  emscripten_stack_init(): void;
  __wasm_call_ctors(): void;
  malloc(size: number): number;
  BZ2_bzBuffToBuffCompress(
    target: number,
    targetLength: number,
    source: number,
    sourceLength: number,
    level: number,
    verbosity: number,
    workFactor: number,
  ): number;
}

const PAGE_BYTES = 1 << 16;
const LEVEL = 9;
const DEFAULT_WORK_FACTOR = 0;

let compiled: Promise<WasmModule> | undefined;

/**
 * One bzip2 stream of blocks of 900 kB: the bytes that `bzip2 -9` and Python's `bz2.compress` give. Source and result are held
 * in memory, which must come to less than 2 GB.
 *
 * @throws UsageError where they do not.
 */
export async function compressBzip2(bytes: Uint8Array): Promise<Uint8Array> {
  compiled ??= compile();
  // An instance a call: its memory never shrinks, and goes with it.
  const library = instantiate(await compiled);
  // What libbz2's manual promises to be enough.
  const room = bytes.length + Math.ceil(bytes.length / 100) + 600;
  const source = allocate(library, bytes.length);
  const target = allocate(library, room);
  const targetLength = allocate(library, 4);
  new Uint8Array(library.memory.buffer).set(bytes, source);
  new DataView(library.memory.buffer).setUint32(targetLength, room, true);
  const status = library.BZ2_bzBuffToBuffCompress(
    target,
    targetLength,
    source,
    bytes.length,
    LEVEL,
    0,
    DEFAULT_WORK_FACTOR,
  );
  if (status !== 0) throw tooLarge(bytes.length);
  const length = new DataView(library.memory.buffer).getUint32(targetLength, true);
  return new Uint8Array(library.memory.buffer, target, length).slice();
}

async function compile(): Promise<WasmModule> {
  const file = fileURLToPath(import.meta.resolve('bzip2-wasm/bzip2-1.0.8/bzip2.wasm'));
  return WebAssembly.compile(await readFile(file));
}

function instantiate(module: WasmModule): Libbz2 {
  const unused = () => {
    throw new Error('libbz2 reports a fault of its own');
  };
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      exit: unused,
      emscripten_memcpy_big: (target: number, source: number, length: number) => {
        new Uint8Array(library.memory.buffer).copyWithin(target >>> 0, source >>> 0, (source >>> 0) + (length >>> 0));
      },
      emscripten_resize_heap: (size: number) => grow(library.memory, size >>> 0),
    },
    wasi_snapshot_preview1: { fd_close: unused, fd_write: unused, fd_seek: unused },
  });
  const library = exports as Libbz2;
  library.emscripten_stack_init();
  library.__wasm_call_ctors();
  return library;
}

/** What the module asks its host when its heap is full: 1 for done, 0 for no. */
function grow(memory: WasmMemory, size: number): 0 | 1 {
  try {
    memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE_BYTES));
    return 1;
  } catch {
    return 0; // over the module's limit; malloc then returns 0
  }
}

function allocate(library: Libbz2, size: number): number {
  const address = library.malloc(Math.max(size, 1)) >>> 0;
  if (address === 0) throw tooLarge(size);
  return address;
}

function tooLarge(size: number): UsageError {
  return new UsageError('usage', `${size} bytes are more than can be compressed as bzip2 here`, {
    hint: 'Serve this index as .zst, and leave its .bz2 form out.',
  });
}
