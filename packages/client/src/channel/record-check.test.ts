import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, scanRepodata, YankedFiles } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { RecordCheck } from './record-check.ts';
import { Findings } from './report.ts';
import { TeamFiles } from './team-files.ts';

const LIMITS = { maxBytes: 1e6, maxDepth: 16 };
const RULES = {
  channelUrl: 'https://channel.example/a',
  subdir: 'noarch',
  cct: undefined,
  teams: TeamFiles.none,
  yanked: YankedFiles.NONE,
  indexIsProved: true,
  policy: DEFAULT_POLICY,
};

function record(name: string, more = ''): string {
  return `"${name}-1-0.conda": {"name": "${name}", "version": "1", "build": "0", "sha256": "${'a'.repeat(64)}"${more}}`;
}

function check(...records: string[]): Findings {
  const findings = new Findings();
  const bytes = new TextEncoder().encode(`{"packages.conda": {${records.join(', ')}}}`);
  new RecordCheck(RULES, findings).checkAll(scanRepodata(bytes, LIMITS), NO_PROGRESS);
  return findings;
}

test('a record that cannot be read is refused by name, and hides no other', () => {
  const { records, refused } = check(
    record('a', ', "size": 1, "size": 2'),
    record('b'),
    record('c').replace('"version": "1"', '"version": "2"'),
    record('d').replace('sha256', 'md5'),
  );
  assert.deepEqual(records, { total: 4, signed: 0, refused: 3 });
  assert.deepEqual(
    refused.map(({ file, code }) => [file, code]),
    [
      ['noarch/a-1-0.conda', 'malformed'],
      ['noarch/c-1-0.conda', 'name-mismatch'],
      ['noarch/d-1-0.conda', 'unsafe-index'],
    ],
  );
});

test('a redirect that its owner signed is told once, not once a record', () => {
  const elsewhere = ', "url": "https://other.example/NAME-1-0.conda"';
  const { records, warnings } = check(
    record('a', elsewhere.replace('NAME', 'a')),
    record('b', elsewhere.replace('NAME', 'b')),
  );
  assert.equal(records.refused, 0);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /leads out of the channel, to other\.example/);
});
