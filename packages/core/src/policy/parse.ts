/**
 * Reads `antivenom.yaml`. What is not understood is a mistake and never skipped: a rule that is misspelt would otherwise
 * protect nobody.
 */
import { isMap, type Node, type Scalar } from 'yaml';
import type { UsageError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { isTeamName } from '../tuf/teams.ts';
import { channelUrlKey, holdsCredentials } from './channel-url.ts';
import { policyMistake } from './mistake.ts';
import { NamePattern } from './name-pattern.ts';
import { type ChannelRule, type Cooldown, EVIDENCE, type Evidence, type PackageRule, type Policy } from './policy.ts';
import { YamlSource } from './yaml-source.ts';

export interface PolicyLimits {
  /** Bytes of the file. */
  readonly maxLength: number;
  /** Whether the caller enforces `cooldown`; a rule that nobody enforces is a mistake. */
  readonly cooldown?: 'enforced';
}

/**
 * @param file how messages name the file
 * @throws UsageError `policy-invalid`; the message begins `FILE:LINE:COLUMN: `, both from 1
 */
export function parsePolicy(bytes: Uint8Array, file: string, limits: PolicyLimits): Policy {
  if (bytes.length > limits.maxLength) {
    throw policyMistake(`${file}:1:1`, `a policy has at most ${limits.maxLength} bytes`);
  }
  return new PolicyReader(new YamlSource(decode(bytes, file), file), limits.cooldown === 'enforced').policy();
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw policyMistake(`${file}:1:1`, 'the file is not UTF-8 text', cause);
  }
}

/** Ignored, it would give a protection that is not there. */
const FOR_THE_GATEWAY = ['cooldown', 'trustTimestamps'];
/** What later versions know. */
const LATER_EVIDENCE = ['attestation', 'log'];

const CHANNEL_KEYS = ['name', 'url', 'metadata', 'require', 'allowHosts', ...FOR_THE_GATEWAY];
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Required {
  readonly require: ReadonlySet<Evidence>;
  readonly team?: string;
}

type Members = Map<string, { key: Scalar; value: Node }>;

class PolicyReader {
  readonly #yaml: YamlSource;
  readonly #enforcesCooldown: boolean;

  constructor(yaml: YamlSource, enforcesCooldown: boolean) {
    this.#yaml = yaml;
    this.#enforcesCooldown = enforcesCooldown;
  }

  policy(): Policy {
    if (this.#yaml.root === null) return { channels: [], packages: [] };
    const members = this.#known(this.#yaml.root, 'a policy', ['channels', 'packages']);
    const channels = this.#channels(members.get('channels')?.value);
    return { channels, packages: this.#packages(members.get('packages')?.value, channels) };
  }

  #channels(list: Node | undefined): ChannelRule[] {
    const rules: ChannelRule[] = [];
    for (const node of list === undefined ? [] : this.#yaml.items(list, '`channels`')) {
      const members = this.#known(node, 'a channel', CHANNEL_KEYS);
      const cooldown = this.#cooldown(members);
      const name = this.#text(members, 'name', node, 'a channel');
      const url = this.#text(members, 'url', node, 'a channel');
      if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name.text)) {
        throw this.#yaml.mistake(name.node, '`name` must be letters, digits, dots, dashes and underscores');
      }
      const metadata = members.get('metadata')?.value;
      const rule: ChannelRule = {
        name: name.text,
        url: this.#url(url.node, 'url'),
        metadata: metadata === undefined ? undefined : this.#url(metadata, 'metadata'),
        ...(this.#evidence(members.get('require')?.value) ?? { require: new Set<Evidence>(['index']) }),
        ...this.#hosts(members.get('allowHosts')?.value),
        ...(cooldown === undefined ? {} : { cooldown }),
        where: this.#yaml.where(node),
      };
      const twin = rules.find((other) => other.name === rule.name);
      if (twin !== undefined) throw this.#yaml.mistake(name.node, `${rule.name} is a channel already (${twin.where})`);
      const same = rules.find((other) => other.url === rule.url);
      if (same !== undefined) throw this.#yaml.mistake(url.node, `this is the url of ${same.name} (${same.where})`);
      rules.push(rule);
    }
    return rules;
  }

