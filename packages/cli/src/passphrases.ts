/** Where passphrases come from: a file that was named, or a person at a terminal. Never an argument. */
import { UsageError } from '@antivenom/core';
import { readNamedFile } from './named-path.ts';
import { askHidden, canAsk } from './prompt.ts';
import type { World } from './world.ts';

export interface PassphraseOptions {
  readonly passphraseFile?: string;
  readonly offlinePassphraseFile?: string;
}

export type KeyGroup = 'online' | 'offline' | 'team';

export class Passphrases {
  readonly #options: PassphraseOptions;
  readonly #world: World;
  readonly #mayAsk: boolean;
  readonly #known = new Map<KeyGroup, string>();

  /** @param mayAsk whether a person at a terminal may be asked */
  constructor(options: PassphraseOptions, world: World, mayAsk = true) {
    this.#options = options;
    this.#world = world;
    this.#mayAsk = mayAsk && canAsk(world);
  }

  /** The passphrase of keys that exist; asked for once a run. */
  ofKeys(group: KeyGroup): Promise<string> {
    return this.#once(group, () => askHidden(`Passphrase of the ${nameOf(group)}: `, this.#world));
  }

  /** The passphrase of keys to be made: typed twice. */
  forNewKeys(group: KeyGroup): Promise<string> {
    return this.#once(group, async () => {
      const first = await askHidden(`New passphrase for the ${nameOf(group)}: `, this.#world);
      if (first === '') throw new UsageError('usage', 'the passphrase is empty');
      const second = await askHidden('The same again: ', this.#world);
      if (first === second) return first;
      throw new UsageError('usage', `the two passphrases for the ${nameOf(group)} differ`, { hint: 'Start again.' });
    });
  }

  async #once(group: KeyGroup, ask: () => Promise<string>): Promise<string> {
    const passphrase = this.#known.get(group) ?? (await this.#fromFile(group)) ?? (await this.#fromPerson(group, ask));
    this.#known.set(group, passphrase);
    return passphrase;
  }

  #fromPerson(group: KeyGroup, ask: () => Promise<string>): Promise<string> {
    if (this.#mayAsk) return ask();
    const own = group !== 'offline' ? '' : ' Where it is not that of the online keys: --offline-passphrase-file FILE.';
    throw new UsageError('usage', `the passphrase of the ${nameOf(group)} is needed, and there is nobody to ask`, {
      hint: `Name a file that holds it: --passphrase-file FILE, or ANTIVENOM_PASSPHRASE_FILE.${own}`,
    });
  }

  async #fromFile(group: KeyGroup): Promise<string | undefined> {
    const { env, cwd } = this.#world;
    const general = this.#options.passphraseFile ?? (env['ANTIVENOM_PASSPHRASE_FILE'] || undefined);
    const offline = this.#options.offlinePassphraseFile ?? (env['ANTIVENOM_OFFLINE_PASSPHRASE_FILE'] || undefined);
    const file = group === 'offline' ? (offline ?? general) : general;
    if (file === undefined) return undefined;
    const passphrase = new TextDecoder().decode(await readNamedFile(file, cwd)).replace(/\r?\n$/, '');
    if (passphrase === '') throw new UsageError('usage', `${file} holds no passphrase`);
    if (/[\r\n]/.test(passphrase)) throw new UsageError('usage', `${file} holds more than one line`);
    return passphrase;
  }
}

function nameOf(group: KeyGroup): string {
  return group === 'team' ? "team's keys" : `${group} keys`;
}
