import { bytesToHex, type JsonValue, object, type RecordQuestion, type Signer, signRecord } from '@antivenom/core';

/** A record signed by these, as a reader of `linux-64/repodata.json` would ask about it. */
export async function signedRecord(signers: readonly Signer[]): Promise<RecordQuestion> {
  const record = object({
    build: 'h1_0',
    build_number: 0,
    depends: ['libgcc >=12', '__glibc >=2.17,<3.0.a0'],
    name: 'zlib',
    sha256: 'ab'.repeat(32),
    size: 12_345,
    subdir: 'linux-64',
    version: '1.3',
  });
  const signatures = new Map<string, JsonValue>();
  for (const signer of signers) {
    signatures.set(bytesToHex(signer.publicKey.bytes), object({ signature: await signRecord(record, signer) }));
  }
  return {
    subdir: 'linux-64',
    file: 'zlib-1.3-h1_0.conda',
    map: 'packages.conda',
    record,
    signatures,
    checkNames: true,
  };
}
