export interface FetchRequest {
  /** Bytes. */
  readonly maxLength: number;
  /** HTTP statuses that mean "not there"; 404 always does. */
  readonly absent?: readonly number[];
}
