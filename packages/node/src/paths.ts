/** Names from outside turned into places within a folder. */
import { join } from 'node:path';
import { checkTargetPath, VerificationError } from '@antivenom/core';

// Windows opens a device under these names whatever their extension, and drops dots and spaces at the end of any name.
const WINDOWS_TROUBLE = /[<>:"|?*]|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|[. ]$/i;

/**
 * The place of a relative name (parts split by `/`) below a folder.
 *
 * @throws VerificationError `unsafe-name` for a name that could be another place on any of our systems: absolute, with
 * `..` or empty parts, backslashes, control characters, percent-escapes, drive letters or device names.
 */
export function joinInside(folder: string, name: string): string {
  checkTargetPath(name);
  const parts = name.split('/');
  if (parts.some((part) => WINDOWS_TROUBLE.test(part))) {
    throw new VerificationError('unsafe-name', `the name ${JSON.stringify(name)} is refused: no file may have it`, {
      hint: 'Tell the owner of the channel: no name of this kind is ever published by mistake.',
      details: { name },
    });
  }
  return join(folder, ...parts);
}
