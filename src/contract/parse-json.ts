import { InvalidRequest } from '../domain/errors.ts';

/** @throws InvalidRequest that quotes nothing of the text */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes a piece of the body, which may hold secrets: keep only where it broke.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const message =
      position === undefined ? 'is not valid JSON' : `is not valid JSON: it breaks at character ${position}`;
    throw new InvalidRequest([{ pointer: '', message }], 'malformed_json', 400);
  }
}
