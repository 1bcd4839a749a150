/** `verify channel`: every index form and every record, with all that is wrong named. */
import { CHANNEL_INDEX_FORMS, KNOWN_SUBDIRS, UsageError } from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { EarlierPublications } from './earlier-publications.ts';
import { fetchTarget } from './fetch-target.ts';
import { subdirOf, subdirsOf } from './index-listing.ts';
import type { OpenChannel, ProvenChannel } from './open-channel.ts';
import { checkOrdinaryName, FORMS_CLIENTS_READ, type OrdinaryNames, refuseUnlisted } from './ordinary-names.ts';
import { readNewest } from './publication-moved.ts';
import { type ChannelReport, Findings } from './report.ts';
import { nextMambaRoots, signedForMamba } from './signed-for-mamba.ts';
import { recordsAlone, verifyRecordsAlone } from './verify-records-alone.ts';
import { mirrorBehind, verifySubdir } from './verify-subdir.ts';

/**
 * Verifies a channel that is trusted.
 *
 * @param subdirs these alone; empty: all that are listed
 * @throws PolicyError `not-trusted`; and whatever is wrong with the metadata, after which nothing could be looked at
 * @throws UsageError `usage` for a subdir that is not listed
 */
export async function verifyChannel(url: string, subdirs: readonly string[], env: ClientEnv): Promise<ChannelReport> {
  const read = (channel: OpenChannel) => verifyOpened(channel, subdirs, env);
  return readNewest(url, env, read, ({ refused, behind }) => refused.length === 0 && behind.length === 0);
}

async function verifyOpened(channel: OpenChannel, wanted: readonly string[], env: ClientEnv): Promise<ChannelReport> {
  const mamba = channel.kind === 'tuf' ? await signedForMamba(channel, env) : undefined;
  const findings = new Findings(mamba?.keys);
  findings.warnings.push(...(mamba?.warnings ?? []));
  const judged = recordsAlone(channel, env.policy) ?? channel;
  const subdirs =
    judged.kind === 'cct'
      ? await verifyRecordsAlone(judged, wanted, findings, env)
      : await verifyProven(judged, wanted, findings, env);
  return { channel: channel.key, evidence: judged.kind === 'cct' ? 'record' : 'index', subdirs, ...findings };
}

async function verifyProven(
  channel: ProvenChannel,
  wanted: readonly string[],
  findings: Findings,
  env: ClientEnv,
): Promise<readonly string[]> {
  const listed = subdirsOf(channel.listing);
  const missing = wanted.find((subdir) => !listed.includes(subdir));
  if (missing !== undefined) {
    throw new UsageError('usage', `${channel.key} has no subdir ${missing}`, {
      hint: listed.length === 0 ? 'It lists no index at all yet.' : `It has ${listed.join(', ')}.`,
    });
  }
  const subdirs = wanted.length > 0 ? listed.filter((subdir) => wanted.includes(subdir)) : listed;
  const names = { url: channel.url, key: channel.key, earlier: new EarlierPublications(channel.authorities) };
  for (const subdir of subdirs) await verifySubdir(subdir, channel, names, findings, env);
  if (wanted.length === 0) {
    await verifyBase(channel, findings, names, env);
    const strange = KNOWN_SUBDIRS.filter((subdir) => !listed.includes(subdir));
    const unlisted = strange.flatMap((subdir) => FORMS_CLIENTS_READ.map((form) => `${subdir}/${form}`));
    await refuseUnlisted(unlisted, names, findings, env);
  }
  if (findings.gateway !== undefined) findings.warnings.push(gatewayWarning(channel.key, findings.gateway.length));
  return subdirs;
}

/** Files of the channel's base, and the chains of record signatures under their ordinary names. */
async function verifyBase(
  channel: ProvenChannel,
  findings: Findings,
  names: OrdinaryNames,
  env: ClientEnv,
): Promise<void> {
  const forms = new Map<string, Uint8Array>();
  for (const target of channel.listing.values()) {
    if (subdirOf(target.path) !== undefined) continue;
    await findings.attempt(target.path, async () => {
      const fetched = await fetchTarget(target, channel, env);
      if (fetched !== undefined) forms.set(target.path, fetched.bytes);
      const state = await checkOrdinaryName(target.path, target.hashes.get('sha256'), names, findings, env);
      if (fetched === undefined && state === 'behind') throw mirrorBehind(target.path);
    });
  }
  const others = [...CHANNEL_INDEX_FORMS, ...nextMambaRoots(channel.listing)];
  const unlisted = others.filter((path) => !channel.listing.has(path));
  await refuseUnlisted(unlisted, { ...names, forms }, findings, env);
}

function gatewayWarning(channel: string, selections: number): string {
  const held =
    selections === 0
      ? 'it leaves no record out'
      : `${selections} ordinary names hold what it chooses to offer, of which nothing but signed records was found`;
  return `${channel} says that it is a gateway, so the channel is read under hash-prefixed names: ${held}`;
}
