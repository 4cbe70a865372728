/**
 * The only code that calls CloudWatch Logs. All programs in the account and Region share its request rates, which are
 * low.
 */
import { createHash } from 'node:crypto';
import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { Warning } from '../domain/execution.ts';
import type { LogEvent } from '../domain/run-log/log-event.ts';
import { type AwsError, isAccessDenied, isPassing, isThrottled, readAwsError, wordsOf } from './aws-error.ts';
import type { Turn } from './call-queue.ts';

export interface LogQuery {
  /** name, or the ARN when the group belongs to another account */
  logGroup: string;
  /** epoch milliseconds */
  startTime: number;
  endTime?: number;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  pattern?: string;
  streams?: string[];
}

/** How much one read may cost. */
export interface ReadBudget {
  pages: number;
  /** the read stops at the end of the page that reaches this; absent: no limit */
  events?: number;
}

/** `nextToken`: there are more pages. Give it to the next read, which then continues where this one stopped. */
export type LogRead =
  | { type: 'events'; events: LogEvent[]; pages: number; nextToken?: string }
  | { type: 'unreadable'; warning: Warning };

interface LogReaderOptions {
  /** CloudWatch refused a call because there were too many. */
  throttled?: () => void;
  /** whose calls these are; absent: those of readers */
  turn?: Turn;
}

export class LogReader {
  readonly #client: CloudWatchLogsClient;
  readonly #pace: (turn?: Turn) => Promise<void>;
  readonly #options: LogReaderOptions;

  /** @param pace waits until the next call may be sent; every call waits for it, also those that the SDK repeats */
  constructor(
    client: CloudWatchLogsClient,
    pace: (turn?: Turn) => Promise<void>,
    options: LogReaderOptions = {},
  ) {
    this.#client = client;
    this.#pace = pace;
    this.#options = options;
  }

  /** The same logs, read by a poll. */
  inTurn(turn: Turn): LogReader {
    return new LogReader(this.#client, this.#pace, { ...this.#options, turn });
  }

  /**
   * Events oldest first, those of one stream in the order of the stream. An empty page may be followed by others.
   *
   * @param from the nextToken of an earlier read of the same query
   * @throws Unavailable when the same call may succeed later
   */
  async filter(query: LogQuery, budget: ReadBudget, from?: string): Promise<LogRead> {
    const events: LogEvent[] = [];
    const input = filterInput(query);
    let nextToken = from;
    for (let pages = 1; ; pages += 1) {
      try {
        const found = await this.#send({ ...input, nextToken });
        for (const event of found.events ?? []) events.push(toLogEvent(event));
        nextToken = found.nextToken || undefined;
      } catch (error) {
        return unreadableOrThrow(error, query);
      }
      const spent = pages >= budget.pages || events.length >= (budget.events ?? Number.POSITIVE_INFINITY);
      if (nextToken === undefined || spent)
        return { type: 'events', events, pages, ...(nextToken !== undefined && { nextToken }) };
    }
  }

  #send(input: FilterLogEventsCommandInput): Promise<FilterLogEventsCommandOutput> {
    const { turn, throttled } = this.#options;
    const command = new FilterLogEventsCommand(input);
    // Each try of the SDK takes a place of its own, before it is signed, and each refusal counts.
    const paced =
      <Args, Answer>(next: (args: Args) => Promise<Answer>) =>
      async (args: Args): Promise<Answer> => {
        await this.#pace(turn);
        try {
          return await next(args);
        } catch (error) {
          if (isThrottled(readAwsError(error))) throttled?.();
          throw error;
        }
      };
    const options = { relation: 'after', toMiddleware: 'retryMiddleware', name: 'paceMiddleware' } as const;
    command.middlewareStack.addRelativeTo(paced, options);
    return this.#client.send(command, turn?.signal ? { abortSignal: turn.signal } : {});
  }
}

function filterInput(query: LogQuery): FilterLogEventsCommandInput {
  const { logGroup, startTime, endTime, pattern, streams } = query;
  return {
    ...(logGroup.startsWith('arn:') ? { logGroupIdentifier: logGroup } : { logGroupName: logGroup }),
    startTime: Math.max(0, Math.floor(startTime)),
    ...(endTime !== undefined && { endTime: Math.ceil(endTime) }),
    ...(pattern !== undefined && { filterPattern: pattern }),
    ...(streams !== undefined && { logStreamNames: streams }),
  };
}

function toLogEvent(event: FilteredLogEvent): LogEvent {
  const {
    eventId,
    logStreamName: stream = '',
    timestamp = 0,
    ingestionTime = timestamp,
    message = '',
  } = event;
  const id = eventId ?? createHash('sha256').update(`${stream}\n${timestamp}\n${message}`).digest('hex');
  return { id, stream, timestamp, ingestionTime, message };
}

function unreadableOrThrow(thrown: unknown, query: LogQuery): LogRead {
  const error = readAwsError(thrown);
  if (error.name === 'ResourceNotFoundException') {
    // The error is about a stream that was deleted. The group may still exist.
    if (query.streams && error.message.includes('log stream'))
      return { type: 'events', events: [], pages: 1 };
    return unreadable('log_group_missing', missingGroup(query.logGroup));
  }
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
  if (error.name === 'InvalidOperationException')
    return unreadable('log_class_unsupported', unsupportedClass(query.logGroup, error));
  if (isPassing(error)) {
    const message = `CloudWatch Logs could not be read (${query.logGroup}): ${error.message}.`;
    throw new Unavailable('logs_unavailable', message, thrown);
  }
  if (isAccessDenied(error)) return unreadable('logs_access_denied', accessDenied(query.logGroup, error));
  const message = `CloudWatch Logs refused to search ${query.logGroup}: ${error.name}: ${error.message}.`;
  throw new BridgeError('logs_failed', 502, message, { cause: thrown });
}

function unreadable(code: string, message: string): LogRead {
  return { type: 'unreadable', warning: { code, message } };
}

function missingGroup(logGroup: string): string {
  return (
    `The log group ${logGroup} does not exist. Lambda creates it with the first log line, if the function's role ` +
    'allows that (policy AWSLambdaBasicExecutionRole: logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents).'
  );
}

function unsupportedClass(logGroup: string, error: AwsError): string {
  return (
    `CloudWatch Logs cannot search ${logGroup}. Give the function a log group of the class STANDARD, or use another ` +
    `completion channel. AWS says: ${wordsOf(error)}.`
  );
}

function accessDenied(logGroup: string, error: AwsError): string {
  return `The bridge may not read ${logGroup}. Grant its role logs:FilterLogEvents on it. AWS says: ${error.message}.`;
}
