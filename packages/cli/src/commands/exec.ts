/** `exec -- COMMAND…` and `shell`: one command, and what it starts, behind a gateway of its own. */
import { rm } from 'node:fs/promises';
import type { Commands, ExecOptions } from '../commands.ts';
import { clientSettings } from '../exec/client-settings.ts';
import { findEnvironments, newRecords, recordsOf } from '../exec/environments.ts';
import { ExecGateway } from '../exec/exec-gateway.ts';
import { type Unproved, whyUnproved } from '../exec/installed.ts';
import { runChild } from '../exec/run-child.ts';
import { dropCaches, makeRunFolder } from '../exec/run-folder.ts';
import { refusalLines, unprovedLines } from '../exec/summary.ts';
import type { Session } from '../session.ts';
import type { ForeignStatus } from '../world.ts';

export const exec: Commands['exec'] = (session, command, options) => behindGateway(session, command, options);

export const shell: Commands['shell'] = (session, options) => {
  session.note('antivenom: what is started from here gets verified channels alone, until the shell ends');
  return behindGateway(session, [session.world.env['SHELL'] || '/bin/sh'], options);
};

async function behindGateway(
  session: Session,
  command: readonly string[],
  options: ExecOptions,
): Promise<ForeignStatus> {
  const { world } = session;
  await using gateway = await ExecGateway.start(session, options);
  const folder = await makeRunFolder(session.home, gateway.isVerified, world.now());
  try {
    const variables = await clientSettings(gateway.settings, folder, world);
    const before = await recordsOf(await findEnvironments(command, options.environment, world));
    const status = await runChild(command, variables, world);
    for (const line of refusalLines(gateway.refusals)) session.tell(line);
    const after = await recordsOf(await findEnvironments(command, options.environment, world));
    const unproved: Unproved[] = [];
    for (const record of newRecords(before, after)) {
      const why = await whyUnproved(record, gateway, folder);
      if (why !== undefined) unproved.push({ record, why });
    }
    if (unproved.length > 0) await dropCaches(folder);
    for (const line of unprovedLines(unproved, gateway.requests)) session.tell(line);
    return status === 0 && unproved.length > 0 ? 1 : status;
  } finally {
    await rm(folder.path, { recursive: true, force: true });
  }
}
