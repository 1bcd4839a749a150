/** The name of a package file: `<name>-<version>-<build>.<extension>`. @see https://conda.org/learn/ceps/cep-0026 */
import { MalformedError } from '../errors.ts';

export interface PackageFileName {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly extension: 'conda' | 'tar.bz2';
}

/** @throws MalformedError for anything that is not a plain file name of this form. */
export function parsePackageFileName(file: string): PackageFileName {
  const parts = /^([^/\\-][^/\\]*)-([^/\\-]+)-([^/\\-]+)\.(conda|tar\.bz2)$/.exec(file);
  const [, name, version, build, extension] = parts ?? [];
  if (name === undefined || version === undefined || build === undefined || extension === undefined) {
    throw new MalformedError(`${JSON.stringify(file)} is not <name>-<version>-<build>.conda or .tar.bz2`);
  }
  return { name, version, build, extension: extension === 'conda' ? 'conda' : 'tar.bz2' };
}
