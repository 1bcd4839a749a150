import { MalformedError } from '../errors.ts';

const PEM = /^\s*-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/\s]*={0,2})\s*-----END PUBLIC KEY-----\s*$/;
/** The largest key taken, RSA of 8192 bits, has some 1,500 characters; the pattern's time grows with the square of its spaces. */
const MAX_LENGTH = 4096;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The DER SubjectPublicKeyInfo within a PEM block.
 *
 * @throws MalformedError for another kind of block, more than one, or text around it.
 * @see https://www.rfc-editor.org/rfc/rfc7468#section-13
 */
export function pemToSpki(pem: string): Uint8Array {
  const body = (pem.length > MAX_LENGTH ? null : PEM.exec(pem))?.[1]?.replace(/\s/g, '');
  if (body === undefined || body.length % 4 !== 0) {
    throw new MalformedError('this is not a public key in PEM form', {
      hint: 'The file must hold one block that begins with -----BEGIN PUBLIC KEY-----.',
    });
  }
  return fromBase64(body);
}

function fromBase64(text: string): Uint8Array {
  const unpadded = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((unpadded.length * 6) / 8));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const character of unpadded) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[at++] = bits >> count;
    }
  }
  return bytes;
}
