/**
 * `current_repodata.json`: the newest version of each package, what those depend on where that is older, and a version
 * without features beside one with them. The same rule as conda-index's, so that conda sees what it would have seen.
 */
import { MalformedError } from '../errors.ts';
import { integerOf } from '../json/integer.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { keepRecords } from './keep-records.ts';
import { type Candidate, MatchSpec } from './match-spec.ts';
import type { RecordSlice, Repodata } from './repodata.ts';
import { Version } from './version.ts';

interface Build extends Candidate {
  readonly slice: RecordSlice;
  /** Seconds or milliseconds in the index; seconds here. */
  readonly timestamp: number;
  readonly hasFeatures: boolean;
}

/** Name → its builds, newest first. */
type Groups = ReadonlyMap<string, readonly Build[]>;

/**
 * Makes `current_repodata.json` from `repodata.json`, in the latter's form and without `signatures`. Records stay byte for
 * byte what they are, so one signature serves in both files; `legacy_bz2_md5`, which conda-index adds here and conda
 * works out by itself, is left out for that.
 *
 * @throws MalformedError for a record without name, version or build, or with a version that is none.
 */
export function currentRepodata(repodata: Repodata): Uint8Array {
  const kept = currentRecords(repodata);
  return keepRecords(repodata, (slice) => kept.has(slice), new Set(['signatures']));
}

/** Which records those are. */
export function currentRecords(repodata: Repodata): ReadonlySet<RecordSlice> {
  const all = groupsOf(repodata);
  const kept = new Set(repodata.records.filter(({ map }) => map.startsWith('v3.')));
  for (const builds of withFeaturelessVersions(
    withMissingDependencies(newestVersions(all), all, repodata),
    all,
  ).values()) {
    for (const build of builds) kept.add(build.slice);
  }
  return kept;
}

function groupsOf(repodata: Repodata): Groups {
  const versions = new Map<string, Version>();
  const groups = new Map<string, Build[]>();
  for (const slice of repodata.records) {
    if (slice.map.startsWith('v3.') || hasNewerFormat(repodata, slice)) continue;
    const record = repodata.record(slice);
    const name = textOf(record, 'name', slice);
    // conda looks names up in lower case and so finds no package whose name has a capital.
    if (name !== name.toLowerCase()) continue;
    const build = buildOf(record, slice, versions);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [build]);
    else group.push(build);
  }
  for (const group of groups.values()) group.sort(newestFirst);
  return groups;
}

/** conda takes the `.conda` of a package wherever there is one. */
function hasNewerFormat(repodata: Repodata, slice: RecordSlice): boolean {
  if (slice.map !== 'packages' || !slice.file.endsWith('.tar.bz2')) return false;
  return repodata.find(`${slice.file.slice(0, -'.tar.bz2'.length)}.conda`, 'packages.conda') !== undefined;
}

function buildOf(record: JsonObject, slice: RecordSlice, versions: Map<string, Version>): Build {
  const versionText = textOf(record, 'version', slice);
  let version = versions.get(versionText);
  if (version === undefined) {
    version = parseVersion(versionText, slice);
    versions.set(versionText, version);
  }
  return {
    slice,
    version,
    versionText,
    build: textOf(record, 'build', slice),
    buildNumber: numberOf(record.get('build_number')),
    timestamp: secondsOf(numberOf(record.get('timestamp'))),
    hasFeatures: isFilled(record.get('features')) || isFilled(record.get('track_features')),
  };
}

function parseVersion(text: string, slice: RecordSlice): Version {
  try {
    return Version.parse(text);
  } catch (cause) {
    throw new MalformedError(`${slice.file}: "${text}" is not a conda version`, { cause });
  }
}

function textOf(record: JsonObject, member: string, slice: RecordSlice): string {
  const value = record.get(member);
  if (typeof value === 'string') return value;
  throw new MalformedError(`${slice.file}: \`${member}\` must be a text`);
}

function numberOf(value: JsonValue | undefined): number {
  if (!(value instanceof JsonNumber)) return 0;
  const integer = integerOf(value);
  return integer === undefined ? Number(value.literal) : Number(integer);
}

/** Beyond the year 9999 when read as seconds, so it is milliseconds. */
function secondsOf(timestamp: number): number {
  return timestamp > 253_402_300_799 ? timestamp / 1000 : timestamp;
}

/** Features are a text of names or a list of them. */
function isFilled(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return /[^\s,]/.test(value);
  return Array.isArray(value) && value.length > 0;
}

function newestFirst(a: Build, b: Build): number {
  return (
    b.version.compare(a.version) ||
    b.buildNumber - a.buildNumber ||
    b.timestamp - a.timestamp ||
    (a.build < b.build ? 1 : a.build > b.build ? -1 : 0)
  );
}

function newestVersions(all: Groups): Groups {
  return new Map([...all].map(([name, builds]) => [name, sameVersion(builds, builds[0])]));
}

/** All builds of a version as `name=version` finds them: `1.2` takes in `1.2rc1`. */
function sameVersion(builds: readonly Build[], as: Build | undefined): readonly Build[] {
  return as === undefined ? [] : builds.filter((build) => build.version.startsWith(as.version));
}

/** One step deep, as conda-index goes: the dependencies of what was added so are not looked at. */
function withMissingDependencies(current: Groups, all: Groups, repodata: Repodata): Groups {
  const expanded = new Map(current);
  const seen = new Set<string>();
  for (const builds of current.values()) {
    for (const build of builds) {
      for (const dependency of dependsOf(repodata.record(build.slice))) {
        if (seen.has(dependency)) continue;
        seen.add(dependency);
        const spec = MatchSpec.parse(dependency);
        if (spec === undefined || current.get(spec.name)?.some((candidate) => spec.matches(candidate))) continue;
        const available = all.get(spec.name) ?? [];
        const found = sameVersion(
          available,
          available.find((candidate) => spec.matches(candidate)),
        );
        if (found.length > 0) expanded.set(spec.name, union(expanded.get(spec.name), found));
      }
    }
  }
  return expanded;
}

function dependsOf(record: JsonObject): string[] {
  const depends = record.get('depends');
  return Array.isArray(depends) ? depends.filter((dependency) => typeof dependency === 'string') : [];
}

function withFeaturelessVersions(current: Groups, all: Groups): Groups {
  const expanded = new Map<string, readonly Build[]>();
  for (const [name, builds] of current) {
    const newest = builds[0];
    const plain = all
      .get(name)
      ?.find((build) => newest && build.version.compare(newest.version) <= 0 && !build.hasFeatures);
    const wanted = plain !== undefined && builds.some((build) => build.hasFeatures);
    expanded.set(name, wanted ? union(builds, [plain]) : builds);
  }
  return expanded;
}

function union(some: readonly Build[] = [], more: readonly Build[]): readonly Build[] {
  return [...new Set([...some, ...more])].sort(newestFirst);
}
