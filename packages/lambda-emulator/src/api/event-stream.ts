/** Messages of an event stream over JSON 1.1: https://smithy.io/2.0/aws/amazon-eventstream.html */
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';

export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** boto3 refuses a stream that does not begin with this message. */
export function encodeInitialResponse(): Uint8Array {
  return encodeEvent('initial-response', {});
}

export function encodeEvent(type: string, body: object): Uint8Array {
  return encode({ ':message-type': 'event', ':event-type': type }, body);
}

/** An error that ends a stream. The status of the answer, sent long before, was 200. */
export function encodeException(name: string, message: string): Uint8Array {
  return encode({ ':message-type': 'exception', ':exception-type': name }, { message });
}

function encode(headers: Record<string, string>, body: object): Uint8Array {
  const all = { ...headers, ':content-type': 'application/json' };
  const typed = Object.entries(all).map(([name, value]) => [name, { type: 'string', value }] as const);
  return codec.encode({ headers: Object.fromEntries(typed), body: fromUtf8(JSON.stringify(body)) });
}
