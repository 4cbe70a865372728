/** Handles the Invoke of a durable function: starts an execution, returns the existing one, or rejects the request. */
import { randomUUID } from 'node:crypto';
import { AwsError, constraintViolated } from '../api/aws-error.ts';
import type { InvokeRequest } from '../api/invoke-request.ts';
import { functionArn } from '../functions/function-name.ts';
import type { Invocation, InvokeTarget } from '../model.ts';
import type { DurableExecution } from './durable-execution.ts';
import type { DurableExecutions } from './durable-executions.ts';

/** The maximum for a synchronous execution: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html */
const MAX_SYNC_SECONDS = 900;

/** @throws AwsError if the request has an error that Lambda reports before it looks up the name */
export function checkDurable({ settings, qualifier }: InvokeTarget, invoke: InvokeRequest): void {
  const { durable, name } = settings;
  const { durableName, type } = invoke;
  if (durable === null) {
    if (durableName === null) return;
    throw invalid(`${name} is not a durable function.`);
  }
  if (durableName !== null && !/^[a-zA-Z0-9-_]{1,64}$/.test(durableName)) {
    throw constraintViolated(
      durableName,
      'durableExecutionName',
      'regular expression pattern: [a-zA-Z0-9-_]{1,64}',
    );
  }
  if (qualifier === null) throw invalid(`${name} is a durable function: invoke it with a qualifier.`);
  if (type === 'RequestResponse' && durable.execution_timeout_seconds > MAX_SYNC_SECONDS) {
    throw invalid(
      `${name} has an execution timeout over ${MAX_SYNC_SECONDS} seconds: invoke it with the type Event.`,
    );
  }
}

/**
 * Starts an execution, or returns the existing one of the same name.
 * @throws AwsError DurableExecutionAlreadyStartedException if the existing one has another payload
 */
export function startDurable(
  executions: DurableExecutions,
  invocation: Invocation,
  target: InvokeTarget,
  givenName: string | null,
  region: string,
): DurableExecution {
  const { settings, version, qualifier } = target;
  const name = givenName ?? randomUUID();
  const existing = executions.findByName(settings.name, name);
  const payload = invocation.payload.toString();
  if (existing) {
    // While the execution runs, AWS accepts an Event with another payload as if the payload were the same. Recordings
    // on AWS show this (docs/local-lambda.md).
    const isAccepted = existing.status === 'RUNNING' && invocation.invocationType === 'Event';
    if (existing.start.payload === payload || isAccepted) return existing;
    throw new AwsError(
      409,
      'DurableExecutionAlreadyStartedException',
      `A durable execution named ${name} has already been started with another payload.`,
    );
  }
  const arn = functionArn(region, settings.name, version);
  return executions.start(
    {
      arn: `${arn}/durable-execution/${name}/${randomUUID()}`,
      name,
      functionName: settings.name,
      functionArn: arn,
      version,
      qualifier: qualifier ?? version,
      payload,
      traceHeader: invocation.traceHeader ?? null,
      executionTimeoutSeconds: settings.durable?.execution_timeout_seconds ?? MAX_SYNC_SECONDS,
      retentionDays: settings.durable?.retention_days ?? DEFAULT_RETENTION_DAYS,
    },
    invocation,
  );
}

/** Lambda's default: https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html */
export const DEFAULT_RETENTION_DAYS = 14;

function invalid(text: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', text);
}
