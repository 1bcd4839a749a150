import { VerificationError } from '../errors.ts';

/**
 * The path of an entry, a link's target or a listed file as it will be on disk: below the root, without `.` and doubled slashes.
 * What Windows would read as another path is refused everywhere.
 *
 * @throws VerificationError `archive-unsafe` for an absolute path, `..`, a drive, a backslash or a control character.
 */
export function safePath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  // Windows takes dots and spaces off the end of each segment.
  const climbs = segments.some((segment) => /^[. ]+$/.test(segment));
  const leadsOut = path.startsWith('/') || climbs || /^[A-Za-z]:/.test(segments[0] ?? '') || path.includes('\\');
  const control = [...path].some((character) => character < ' ' || character === '\u007f');
  if (leadsOut || control) {
    throw new VerificationError('archive-unsafe', `the path ${JSON.stringify(path)} leads out of the package's tree`, {
      details: { path },
    });
  }
  return segments.join('/');
}
