/** Cuts what arrives of PostgreSQL's protocol into its messages: https://www.postgresql.org/docs/current/protocol-message-formats.html */

/** A type and a length before the body; a client's first messages have no type. */
const TYPE_BYTES = 1;

export class WireMessages {
  #rest: Buffer = Buffer.alloc(0);

  /** @param typed whether the next message has a type; asked for each one */
  *add(chunk: Buffer, typed: () => boolean = () => true): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const lengthAt = typed() ? TYPE_BYTES : 0;
      if (this.#rest.length < lengthAt + 4) return;
      const end = lengthAt + this.#rest.readInt32BE(lengthAt);
      if (this.#rest.length < end) return;
      const message = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      yield message;
    }
  }
}

export function wireMessage(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** @param fields texts, which end with a NUL */
export function wireStrings(...fields: string[]): Buffer {
  return Buffer.from(fields.map((field) => `${field}\0`).join(''));
}
