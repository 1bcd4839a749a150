/** Index files that are published as the indexer wrote them, such as `run_exports.json`; their twins follow from them. */
import { join } from 'node:path';
import { DERIVED_INDEX_FORMS, jsonEquals, REPODATA, readJson, twinOf, VerificationError } from '@antivenom/core';
import { readFileIfThere, sha256Hex } from '@antivenom/node';
import type { FileFacts } from '../channel/published-targets.ts';
import type { Refused } from '../operations.ts';
import type { Staging } from '../publication/staging.ts';
import { contentOf, type ReplacementRules } from './derived-forms.ts';
import { compress } from './make-forms.ts';
import { INDEX_LIMITS, refusalOf } from './source-index.ts';

export interface PlainFormPlan {
  /** The folder, and what its files' paths begin with: `linux-64/`, or nothing at the channel's base. */
  readonly folder: string;
  readonly prefix: string;
  readonly names: ReadonlySet<string>;
  readonly zstdLevel: number;
  readonly rules: ReplacementRules;
}

export interface PlainForms {
  readonly files: readonly FileFacts[];
  /** Path → SHA-256 of the bytes as they were read. */
  readonly read: ReadonlyMap<string, string>;
}

/** Takes them into the staging folder; twins that tell something else than their base are named in `refused`. */
export async function makePlainForms(plan: PlainFormPlan, staging: Staging, refused: Refused[]): Promise<PlainForms> {
  const derived = new Set<string>([REPODATA, ...DERIVED_INDEX_FORMS]);
  const files: FileFacts[] = [];
  const read = new Map<string, string>();
  for (const name of plan.names) {
    if (derived.has(name)) continue;
    const bytes = await readFileIfThere(join(plan.folder, name));
    if (bytes === undefined) continue;
    const path = `${plan.prefix}${name}`;
    read.set(path, sha256Hex(bytes));
    try {
      files.push(await staging.addTarget(path, await publishedBytes(name, path, bytes, plan)));
    } catch (error) {
      refused.push(refusalOf(path, error));
    }
  }
  return { files, read };
}

async function publishedBytes(name: string, path: string, bytes: Uint8Array, plan: PlainFormPlan): Promise<Uint8Array> {
  const twin = twinOf(name);
  const base = twin && (await readFileIfThere(join(plan.folder, twin.base)));
  if (twin === undefined || base === undefined) return bytes;
  if (!plan.rules.rebuild) {
    const content = contentOf(name, bytes);
    // A twin that is right stays as it is, whoever compressed it.
    if (Buffer.compare(content, base) === 0) return bytes;
    const agrees =
      plan.rules.isOurs(path, sha256Hex(bytes)) ||
      jsonEquals(readJson(content, INDEX_LIMITS), readJson(base, INDEX_LIMITS));
    if (!agrees) {
      throw new VerificationError('forms-differ', `${path} and ${twin.base} tell different stories`, {
        hint: 'Index the channel again, or have the form rebuilt: sign --rebuild.',
        details: { form: path },
      });
    }
  }
  return compress(base, twin.compression, plan.zstdLevel);
}
