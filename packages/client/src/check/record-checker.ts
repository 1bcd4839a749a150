/**
 * Answers a client that asks, before it installs, whether its own records and package files are proved.
 *
 * @see docs/check-protocol.md
 */
import {
  ContentTrustError,
  channelUrlKey,
  checkClientRecord,
  checkRecordHashes,
  type Evidence,
  evaluatePolicy,
  type JsonObject,
  type JsonValue,
  PolicyError,
  parsePackageFileName,
  type RecordOrigin,
  UsageError,
  VerificationError,
} from '@antivenom/core';
import type { FoundRecord } from '../channel/find-record.ts';
import { matchingRecord } from '../channel/matching-record.ts';
import { openChannel } from '../channel/open-channel.ts';
import { MAX_ATTEMPTS } from '../channel/publication-moved.ts';
import type { ClientEnv } from '../client-env.ts';
import { forEachParallel } from '../parallel.ts';
import { notTrusted, TrustStore } from '../trust/trust-store.ts';
import { CheckedChannel } from './checked-channel.ts';
import { channelOf, type PackageAddress, parsePackageAddress } from './package-address.ts';

/** A record that a client is about to install by. */
export interface ClientRecord {
  /** Where the client takes the package from, with or without credentials. */
  readonly url: string;
  readonly record: JsonObject;
  readonly origin: RecordOrigin;
}

/** A package file on the client's disk. */
export interface ClientFile {
  /** Its address, or the channels it may be of, as `channelUrlKey` spells them, in the order in which they are asked. */
  readonly from:
    | { readonly url: string; readonly file: string | undefined }
    | { readonly channels: readonly string[]; readonly file: string };
  /** Where to look for it in `channels`; empty: in all. */
  readonly subdirs: readonly string[];
  /** Of its bytes, hex. */
  readonly sha256: string;
  readonly size: number | undefined;
}

export interface Proved {
  /** `<subdir>/<name>` */
  readonly file: string;
  /** Without credentials. */
  readonly channel: string;
  /** Of the one archive that it holds for; undefined where the user lets the channel through unverified. */
  readonly sha256: string | undefined;
  readonly size: number | undefined;
  readonly evidence: readonly Evidence[];
  /** Members in which the record of an archive differs from the index, as indexes may. */
  readonly patched: readonly string[];
  readonly warning: string | undefined;
}

export type Verdict =
  | { readonly ok: true; readonly proved: Proved }
  | { readonly ok: false; readonly refusal: ContentTrustError };

/** So many records are looked up at a time: each may cost a request where a channel has shards. */
const AT_ONCE = 8;

export class RecordChecker {
  readonly #env: ClientEnv;
  readonly #allowed: ReadonlySet<string>;
  readonly #store: TrustStore;
  #trusted: Promise<readonly string[]> | undefined;
  readonly #channels = new Map<string, Promise<CheckedChannel>>();

  /** @param allowUntrusted channels, as `channelUrlKey` spells them, that pass unverified as long as they are not trusted */
  constructor(env: ClientEnv, allowUntrusted: ReadonlySet<string>) {
    this.#env = env;
    this.#allowed = allowUntrusted;
    this.#store = new TrustStore(env.home, env.lockWaitMs);
  }

