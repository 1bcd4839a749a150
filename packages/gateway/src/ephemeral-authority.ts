/**
 * A certificate authority that lives for one command: its key never leaves memory, and its certificate lets it vouch for the
 * hosts of the configured channels alone.
 */
import { authorityExtensions, issueCertificate, makeKeyPair, serverExtensions } from './issue-certificate.ts';

/** PEM, both. */
export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
}

const HOUR_MS = 3_600_000;
/** The clock of a container may be a little behind. */
const BEFORE_MS = HOUR_MS;
/** A shell may stay open for days. */
const AFTER_MS = 30 * 24 * HOUR_MS;
const NAME = 'Antivenom, for one command';

export class EphemeralAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly #hosts: ReadonlySet<string>;
  readonly #keys = makeKeyPair();
  readonly #validity: { readonly from: number; readonly until: number };
  readonly #identities = new Map<string, ServerIdentity>();

  /**
   * @param hosts names and addresses (IPv6 without brackets) that it vouches for
   * @param now ms since the epoch, by the machine's clock
   */
  constructor(hosts: readonly string[], now: number) {
    this.#hosts = new Set(hosts);
    this.#validity = { from: now - BEFORE_MS, until: now + AFTER_MS };
    const { publicKey, privateKey: signer } = this.#keys;
    const extensions = authorityExtensions(hosts);
    this.certificate = issueCertificate({
      issuer: NAME,
      subject: NAME,
      publicKey,
      signer,
      ...this.#validity,
      extensions,
    });
  }

  /** A key and certificate for one of the hosts, made when it is first asked for. */
  identityOf(host: string): ServerIdentity {
    if (!this.#hosts.has(host)) throw new RangeError(`the authority does not vouch for ${host}`);
    const known = this.#identities.get(host);
    if (known !== undefined) return known;
    const { publicKey, privateKey } = makeKeyPair();
    const signer = this.#keys.privateKey;
    const extensions = serverExtensions(host);
    const certificate = issueCertificate({
      issuer: NAME,
      subject: 'Antivenom',
      publicKey,
      signer,
      ...this.#validity,
      extensions,
    });
    const identity = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate };
    this.#identities.set(host, identity);
    return identity;
  }
}
