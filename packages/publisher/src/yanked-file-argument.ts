/** A published file as its owner names it. */
import { UsageError } from '@antivenom/core';

export interface PublishedFile {
  readonly subdir: string;
  readonly file: string;
}

/**
 * @param typed `linux-64/foo-1.0-0.conda`
 * @throws UsageError `usage`
 */
export function parsePublishedFile(typed: string): PublishedFile {
  const [subdir = '', file = '', more] = typed.split('/');
  if (subdir !== '' && file !== '' && more === undefined) return { subdir, file };
  throw new UsageError('usage', `${typed} is no file of a channel: it takes a subdir and a file name`, {
    hint: 'Name it as it is published: linux-64/foo-1.0-0.conda',
  });
}
