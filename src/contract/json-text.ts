/** A request's body, of which parts must reach a function unchanged. */
export interface JsonBody {
  bytes: Buffer;
  /** the same, decoded, without a byte order mark */
  text: string;
}

/** The JSON text of a `T`. It is used where the exact text matters: after parsing, 1.0 would be written as 1. */
export interface JsonText<T> {
  readonly text: string;
  /** never set; TypeScript needs it to tell the types apart */
  readonly valueType?: T;
}
