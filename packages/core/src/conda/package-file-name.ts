/** The name of a package file: `<name>-<version>-<build>.<extension>`. @see https://conda.org/learn/ceps/cep-0026 */
import { MalformedError, VerificationError } from '../errors.ts';

export interface PackageFileName {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly extension: 'conda' | 'tar.bz2';
}

/**
 * @throws MalformedError for anything that is not a file name of this form.
 * @throws VerificationError `unsafe-name` for one that could lead out of its folder.
 */
export function parsePackageFileName(file: string): PackageFileName {
  verifyPlainFileName(file, file);
  const parts = /^([^-].*)-([^-]+)-([^-]+)\.(conda|tar\.bz2)$/.exec(file);
  const [, name, version, build, extension] = parts ?? [];
  if (name === undefined || version === undefined || build === undefined || extension === undefined) {
    throw new MalformedError(`${JSON.stringify(file)} is not <name>-<version>-<build>.conda or .tar.bz2`, {
      hint: 'Name the file as its channel does.',
    });
  }
  return { name, version, build, extension: extension === 'conda' ? 'conda' : 'tar.bz2' };
}

/**
 * Refuses what a file system, a shell or a URL could take for more than one name.
 *
 * @param where names the file in the error: `linux-64/a-1-0.conda`
 * @throws VerificationError `unsafe-name` for path parts, control characters, drives, escapes and queries of URLs.
 */
export function verifyPlainFileName(file: string, where: string): void {
  const control = [...file].some((character) => character < ' ' || character === '\u007f');
  if (file === '' || file.startsWith('.') || control || /[/\\:%?#]/.test(file)) {
    throw new VerificationError(
      'unsafe-name',
      `${JSON.stringify(where)}: a package file's name may hold no path parts`,
      { hint: 'Remove the file from the channel and index it again.' },
    );
  }
}
