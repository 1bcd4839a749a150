/** A client of the channel with a memory of its own: a client of TUF repositories, or one with the trust store of consumers. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addTrust, type Fetcher, fetchTarget, openChannel, RedactedUrl } from '@antivenom/client';
import { downloadTufTargets, initTufClient } from '@antivenom/client/tuf';
import { ContentTrustError, DEFAULT_POLICY, DownloadError, VerificationError } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import type { Answers } from './attackers.ts';
import { LOWER_ROLES, type LowerRole, type Metadata, parse } from './metadata.ts';
import { TARGET } from './owner.ts';

const URL = 'https://channel.example/model';
const LOCK_WAIT_MS = 5000;

/** What a client keeps. */
export interface Memory {
  readonly root: Metadata;
  readonly roles: ReadonlyMap<LowerRole, Metadata>;
  /** When it last accepted something, ms since the epoch; 0: never. */
  readonly acceptedAt: number;
}

export interface Accepted {
  /** Of {@link TARGET}. */
  readonly bytes: Uint8Array;
  /** SHA-256, hex, of every file that the channel took back; undefined where the client does not ask. */
  readonly yanked?: ReadonlySet<string>;
}

export type Outcome = Accepted | ContentTrustError;

export abstract class Follower {
  protected readonly place: string;

  /** @param place a folder that need not be there yet */
  constructor(place: string) {
    this.place = place;
  }

  /** The roles that it reads. */
  abstract readonly reads: readonly LowerRole[];

  /** Trusts the first root of a channel. */
  abstract begin(root: Uint8Array): Promise<void>;
  protected abstract update(fetcher: Fetcher, now: number): Promise<Accepted>;
  protected abstract readonly folder: string;
  /** Where the time of the last acceptance stands. */
  protected abstract readonly memoryFile: string;

  /** @param now ms since the epoch by its clock */
  async follow(answers: Answers, now: number): Promise<Outcome> {
    try {
      return await this.update(inProcess(answers), now);
    } catch (error) {
      if (error instanceof ContentTrustError) return error;
      throw error;
    }
  }

  memory(): Memory {
    const folder = this.folder;
    const names = readdirSync(folder);
    const [root] = names
      .filter((name) => /^(\d+\.)?root\.json$/.test(name))
      .sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10));
    const read = (name: string) => parse(readFileSync(join(folder, name)));
    const roles = new Map<LowerRole, Metadata>();
    for (const role of LOWER_ROLES) if (names.includes(`${role}.json`)) roles.set(role, read(`${role}.json`));
    const accepted = names.includes(this.memoryFile) ? readFileSync(join(folder, this.memoryFile), 'utf8') : undefined;
    return {
      root: read(root ?? 'root.json'),
      roles,
      acceptedAt: accepted === undefined ? 0 : Date.parse(JSON.parse(accepted).accepted),
    };
  }
}

export class TufFollower extends Follower {
  readonly reads = LOWER_ROLES.filter((role) => role !== 'yank');
  protected readonly memoryFile = '.accepted';

  protected get folder(): string {
    return join(this.place, 'metadata');
  }

  async begin(root: Uint8Array): Promise<void> {
    mkdirSync(this.place, { recursive: true });
    await initTufClient(this.folder, root, LOCK_WAIT_MS);
  }

  protected async update(fetcher: Fetcher, now: number): Promise<Accepted> {
    const base = RedactedUrl.parse(URL).join('tuf');
    const repository = { metadataFolder: this.folder, metadataUrl: base };
    const places = { folder: join(this.place, 'targets'), mirrors: [base.join('targets')] };
    let file = '';
    await downloadTufTargets([TARGET], repository, places, { fetcher, now, lockWaitMs: LOCK_WAIT_MS }, (path) => {
      file = path;
    });
    return { bytes: readFileSync(file) };
  }
}

export class ChannelFollower extends Follower {
  readonly reads = LOWER_ROLES;
  protected readonly memoryFile = 'memory.json';

  protected get folder(): string {
    const authorities = join(this.place, 'trust/authorities');
    return join(authorities, ...readdirSync(authorities));
  }

  async begin(bytes: Uint8Array): Promise<void> {
    const trust = { url: URL, metadata: undefined, root: { file: 'root', bytes }, threshold: undefined };
    await addTrust(trust, { home: this.place, fetcher: inProcess(() => undefined), lockWaitMs: LOCK_WAIT_MS });
  }

  protected async update(fetcher: Fetcher, now: number): Promise<Accepted> {
    const env = {
      home: this.place,
      now,
      isRealTime: true,
      policy: DEFAULT_POLICY,
      fetcher,
      progress: NO_PROGRESS,
      lockWaitMs: LOCK_WAIT_MS,
    };
    const channel = await openChannel(URL, env);
    assert.ok(channel.kind === 'tuf');
    const target = channel.listing.get(TARGET);
    const fetched = target && (await fetchTarget(target, channel, env));
    const yanked = new Set(channel.yanked.yanks.map(({ sha256 }) => sha256));
    if (fetched !== undefined) return { bytes: fetched.bytes, yanked };
    throw new VerificationError(target === undefined ? 'not-listed' : 'missing', TARGET);
  }
}

/** A fetcher without a network: as {@link Fetcher} says, whatever stands at the other end. */
function inProcess(answers: Answers): Fetcher {
  const bytes: Fetcher['bytes'] = async (url, { maxLength }) => {
    const answer = answers(`${url}`.slice(URL.length + 1));
    if (answer === 'unreachable') throw new DownloadError('unreachable', `${url} could not be fetched`);
    if (answer !== undefined && answer.length > maxLength) throw new VerificationError('length-mismatch', `${url}`);
    return answer;
  };
  return {
    bytes,
    stream: async (url, request) => {
      const answer = await bytes(url, request);
      return (
        answer &&
        (async function* () {
          yield answer;
        })()
      );
    },
  };
}
