/** One subdir of a proven channel: each form of its index, and each record. */
import {
  allowedHosts,
  CURRENT_REPODATA,
  checkRedirects,
  compareShards,
  DownloadError,
  type FoundTarget,
  headRedirects,
  REPODATA,
  type Repodata,
  SHARD_INDEX,
  type Shard,
  SUBDIR_INDEX_FORMS,
  scanRepodata,
  twinOf,
  type Verified,
  verifyAgreement,
} from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { INDEX_JSON } from '../limits.ts';
import { fetchShard, notHeld } from './fetch-shard.ts';
import { fetchTarget } from './fetch-target.ts';
import { contentOf, firstForm, readShards, verifyForm } from './index-contents.ts';
import type { ProvenChannel } from './open-channel.ts';
import { checkOrdinaryName, type OrdinaryNames, refuseUnlisted } from './ordinary-names.ts';
import { RecordCheck } from './record-check.ts';
import type { Findings } from './report.ts';

/** The forms of a subdir that are proved, by name. */
type ProvedForms = Map<string, Uint8Array>;

export async function verifySubdir(
  subdir: string,
  channel: ProvenChannel,
  names: OrdinaryNames,
  findings: Findings,
  env: ClientEnv,
): Promise<void> {
  const listed = [...channel.listing.values()].filter(({ path }) => path.startsWith(`${subdir}/`));
  const task = env.progress.start(`verifying the indexes of ${subdir}`, 2 * listed.length);
  try {
    const forms: ProvedForms = new Map();
    /** Those that stand under their hash, so that their ordinary name is still to be looked at; and those that the mirror lacks. */
    const prefixed: Verified<FoundTarget>[] = [];
    const lacking: Verified<FoundTarget>[] = [];
    for (const target of listed) {
      await findings.attempt(target.path, async () => {
        const fetched = await fetchTarget(target, channel, env);
        if (fetched !== undefined) forms.set(target.path.slice(subdir.length + 1), fetched.bytes);
        if (fetched === undefined) lacking.push(target);
        else if (fetched.isHashPrefixed) prefixed.push(target);
      });
      task.advance(1);
    }
    const signed = await verifyContents(subdir, forms, channel, findings, env);
    const ordinary = { ...names, forms, ...(signed === undefined ? {} : { signed }) };
    const look = ({ path, hashes }: Verified<FoundTarget>) =>
      findings.attempt(path, () => checkOrdinaryName(path, hashes.get('sha256'), ordinary, findings, env));
    for (const target of prefixed) {
      await look(target);
      task.advance(1);
    }
    for (const target of lacking) {
      if ((await look(target)) === 'behind') findings.refuse(target.path, mirrorBehind(target.path));
    }
    tellLacking(subdir, lacking, forms, findings);
    const unlisted = SUBDIR_INDEX_FORMS.map((form) => `${subdir}/${form}`).filter((path) => !channel.listing.has(path));
    await refuseUnlisted(unlisted, ordinary, findings, env);
  } finally {
    task.done();
  }
}

/** A form that another one serves for is not missed; a subdir whose records nobody can see is refused, whatever else is there. */
function tellLacking(
  subdir: string,
  lacking: readonly Verified<FoundTarget>[],
  forms: ProvedForms,
  findings: Findings,
): void {
  const familyOf = (name: string) => (holdsRecords(name) ? REPODATA : (twinOf(name)?.base ?? name));
  const held = new Set([...forms.keys()].map(familyOf));
  const missed = new Set(
    lacking.map(({ path }) => familyOf(path.slice(subdir.length + 1))).filter((f) => !held.has(f)),
  );
  for (const family of missed) {
    if (family !== REPODATA) findings.warnings.push(`the mirror does not hold ${subdir}/${family}`);
    else if (!findings.refused.some(({ file }) => file.startsWith(`${subdir}/`))) {
      findings.refuse(subdir, notHeld(`${subdir}: the mirror holds no form of its index`, subdir));
    }
  }
}

/** Those that clients take records from. */
function holdsRecords(name: string): boolean {
  const base = twinOf(name)?.base ?? name;
  return base === REPODATA || base === CURRENT_REPODATA || name === SHARD_INDEX;
}

/** For a file of which nothing but an earlier publication is held. */
export function mirrorBehind(path: string): DownloadError {
  return new DownloadError(
    'mirror-behind',
    `${path}: the mirror serves an earlier publication, and not the current one`,
    {
      hint: 'Try again later, or another mirror; nothing of it was accepted.',
      details: { file: path },
    },
  );
}

/** @returns the index that all forms were held against */
async function verifyContents(
  subdir: string,
  forms: ProvedForms,
  channel: ProvenChannel,
  findings: Findings,
  env: ClientEnv,
): Promise<Repodata | undefined> {
  const form = firstForm(REPODATA, forms);
  // A mirror may hold the newest versions alone: what clients read there must be as good as all of them.
  const judged = form ?? firstForm(CURRENT_REPODATA, forms);
  const path = (name: string) => `${subdir}/${name}`;
  const read =
    judged &&
    (await findings.attempt(path(judged.name), () => scanRepodata(contentOf(judged.name, judged.bytes), INDEX_JSON)));
  const source = form && read;
  const rules = {
    channelUrl: channel.key,
    subdir,
    cct: channel.cct,
    teams: channel.teams,
    yanked: channel.yanked,
    indexIsProved: true,
    policy: env.policy,
  };
  const check = new RecordCheck(rules, findings);
  if (read !== undefined) {
    tellRedirects(
      read,
      { subdir, channelUrl: channel.key, allowHosts: allowedHosts(env.policy, channel.key) },
      findings,
    );
    check.checkAll(read, env.progress);
    for (const [name, bytes] of forms) {
      if (name === judged?.name || name === SHARD_INDEX) continue;
      await findings.attempt(path(name), () => {
        const other = verifyForm(path(name), name, bytes, read, forms);
        if (other !== undefined) check.checkSignatures(other, read);
      });
    }
  }
  const index = forms.get(SHARD_INDEX);
  if (index === undefined) return source;
  await findings.attempt(path(SHARD_INDEX), async () => {
    const shards = await readShards(index, (name, base) => fetchShard(subdir, name, base, channel, env));
    if (source !== undefined) verifyAgreement(path(SHARD_INDEX), compareShards(source, shards));
    else if (form === undefined) checkShards(shards, check);
  });
  return source;
}

/** Shards carry no record signatures: where a mirror has nothing else, the index alone is evidence. */
function checkShards(shards: readonly Shard[], check: RecordCheck): void {
  for (const { records } of shards) {
    for (const record of records) check.check(record.file, () => ({ ...record, signatures: undefined }));
  }
}

function tellRedirects(source: Repodata, rules: Parameters<typeof checkRedirects>[1], findings: Findings): void {
  for (const redirect of headRedirects(source)) {
    try {
      checkRedirects([redirect], rules);
    } catch (error) {
      findings.warnings.push(`${(error as Error).message} (as its owner signed)`);
    }
  }
}
