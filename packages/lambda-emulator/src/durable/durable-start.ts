/** What an Invoke of a durable function starts, finds again, or is refused for. */
import { randomUUID } from 'node:crypto';
import { AwsError, constraintBroken } from '../api/aws-error.ts';
import type { InvokeRequest } from '../api/invoke-request.ts';
import { functionArn } from '../functions/function-name.ts';
import type { Invocation, InvokeTarget } from '../model.ts';
import type { DurableExecution } from './durable-execution.ts';
import type { DurableExecutions } from './durable-executions.ts';

/** Of a synchronous execution: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html */
const LONGEST_SYNC_SECONDS = 900;

/** @throws AwsError for what Lambda refuses before it looks for the name */
export function checkDurable({ settings, qualifier }: InvokeTarget, invoke: InvokeRequest): void {
  const { durable, name } = settings;
  const { durableName, type } = invoke;
  if (durable === null) {
    if (durableName === null) return;
    throw invalid(`${name} is not a durable function.`);
  }
  if (durableName !== null && !/^[a-zA-Z0-9-_]{1,64}$/.test(durableName)) {
    throw constraintBroken(
      durableName,
      'durableExecutionName',
      'regular expression pattern: [a-zA-Z0-9-_]{1,64}',
    );
  }
  if (qualifier === null) throw invalid(`${name} is a durable function: invoke it with a qualifier.`);
  if (type === 'RequestResponse' && durable.execution_timeout_seconds > LONGEST_SYNC_SECONDS) {
    throw invalid(
      `${name} has an execution timeout over ${LONGEST_SYNC_SECONDS} seconds: invoke it with the type Event.`,
    );
  }
}

/**
 * A start under a known name finds what was started before.
 * @throws AwsError DurableExecutionAlreadyStartedException when that had another payload
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
  const known = executions.named(settings.name, name);
  const payload = invocation.payload.toString();
  if (known) {
    // While it runs, AWS was seen to answer an event with another payload as if it were the same.
    const isTaken = known.status === 'RUNNING' && invocation.invocationType === 'Event';
    if (known.start.payload === payload || isTaken) return known;
    throw new AwsError(
      409,
      'DurableExecutionAlreadyStartedException',
      `A durable execution with the name ${name} has been started with another payload.`,
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
      executionTimeoutSeconds: settings.durable?.execution_timeout_seconds ?? LONGEST_SYNC_SECONDS,
      retentionDays: settings.durable?.retention_days ?? DEFAULT_RETENTION_DAYS,
    },
    invocation,
  );
}

/** Lambda's own: https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html */
export const DEFAULT_RETENTION_DAYS = 14;

function invalid(text: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', text);
}
