/**
 * The package files that teams signed: of a file that the offline `targets` role gave to a team, that team's word counts, and
 * no online key can make it.
 */
import {
  ContentTrustError,
  type PackageDigest,
  type Targets,
  teamsOf,
  teamWordOn,
  VerificationError,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { TufAuthority } from '../authority/tuf-authority.ts';

/** One authority's delegation to teams, and what came of asking each. */
interface Asked {
  readonly targets: Verified<Targets>;
  readonly answers: ReadonlyMap<string, Verified<Targets> | ContentTrustError>;
}

type Delegator = Pick<TufAuthority, 'trusted' | 'delegated'>;

export class TeamFiles {
  static readonly none = new TeamFiles([]);
  readonly #asked: readonly Asked[];

  private constructor(asked: readonly Asked[]) {
    this.#asked = asked.filter(({ answers }) => answers.size > 0);
  }

  /**
   * Reads each team's metadata once, whatever number of packages it is asked about. What is wrong with a team's is kept, and
   * refuses its packages alone.
   *
   * @throws DownloadError `unreachable`
   * @throws StoreError
   */
  static async of(authorities: readonly Delegator[]): Promise<TeamFiles> {
    const asked: Asked[] = [];
    for (const authority of authorities) {
      const { targets } = authority.trusted;
      if (targets === undefined) continue;
      const answers = new Map<string, Verified<Targets> | ContentTrustError>();
      for (const { name } of teamsOf(targets)) answers.set(name, await answerOf(name, authority));
      asked.push({ targets, answers });
    }
    return new TeamFiles(asked);
  }

  /** When the first team's word ends, ms since the epoch. */
  get expires(): number {
    const answers = this.#asked.flatMap((asked) => [...asked.answers.values()]);
    return Math.min(...answers.flatMap((answer) => (answer instanceof ContentTrustError ? [] : [answer.expires])));
  }

  /** Differs wherever a team says something else. */
  get story(): string {
    return JSON.stringify(
      this.#asked.map(({ targets, answers }) => [
        targets.version,
        ...[...answers].map(([team, answer]) => [
          team,
          answer instanceof ContentTrustError ? answer.code : answer.version,
        ]),
      ]),
    );
  }

  /**
   * The team that signed this very file.
   *
   * @param path `<subdir>/<file name>`
   * @param expected what the record says of it
   * @returns undefined for a file that is no team's
   * @throws VerificationError `not-listed` for a file that its team did not sign, also where it signed another one of that name
   */
  teamOf(path: string, expected: PackageDigest): string | undefined {
    let found: string | undefined;
    for (const { targets, answers } of this.#asked) {
      const roleOf = (team: string) => {
        const answer = answers.get(team);
        return answer instanceof ContentTrustError ? undefined : answer;
      };
      const word = teamWordOn(path, targets, roleOf, nodeCrypto);
      if (word === undefined) continue;
      const { team, file } = word;
      if (file === undefined) throw unsigned(path, team, answers.get(team));
      const [size, sha256] = [file.length, file.hashes.get('sha256')];
      if (sha256 !== expected.sha256 || size !== (expected.size ?? size)) {
        throw differs(path, team, { expected: { size, sha256 }, found: expected });
      }
      found ??= team;
    }
    return found;
  }
}

async function answerOf(team: string, authority: Delegator): Promise<Verified<Targets> | ContentTrustError> {
  try {
    return await authority.delegated(team);
  } catch (error) {
    // What is there and is not good is an answer; where nobody answers, another time may tell.
    if (error instanceof ContentTrustError && error.exitStatus === 1) return error;
    throw error;
  }
}

const HINT = 'Do not install it, and tell the team and the owner of the channel.';

function unsigned(path: string, team: string, answer: unknown): ContentTrustError {
  const details = { file: path, team };
  if (answer instanceof ContentTrustError) {
    const message = `${path} is a file of ${team}, whose signature is not good: ${answer.message}`;
    return new VerificationError('not-listed', message, { hint: HINT, details, cause: answer });
  }
  return new VerificationError('not-listed', `${path} is a file of ${team}, which did not sign it`, {
    hint: HINT,
    details,
  });
}

function differs(
  path: string,
  team: string,
  digests: Readonly<Record<'expected' | 'found', unknown>>,
): VerificationError {
  return new VerificationError('not-listed', `the index lists another ${path} than ${team} signed`, {
    hint: HINT,
    details: { file: path, team, ...digests },
  });
}
