/**
 * Reads one log line. A line that has the form of a platform line (START, END, REPORT and others) gets a mark. A
 * function may print such lines, too, so the position of a mark decides what it means: see split-runs.ts.
 */
import { asRecord, asText, parseRecord } from '../foreign-json.ts';
import type { LogEvent } from './log-event.ts';
import { parseReport, type Report, writtenTime } from './report.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
export type LogFormat = 'Text' | 'JSON';

export type Mark =
  | {
      type: 'start';
      requestId: string;
      version?: string;
      functionArn?: string;
      /** when Lambda wrote the record, in epoch milliseconds; only JSON records contain it */
      writtenAt?: number;
    }
  | { type: 'end'; requestId: string }
  | { type: 'report'; requestId: string; report: Report }
  /**
   * the environment started, or could not: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
   */
  | { type: 'init'; errorType?: string; phase?: string }
  /** the platform lost lines: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (platform.logsDropped) */
  | { type: 'dropped' };

export interface Line {
  event: LogEvent;
  /** the format in which the platform would write this mark */
  format?: LogFormat;
  mark?: Mark;
  /** true: `event` contains only the beginning of the line */
  isShortened?: boolean;
}

export function readLine(event: LogEvent): Line {
  const { message } = event;
  if (message.startsWith('{')) return message.includes('"platform.') ? readRecord(event) : { event };
  const mark = readText(message);
  return mark ? { event, format: 'Text', mark } : { event };
}

const START_OR_END = /^(?<word>START|END) RequestId: (?<id>[\w-]+)(?: Version: (?<version>\S+))?/;

function readText(message: string): Mark | undefined {
  if (message.startsWith('REPORT RequestId:')) {
    const report = parseReport(message);
    return report && { type: 'report', requestId: report.requestId, report };
  }
  if (message.startsWith('INIT_REPORT ')) return readInitReport(message);
  if (message.startsWith('INIT_START ') || message.startsWith('RESTORE_START ')) return { type: 'init' };
  const { word, id, version } = START_OR_END.exec(message)?.groups ?? {};
  if (word === undefined || id === undefined) return undefined;
  if (word === 'END') return { type: 'end', requestId: id };
  return { type: 'start', requestId: id, ...(version !== undefined && { version }) };
}

/** `INIT_REPORT Init Duration: 1236.04 ms⇥Phase: invoke⇥Status: error⇥Error Type: Runtime.ImportModuleError` */
function readInitReport(message: string): Mark {
  const [, phase] = /\tPhase: (\w+)/.exec(message) ?? [];
  const [, status] = /\tStatus: (\w+)/.exec(message) ?? [];
  const [, errorType] = /\tError Type: (\S+)/.exec(message) ?? [];
  return {
    type: 'init',
    ...(phase !== undefined && { phase }),
    ...(status === 'error' && { errorType: errorType ?? 'Runtime.InitError' }),
  };
}

function readRecord(event: LogEvent): Line {
  const body = parseRecord(event.message);
  const mark = body && markOf(body, event.message);
  return mark ? { event, format: 'JSON', mark } : { event };
}

function markOf(body: Record<string, unknown>, message: string): Mark | undefined {
  const type = asText(body['type']);
  const record = asRecord(body['record']) ?? {};
  const requestId = asText(record['requestId']);
  if (type === 'platform.logsDropped') return { type: 'dropped' };
  if (type === 'platform.initReport' && record['status'] !== 'success') {
    const errorType = asText(record['errorType']) ?? 'Runtime.InitError';
    return { type: 'init', phase: asText(record['phase']) ?? '', errorType };
  }
  if (type?.startsWith('platform.init') || type?.startsWith('platform.restore')) return { type: 'init' };
  if (requestId === undefined) return undefined;
  if (type === 'platform.start') {
    const version = asText(record['version']);
    const functionArn = asText(record['functionArn']);
    const writtenAt = writtenTime(body);
    return {
      type: 'start',
      requestId,
      ...(version !== undefined && { version }),
      ...(functionArn !== undefined && { functionArn }),
      ...(writtenAt !== undefined && { writtenAt }),
    };
  }
  if (type === 'platform.end') return { type: 'end', requestId };
  const report = type === 'platform.report' ? parseReport(message) : undefined;
  return report && { type: 'report', requestId: report.requestId, report };
}

/** Whether a mark names this invocation. Marks of an initialization and of lost lines name none. */
export function names(mark: Mark | undefined, requestId: string): boolean {
  return mark !== undefined && 'requestId' in mark && mark.requestId === requestId;
}

/** The request id that a line names in the runtime's own form; Python's print() lines name none. */
export function namedRequestId({ mark, event }: Line): string | undefined {
  if (mark && 'requestId' in mark) return mark.requestId;
  const { message } = event;
  if (!message.startsWith('{')) return TEXT_ID.exec(message)?.groups?.['id'];
  if (!/"(?:requestId|AWSRequestId)"/.test(message)) return undefined;
  const body = parseRecord(message);
  return asText(body?.['requestId'] ?? body?.['AWSRequestId']);
}

/** The beginning of a line with a request id. Node: `<time>⇥<id>⇥LEVEL⇥`; Python's logging: `[LEVEL]⇥<time>⇥<id>⇥`. */
const TEXT_ID = /^(?:\[\w+\]\t)?\d{4}-\S+\t(?<id>[\w-]+)\t/;
