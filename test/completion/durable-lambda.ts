/** A Lambda at wire level with one durable function: starts by name, get, list, history and stop. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Execution {
  arn: string;
  name: string;
  input: string;
  status: string;
  result?: string;
  error?: object;
}

export interface DurableLambda {
  url: string;
  executions: Execution[];
  /** Invoke requests as they came: function, qualifier, name */
  invokes: { path: string; name: string | undefined }[];
  /** reads so far, e.g. `get` or `list` */
  reads: string[];
  /** what to do instead of answering: lose the answer of a start, or refuse a read */
  disturb: (call: string, response: ServerResponse) => boolean;
  stop(): Promise<void>;
}

type State = Omit<DurableLambda, 'url' | 'stop'>;

const FUNCTION = /^\/2015-03-31\/functions\/(?<fn>[^/]+)\/(?<what>invocations|configuration)/;
const EXECUTION = /^\/2025-12-01\/durable-executions\/(?<arn>[^/]+)(?<what>\/history|\/stop)?$/;
const LIST = /^\/2025-12-01\/functions\/(?<fn>[^/]+)\/durable-executions$/;

export async function startDurableLambda(): Promise<DurableLambda> {
  const lambda: State = {
    executions: [],
    invokes: [],
    reads: [],
    disturb: () => false,
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const fn = FUNCTION.exec(url.pathname)?.groups;
    if (fn?.['what'] === 'configuration')
      return answer(response, 200, { Timeout: 5, DurableConfig: { ExecutionTimeout: 60 } });
    if (fn) return start(lambda, request, response, decodeURIComponent(fn['fn'] ?? ''));
    const { arn, what = '' } = EXECUTION.exec(url.pathname)?.groups ?? {};
    if (arn !== undefined) return readOne(lambda, response, decodeURIComponent(arn), what);
    if (LIST.test(url.pathname)) return list(lambda, response, url);
    return answer(response, 404, { message: 'none' }, 'ResourceNotFoundException');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(lambda, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function start(
  lambda: State,
  request: IncomingMessage,
  response: ServerResponse,
  fn: string,
): Promise<void> {
  const named = request.headers['x-amz-durable-execution-name'];
  const name = typeof named === 'string' ? named : randomUUID();
  const input = await text(request);
  lambda.invokes.push({ path: request.url ?? '', name: typeof named === 'string' ? named : undefined });
  let found = lambda.executions.find((one) => one.name === name);
  if (!found) {
    const arn = `arn:aws:lambda:eu-central-1:123456789012:function:${fn}:$LATEST/durable-execution/${name}/${randomUUID()}`;
    found = { arn, name, input, status: 'RUNNING' };
    lambda.executions.push(found);
    run(found);
  }
  if (lambda.disturb('start', response)) return;
  answer(response, 202, undefined, undefined, { 'x-amz-durable-execution-arn': found.arn });
}

/** What the function `sleepy` does; with `wait` it runs until it is stopped. */
function run(execution: Execution): void {
  const { seconds = 0, fail = false, wait = false } = JSON.parse(execution.input || '{}');
  if (wait) return;
  setTimeout(() => {
    if (execution.status !== 'RUNNING') return;
    execution.status = fail ? 'FAILED' : 'SUCCEEDED';
    if (fail) execution.error = { ErrorType: 'ValueError', ErrorMessage: 'told to fail', StackTrace: ['a'] };
    else execution.result = `{"slept": ${seconds}}`;
  }, seconds * 1_000);
}

function readOne(lambda: State, response: ServerResponse, arn: string, what: string): void {
  const call = what.slice(1) || 'get';
  lambda.reads.push(call);
  if (lambda.disturb(call, response)) return;
  const found = lambda.executions.find((one) => one.arn === arn);
  if (!found) answer(response, 404, { message: 'none' }, 'ResourceNotFoundException');
  else if (call === 'stop') answer(response, 200, stopped(found));
  else answer(response, 200, call === 'history' ? HISTORY : members(found));
}

const HISTORY = {
  Events: ['r1', 'r2'].map((RequestId) => ({ InvocationCompletedDetails: { RequestId } })),
};

function stopped(execution: Execution): object {
  execution.status = 'STOPPED';
  return { StopTimestamp: 1 };
}

function members({ arn, name, status, result, error }: Execution): object {
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    Status: status,
    Version: '$LATEST',
    Result: result,
    Error: error,
  };
}

function list(lambda: State, response: ServerResponse, url: URL): void {
  lambda.reads.push('list');
  if (lambda.disturb('list', response)) return;
  const name = url.searchParams.get('DurableExecutionName');
  const statuses = url.searchParams.getAll('Statuses');
  const found = lambda.executions.filter(
    (one) => (name === null || one.name === name) && (statuses.length === 0 || statuses.includes(one.status)),
  );
  answer(response, 200, {
    DurableExecutions: found.map((one) => ({
      DurableExecutionArn: one.arn,
      DurableExecutionName: one.name,
      Status: one.status,
    })),
  });
}

export function answer(
  response: ServerResponse,
  status: number,
  body?: object,
  type?: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    ...headers,
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
