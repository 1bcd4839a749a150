/** What every command that publishes ends with: new metadata, then the ordinary names, then what may go. */
import type { NextBins } from '../bins/next-bins.ts';
import { writeBins } from '../bins/write-bins.ts';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { type Generation, readGenerations } from '../channel/generations.ts';
import { requireFoldersInside } from '../channel/inside-channel.ts';
import { rememberNewest, requireNewest } from '../channel/newest-publication.ts';
import { type OwnMetadata, readOwnMetadata } from '../channel/own-metadata.ts';
import { readRetention } from '../channel/retention-settings.ts';
import type { Warning } from '../operations.ts';
import { type Edition, writeEdition } from './edition.ts';
import { type MayReplace, mendOrdinaryNames } from './ordinary-names.ts';
import { dropOldGenerations } from './retention.ts';

export interface PublicationRules {
  readonly keys: string;
  /** ms since the epoch */
  readonly now: number;
  /** Hash bins that the edition's snapshot names. */
  readonly bins?: NextBins | undefined;
  /** @param own what stands now */
  mayReplace(own: OwnMetadata, generations: readonly Generation[]): MayReplace;
}

export interface Published {
  /** The metadata that stands now. */
  readonly own: OwnMetadata;
  /** Paths written, relative to the published folder. */
  readonly files: readonly string[];
  readonly warnings: readonly Warning[];
}

/**
 * Also where the edition is empty, it mends the ordinary names that a killed run left behind the publication.
 *
 * @param before the metadata that stands
 * @throws FreshnessError `rollback` where that is older than what was published last
 */
export async function publishEdition(
  channel: ChannelFolder,
  before: OwnMetadata,
  edition: Edition,
  rules: PublicationRules,
): Promise<Published> {
  const { published } = channel;
  await requireFoldersInside(published);
  await requireNewest(channel, before);
  const warnings = rules.bins === undefined ? [] : await writeBins(before, rules.bins);
  const written = await writeEdition(published, edition);
  const own = edition.length === 0 ? before : await readOwnMetadata(published, rules.keys);
  if (edition.length > 0) await rememberNewest(channel, own);
  const mended = await mendOrdinaryNames(own, rules.mayReplace(own, await readGenerations(own)));
  if (edition.length > 0) await dropOldGenerations(own, rules.now, await readRetention(channel));
  return { own, files: [...written, ...mended.files], warnings: [...warnings, ...mended.warnings] };
}
