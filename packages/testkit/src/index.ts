export { takeYankListsAway } from './before-yanks.ts';
export { CctRepository, type CctTestRole, cctTestEnv } from './cct-repository.ts';
export { selfSignedCertificate, type TestCertificate } from './certificate.ts';
export {
  type ChannelForms,
  type ChannelPackage,
  type ChannelPlan,
  type WrittenPackage,
  writeChannel,
} from './channel.ts';
export { ChannelOwner, type OwnerOptions } from './channel-owner.ts';
export {
  type CctReading,
  type ChannelReading,
  checkCctRecords,
  type FetchedTarget,
  fetchTarget,
  type ReadChannel,
  readChannel,
} from './channel-reader.ts';
export {
  type CannedAnswer,
  ChannelServer,
  type ChannelServerOptions,
  type ServedRequest,
} from './channel-server.ts';
export { ChannelTeam } from './channel-team.ts';
export { type Document, runAntivenom, startAntivenom, type Told } from './command-line.ts';
export { coverListedNames, type EditableIndex, editIndex, recordOf } from './edited-index.ts';
export { fixturesFolder } from './fixtures.ts';
export { folderContents } from './folder-contents.ts';
export { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts';
export { generateRepodata, type RepodataPlan } from './generated-repodata.ts';
export { generatedSigner } from './generated-signer.ts';
export { type IndexLayout, indexJson } from './index-json.ts';
export type { ClientOutcome, ClientPlan } from './installing-client.ts';
export { forgedRoot, hashPrefixed, KeyThief, readRoles, type Signed, signText, stage, tufKeyOf } from './key-thief.ts';
export { type MambaReader, type MambaReading, readAsMamba } from './mamba-reader.ts';
export { inspectBytes, MemorySource, TEST_PACKAGE_LIMITS } from './package-inspection.ts';
export {
  type PackageContent,
  type PackageFormat,
  type PackageLies,
  packageFile,
  packageIndex,
  type TestPackage,
  writePackage,
} from './packages.ts';
export { type ArchiveReader, agreeWithPython, hasPython } from './python-reader.ts';
export { RecordClient } from './record-client.ts';
export { type GatewayAnswer, type GatewayRequest, RunningGateway } from './running-gateway.ts';
export { SeededRandom } from './seeded-random.ts';
export { seededSigner } from './seeded-signer.ts';
export { signedRecord } from './signed-record.ts';
export {
  type Answered,
  accepted,
  assertRefused,
  type Refusal,
  StagedChannel,
  type StagedOptions,
} from './staged-channel.ts';
export { requireSoundMetadata, StagedRepository } from './staged-repository.ts';
export { paxEntry, type TarEntry, type TarEntryType, writeTar } from './tar-writer.ts';
export { type TestRole, type TestTargetsRole, TufRepository, tufTestEnv } from './tuf-repository.ts';
export { writeZip, type ZipEntry, type ZipLayout } from './zip-writer.ts';