  #hosts(list: Node | undefined): Pick<ChannelRule, 'allowHosts'> {
    if (list === undefined) return {};
    const allowHosts = this.#yaml.items(list, '`allowHosts`').map((node) => {
      const text = this.#yaml.text(node, 'a host');
      if (/^[a-z0-9.:[\]-]+$/.test(text) && URL.parse(`https://${text}/`)?.host === text) return text;
      throw this.#yaml.mistake(node, 'a host is a name in lower case, with :PORT where it is not the usual one');
    });
    return { allowHosts };
  }

  #cooldown(members: Members): Cooldown | undefined {
    const named = FOR_THE_GATEWAY.flatMap((name) => members.get(name)?.key ?? []);
    const [first] = named;
    if (first === undefined) return undefined;
    if (!this.#enforcesCooldown) {
      throw this.#yaml.mistake(
        first,
        `\`${first.value}\` is enforced by the gateway alone: keep it in the file of --config`,
      );
    }
    const span = members.get('cooldown')?.value;
    if (span === undefined) throw this.#yaml.mistake(first, '`trustTimestamps` says nothing without `cooldown`');
    const [, count, unit = ''] = /^(\d{1,5})([smhd])$/.exec(this.#yaml.text(span, '`cooldown`')) ?? [];
    if (count === undefined || Number(count) === 0) {
      throw this.#yaml.mistake(span, '`cooldown` must be a number and s, m, h or d, such as 3d');
    }
    const trust = members.get('trustTimestamps')?.value;
    return {
      ms: Number(count) * (UNIT_MS[unit] ?? 1000),
      trustTimestamps: trust !== undefined && this.#yaml.boolean(trust, '`trustTimestamps`'),
    };
  }

  #packages(list: Node | undefined, channels: readonly ChannelRule[]): PackageRule[] {
    const rules: PackageRule[] = [];
    for (const node of list === undefined ? [] : this.#yaml.items(list, '`packages`')) {
      const members = this.#known(node, 'a package rule', ['match', 'channel', 'require']);
      const match = this.#text(members, 'match', node, 'a package rule');
      const pattern = NamePattern.parse(match.text);
      if (typeof pattern === 'string') throw this.#yaml.mistake(match.node, `${JSON.stringify(match.text)} ${pattern}`);
      if (!members.has('channel') && !members.has('require')) {
        throw this.#yaml.mistake(node, 'a package rule says nothing without `channel` or `require`');
      }
      const channel = this.#boundChannel(members, channels);
      const rule: PackageRule = {
        match: pattern,
        channel: channel?.rule,
        ...(this.#evidence(members.get('require')?.value) ?? { require: new Set<Evidence>() }),
        where: this.#yaml.where(node),
      };
      this.#requireOneTeam(rule, members.get('require')?.value, rules, channels);
      const rival = rules.find((other) => contradict(rule, other));
      if (channel !== undefined && rival?.channel !== undefined) {
        const names = `names that match ${JSON.stringify(pattern.text)} and ${JSON.stringify(rival.match.text)}`;
        const message = `${names} would be bound to ${channel.rule.name} and to ${rival.channel.name} (${rival.where})`;
        throw this.#yaml.mistake(channel.node, message);
      }
      rules.push(rule);
    }
    return rules;
  }

  #boundChannel(members: Members, channels: readonly ChannelRule[]): { node: Node; rule: ChannelRule } | undefined {
    const node = members.get('channel')?.value;
    if (node === undefined) return undefined;
    const name = this.#yaml.text(node, '`channel`');
    const rule = channels.find((channel) => channel.name === name);
    if (rule !== undefined) return { node, rule };
    const names = channels.map((channel) => channel.name);
    throw this.#yaml.mistake(node, `no channel of this policy is named ${name}${perhaps(name, names)}`);
  }

  #evidence(list: Node | undefined): Required | undefined {
    if (list === undefined) return undefined;
    const found = new Set<Evidence>();
    let team: string | undefined;
    for (const node of this.#yaml.items(list, '`require`')) {
      // Evidence that takes an argument is written as a mapping of one key: `{file: team}`.
      const argument = isMap(node) ? this.#yaml.members(node, 'evidence') : undefined;
      const [[name, named] = [this.#yaml.text(node, 'evidence'), undefined]] = argument ?? [];
      if (LATER_EVIDENCE.includes(name)) throw this.#notYet(node, `${name} evidence`);
      const kind = EVIDENCE.find((known) => known === name);
      if (kind === undefined) {
        throw this.#yaml.mistake(node, `evidence is ${inWords(EVIDENCE)}, not ${name}${perhaps(name, EVIDENCE)}`);
      }
      if (named !== undefined && kind !== 'file') {
        throw this.#yaml.mistake(node, `${name} evidence takes no name: write it alone`);
      }
      if (argument !== undefined && argument.size > 1) throw this.#yaml.mistake(node, 'one kind of evidence an entry');
      if (found.has(kind)) throw this.#yaml.mistake(node, `${kind} stands in \`require\` twice`);
      if (named !== undefined) team = this.#team(named.value);
      found.add(kind);
    }
    if (found.size === 0) throw this.#yaml.mistake(list, `\`require\` asks for nothing: name ${inWords(EVIDENCE)}`);
    return team === undefined ? { require: found } : { require: found, team };
  }

  #team(node: Node): string {
    const name = this.#yaml.text(node, 'a team');
    if (name === '') throw this.#yaml.mistake(node, 'a team has a name');
    if (!isTeamName(name)) throw this.#yaml.mistake(node, `${name} is a role of the channel itself, and no team`);
    return name;
  }

  /** A package file is of one team: rules that name two for one package would refuse it whatever is signed. */
  #requireOneTeam(
    rule: PackageRule,
    node: Node | undefined,
    rules: readonly PackageRule[],
    channels: readonly ChannelRule[],
  ): void {
    const { team, match, channel } = rule;
    if (team === undefined || node === undefined) return;
    const isOther = (other: { readonly team?: string }) => other.team !== undefined && other.team !== team;
    const rival =
      rules.find((other) => isOther(other) && other.match.overlaps(match)) ??
      channels.find((other) => isOther(other) && (channel === undefined || channel === other));
    if (rival?.team === undefined) return;
    throw this.#yaml.mistake(node, `a file of one package is ${team}'s here and ${rival.team}'s at ${rival.where}`);
  }

  #url(node: Node, name: string): string {
    const text = this.#yaml.text(node, `\`${name}\``);
    const key = channelUrlKey(text);
    if (key === undefined)
      throw this.#yaml.mistake(node, `\`${name}\` must be an http, https or file URL without query`);
    // A policy is shared and committed; a secret in it would be too.
    if (holdsCredentials(text)) throw this.#yaml.mistake(node, `\`${name}\` must not hold credentials`);
    return key;
  }

  #text(members: Members, name: string, owner: Node, what: string): { node: Node; text: string } {
    const node = members.get(name)?.value;
    if (node === undefined) throw this.#yaml.mistake(owner, `${what} needs \`${name}\``);
    return { node, text: this.#yaml.text(node, `\`${name}\``) };
  }

  #known(node: Node, what: string, keys: readonly string[]): Members {
    const members = this.#yaml.members(node, what);
    for (const [name, { key }] of members) {
      if (!keys.includes(name)) throw this.#yaml.mistake(key, `${what} has no \`${name}\`${perhaps(name, keys)}`);
    }
    return members;
  }

  #notYet(node: Node, what: string): UsageError {
    return this.#yaml.mistake(node, `${what} is not supported yet: this version would not enforce it`);
  }
}

/** No name can be of two channels. */
function contradict(one: PackageRule, other: PackageRule): boolean {
  if (one.channel === undefined || other.channel === undefined || one.channel === other.channel) return false;
  return one.match.overlaps(other.match);
}

/** `index, record or file` */
function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function perhaps(typed: string, known: readonly string[]): string {
  const name = nearestName(typed, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}
