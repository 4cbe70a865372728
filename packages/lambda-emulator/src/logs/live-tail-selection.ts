/**
 * Which log events a Live Tail session gets. The constraints are those of CloudWatch's API model:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
 */
import { AwsError } from '../api/aws-error.ts';
import { ACCOUNT_ID } from '../functions/function-name.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { requireStream } from './log-pages.ts';
import type { LogEvent, LogGroup, LogStore } from './log-store.ts';

export interface LiveTailInput {
  /** ARNs */
  logGroupIdentifiers?: string[];
  logStreamNames?: string[];
  logStreamNamePrefixes?: string[];
  logEventFilterPattern?: string;
}

export interface LiveTailSelection {
  groupNames: string[];
  matches: (event: LogEvent) => boolean;
}

interface Constraint {
  /** of the list */
  items: number;
  /** of each item */
  length: number;
  pattern: RegExp;
}

const GROUP_IDENTIFIERS: Constraint = { items: 10, length: 2048, pattern: /^[\w#+=/:,.@-]*$/ };
const STREAM_NAMES: Constraint = { items: 100, length: 512, pattern: /^[^:*]*$/ };
const PATTERN_LENGTH = 1024;

/** @throws AwsError */
export function selectEvents(store: LogStore, region: string, input: LiveTailInput): LiveTailSelection {
  const { logGroupIdentifiers = [], logStreamNames, logStreamNamePrefixes } = input;
  const { logEventFilterPattern = '' } = input;
  checkList('logGroupIdentifiers', logGroupIdentifiers, GROUP_IDENTIFIERS);
  if (logStreamNames) checkList('logStreamNames', logStreamNames, STREAM_NAMES);
  if (logStreamNamePrefixes) checkList('logStreamNamePrefixes', logStreamNamePrefixes, STREAM_NAMES);
  if (logEventFilterPattern.length > PATTERN_LENGTH) {
    const constraint = `have length less than or equal to ${PATTERN_LENGTH}`;
    throw violated(logEventFilterPattern, 'logEventFilterPattern', constraint);
  }
  if (logStreamNames && logStreamNamePrefixes) {
    throw invalid('logStreamNames and logStreamNamePrefixes cannot be combined.');
  }
  if ((logStreamNames || logStreamNamePrefixes) && logGroupIdentifiers.length > 1) {
    throw invalid('logStreamNames and logStreamNamePrefixes require exactly one log group.');
  }
  const groups = logGroupIdentifiers.map((arn) => findGroup(store, region, arn));
  for (const name of logStreamNames ?? []) for (const group of groups) requireStream(group, name);
  const matchesPattern = compileFilterPattern(logEventFilterPattern);
  return {
    groupNames: [...new Set(groups.map(({ name }) => name))],
    matches: ({ stream, message }) =>
      (logStreamNames?.includes(stream) ?? true) &&
      (logStreamNamePrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true) &&
      matchesPattern(message),
  };
}

/** A group is named by its ARN only, without the `:*` that other calls return. */
function findGroup(store: LogStore, region: string, arn: string): LogGroup {
  const [, arnRegion, account, name = ''] =
    /^arn:[\w-]+:logs:([\w-]+):(\d+):log-group:([^:]+)$/.exec(arn) ?? [];
  if (!name) throw invalid(`logGroupIdentifiers must be ARNs of log groups, which ${arn} is not.`);
  const group = arnRegion === region && account === ACCOUNT_ID ? store.group(name) : undefined;
  if (group) return group;
  throw new AwsError(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
}

function checkList(member: string, values: string[], { items, length, pattern }: Constraint): void {
  const shown = `[${values.join(', ')}]`;
  if (values.length === 0) throw violated(shown, member, 'have length greater than or equal to 1');
  if (values.length > items) throw violated(shown, member, `have length less than or equal to ${items}`);
  if (values.every((value) => value.length > 0 && value.length <= length && pattern.test(value))) return;
  const constraints = [
    `have length less than or equal to ${length}`,
    'have length greater than or equal to 1',
    `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`,
  ];
  throw violated(shown, member, `satisfy constraint: [Member must ${constraints.join(', Member must ')}]`);
}

/** AWS's wording, as of constraints in other calls of CloudWatch Logs. */
function violated(value: string, member: string, constraint: string): AwsError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

function invalid(text: string): AwsError {
  return new AwsError(400, 'InvalidParameterException', text);
}
