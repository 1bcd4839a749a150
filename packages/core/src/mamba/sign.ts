import { signInOpenpgpShape } from '../cct/build.ts';
import type { RecordSignature } from '../conda/signatures.ts';
import { UsageError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { Signer } from '../keys/signer.ts';
import type { CryptoPort } from '../ports.ts';
import { type ProjectionContext, projectRecord } from './projection.ts';

/**
 * The signature for mamba of one record, as it stands in `signatures` of repodata. It has the OpenPGP shape, which
 * conda-content-trust never counts on a record: a projection must not pass there in the record's place.
 *
 * @param createdAt ms since the epoch, stated in the signature
 * @throws UsageError `usage` for a record whose projection is not foretold, or a key that is not Ed25519
 */
export async function signProjection(
  record: JsonObject,
  context: ProjectionContext,
  signer: Signer,
  crypto: CryptoPort,
  createdAt: number,
): Promise<Required<RecordSignature>> {
  const projection = projectRecord(record, context);
  if (projection.status === 'foretold') return signInOpenpgpShape(projection.canonical, signer, crypto, createdAt);
  throw new UsageError('usage', `this record cannot be signed for mamba: ${projection.message}`);
}
