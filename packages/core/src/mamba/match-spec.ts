/**
 * How mamba prints a match specification after reading it: it keeps what libsolv made of the text, a name and at most one
 * string of version and build. The steps and their order are libsolv's, oddities included, since a signature is over the outcome.
 *
 * @see https://github.com/openSUSE/libsolv/blob/master/src/conda.c `pool_conda_matchspec`
 */

/** The name ends before the first of them. */
const AFTER_NAME = /[ =<>!~]/;
/** Where the search for a build, from the right, stops. */
const STOPS = new Set([' ', '-', '=', ',', '|', '<', '>', '~']);
/** Before `=` or a space they make one operator with it, or expect a version: what follows is no build. */
const BEFORE_NO_BUILD = new Set(['=', '!', '|', ',', '<', '>', '~']);

/**
 * @returns undefined where mamba drops the specification, because its name is empty, and where nobody can say what it does: NUL
 * ends a string in C, and half of a surrogate pair has no bytes.
 */
export function printMambaMatchSpec(text: string): string | undefined {
  if (text.includes('\0') || !text.isWellFormed()) return undefined;
  // Channel, subdir and namespace are left away.
  const spec = text.slice(text.lastIndexOf(':') + 1);
  const nameEnd = spec.search(AFTER_NAME);
  const name = lowerCase(nameEnd === -1 ? spec : spec.slice(0, nameEnd));
  if (name === '') return undefined;
  const rest = nameEnd === -1 ? '' : spec.slice(nameEnd).replace(/^ +/, '');
  if (rest === '') return name.startsWith('^') || name.includes('*') ? `${name} *` : name;
  const { version, build } = splitBuild(withoutTrailingSpaces(rest));
  const translated = translateEquals(version, build !== undefined).replaceAll(' ', '');
  return build === undefined ? `${name} ${translated}` : `${name} ${translated} ${build}`;
}

/** ASCII alone: other letters keep their case. */
function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function withoutTrailingSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end--;
  return text.slice(0, end);
}

/** The build is what stands behind the last space or `=`, unless that belongs to an operator. */
function splitBuild(text: string): { readonly version: string; readonly build: string | undefined } {
  const whole = { version: text, build: undefined };
  let at = text.length;
  for (;;) {
    while (at > 0 && !STOPS.has(text.charAt(at - 1))) at--;
    const delimiter = text.charAt(at - 1);
    if (at <= 1 || (delimiter !== ' ' && delimiter !== '=')) return whole;
    if (BEFORE_NO_BUILD.has(text.charAt(at - 2))) {
      if (delimiter !== ' ') return whole;
      at--; // the space may be within the build
      continue;
    }
    return at < text.length ? { version: text.slice(0, at - 1), build: text.slice(at) } : whole;
  }
}

/** `==1` is `1`, `=1` is `1*`; before a build, `==1` stays and `=1` is `1`. */
function translateEquals(version: string, hasBuild: boolean): string {
  if (!version.startsWith('=')) return version;
  if (version.startsWith('==')) return hasBuild ? version : version.slice(2);
  if (hasBuild) return version.slice(1);
  return /[=,|]/.test(version.slice(1)) ? version : `${version.slice(1)}*`;
}
