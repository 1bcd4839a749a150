/** `verify channel URL|FOLDER`: every index form and every record. */
import { type ChannelReport, verifyChannel as verify } from '@antivenom/client';
import { channelUrl } from '../channel-argument.ts';
import { countOf } from '../channel-health.ts';
import { clientEnv } from '../client-session.ts';
import type { Commands } from '../commands.ts';
import { tellChecked } from '../refused-files.ts';

export const verifyChannel: Commands['verifyChannel'] = async (session, typed, options) => {
  const env = await clientEnv(session, options);
  const report = await verify(await channelUrl(typed, session.world.cwd), options.subdir, env);
  for (const warning of report.warnings) session.warn(warning);
  for (const { file } of report.behind) {
    session.warn(`${file} is of an earlier signed publication: ordinary clients do not see the newest one yet`);
  }
  const strange = report.ignored.filter((entry) => entry.for === undefined).length;
  if (strange > 0) {
    session.note(`${countOf(strange, 'record')} also signed by keys that nobody delegated; those count for nothing`);
  }
  const forMamba = report.ignored.length - strange;
  if (forMamba > 0)
    session.note(`${countOf(forMamba, 'record')} also signed for mamba by the channel, which proves nothing here`);
  const { channel, evidence, subdirs, records, refused, behind, gateway, ignored, warnings } = report;
  const members = { channel, evidence, subdirs, records, behind, ignored, warnings, ...(gateway && { gateway }) };
  return tellChecked(session, members, refused.length === 0 ? summary(report) : [], refused);
};

function summary({ channel, evidence, subdirs, records }: ChannelReport): string[] {
  const proof =
    evidence === 'index'
      ? 'the index is what its owner published, and none newer is known'
      : 'each of its records is signed';
  return [
    `${channel} is proved: ${proof}`,
    `${countOf(subdirs.length, 'subdir')}: ${subdirs.join(', ')}`,
    `${countOf(records.total, 'record')}, ${records.signed} of them signed one by one`,
  ];
}
