/** A channel whose records are proved and whose index is not: a conda-content-trust chain alone, or a mirror that rewrites. */
import {
  allowedHosts,
  checkRedirects,
  compareShards,
  evidenceOfChannel,
  headRedirects,
  indexContent,
  KNOWN_SUBDIRS,
  type Policy,
  REPODATA,
  type Repodata,
  SHARD_INDEX,
  scanRepodata,
  VerificationError,
  verifyAgreement,
} from '@antivenom/core';
import { nodeDecompression } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import { INDEX_JSON } from '../limits.ts';
import { fetchShard } from './fetch-shard.ts';
import { contentOf, readShards, verifyForm } from './index-contents.ts';
import { mostLookedAt } from './name-differences.ts';
import type { OpenChannel, RecordsChannel } from './open-channel.ts';
import { FORMS_CLIENTS_READ } from './ordinary-names.ts';
import { RecordCheck } from './record-check.ts';
import type { Findings } from './report.ts';

export const RECORDS_ALONE =
  'the records are proved one by one, and the index is not: an old index, or one with records left out, would pass';

/**
 * The channel as one whose records alone are proved: it has no other chain, or the policy says that its mirror rewrites the
 * index and that record signatures are enough.
 *
 * @returns undefined for a channel whose index must be proved
 */
export function recordsAlone(channel: OpenChannel, policy: Policy): RecordsChannel | undefined {
  if (channel.kind === 'cct') return channel;
  const { url, key, cct, teams, yanked } = channel;
  if (evidenceOfChannel(policy, key).has('index') || cct === undefined) return undefined;
  return { url, key, channel: channel.channel, teams, yanked, kind: 'cct', cct };
}

/** @returns the subdirs that have an index */
export async function verifyRecordsAlone(
  channel: RecordsChannel,
  wanted: readonly string[],
  findings: Findings,
  env: ClientEnv,
): Promise<readonly string[]> {
  findings.warnings.push(RECORDS_ALONE);
  const found: string[] = [];
  for (const subdir of wanted.length > 0 ? wanted : KNOWN_SUBDIRS) {
    const refusedBefore = findings.refused.length;
    const source = await findings.attempt(`${subdir}/${REPODATA}`, () => unprovenIndex(channel, subdir, env));
    if (source !== undefined) {
      found.push(subdir);
      checkAll(source, channel, subdir, findings, env);
    }
    for (const name of FORMS_CLIENTS_READ) {
      if (name !== REPODATA) await checkOtherForm(name, source, channel, subdir, findings, env);
    }
    if (source === undefined && wanted.length > 0 && findings.refused.length === refusedBefore) {
      const message = `${channel.key}/${subdir} has no ${REPODATA}`;
      findings.refuse(subdir, new VerificationError('missing', message, { details: { file: subdir } }));
    }
  }
  if (found.length === 0 && findings.refused.length === 0) {
    findings.refuse('', new VerificationError('missing', `${channel.key} has no index in any subdir that conda knows`));
  }
  return found;
}

/**
 * An index under its ordinary name, which proves nothing.
 *
 * @returns undefined where there is none
 */
export async function unprovenIndex(
  channel: RecordsChannel,
  subdir: string,
  { fetcher }: Pick<ClientEnv, 'fetcher'>,
): Promise<Repodata | undefined> {
  for (const name of [REPODATA, `${REPODATA}.zst`]) {
    const url = channel.url.join(`${subdir}/${name}`);
    const bytes = await fetcher.bytes(url, { maxLength: INDEX_JSON.maxBytes });
    if (bytes !== undefined) return scanRepodata(contentOf(name, bytes), INDEX_JSON);
  }
  return undefined;
}

/** What else clients read: nothing proves it but that each of its records is one that was looked at. */
async function checkOtherForm(
  name: string,
  source: Repodata | undefined,
  channel: RecordsChannel,
  subdir: string,
  findings: Findings,
  env: ClientEnv,
): Promise<void> {
  const path = `${subdir}/${name}`;
  await findings.attempt(path, async () => {
    const maxLength = source === undefined ? INDEX_JSON.maxBytes : mostLookedAt(source);
    const bytes = await env.fetcher.bytes(channel.url.join(path), { maxLength });
    if (bytes === undefined) return;
    if (source === undefined) {
      throw new VerificationError('missing', `${path} is served, and no ${REPODATA} that its records are signed in`, {
        hint: 'Nobody proved this index, and ordinary clients would read it: tell the owner of the channel.',
        details: { file: path },
      });
    }
    // Nothing vouches for what it expands to before that is held against the records.
    if (name !== SHARD_INDEX) {
      indexContent(name, bytes, nodeDecompression, maxLength);
      verifyForm(path, name, bytes, source, new Map());
      return;
    }
    const shards = await readShards(bytes, (shard, base) => {
      const redirect = { field: 'info.shards_base_url', file: undefined, value: base };
      if (base !== '') checkRedirects([redirect], rulesOf(channel, subdir, env));
      return fetchShard(subdir, shard, base, channel, env);
    });
    // What was left out nobody can tell here, in no form.
    verifyAgreement(
      path,
      compareShards(source, shards).filter(({ reason }) => reason !== 'missing'),
    );
  });
}

/** The rule of a channel that was trusted by a chain of record signatures, where no other is stated for it. */
export function policyForRecords(policy: Policy, url: string): Policy {
  if (policy.channels.some((rule) => rule.url === url)) return policy;
  const rule = {
    name: '',
    url,
    metadata: undefined,
    require: new Set(['record'] as const),
    where: 'it is trusted by a conda-content-trust root alone',
  };
  return { ...policy, channels: [...policy.channels, rule] };
}

function rulesOf({ key }: RecordsChannel, subdir: string, { policy }: Pick<ClientEnv, 'policy'>) {
  return { subdir, channelUrl: key, allowHosts: allowedHosts(policy, key) };
}

function checkAll(source: Repodata, channel: RecordsChannel, subdir: string, findings: Findings, env: ClientEnv): void {
  for (const redirect of headRedirects(source)) {
    try {
      checkRedirects([redirect], rulesOf(channel, subdir, env));
    } catch (error) {
      findings.refuse(`${subdir}/${REPODATA}`, error);
    }
  }
  const policy = policyForRecords(env.policy, channel.key);
  const { cct, teams, yanked } = channel;
  const rules = { channelUrl: channel.key, subdir, cct, teams, yanked, indexIsProved: false, policy };
  new RecordCheck(rules, findings).checkAll(source, env.progress);
}
