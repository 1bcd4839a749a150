/** Bounds on what the JSON reader takes; always given by the caller. */
export interface JsonLimits {
  /** Bytes of the whole document. */
  readonly maxBytes: number;
  /** Arrays and objects within each other. */
  readonly maxDepth: number;
}
