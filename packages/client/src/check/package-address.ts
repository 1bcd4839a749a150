/** Which trusted channel, subdir and file the address of a package names. */
import { channelUrlKey, parsePackageFileName, UsageError } from '@antivenom/core';

export interface PackageAddress {
  /** The whole address without credentials, as `channelUrlKey` spells it. */
  readonly url: string;
  /** What it would be the channel of: the address without subdir and file. */
  readonly base: string;
  /** The folder that the file stands in. */
  readonly folder: string;
  /** The file's name, unescaped. */
  readonly file: string;
}

/**
 * @throws UsageError `usage` for what is no address of a package
 * @throws MalformedError, VerificationError `unsafe-name` for a file name that no package has
 */
export function parsePackageAddress(text: string): PackageAddress {
  const url = channelUrlKey(text);
  const [, base, folder, escaped] = /^(.+:\/\/.*)\/([^/]+)\/([^/]+)$/.exec(url ?? '') ?? [];
  if (url === undefined || base === undefined || folder === undefined || escaped === undefined) {
    // Nothing of it is repeated: where a password ends only a well-formed address tells.
    throw new UsageError('usage', 'the address of a package is an http, https or file URL without query', {
      hint: 'It ends in its subdir and file name: https://channel.example/good/linux-64/a-1.0-0.conda',
    });
  }
  const file = unescaped(escaped);
  parsePackageFileName(file);
  return { url, base, folder, file };
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // escapes that spell no text: no package's name has a percent sign
  }
}

/** The longest of the channels that the address stands below, by whole segments. */
export function channelOf({ url }: PackageAddress, channels: Iterable<string>): string | undefined {
  let longest: string | undefined;
  for (const channel of channels) {
    if (url.startsWith(`${channel}/`) && channel.length > (longest?.length ?? -1)) longest = channel;
  }
  return longest;
}
