/** Reads and stops durable executions, by ARN or by the name that the bridge chose. */
import {
  type ErrorObject,
  type ExecutionStatus,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  type ListDurableExecutionsByFunctionCommandInput,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import { isEnd, OPEN_STATUSES, RUNNING } from '../domain/durable-status.ts';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { Warning } from '../domain/execution.ts';
import { isAccessDenied, isPassing, readAwsError } from './aws-error.ts';
import { RateLimit } from './rate-limit.ts';

/**
 * Calls a second. In an account and Region, Lambda allows 30 GetDurableExecution, 15 lists and 15 histories a second:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. The rates here leave the rest to other
 * callers.
 */
const GETS_PER_SECOND = 20;
const LISTS_PER_SECOND = 10;
const HISTORIES_PER_SECOND = 10;
/**
 * The most items that a page can have:
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html
 */
const PAGE = 1_000;
/** Enough for a history: an execution has up to 3,000 operations with a few events each (limits page above). */
const MAX_PAGES = 20;
const REFUSED_INPUT = /^(?:InvalidParameterValue|Validation)/;

export interface DurableExecution {
  /** the status that Lambda returned: one of those in src/domain/durable-status.ts, or one that AWS has added */
  status: string;
  version?: string;
  /** JSON text; present only if the execution succeeded */
  result?: string;
  /** present only if the execution ended without success */
  error?: { type?: string; message?: string; stackTrace?: string[] };
}

/** A durable execution that has not ended, with what Lambda's list shows of it. */
export interface OpenDurableExecution {
  arn: string;
  status: string;
}

/** The result of a call: what it found, `missing` if Lambda knows nothing under that name, or why it cannot be read. */
export type DurableRead<T> =
  | { type: 'found'; value: T }
  | { type: 'missing' }
  | { type: 'unreadable'; warning: Warning };

/** Every method throws Unavailable when the same call may succeed later. */
export class DurableExecutions {
  readonly #client: LambdaClient;
  readonly #gets = new RateLimit(GETS_PER_SECOND);
  readonly #lists = new RateLimit(LISTS_PER_SECOND);
  readonly #histories = new RateLimit(HISTORIES_PER_SECOND);
  /** The statuses to list. A Region that cannot pause executions yet may refuse the statuses PAUSING and PAUSED. */
  #listed: readonly string[] = OPEN_STATUSES;

  /** @param client AwsClients.lambda, which may retry, because none of these calls starts a function */
  constructor(client: LambdaClient) {
    this.#client = client;
  }

  /**
   * Reads an execution. Its data, with an input of up to 1 MB, is read only when the execution has ended.
   *
   * @param ended true if the execution has very likely ended: then the first call also reads the data
   */
  async get(arn: string, ended = false): Promise<DurableRead<DurableExecution>> {
    if (ended) return this.#get(arn, true);
    const seen = await this.#get(arn, false);
    return seen.type === 'found' && isEnd(seen.value.status) ? this.#get(arn, true) : seen;
  }

  /** The open executions of a function, by name; one call returns up to a thousand. */
  open(
    fn: string,
    qualifier: string,
    startedAfter: Date,
  ): Promise<DurableRead<Map<string, OpenDurableExecution>>> {
    return readDurable('lambda:ListDurableExecutionsByFunction', fn, async () => {
      const input = { FunctionName: fn, Qualifier: qualifier, StartedAfter: startedAfter, MaxItems: PAGE };
      try {
        return await this.#list(input);
      } catch (error) {
        if (this.#listed.length === 1 || !REFUSED_INPUT.test(readAwsError(error).name)) throw error;
        const found = await this.#list(input, [RUNNING]);
        this.#listed = [RUNNING];
        return found;
      }
    });
  }

  async #list(
    input: ListDurableExecutionsByFunctionCommandInput,
    statuses = this.#listed,
  ): Promise<Map<string, OpenDurableExecution>> {
    const found = new Map<string, OpenDurableExecution>();
    let marker: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      await this.#lists.pass();
      const { DurableExecutions = [], NextMarker } = await this.#client.send(
        // the SDK's type does not have every status yet
        new ListDurableExecutionsByFunctionCommand({
          ...input,
          Statuses: statuses as ExecutionStatus[],
          Marker: marker,
        }),
      );
      for (const {
        DurableExecutionName: name,
        DurableExecutionArn: arn,
        Status: status = RUNNING,
      } of DurableExecutions)
        if (name !== undefined && arn !== undefined) found.set(name, { arn, status });
      marker = NextMarker;
      if (!marker) break;
    }
    return found;
  }

  /** The ARN of the execution with this name. It finds an execution for which the answer of Invoke was lost. */
  find(fn: string, qualifier: string | undefined, name: string): Promise<DurableRead<string>> {
    return readDurable('lambda:ListDurableExecutionsByFunction', name, async () => {
      await this.#lists.pass();
      const { DurableExecutions = [] } = await this.#client.send(
        new ListDurableExecutionsByFunctionCommand({
          FunctionName: fn,
          ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
          DurableExecutionName: name,
          MaxItems: 10,
        }),
      );
      return DurableExecutions.find((one) => one.DurableExecutionName === name)?.DurableExecutionArn;
    });
  }

  /**
   * The request ids of the invocations that have ended, oldest first. The history has no id of a running invocation.
   */
  requestIds(arn: string): Promise<DurableRead<string[]>> {
    return readDurable('lambda:GetDurableExecutionHistory', arn, async () => {
      const ids: string[] = [];
      let marker: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        await this.#histories.pass();
        const { Events = [], NextMarker } = await this.#client.send(
          new GetDurableExecutionHistoryCommand({
            DurableExecutionArn: arn,
            IncludeExecutionData: false,
            MaxItems: PAGE,
            Marker: marker,
          }),
        );
        ids.push(...Events.flatMap((event) => event.InvocationCompletedDetails?.RequestId ?? []));
        marker = NextMarker;
        if (!marker) break;
      }
      return ids;
    });
  }

  /** Ends the execution with the status STOPPED. Returns `missing` when Lambda does not know the execution. */
  stop(arn: string, reason: { type: string; message: string }): Promise<DurableRead<true>> {
    return readDurable('lambda:StopDurableExecution', arn, async () => {
      const error = { ErrorType: reason.type, ErrorMessage: reason.message };
      await this.#client.send(new StopDurableExecutionCommand({ DurableExecutionArn: arn, Error: error }));
      return true as const;
    });
  }

  #get(arn: string, withData: boolean): Promise<DurableRead<DurableExecution>> {
    return readDurable('lambda:GetDurableExecution', arn, async () => {
      await this.#gets.pass();
      const {
        Status,
        Version,
        Result,
        Error: error,
      } = await this.#client.send(
        new GetDurableExecutionCommand({ DurableExecutionArn: arn, IncludeExecutionData: withData }),
      );
      if (Status === undefined) return undefined;
      return {
        status: Status,
        ...(Version === undefined ? {} : { version: Version }),
        ...(Result === undefined ? {} : { result: Result }),
        ...(error === undefined ? {} : { error: readError(error) }),
      };
    });
  }
}

