/** A stand-in for S3's presigned URLs and the bridge's callback URL, with responses that a test chooses. */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export type Answer = (response: ServerResponse, count: number) => void;

export interface StandIn {
  url: string;
  received: ReceivedRequest[];
  /** requests to a path, oldest first */
  to(path: string): ReceivedRequest[];
  /** `count` is the number of the request to that path, from 1 */
  answer(path: string, answer: Answer): void;
  stop(): Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const received: ReceivedRequest[] = [];
  const answers = new Map<string, Answer>();
  const to = (path: string) => received.filter((request) => request.path === path);
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    received.push({ method, path, headers, body: await buffer(request) });
    const answer = answers.get(path) ?? status(404);
    answer(response, to(path).length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    to,
    answer: (path, answer) => answers.set(path, answer),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const status =
  (code: number, body: string | Buffer = ''): Answer =>
  (response) =>
    response.writeHead(code).end(body);

export const hangUp: Answer = (response) => {
  response.socket?.destroy();
};

/** One answer per request, in order, and the last one for all further requests. */
export const inTurn =
  (...answers: Answer[]): Answer =>
  (response, count) =>
    (answers[count - 1] ?? answers.at(-1))?.(response, count);

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export function envelope(payload: unknown, reply: object, version = 1) {
  const bridge = { version, execution_id: 'some-id', attempt: 3, deadline_at: null, reply };
  return { payload, bridge };
}

/** A pointer to a body that the stand-in returns. */
export function pointer(
  standIn: StandIn,
  body: string | Buffer,
  content_type = 'application/json',
  changes: object = {},
) {
  standIn.answer('/staged', status(200, body));
  const size = Buffer.byteLength(body);
  return {
    s3_key: 's3://b/k',
    s3_url: `${standIn.url}/staged`,
    size,
    sha256: sha256(body),
    content_type,
    ...changes,
  };
}
