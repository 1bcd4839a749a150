/** Writes X.509 certificates (RFC 5280), signed with ECDSA on P-256. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface CertificatePlan {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** The issuer's key, of P-256. */
  readonly signer: KeyObject;
  /** ms since the epoch. */
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Extension[];
}

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });

/** @returns PEM */
export function issueCertificate(plan: CertificatePlan): string {
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40; // positive, and in its shortest form
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(serialNumber),
    signature: ECDSA_WITH_SHA256,
    issuer: nameOf(plan.issuer),
    validity: new Validity({ notBefore: new Date(plan.from), notAfter: new Date(plan.until) }),
    subject: nameOf(plan.subject),
    subjectPublicKeyInfo: AsnConvert.parse(
      plan.publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions([...plan.extensions]),
  });
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(body)), plan.signer);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: ECDSA_WITH_SHA256,
    signatureValue: bufferOf(signature),
  });
  const lines = Buffer.from(AsnConvert.serialize(certificate))
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Of an authority that signs certificates of servers directly, for these hosts alone (IPv6 without brackets). */
export function authorityExtensions(hosts: readonly string[]): Extension[] {
  return [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign)),
    extension(id_ce_nameConstraints, true, constraintsOf(hosts)),
  ];
}

/** Of a server. */
export function serverExtensions(host: string): Extension[] {
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName([generalName(host)])),
  ];
}

/** Stands where there is no name: an empty list would permit all (RFC 2606: nobody has this one). */
const NO_NAME = 'invalid';
const ALL_ADDRESSES = ['0.0.0.0/0', '::/0'];

/** Names and addresses are constrained apart: a kind that was left out would be free. @see RFC 5280 section 4.2.1.10 */
function constraintsOf(hosts: readonly string[]): NameConstraints {
  const names = hosts.filter((host) => isIP(host) === 0);
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const permitted = [
    ...(names.length === 0 ? [NO_NAME] : names).map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((host) => new GeneralName({ iPAddress: `${host}/${isIP(host) === 4 ? 32 : 128}` })),
  ];
  const excluded = addresses.length === 0 ? ALL_ADDRESSES.map((iPAddress) => new GeneralName({ iPAddress })) : [];
  return new NameConstraints({
    permittedSubtrees: subtrees(permitted),
    ...(excluded.length === 0 ? {} : { excludedSubtrees: subtrees(excluded) }),
  });
}

function subtrees(bases: readonly GeneralName[]): GeneralSubtrees {
  return new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base })));
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function generalName(host: string): GeneralName {
  return new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host });
}

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
