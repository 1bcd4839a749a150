/** The files that a channel took back, by their content. */
import { VerificationError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { Yank } from './yank-list.ts';

export class YankedFiles {
  static readonly NONE = new YankedFiles([]);
  /** In force. */
  readonly yanks: readonly Yank[];
  readonly #bySha256: ReadonlyMap<string, Yank>;
  readonly #byName: ReadonlyMap<string, Yank>;

  /** @param yanks those in force */
  constructor(yanks: readonly Yank[]) {
    this.yanks = yanks;
    this.#bySha256 = new Map(yanks.map((yank) => [yank.sha256, yank]));
    this.#byName = new Map(
      yanks.flatMap((yank) => [
        [yank.file, yank],
        [`${yank.subdir}/${yank.file}`, yank],
      ]),
    );
  }

  ofContent(sha256: string): Yank | undefined {
    return this.#bySha256.get(sha256);
  }

  /**
   * For a file that no index lists.
   *
   * @param file the name under which it was taken back, with its subdir or without
   */
  ofName(file: string): Yank | undefined {
    return this.#byName.get(file);
  }

  /**
   * @param where `<subdir>/<name>`, for the message
   * @throws VerificationError `yanked`
   */
  check(where: string, record: JsonObject): void {
    const sha256 = record.get('sha256');
    const yank = typeof sha256 === 'string' ? this.ofContent(sha256) : undefined;
    if (yank !== undefined) throw yanked(where, yank);
  }
}

export function yanked(where: string, { subdir, file, sha256, reason, time }: Yank): VerificationError {
  const was = [file, `${subdir}/${file}`].includes(where) ? '' : `, as ${subdir}/${file}`;
  return new VerificationError('yanked', `${where} was yanked on ${time.slice(0, 10)}${was}: ${reason}`, {
    hint: 'Do not install it: the channel took this file back. Take another version.',
    details: { file: where, sha256, reason, time },
  });
}
