/** What the client reads at most of a channel. Lengths in bytes. */
import type { CctLimits, JsonLimits, PackageLimits, TufLimits } from '@antivenom/core';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;

export const METADATA_JSON: JsonLimits = { maxBytes: 64 * MEGABYTE, maxDepth: 100 };

export const TUF_LIMITS: TufLimits = {
  json: METADATA_JSON,
  maxRootLength: MEGABYTE,
  maxTimestampLength: 64_000,
  maxSnapshotLength: 16 * MEGABYTE,
  maxTargetsLength: 64 * MEGABYTE,
  maxRootRotations: 1024,
  maxDelegations: 1024,
};

export const CCT_LIMITS: CctLimits = { json: { maxBytes: MEGABYTE, maxDepth: 32 } };

/** One list of yanked files. */
export const YANK_LIST_JSON: JsonLimits = { maxBytes: 16 * MEGABYTE, maxDepth: 8 };

/** An index, compressed or not; conda-forge's largest has some 600 MB. */
export const INDEX_JSON: JsonLimits = { maxBytes: 2 ** 31, maxDepth: 64 };

/** One shard, and one shard's content. */
export const MAX_SHARD_LENGTH = 256 * MEGABYTE;

/** 1000:1 of the archive above 100 MB, and 50 GB in all. */
export const PACKAGE_LIMITS: PackageLimits = {
  json: { maxBytes: 64 * MEGABYTE, maxDepth: 64 },
  tar: { maxEntries: 1_000_000, maxNames: 64 * MEGABYTE, maxHeaderBytes: MEGABYTE },
  maxExpandedBytes: 50 * GIGABYTE,
  maxRatio: 1000,
  ratioFreeBytes: 100 * MEGABYTE,
};

/** A package, also where its record states no size. */
export const MAX_PACKAGE_LENGTH = 20 * GIGABYTE;
