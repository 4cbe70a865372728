import { InvalidRequest } from '../domain/errors.ts';

/** @throws InvalidRequest, which does not quote the text */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes a part of the body, which may contain secrets, so only the position is kept.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const message =
      position === undefined ? 'is not valid JSON' : `is not valid JSON: it breaks at character ${position}`;
    throw new InvalidRequest([{ pointer: '', message }], 'malformed_json', 400);
  }
}
