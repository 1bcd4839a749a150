/** What becomes of the keys of each role when its owner rotates, revokes or wants another threshold. */
import assert from 'node:assert/strict';
import type { RoleName } from './metadata.ts';
import { allKeys, type Publication } from './publication.ts';
import type { OwnerStep } from './steps.ts';

/** What is to be true of a role's keys after a step. */
export interface KeysExpected {
  readonly before: ReadonlySet<string>;
  /** Those of them that the role keeps. */
  readonly stay: ReadonlySet<string>;
  readonly count: number;
  readonly threshold: number;
}

/** @returns `refused` where too few keys would be left to sign the role */
export function keysAfter(step: OwnerStep, before: Publication): ReadonlyMap<RoleName, KeysExpected> | 'refused' {
  const expected = new Map<RoleName, KeysExpected>();
  for (const [role, { keys, threshold }] of allKeys(before)) {
    const asTheyAre = { before: keys, stay: keys, count: keys.size, threshold };
    expected.set(role, asTheyAre);
    if (!('role' in step) || step.role !== role) continue;
    const butFor = (at: number) => new Set([...keys].filter((key) => key !== keyAt(role, at, before)));
    if (step.do === 'threshold') {
      expected.set(role, { before: keys, stay: new Set(), count: step.keys, threshold: step.threshold });
    } else if (step.do === 'rotate') {
      expected.set(role, { ...asTheyAre, stay: step.key === undefined ? new Set() : butFor(step.key) });
    } else {
      if (keys.size - 1 < threshold) return 'refused';
      expected.set(role, { ...asTheyAre, stay: butFor(step.key), count: keys.size - 1 });
    }
  }
  return expected;
}

export function assertKeys(now: Publication, expected: ReadonlyMap<RoleName, KeysExpected>): void {
  for (const [role, { keys, threshold }] of allKeys(now)) {
    const { before = new Set<string>(), ...wanted } = expected.get(role) ?? {};
    const stay = new Set([...before].filter((key) => keys.has(key)));
    assert.deepEqual({ stay, count: keys.size, threshold }, wanted, `keys of ${role}`);
  }
}

/** The public key, hex, at this place among those of the role, in a circle. */
export function keyAt(role: RoleName, at: number, publication: Publication): string {
  const keys = [...(allKeys(publication).get(role)?.keys ?? [])];
  const key = keys[at % keys.length];
  assert.ok(key);
  return key;
}
