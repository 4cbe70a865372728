/** AWS at wire level for situations: Lambda's Invoke and settings, CloudWatch Logs, and X-Ray's traces. */
import type { ServerResponse } from 'node:http';
import { answerError, answerJson, startWireServer, type WireRequest } from '../aws/wire-server.ts';
import { answerLambda } from './lambda.ts';
import type { FilterInput } from './log-store.ts';
import type { Situation } from './situation.ts';
import { emitDue, newStage, type Stage } from './stage.ts';

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
      const stage = newStage(situation);
      stages.set(situation.name, stage);
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
