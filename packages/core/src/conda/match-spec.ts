/**
 * Dependencies as records state them: `python >=3.9,<4`, `numpy 1.26.* py312*`. As much of the language as decides which
 * records of one channel satisfy a dependency; regular expressions, which an index could use to stall a reader, are left out.
 *
 * @see https://conda.org/learn/ceps/cep-0029
 */
import { MalformedError } from '../errors.ts';
import { Version } from './version.ts';

/** What a spec looks at. `versionText` is the record's own spelling, which `@` versions and globs are compared with. */
export interface Candidate {
  readonly version: Version;
  readonly versionText: string;
  readonly build: string;
  readonly buildNumber: number;
}

/** Far beyond any real dependency; bounds the time a hostile one takes. */
const MAX_LENGTH = 1000;

type Test = (candidate: Candidate) => boolean;

export class MatchSpec {
  /** Lower case. */
  readonly name: string;
  readonly #tests: readonly Test[];

  private constructor(name: string, tests: readonly Test[]) {
    this.name = name;
    this.#tests = tests;
  }

  /** Undefined for a spec that is malformed, names no one package, or asks for what a {@link Candidate} does not tell. */
  static parse(text: string): MatchSpec | undefined {
    if (text.length > MAX_LENGTH) return undefined;
    const [spec = ''] = (text.split('#')[0] ?? '').split(' if ');
    const brackets = /\[([^[\]]*)\]\s*$/.exec(spec);
    const plain = (brackets === null ? spec : spec.slice(0, brackets.index)).trim();
    const parts = /^([a-zA-Z0-9_.-]+)((?:[ =<>!~].*)?)$/.exec(plain);
    const name = parts?.[1];
    if (name === undefined || /\.(tar\.bz2|conda)$/.test(plain)) return undefined;
    const fields = new Map(versionAndBuild((parts?.[2] ?? '').trim()));
    if (brackets !== null && !addBracketFields(brackets[1] ?? '', fields)) return undefined;
    try {
      return new MatchSpec(
        name.toLowerCase(),
        [...fields].map(([field, value]) => test(field, value)),
      );
    } catch (error) {
      if (error instanceof MalformedError) return undefined;
      throw error;
    }
  }

  /** Whether a record of this name satisfies the spec. */
  matches(candidate: Candidate): boolean {
    return this.#tests.every((passes) => passes(candidate));
  }
}

function test(field: string, value: string): Test {
  switch (field) {
    case 'version':
      return versionTest(value);
    case 'build':
      return buildTest(value);
    case 'build_number':
      if (/^[0-9]+$/.test(value)) return (candidate) => candidate.buildNumber === Number(value);
  }
  throw new MalformedError(`a dependency on \`${field}\` "${value}" is not read`);
}

/** `>=1.0 , <2.0 py34_0` is the version `>=1.0,<2.0` and the build `py34_0`; an `=` may stand for the space. */
function versionAndBuild(text: string): [string, string][] {
  if (text.length < 2) return text === '' || text === '=' ? [] : [['version', text]];
  for (let at = 1; at < text.length; at++) {
    const separates = /[ =]/.test(text.charAt(at)) && !/[=!|,<>~]/.test(text.charAt(at - 1));
    const build = text.slice(at + 1);
    if (separates && /^[^-=,|<>~]+$/.test(build)) {
      return [
        ['version', fuzzy(text.slice(0, at).replaceAll(' ', ''), true)],
        ['build', build.trim()],
      ];
    }
  }
  return [['version', fuzzy(text.replaceAll(' ', ''), false)]];
}

/** `=1.2` alone means `1.2.*`; beside a build, and as `==1.2`, it means exactly 1.2. */
function fuzzy(version: string, hasBuild: boolean): string {
  if (!version.startsWith('=') || /^==?$/.test(version)) return version;
  const bare = version.replace(/^=+/, '');
  if (version.startsWith('==') && !hasBuild) return bare;
  if (/[=,|]/.test(bare)) return version;
  return hasBuild || bare.endsWith('*') ? bare : `${bare}*`;
}

function addBracketFields(text: string, fields: Map<string, string>): boolean {
  const rest = text.replaceAll(
    /([a-zA-Z0-9_-]+)=(["']?)([^'"]*?)\2(?:[, ]+|$)/g,
    (_, key: string, _quote, value: string) => {
      fields.set(key, key === 'version' ? fuzzy(value, false) : value);
      return '';
    },
  );
  return rest.trim() === '';
}

/** `|` parts alternatives, `,` what must hold together and binds more strongly. */
function versionTest(text: string): Test {
  const alternatives = text.split('|').map((all) => all.split(',').map((one) => relationTest(one.trim())));
  return (candidate) => alternatives.some((all) => all.every((passes) => passes(candidate)));
}

function relationTest(text: string): Test {
  const [, operator, operand = ''] = /^(==|!=|<=|>=|~=|=|<|>)(.*)$/.exec(text) ?? [];
  if (operator !== undefined) return operatorTest(text, operator, operand);
  if (text === '*') return () => true;
  if (text.replace(/\*+$/, '').includes('*')) return (candidate) => globMatches(text, candidate.versionText);
  if (text.endsWith('*')) return operatorTest(text, '=', text.replace(/\*+$/, '').replace(/\.+$/, ''));
  if (text.includes('@')) return (candidate) => candidate.versionText === text;
  return operatorTest(text, '==', text);
}

function operatorTest(text: string, operator: string, operand: string): Test {
  const below = operand.endsWith('.*');
  const version = Version.parse(below ? operand.slice(0, -2) : operand);
  switch (operator) {
    case '==':
      return (candidate) => candidate.version.compare(version) === 0;
    case '!=':
      return below
        ? (candidate) => !candidate.version.startsWith(version)
        : (candidate) => candidate.version.compare(version) !== 0;
    case '<=':
      return (candidate) => candidate.version.compare(version) <= 0;
    case '>=':
      return (candidate) => candidate.version.compare(version) >= 0;
    case '<':
      return (candidate) => candidate.version.compare(version) < 0;
    case '>':
      return (candidate) => candidate.version.compare(version) > 0;
    case '=':
      return (candidate) => candidate.version.startsWith(version);
    case '~=': {
      if (below) break;
      const series = Version.parse(version.text.split('.').slice(0, -1).join('.'));
      return (candidate) => candidate.version.compare(version) >= 0 && candidate.version.startsWith(series);
    }
  }
  throw new MalformedError(`"${text}" is not a version constraint`);
}

function buildTest(text: string): Test {
  if (/[\^$]/.test(text)) throw new MalformedError(`the build "${text}" is a regular expression, which is not read`);
  return (candidate) => globMatches(text, candidate.build);
}

/** `*` stands for any characters; takes the first place each literal part fits, so its time is bounded. */
function globMatches(glob: string, text: string): boolean {
  const [head = '', ...parts] = glob.split('*');
  const tail = parts.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
