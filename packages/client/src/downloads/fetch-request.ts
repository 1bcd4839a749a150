export interface FetchRequest {
  /** Bytes. */
  readonly maxLength: number;
  /** HTTP statuses that mean "not there"; 404 always does. */
  readonly absent?: readonly number[];
  /** Told the header fields of the answer whose body is about to be read, names in lower case; never of a file. */
  readonly onHeaders?: (headers: ReadonlyMap<string, string>) => void;
}
