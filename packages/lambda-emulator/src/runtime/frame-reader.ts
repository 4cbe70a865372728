/**
 * Reads `_LAMBDA_TELEMETRY_LOG_FD`, through which AWS's clients of the managed runtimes log: each frame is one event. A
 * frame is a type (4 bytes), the length of the message (4 bytes), a timestamp in microseconds (8 bytes) and the message;
 * all numbers are big-endian. Source: the class FramedTelemetryLogSink of awslambdaric/bootstrap.py, and logTextToFd of
 * aws-lambda-ric.
 */
const LENGTH_AT = 4;
const HEADER_BYTES = 16;

export class FrameReader {
  readonly #onMessage: (message: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onMessage: (message: string) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUInt32BE(LENGTH_AT);
      if (this.#rest.length < end) return;
      this.#onMessage(this.#rest.subarray(HEADER_BYTES, end).toString());
      this.#rest = this.#rest.subarray(end);
    }
  }
}
