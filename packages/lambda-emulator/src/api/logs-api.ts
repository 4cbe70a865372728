/**
 * The read operations of the CloudWatch Logs API.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
 */

import { ACCOUNT_ID } from '../functions/function-name.ts';
import { filterLogEvents, getLogEvents } from '../logs/log-pages.ts';
import type { LogGroup, LogStore, LogStream } from '../logs/log-store.ts';
import { AwsError } from './aws-error.ts';

interface GroupInput {
  logGroupName?: string;
  /** name or ARN */
  logGroupIdentifier?: string;
}

interface ListInput extends GroupInput {
  logGroupNamePrefix?: string;
  logGroupNamePattern?: string;
  logStreamNamePrefix?: string;
  orderBy?: 'LogStreamName' | 'LastEventTime';
  descending?: boolean;
  limit?: number;
  nextToken?: string;
}

/** CloudWatch's default for both Describe calls. */
const DEFAULT_LIST_LIMIT = 50;

export class LogsApi {
  readonly #store: LogStore;
  readonly #region: string;

  constructor(store: LogStore, region: string) {
    this.#store = store;
    this.#region = region;
  }

  /** @param operation the part of X-Amz-Target after the dot */
  call(operation: string, input: object): object {
    switch (operation) {
      case 'FilterLogEvents':
        return filterLogEvents(this.#findGroup(input), input);
      case 'GetLogEvents':
        return getLogEvents(this.#findGroup(input), input);
      case 'DescribeLogGroups':
        return this.#describeGroups(input);
      case 'DescribeLogStreams':
        return this.#describeStreams(input);
      default:
        throw new AwsError(
          400,
          'UnknownOperationException',
          `The Lambda emulator does not support ${operation}.`,
        );
    }
  }

  #findGroup({ logGroupName, logGroupIdentifier }: GroupInput): LogGroup {
    const identifier = logGroupName ?? logGroupIdentifier ?? '';
    const name = identifier.startsWith('arn:') ? identifier.split(':')[6] : identifier;
    const group = this.#store.group(name ?? '');
    if (group) return group;
    throw new AwsError(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
  }

  #describeGroups({
    logGroupNamePrefix = '',
    logGroupNamePattern = '',
    limit,
    nextToken,
  }: ListInput): object {
    const groups = this.#store
      .groups()
      .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = takePage(groups, limit, nextToken);
    return { logGroups: page.items.map((group) => this.#groupEntry(group)), nextToken: page.nextToken };
  }

  #groupEntry({ name, createdAt }: LogGroup): object {
    const arn = this.#groupArn(name);
    return {
      logGroupName: name,
      creationTime: createdAt,
      arn: `${arn}:*`,
      logGroupArn: arn,
      logGroupClass: 'STANDARD',
    };
  }

  #describeStreams(input: ListInput): object {
    const group = this.#findGroup(input);
    const {
      logStreamNamePrefix = '',
      orderBy = 'LogStreamName',
      descending = false,
      limit,
      nextToken,
    } = input;
    const key = ({ name, lastEventAt }: LogStream) => (orderBy === 'LastEventTime' ? lastEventAt : name);
    const streams = [...group.streams.values()]
      .filter(({ name }) => name.startsWith(logStreamNamePrefix))
      .sort((a, b) => (key(a) < key(b) === descending ? 1 : -1));
    const page = takePage(streams, limit, nextToken);
    const entries = page.items.map(({ name, createdAt, lastEventAt, lastIngestionAt }) => ({
      logStreamName: name,
      creationTime: createdAt,
      firstEventTimestamp: createdAt,
      lastEventTimestamp: lastEventAt,
      lastIngestionTime: Math.min(lastIngestionAt, Date.now()),
      arn: `${this.#groupArn(group.name)}:log-stream:${name}`,
      storedBytes: 0,
    }));
    return { logStreams: entries, nextToken: page.nextToken };
  }

  #groupArn(name: string): string {
    return `arn:aws:logs:${this.#region}:${ACCOUNT_ID}:log-group:${name}`;
  }
}

function takePage<T>(all: T[], limit = DEFAULT_LIST_LIMIT, token = '0'): { items: T[]; nextToken?: string } {
  const start = Number(token);
  if (!Number.isSafeInteger(start)) {
    throw new AwsError(400, 'InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const items = all.slice(start, start + limit);
  return start + limit < all.length ? { items, nextToken: String(start + limit) } : { items };
}
