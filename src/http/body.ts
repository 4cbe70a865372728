import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';
import type { JsonBody } from '../contract/json-text.ts';
import { BridgeError, InvalidRequest } from '../domain/errors.ts';
import { type ByteBudget, type HeldBytes, NO_BYTES } from '../lifecycle/byte-budget.ts';

/** Smaller bodies do not count: thousands of them are a few megabytes. */
const SMALL_BYTES = 64 * 1024;
/** A submit waits so long for memory that others use; then it is refused, and the client tries again. */
const MEMORY_WAIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
/** A client that stalls must not keep the memory that it announced. 32 MB take 60 s at 4.5 Mbit/s. */
const BODY_MS = 60_000;

/** A JSON body, and its share of the memory for payloads. Whoever reads it releases the memory. */
export interface HeldBody extends JsonBody {
  memory: HeldBytes;
}

export type BodyReader = (request: Request, response: Response) => Promise<HeldBody>;

/** @param limit bytes @param bodyMs how long a body may take @returns a reader of JSON bodies */
export function bodyReader(limit: number, budget: ByteBudget, bodyMs = BODY_MS): BodyReader {
  const read = promisify(express.raw({ type: 'application/json', limit }));
  return async (request, response) => {
    const memory = await takeMemory(budget, sizeOf(request, limit));
    try {
      await inTime(read(request, response), bodyMs);
      if (!Buffer.isBuffer(request.body))
        throw new BridgeError(
          'unsupported_media_type',
          415,
          'Send a JSON body with Content-Type: application/json.',
        );
      const bytes: Buffer = request.body;
      // The request lives until its response: it must not keep the body so long.
      request.body = undefined;
      if (memory !== NO_BYTES) memory.onRelease(() => free(bytes));
      return { bytes, text: decode(bytes), memory };
    } catch (error) {
      memory.release();
      throw error;
    }
  };
}

/** @throws BridgeError when the body takes too long */
async function inTime(reading: Promise<unknown>, bodyMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new BridgeError('body_timeout', 408, `The body did not arrive within ${bodyMs / 1_000} s.`));
    }, bodyMs);
  });
  try {
    await Promise.race([reading, tooLate]);
  } finally {
    clearTimeout(timer);
    // The connection ends with the response. Then the reading fails, and nobody waits for it any more.
    reading.catch(() => undefined);
  }
}

/** At once: V8 counts large buffers too low to collect them soon. Nobody uses the bytes after their release. */
function free({ buffer, byteLength }: Buffer): void {
  // A smaller one may be a part of Node's pool, which others use.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Without a length, or compressed, a body may have any size up to the limit. */
function sizeOf(request: Request, limit: number): number {
  const announced = Number(request.get('Content-Length') ?? Number.NaN);
  const plain = request.get('Content-Encoding') === undefined;
  return plain && announced <= limit ? announced : limit;
}

async function takeMemory(budget: ByteBudget, bytes: number): Promise<HeldBytes> {
  if (bytes <= SMALL_BYTES) return NO_BYTES;
  const memory = await budget.take(bytes, MEMORY_WAIT_MS);
  if (memory) return memory;
  throw new BridgeError(
    'payload_memory_full',
    429,
    'Too many large payloads are on their way to Lambda. Try again, or raise payload_memory_bytes.',
    { retryable: true, retryAfter: RETRY_AFTER_SECONDS },
  );
}

/** Refuses bytes that are not UTF-8, because decoding would change them. */
function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new InvalidRequest([{ pointer: '', message: 'is not valid UTF-8' }], 'malformed_json', 400);
  }
}
