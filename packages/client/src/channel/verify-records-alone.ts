/** A channel whose records are proved and whose index is not: a conda-content-trust chain alone, or a mirror that rewrites. */
import {
  checkRedirects,
  evidenceOfChannel,
  infoRedirects,
  KNOWN_SUBDIRS,
  type Policy,
  REPODATA,
  type Repodata,
  scanRepodata,
  VerificationError,
} from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { INDEX_JSON } from '../limits.ts';
import { contentOf } from './index-contents.ts';
import type { OpenChannel, RecordsChannel } from './open-channel.ts';
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
  const { url, key, cct } = channel;
  if (evidenceOfChannel(policy, key).has('index') || cct === undefined) return undefined;
  return { url, key, channel: channel.channel, kind: 'cct', cct };
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
    const source = await findings.attempt(`${subdir}/${REPODATA}`, () => unprovenIndex(channel, subdir, env));
    if (source !== undefined) {
      found.push(subdir);
      checkAll(source, channel, subdir, findings, env);
    } else if (wanted.length > 0 && findings.refused.length === 0) {
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

function checkAll(source: Repodata, channel: RecordsChannel, subdir: string, findings: Findings, env: ClientEnv): void {
  for (const redirect of [...infoRedirects(source.info), ...infoRedirects(source.metadata, 'metadata')]) {
    try {
      checkRedirects([redirect], { subdir, channelUrl: channel.key, allowHosts: [] });
    } catch (error) {
      findings.refuse(`${subdir}/${REPODATA}`, error);
    }
  }
  const policy = policyForRecords(env.policy, channel.key);
  const rules = { channelUrl: channel.key, subdir, cct: channel.cct, indexIsProved: false, policy };
  new RecordCheck(rules, findings).checkAll(source, env.progress);
}
