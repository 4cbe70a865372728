/** AWS at wire level for situations: Lambda's Invoke and settings, CloudWatch Logs, and X-Ray's traces. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answerError, answerJson, startWireServer, type WireRequest } from '../aws/wire-server.ts';
import { type Invocation, linesOf, neighbour } from './emit.ts';
import { type FilterInput, LogStore } from './log-store.ts';
import type { FunctionSettings, InvokeResponse, LoggedRun, Situation } from './situation.ts';

/** A function of a situation, and what has happened to it. */
export interface Stage {
  situation: Situation;
  logGroup: string;
  /** its headers too: what the bridge sent */
  invokes: WireRequest[];
  invocation?: Invocation;
  /** the runs that have not begun */
  pending: LoggedRun[];
  store: LogStore;
}

export interface SituationServer {
  url: string;
  /** Lets the function exist. */
  add(situation: Situation): Stage;
  close(): Promise<void>;
}

export async function startSituationServer(): Promise<SituationServer> {
  const stages = new Map<string, Stage>();
  const server = await startWireServer((request, response) => {
    const [, name] = /^\/[\d-]+\/functions\/([^/?]+)/.exec(request.url) ?? [];
    const stage = name && stages.get(bareName(decodeURIComponent(name)));
    const all = [...stages.values()];
    if (stage) answerLambda(stage, request, response);
    else if (request.url.includes('/account-settings')) answerJson(response, 200, { AccountLimit: {} });
    else if (request.url.startsWith('/Traces')) answerTraces(all, request, response);
    else if (targetOf(request).startsWith('Logs_')) answerLogs(all, request, response);
    else if (name === undefined) answerError(response, 403, 'AccessDeniedException');
    else answerError(response, 404, 'ResourceNotFoundException', { message: `Function not found: ${name}` });
  });
  return {
    url: server.url,
    add(situation) {
      const { config, name, paging, runs = [] } = situation;
      const settings = config === 'denied' ? undefined : config?.LoggingConfig;
      const logGroup = settings?.['LogGroup'] ?? `/aws/lambda/${name}`;
      const stage = {
        situation,
        logGroup,
        invokes: [],
        pending: [...runs],
        store: new LogStore(paging),
      };
      stages.set(name, stage);
      return stage;
    },
    close: server.close,
  };
}

/** Of a name, a partial or a whole ARN, each with or without qualifier. */
function bareName(name: string): string {
  return /function:([^:]+)/.exec(name)?.[1] ?? name.split(':')[0] ?? name;
}

function targetOf({ headers }: WireRequest): string {
  return String(headers['x-amz-target'] ?? '');
}

function answerLambda(stage: Stage, request: WireRequest, response: ServerResponse): void {
  const { config, eventInvoke = ONE_RUN } = stage.situation;
  if (request.url.includes('/invocations')) invoke(stage, request, response);
  else if (config === 'denied') answerError(response, 403, 'AccessDeniedException');
  else if (!request.url.includes('/event-invoke-config'))
    answerJson(response, 200, configuration(stage, config));
  else if (eventInvoke === 'default') answerError(response, 404, 'ResourceNotFoundException');
  else answerJson(response, 200, eventInvoke);
}

function configuration({ situation: { name }, logGroup }: Stage, settings: FunctionSettings = {}): object {
  return {
    FunctionName: name,
    FunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
    Timeout: 3,
    PackageType: 'Zip',
    ...(settings.PackageType === 'Image' ? {} : { Runtime: 'python3.13' }),
    ...settings,
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroup, ...settings.LoggingConfig },
  };
}

const ONE_RUN = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };

function invoke(stage: Stage, request: WireRequest, response: ServerResponse): void {
  const { answers = [], type = 'Event' } = stage.situation;
  stage.invokes.push(request);
  const answer = answers[Math.min(stage.invokes.length, answers.length) - 1] ?? OWN_ANSWERS[type];
  const requestId = randomUUID();
  const root = /Root=([^;]+)/.exec(String(request.headers['x-amzn-trace-id']))?.[1] ?? '';
  if (answer.started ?? answer.status < 300) {
    stage.invocation = { requestId, root, at: Date.now() };
    stage.store.add(neighbour(stage.situation));
    emitDue(stage);
  }
  if (answer.status === 0) response.socket?.destroy();
  else writeAnswer(answer, requestId, response);
}

const OWN_ANSWERS: Record<'Event' | 'RequestResponse', InvokeResponse> = {
  Event: { status: 202, body: '' },
  RequestResponse: { status: 200, body: { ok: true } },
};

function writeAnswer(answer: InvokeResponse, requestId: string, response: ServerResponse): void {
  const { status, headers = {}, contentType = 'application/json', body = '', foreign = false } = answer;
  const lambdas = { 'x-amzn-requestid': requestId, 'x-amz-executed-version': '$LATEST' };
  response.writeHead(status, { 'content-type': contentType, ...(foreign ? {} : lambdas), ...headers });
  response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

/** The runs whose turn has come, in their order. */
function emitDue(stage: Stage): void {
  const { situation, pending, invocation, store } = stage;
  const runs = situation.runs ?? [];
  for (let [next] = pending; next && invocation; [next] = pending) {
    if (store.searches < (next.afterSearches ?? 0)) return;
    store.add(linesOf(situation, next, runs.indexOf(next), invocation, (stream) => store.newest(stream)));
    pending.shift();
  }
}

function answerLogs(stages: Stage[], request: WireRequest, response: ServerResponse): void {
  const { logGroupName, logGroupIdentifier, ...query } = JSON.parse(request.body) as LogsInput;
  const group = logGroupName ?? logGroupIdentifier?.replace(/^.*:log-group:/, '');
  const stage = stages.find(({ logGroup }) => logGroup === group);
  if (stage) emitDue(stage);
  if (!stage?.store.exists) {
    if (stage) stage.store.searches += 1;
    const message = 'The specified log group does not exist.';
    answerError(response, 400, 'ResourceNotFoundException', { message });
  } else if (targetOf(request).endsWith('GetLogEvents')) {
    const { logStreamName = '', nextToken } = query;
    answerJson(response, 200, stage.store.streamEvents(logStreamName, nextToken));
  } else {
    const found = stage.store.filter(query);
    const message = 'The specified nextToken is invalid.';
    if (found === 'invalid token') answerError(response, 400, 'InvalidParameterException', { message });
    else answerJson(response, 200, found);
  }
}

interface LogsInput extends FilterInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamName?: string;
}

/** X-Ray knows the traces for which their situation gives segments. */
function answerTraces(stages: Stage[], request: WireRequest, response: ServerResponse): void {
  const ids = (JSON.parse(request.body) as { TraceIds: string[] }).TraceIds;
  const found = ids.flatMap((root) => {
    const stage = stages.find(({ invocation }) => invocation?.root === root);
    const { situation, invocation } = stage ?? {};
    if (!invocation || !situation?.traces) return [];
    const documents = situation.traces({ ...invocation, at: Date.now() / 1_000 });
    const segments = documents.map((document, at) => ({
      Id: String(at),
      Document: JSON.stringify(document),
    }));
    return [{ Id: root, Duration: 1, LimitExceeded: false, Segments: segments }];
  });
  const known = new Set(found.map(({ Id }) => Id));
  answerJson(response, 200, { Traces: found, UnprocessedTraceIds: ids.filter((id) => !known.has(id)) });
}
