/** `check-records`: answers a client that asks before it installs, one JSON document a line. */
import { RecordChecker, VerifiedFiles } from '@antivenom/client';
import { channelUrlKey } from '@antivenom/core';
import { boundedLines } from '../bounded-lines.ts';
import { channelUrl } from '../channel-argument.ts';
import { answerLine, refused, verdictMembers, verdictsMembers } from '../check-answer.ts';
import { type CheckRequest, MAX_LINE_BYTES, PROTOCOL, type ReadRequest, readRequest } from '../check-request.ts';
import { clientEnv, LOCK_WAIT_MS } from '../client-session.ts';
import type { CheckOptions, Commands } from '../commands.ts';
import { packageVersion } from '../package-version.ts';
import { asContentTrustError, refusalLines } from '../refusal.ts';
import type { Session } from '../session.ts';

export const checkRecords: Commands['checkRecords'] = async (session, options) => {
  const { argv, stdin, stdout } = session.world;
  let asked: Asked;
  try {
    asked = await prepare(session, options);
  } catch (error) {
    // Whoever waits for an answer is told, and whoever looks at the terminal.
    const refusal = asContentTrustError(error, argv);
    stdout.write(answerLine(null, refused(refusal)));
    session.tell(refusalLines(refusal).trimEnd());
    return refusal.exitStatus;
  }
  for await (const line of boundedLines(stdin, MAX_LINE_BYTES)) {
    const read = readRequest(line);
    stdout.write(answerLine(read.id, await answer(read, asked.checker, argv)));
    // After the answer: nobody waits for what is kept for another time.
    await settle(asked.cache, session);
  }
  return 0;
};

interface Asked {
  readonly checker: RecordChecker;
  readonly cache: VerifiedFiles;
}

async function prepare(
  session: Session,
  options: CheckOptions & { readonly allowUntrusted: readonly string[] },
): Promise<Asked> {
  const env = await clientEnv(session, options);
  const allowed = new Set<string>();
  for (const typed of options.allowUntrusted) {
    const key = channelUrlKey(await channelUrl(typed, session.world.cwd));
    if (key !== undefined) allowed.add(key);
  }
  const cache = new VerifiedFiles(session.home, LOCK_WAIT_MS, !env.isRealTime);
  return { checker: new RecordChecker({ ...env, cache }, allowed), cache };
}

async function answer(
  read: ReadRequest,
  checker: RecordChecker,
  argv: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  if ('refusal' in read) return refused(read.refusal);
  try {
    return await answerTo(read.request, checker);
  } catch (error) {
    return refused(asContentTrustError(error, argv));
  }
}

async function answerTo(request: CheckRequest, checker: RecordChecker): Promise<Readonly<Record<string, unknown>>> {
  switch (request.method) {
    case 'hello':
      return { ok: true, exit: 0, protocol: PROTOCOL, version: packageVersion() };
    case 'check':
      return verdictsMembers(await checker.check(request.records));
    case 'check-file':
      return verdictMembers(await checker.checkFile(request.file));
  }
}

/** A cache that cannot be written costs time, and no answer. */
async function settle(cache: VerifiedFiles, session: Session): Promise<void> {
  try {
    await cache.settle();
  } catch (error) {
    const { message } = asContentTrustError(error, session.world.argv);
    session.warn(`what was verified could not be kept, and will be downloaded again: ${message}`);
  }
}
