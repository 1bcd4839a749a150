import { VerificationError } from '../errors.ts';
import type { CctDelegation } from './delegation.ts';
import type { CctEnvelope } from './envelope.ts';
import type { CctEnv } from './limits.ts';
import { type CctShape, countSignatures } from './signatures.ts';

/**
 * @param where the file's name, and `delegator` that of the file that says who may sign it: for messages
 * @param shapes those that count here
 * @throws VerificationError too few signed: `bad-signature` where a delegated key has an entry that is not good, else
 * `threshold-not-met`
 */
export function verifyDelegated(
  where: string,
  delegation: CctDelegation,
  envelope: CctEnvelope,
  shapes: readonly CctShape[],
  env: CctEnv,
  delegator: string,
): void {
  const counted = countSignatures(delegation, () => envelope.signedCanonical, envelope.signatures, shapes, env.crypto);
  if (counted.good.length >= delegation.threshold) return;
  const [bad] = counted.bad;
  const found = `signed by ${counted.good.length} of the ${delegation.threshold} distinct keys that ${delegator} asks for`;
  const details = { file: where, signed: counted.good.length, threshold: delegation.threshold, bad: counted.bad };
  if (bad !== undefined) {
    throw new VerificationError(
      'bad-signature',
      `${where} is ${found}: the signature by key ${bad.slice(0, 8)}… is not over these bytes`,
      {
        hint: 'The file was changed after it was signed: try another mirror, and tell the owner of the channel.',
        details,
      },
    );
  }
  throw new VerificationError('threshold-not-met', `${where} is ${found}`, {
    hint: 'The file is not from those who may sign it, or not all of them signed yet: tell the owner of the channel.',
    details,
  });
}
