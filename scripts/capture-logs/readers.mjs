// Splits what a runtime writes into log events.

/** A pipe: each line is one event and keeps its line end, as on AWS. */
export class LineReader {
  constructor(emit) {
    this.emit = emit;
    this.rest = Buffer.alloc(0);
  }

  push(chunk) {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (let end = this.rest.indexOf('\n'); end >= 0; end = this.rest.indexOf('\n')) {
      this.emit(this.rest.subarray(0, end + 1).toString());
      this.rest = this.rest.subarray(end + 1);
    }
  }

  end() {
    if (this.rest.length > 0) this.emit(this.rest.toString());
  }
}

/**
 * `_LAMBDA_TELEMETRY_LOG_FD`: each frame is one event. A frame is a type (4 bytes), the length of the message (4 bytes),
 * a timestamp in microseconds (8 bytes) and the message; all numbers are big-endian. Source: the class
 * FramedTelemetryLogSink of awslambdaric/bootstrap.py, and logTextToFd of aws-lambda-ric.
 */
const HEADER_BYTES = 16;

export class FrameReader {
  constructor(emit) {
    this.emit = emit;
    this.rest = Buffer.alloc(0);
  }

  push(chunk) {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.rest.readUInt32BE(4);
      if (this.rest.length < end) return;
      this.emit(this.rest.subarray(HEADER_BYTES, end).toString());
      this.rest = this.rest.subarray(end);
    }
  }
}
