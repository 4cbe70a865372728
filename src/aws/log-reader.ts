/** The only way to CloudWatch Logs: its rates are low, and shared by everything in the account and Region. */
import { createHash } from 'node:crypto';
import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { Warning } from '../domain/execution.ts';
import type { LogEvent } from '../domain/run-log/log-event.ts';
import { type AwsError, isAccessDenied, isPassing, readAwsError, wordsOf } from './aws-error.ts';

export interface LogQuery {
  /** name, or the ARN when the group belongs to another account */
  logGroup: string;
  /** epoch milliseconds */
  startTime: number;
  endTime?: number;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  pattern?: string;
  streams?: string[];
  /** after so many the read stops, truncated */
  maxEvents?: number;
}

export type LogRead =
  | { type: 'events'; events: LogEvent[]; truncated: boolean }
  | { type: 'unreadable'; warning: Warning };

const MAX_EVENTS = 10_000;
/** A large group is searched page by page, most of them empty; this many take 40 s at the lowest rate. */
const MAX_PAGES = 200;

export class LogReader {
  readonly #client: CloudWatchLogsClient;
  readonly #pace: () => Promise<void>;

  /** @param pace waits until the next call may go out; every call passes it */
  constructor(client: CloudWatchLogsClient, pace: () => Promise<void>) {
    this.#client = client;
    this.#pace = pace;
  }

  /** Events oldest first. Throws Unavailable when the same call may pass later. */
  async filter(query: LogQuery): Promise<LogRead> {
    const maxEvents = query.maxEvents ?? MAX_EVENTS;
    const events: LogEvent[] = [];
    const input = filterInput(query);
    let nextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      try {
        await this.#pace();
        const found = await this.#client.send(new FilterLogEventsCommand({ ...input, nextToken }));
        events.push(...(found.events ?? []).map(toLogEvent));
        nextToken = found.nextToken;
      } catch (error) {
        return unreadableOrThrow(error, query);
      }
      if (!nextToken || events.length >= maxEvents) break;
    }
    const truncated = nextToken !== undefined || events.length > maxEvents;
    return { type: 'events', events: events.slice(0, maxEvents), truncated };
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
    // a stream that is gone says nothing about the group
    if (query.streams && error.message.includes('log stream'))
      return { type: 'events', events: [], truncated: false };
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
    `The log group ${logGroup} does not exist. Lambda creates it with the first log line, if the function's role may ` +
    '(policy AWSLambdaBasicExecutionRole: logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents).'
  );
}

function unsupportedClass(logGroup: string, error: AwsError): string {
  return (
    `CloudWatch Logs cannot search ${logGroup}. Let the function log to a group of the class STANDARD, or another ` +
    `completion channel follow it. AWS says: ${wordsOf(error)}.`
  );
}

function accessDenied(logGroup: string, error: AwsError): string {
  return `The bridge may not read ${logGroup}. Grant its role logs:FilterLogEvents on it. AWS says: ${error.message}.`;
}
