/** Reads and edits an index without touching what is not edited: numbers keep their spelling, members their order. */
import { readFile, writeFile } from 'node:fs/promises';
import { type JsonObject, readJson, writeJson } from '@antivenom/core';

export const LIMITS = { maxBytes: 2 ** 30, maxDepth: 64 };

export async function readIndex(path: string): Promise<JsonObject> {
  const index = readJson(await readFile(path), LIMITS);
  if (index instanceof Map) return index;
  throw new Error(`${path} is no index`);
}

export async function writeIndex(path: string, index: JsonObject): Promise<void> {
  await writeFile(path, writeJson(index));
}

/** What stands under a name, as an object; empty where there is none. */
export function recordsOf(index: JsonObject, name: string): JsonObject {
  const found = index.get(name);
  return found instanceof Map ? found : new Map();
}
