/** Lambda at wire level for situations: Invoke and the settings of a function. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answerError, answerJson, type WireRequest } from '../aws/wire-server.ts';
import { neighbour } from './emit.ts';
import type { FunctionSettings, InvokeResponse } from './situation.ts';
import { emitDue, type Stage } from './stage.ts';

export function answerLambda(stage: Stage, request: WireRequest, response: ServerResponse): void {
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
