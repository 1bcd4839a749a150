/** Which package files are a team's: path patterns of its delegation, `linux-64/foo-*.conda`. */
import { PathPattern, SUBDIR_INDEX_FORMS, UsageError } from '@antivenom/core';

const FORMATS = ['.conda', '.tar.bz2'];
/** What a package file can be called: `<subdir>/<name>-<version>-<build>.<format>`. */
const PACKAGES = FORMATS.map((format) => new PathPattern(`[A-Za-z0-9]*/[a-z0-9_]*-?*-?*${format}`));

/**
 * Reads patterns of package files as an owner types them: one without a format is for each format.
 *
 * @throws UsageError `usage` for a pattern that names no package file; so none names an index either
 */
export function packagePatterns(typed: readonly string[]): string[] {
  return typed.flatMap((text) => {
    const patterns = FORMATS.some((format) => text.endsWith(format)) ? [text] : FORMATS.map((format) => text + format);
    if (patterns.every((pattern) => PACKAGES.some((names) => names.overlaps(new PathPattern(pattern))))) {
      return patterns;
    }
    throw new UsageError('usage', `${JSON.stringify(text)} names no package file`, {
      hint: "A pattern is SUBDIR/NAME-VERSION-BUILD, * standing for any part: '*/foo-[0-9]*' is every foo.",
      details: { pattern: text },
    });
  });
}

/** Those of all indexes of a subdir. */
export function indexPatterns(subdir: string): string[] {
  return SUBDIR_INDEX_FORMS.map((form) => `${subdir}/${form}`);
}

/** The patterns of two roles that one file can match, if any. */
export function firstOverlap(
  one: readonly string[],
  other: readonly string[],
): { readonly one: string; readonly other: string } | undefined {
  for (const a of one) {
    for (const b of other) if (new PathPattern(a).overlaps(new PathPattern(b))) return { one: a, other: b };
  }
  return undefined;
}