  /** One verdict for each record, in their order. */
  async check(records: readonly ClientRecord[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = new Array(records.length);
    await forEachParallel(records, AT_ONCE, async (record, at) => {
      verdicts[at] = await verdictOf(() => this.#proveRecord(record));
    });
    return verdicts;
  }

  async checkFile(file: ClientFile): Promise<Verdict> {
    const { from } = file;
    return verdictOf(() => ('url' in from ? this.#proveFile(from, file) : this.#findFile(from, file)));
  }

  async #proveRecord({ url, record, origin }: ClientRecord): Promise<Proved> {
    const address = parsePackageAddress(url);
    const known = channelOf(address, await this.#trustedChannels());
    if (known === undefined) return this.#unverified(address, record.get('name'));
    return this.#newest(known, async (channel) => {
      const subdir = await subdirIn(channel, address, record.get('subdir'));
      if (subdir === undefined) return this.#unverified(address, record.get('name'));
      const { file } = address;
      const sha256 = record.get('sha256');
      if (typeof sha256 === 'string') channel.refuseYanked(`${subdir}/${file}`, sha256);
      const found = await (await channel.records(subdir))?.find(file);
      if (found === undefined) throw channel.notListed(`${subdir}/${file}`);
      const proved = prove(channel, { subdir, entry: found.entry }, file);
      const listed = { channelUrl: channel.url, subdir, file, url: address.url, record: found.entry.record };
      return { ...proved, patched: checkClientRecord(record, { ...listed, twin: found.twin }, origin) };
    });
  }

  async #proveFile(
    { url, file }: { readonly url: string; readonly file: string | undefined },
    { sha256, size }: ClientFile,
  ): Promise<Proved> {
    const address = parsePackageAddress(url);
    if (file !== undefined && file !== address.file) {
      throw new UsageError('usage', `the address is that of ${address.file}, and \`file\` is another name`, {
        hint: 'Leave `file` out, or name the file as its channel does.',
      });
    }
    const known = channelOf(address, await this.#trustedChannels());
    if (known === undefined) return this.#unverified(address, undefined);
    return this.#newest(known, async (channel) => {
      const subdirs = known === address.base ? [address.folder] : await subdirsAt(channel, address);
      if (subdirs.length === 0) return this.#unverified(address, undefined);
      return findIn(channel, address.file, subdirs, sha256, size);
    });
  }

  async #findFile(
    { channels, file }: { readonly channels: readonly string[]; readonly file: string },
    { subdirs, sha256, size }: ClientFile,
  ): Promise<Proved> {
    parsePackageFileName(file);
    const trusted = await this.#trustedChannels();
    const refusals: ContentTrustError[] = [];
    for (const url of channels.filter((known) => trusted.includes(known))) {
      const verdict = await verdictOf(() =>
        this.#newest(url, (channel) =>
          findIn(channel, file, subdirs.length > 0 ? subdirs : channel.subdirs, sha256, size),
        ),
      );
      if (verdict.ok) return verdict.proved;
      refusals.push(verdict.refusal);
    }
    // What says most comes first: wrong bytes, a channel that may have it, one that has not.
    const isOther = ({ code }: ContentTrustError) => code !== 'not-listed';
    const worst = refusals.find((error) => isOther(error) && error.exitStatus === 1) ?? refusals.find(isOther);
    if (worst !== undefined) throw worst;
    // Where nothing says where a file is from, it is not from a channel that is let through unverified.
    throw refusals[0] ?? notTrusted(channels[0]);
  }

  /**
   * What the user lets through by name. The policy may still bind the package's name to another channel.
   *
   * @throws PolicyError `not-trusted`, `policy-refused`
   */
  #unverified({ base: channel, file, folder }: PackageAddress, statedName: JsonValue | undefined): Proved {
    if (!this.#allowed.has(channel)) throw notTrusted(channel);
    const where = `${folder}/${file}`;
    const { name } = parsePackageFileName(file);
    if (statedName !== undefined && statedName !== name) {
      throw new VerificationError('record-differs', `${where} is not a file of the package that its record names`, {
        hint: 'Do not install it, and tell the owner of the channel.',
        details: { file: where, member: 'name', expected: name },
      });
    }
    // As if all of it were proved: what is left is where the name may come from.
    const question = { channelUrl: channel, packageName: name, evidence: 'waived' as const };
    const verdict = evaluatePolicy(this.#env.policy, question);
    if (verdict.status === 'refused') {
      throw new PolicyError('policy-refused', `${where}: ${verdict.message}`, {
        hint: 'Take the package from where your policy allows it, or change the policy.',
        details: { file: where },
      });
    }
    const warning = `${channel} is not trusted: what comes from it is installed unverified`;
    return { file: where, channel, sha256: undefined, size: undefined, evidence: [], patched: [], warning };
  }

  /** Reads the channel as it stood when it was first asked for, and anew where that ends in doubt and it was published since. */
  async #newest<T>(url: string, read: (channel: CheckedChannel) => Promise<T>): Promise<T> {
    let opening = this.#channels.get(url) ?? this.#open(url);
    for (let attempt = 1; ; attempt++) {
      const channel = await opening;
      try {
        return await read(channel);
      } catch (error) {
        if (!(error instanceof ContentTrustError) || attempt === MAX_ATTEMPTS || !(await channel.hasMoved()))
          throw error;
        const known = this.#channels.get(url);
        opening = known === undefined || known === opening ? this.#open(url) : known;
      }
    }
  }

  /** What fails fails for all who ask: nobody waits twice for a server that does not answer. */
  #open(url: string): Promise<CheckedChannel> {
    const opening = openChannel(url, this.#env).then((opened) => new CheckedChannel(opened, this.#env));
    this.#channels.set(url, opening);
    return opening;
  }

  #trustedChannels(): Promise<readonly string[]> {
    this.#trusted ??= this.#store.channels().then((channels) => channels.map(({ url }) => url));
    return this.#trusted;
  }
}

