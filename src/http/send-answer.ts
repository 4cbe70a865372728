import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { OperationId } from '../contract/operations.ts';
import type { Answer } from './handler.ts';

export async function sendAnswer(response: Response, answer: Answer<OperationId>): Promise<void> {
  response.status(Number(answer.status));
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if ('json' in answer) {
    response.type('application/json').send(JSON.stringify(answer.json));
  } else if ('jsonText' in answer) {
    response.type('application/json').send(answer.jsonText.text);
  } else {
    // Express's type() would add a charset.
    response.setHeader('Content-Type', answer.contentType);
    if (answer.size !== undefined) response.setHeader('Content-Length', answer.size);
    if (answer.bytes instanceof Readable) await pipeline(answer.bytes, response);
    else response.send(answer.bytes);
  }
}
