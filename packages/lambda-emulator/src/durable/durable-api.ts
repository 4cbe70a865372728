/**
 * The calls that read and stop durable executions.
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html
 */
import { AwsError } from '../api/aws-error.ts';
import {
  type DurableError,
  type DurableExecution,
  type HistoryEvent,
  toSeconds,
} from './durable-execution.ts';
import type { DurableExecutions } from './durable-executions.ts';

/** Default and maximum page size of both lists. */
const DEFAULT_ITEMS = 100;
const MAX_ITEMS = 1000;

export class DurableApi {
  readonly #executions: DurableExecutions;

  constructor(executions: DurableExecutions) {
    this.#executions = executions;
  }

  get(arn: string, query: URLSearchParams): object {
    const execution = this.#find(arn);
    const { start, status, result, error } = execution;
    const withData = query.get('IncludeExecutionData') !== 'false';
    return {
      ...describe(execution),
      Version: start.version,
      ExecutionDataIncluded: withData,
      DurableConfig: {
        ExecutionTimeout: start.executionTimeoutSeconds,
        RetentionPeriodInDays: start.retentionDays,
      },
      ...(start.traceHeader && { TraceHeader: { XAmznTraceId: start.traceHeader } }),
      ...(withData && { InputPayload: start.payload }),
      ...(withData && status === 'SUCCEEDED' && { Result: result }),
      ...(withData && error && { Error: error }),
    };
  }

  history(arn: string, query: URLSearchParams): object {
    const { events } = this.#find(arn);
    const ordered = query.get('ReverseOrder') === 'true' ? events.toReversed() : events;
    const { items, NextMarker } = takePage(ordered, query);
    const withData = query.get('IncludeExecutionData') !== 'false';
    return { Events: withData ? items : items.map(withoutData), NextMarker };
  }

  /** @param qualifier version or alias; null lists all executions of the function */
  list(functionName: string, qualifier: string | null, query: URLSearchParams): object {
    const name = query.get('DurableExecutionName');
    const statuses = query.getAll('Statuses');
    const after = readTime(query.get('StartedAfter')) ?? 0;
    const before = readTime(query.get('StartedBefore')) ?? Number.MAX_SAFE_INTEGER;
    const found = this.#executions
      .ofFunction(functionName)
      .filter(
        ({ start, status, startedAt }) =>
          (qualifier === null || qualifier === start.qualifier || qualifier === start.version) &&
          (name === null || name === start.name) &&
          (statuses.length === 0 || statuses.includes(status)) &&
          startedAt >= after &&
          startedAt <= before,
      );
    // Newest first; reversed means oldest first.
    const ordered = query.get('ReverseOrder') === 'true' ? found.reverse() : found;
    const { items, NextMarker } = takePage(ordered, query);
    return { DurableExecutions: items.map(describe), NextMarker };
  }

  /** An execution that has already ended is not changed; the answer has the time when it ended. */
  stop(arn: string, error: DurableError): object {
    const execution = this.#find(arn);
    execution.end('STOPPED', { error: Object.keys(error).length > 0 ? error : null });
    return { StopTimestamp: toSeconds(execution.endedAt ?? Date.now()) };
  }

  #find(arn: string): DurableExecution {
    const execution = this.#executions.get(arn);
    if (execution) return execution;
    throw new AwsError(404, 'ResourceNotFoundException', `Durable execution not found: ${arn}`);
  }
}

function describe({ start, status, startedAt, endedAt }: DurableExecution): object {
  return {
    DurableExecutionArn: start.arn,
    DurableExecutionName: start.name,
    FunctionArn: start.functionArn,
    Status: status,
    StartTimestamp: toSeconds(startedAt),
    ...(endedAt !== null && { EndTimestamp: toSeconds(endedAt) }),
  };
}

/** Replaces every payload in the details with `Truncated`, as Lambda does. */
function withoutData(event: HistoryEvent): object {
  return JSON.parse(JSON.stringify(event), (key, value) =>
    ['Input', 'Result', 'Error'].includes(key) && value?.Payload !== undefined ? { Truncated: true } : value,
  );
}

function takePage<T>(all: T[], query: URLSearchParams): { items: T[]; NextMarker?: string } {
  const maxItems = Number(query.get('MaxItems') ?? DEFAULT_ITEMS);
  const begin = Number(query.get('Marker') ?? 0);
  if (!Number.isInteger(maxItems) || maxItems < 0 || maxItems > MAX_ITEMS || !Number.isSafeInteger(begin)) {
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      `MaxItems must be at most ${MAX_ITEMS}, and Marker must be the NextMarker of an earlier response.`,
    );
  }
  const end = begin + (maxItems || DEFAULT_ITEMS);
  const items = all.slice(begin, end);
  return end < all.length ? { items, NextMarker: String(end) } : { items };
}

function readTime(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new AwsError(400, 'InvalidParameterValueException', `${text} is not a valid time.`);
}
