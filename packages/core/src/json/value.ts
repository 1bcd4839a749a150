/**
 * JSON without loss. Numbers keep the literal they were written with; objects are maps, so that no name from outside
 * (`__proto__`, `constructor`) means anything, and members keep their order of appearance.
 */

/** A JSON number as it was written: `1.0`, `1E5` and `-0` stay what they are. Equal literals may be told apart by identity only. */
export class JsonNumber {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }

  /** For integers that JavaScript can hold exactly, from our own code. */
  static ofInteger(value: number): JsonNumber {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
    return new JsonNumber(String(value));
  }
}

export type JsonObject = Map<string, JsonValue>;
export type JsonArray = JsonValue[];
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;