function readError({ ErrorType, ErrorMessage, StackTrace }: ErrorObject) {
  return {
    ...(ErrorType === undefined ? {} : { type: ErrorType }),
    ...(ErrorMessage === undefined ? {} : { message: ErrorMessage }),
    ...(StackTrace === undefined ? {} : { stackTrace: StackTrace }),
  };
}

async function readDurable<T>(
  permission: string,
  what: string,
  call: () => Promise<T | undefined>,
): Promise<DurableRead<T>> {
  try {
    const value = await call();
    return value === undefined ? { type: 'missing' } : { type: 'found', value };
  } catch (thrown) {
    const error = readAwsError(thrown);
    if (error.name === 'ResourceNotFoundException') return { type: 'missing' };
    if (isAccessDenied(error)) {
      const message =
        `The bridge may not read or stop the durable execution ${what}. Grant its role ${permission} on the function's ` +
        `ARN with a qualifier (arn:…:function:NAME:*). AWS says: ${error.message}.`;
      return { type: 'unreadable', warning: { code: 'durable_access_denied', message } };
    }
    const said = `Lambda did not return the durable execution ${what}: ${error.name}: ${error.message}.`;
    if (isPassing(error)) throw new Unavailable('durable_unavailable', said, thrown);
    throw new BridgeError('durable_failed', 502, said, { cause: thrown });
  }
}