async function verdictOf(prove: () => Promise<Proved>): Promise<Verdict> {
  try {
    return { ok: true, proved: await prove() };
  } catch (refusal) {
    if (!(refusal instanceof ContentTrustError)) throw refusal;
    return { ok: false, refusal };
  }
}

/**
 * The subdir whose index the package belongs to: its folder, or the one that its record states, where that one's index says that
 * its packages stand there (`info.base_url`, CEP 15).
 *
 * @returns undefined for an address that is not the channel's own but one of a channel below it
 */
async function subdirIn(
  channel: CheckedChannel,
  { url, base, folder }: PackageAddress,
  stated: JsonValue | undefined,
): Promise<string | undefined> {
  const own = base === channel.url ? folder : undefined;
  if (typeof stated !== 'string' || stated === own) return own;
  return (await hasPackagesAt(channel, stated, url)) ? stated : own;
}

/** The subdirs whose indexes say that their packages stand there. */
async function subdirsAt(channel: CheckedChannel, { url }: PackageAddress): Promise<string[]> {
  const found: string[] = [];
  for (const subdir of channel.subdirs) if (await hasPackagesAt(channel, subdir, url)) found.push(subdir);
  return found;
}

async function hasPackagesAt(channel: CheckedChannel, subdir: string, url: string): Promise<boolean> {
  const baseUrl = (await channel.records(subdir))?.baseUrl;
  const place = baseUrl === undefined ? null : URL.parse(baseUrl, `${channel.url}/${subdir}/`);
  return place !== null && channelUrlKey(place.href) === url.slice(0, url.lastIndexOf('/'));
}

/** @throws as `CheckedChannel.evidenceOf` */
function prove(channel: CheckedChannel, { subdir, entry }: FoundRecord, file: string): Proved {
  const where = `${subdir}/${file}`;
  const evidence = channel.evidenceOf(subdir, entry);
  const { sha256, size } = checkRecordHashes(where, entry.record);
  return { file: where, channel: channel.url, sha256, size, evidence, patched: [], warning: channel.warning };
}

/** @throws VerificationError `not-listed`, `hash-mismatch`, `length-mismatch`, …; as {@link prove} */
async function findIn(
  channel: CheckedChannel,
  file: string,
  subdirs: readonly string[],
  sha256: string,
  size: number | undefined,
): Promise<Proved> {
  channel.refuseYanked(file, sha256);
  const found: FoundRecord[] = [];
  for (const subdir of subdirs) {
    const listed = await (await channel.records(subdir))?.find(file);
    if (listed !== undefined) found.push({ subdir, entry: listed.entry });
  }
  if (found.length === 0) throw channel.notListed(subdirs.length === 1 ? `${subdirs[0]}/${file}` : file);
  return prove(channel, matchingRecord(found, sha256, size, file), file);
}
