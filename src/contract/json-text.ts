/** A request's body, of which parts must reach a function unchanged. */
export interface JsonBody {
  bytes: Buffer;
  /** the same, decoded, without a byte order mark */
  text: string;
}

/** JSON text of a `T`. Used where the exact text matters: a parsed number such as 1.0 would be written as 1. */
export interface JsonText<T> {
  readonly text: string;
  /** never set; it binds the type */
  readonly valueType?: T;
}
