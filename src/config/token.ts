/** A bearer token that the bridge accepts. */
export interface Token {
  /** who holds it; appears in logs */
  name: string;
  token: string;
}

/** Characters: a shorter token could be guessed. */
export const MIN_TOKEN_LENGTH = 16;
