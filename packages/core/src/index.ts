export {
  expectArray,
  expectBoolean,
  expectInteger,
  expectObject,
  expectString,
  type IntegerRange,
  member,
  optionalMember,
} from './json/access.ts';
export { object } from './json/build.ts';
export { cctCanonical } from './json/cct-canonical.ts';
export { jsonEquals } from './json/equals.ts';
export { integerOf } from './json/integer.ts';
export type { JsonLimits } from './json/limits.ts';
export { olpcCanonical } from './json/olpc-canonical.ts';
export { readJson, readJsonAt } from './json/read.ts';
export { type JsonMember, scanMembers } from './json/scan.ts';
export { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from './json/value.ts';
export { type JsonLayout, writeJson } from './json/write.ts';
export { formatTimestamp, parseTimestamp } from './time.ts';
