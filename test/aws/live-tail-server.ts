/** StartLiveTail at wire level: an event stream that a test writes to (application/vnd.amazon.eventstream). */
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { type Answer, answerError, startWireServer, type WireServer } from './wire-server.ts';

export interface TailSession {
  /** as they were asked for */
  logGroups: string[];
  pattern: string;
  isOpen: boolean;
  /** An update with these lines. */
  send(lines: { logGroup: string; message: string }[]): void;
  /** Ends the session as CloudWatch does, with an exception. */
  fail(exception: string): void;
}

export interface LiveTailServer extends WireServer {
  sessions: TailSession[];
  /** Later sessions are refused with this error; undefined: they are opened. */
  refuse(error: string | undefined): void;
}

/** @param others answers what is not StartLiveTail */
export async function startLiveTailServer(others?: Answer): Promise<LiveTailServer> {
  const sessions: TailSession[] = [];
  let refusal: string | undefined;
  const server = await startWireServer((request, response, index) => {
    if (!String(request.headers['x-amz-target']).endsWith('.StartLiveTail'))
      return others?.(request, response, index);
    if (refusal !== undefined) return answerError(response, 400, refusal);
    sessions.push(openSession(JSON.parse(request.body), response));
  });
  return {
    ...server,
    sessions,
    refuse(error) {
      refusal = error;
    },
  };
}

interface TailInput {
  logGroupIdentifiers: string[];
  logEventFilterPattern: string;
}

function openSession(
  { logGroupIdentifiers: logGroups, logEventFilterPattern: pattern }: TailInput,
  response: ServerResponse,
): TailSession {
  const event = (type: string, body: object) =>
    response.write(frame({ ':message-type': 'event', ':event-type': type }, body));
  const session: TailSession = {
    logGroups,
    pattern,
    isOpen: true,
    send(lines) {
      const sessionResults = lines.map(({ logGroup, message }) => ({
        logGroupIdentifier: `123456789012:${logGroup}`,
        message,
      }));
      event('sessionUpdate', { sessionMetadata: { sampled: false }, sessionResults });
    },
    fail(exception) {
      response.end(
        frame({ ':message-type': 'exception', ':exception-type': exception }, { message: 'It is over.' }),
      );
    },
  };
  response.on('close', () => {
    session.isOpen = false;
  });
  response.writeHead(200, { 'Content-Type': 'application/vnd.amazon.eventstream' });
  event('initial-response', {});
  event('sessionStart', { sessionId: 's', logGroupIdentifiers: logGroups, logEventFilterPattern: pattern });
  return session;
}

/** https://smithy.io/2.0/aws/amazon-eventstream.html: lengths, their checksum, headers, payload, checksum of all */
function frame(headers: Record<string, string>, body: object): Buffer {
  const all = Object.entries({ ...headers, ':content-type': 'application/json' });
  const head = Buffer.concat(all.map(([name, value]) => header(name, value)));
  const payload = Buffer.from(JSON.stringify(body));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + payload.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), head, payload]);
  return Buffer.concat([message, checksum(message)]);
}

const STRING = 7;

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([STRING]),
    length,
    Buffer.from(value),
  ]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
