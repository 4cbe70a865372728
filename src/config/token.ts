/** A bearer token that the bridge accepts. */
export interface Token {
  /** the name of its owner, which appears in the log */
  name: string;
  token: string;
}

/** Minimum length in characters. A shorter token could be guessed. */
export const MIN_TOKEN_LENGTH = 16;
