/**
 * The figures that Lambda logs at the end of every run, in both log formats:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
import { asNumber, asRecord, asText, parseRecord } from '../foreign-json.ts';
import type { Billing } from '../outcome.ts';

const STATUSES = ['success', 'failure', 'error', 'timeout'] as const;
export type ReportStatus = (typeof STATUSES)[number];

export interface Report {
  requestId: string;
  billing: Billing;
  /** absent in text format, both after a success and after an exception that the runtime caught */
  status?: ReportStatus;
  errorType?: string;
  /** the root id, e.g. `1-5759e988-bd862e3fe1be46a994272793` */
  traceId?: string;
  /** when Lambda wrote the record, in epoch milliseconds; only JSON records contain it */
  writtenAt?: number;
}

/** The report in one log message; undefined if the message is not a report. */
export function parseReport(message: string): Report | undefined {
  if (message.startsWith('REPORT RequestId:')) return parseText(message.slice('REPORT '.length));
  if (!message.includes('"platform.report"')) return undefined;
  const event = parseRecord(message);
  if (event?.['type'] !== 'platform.report') return undefined;
  const found = fromRecord(asRecord(event['record']));
  const writtenAt = writtenTime(event);
  return found && writtenAt !== undefined ? { ...found, writtenAt } : found;
}

/** When Lambda wrote a record of its own. */
export function writtenTime(body: Record<string, unknown>): number | undefined {
  const time = Date.parse(asText(body['time']) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Reads a REPORT line by its keys, and not by position, because some keys may be absent (Init Duration, Status, XRAY
 * TraceId).
 */
function parseText(line: string): Report | undefined {
  const fields = new Map<string, string>();
  for (const field of line.split(/[\t\r\n]/)) {
    const colon = field.indexOf(': ');
    if (colon > 0) fields.set(field.slice(0, colon).trim(), field.slice(colon + 2).trim());
  }
  const figure = (key: string) => asNumber(Number.parseFloat(fields.get(key) ?? ''));
  // A real report has a duration. Without one, the function itself printed the words.
  if (figure('Duration') === undefined) return undefined;
  return report(
    fields.get('RequestId'),
    fields.get('Status'),
    fields.get('Error Type'),
    fields.get('XRAY TraceId'),
    {
      duration_ms: figure('Duration'),
      billed_ms: figure('Billed Duration'),
      memory_mb: figure('Memory Size'),
      max_memory_mb: figure('Max Memory Used'),
      init_ms: figure('Init Duration'),
    },
  );
}

function fromRecord(record: Record<string, unknown> | undefined): Report | undefined {
  const metrics = asRecord(record?.['metrics']);
  if (!record || !metrics) return undefined;
  const trace = /Root=([^;]+)/.exec(asText(asRecord(record['tracing'])?.['value']) ?? '')?.[1];
  return report(asText(record['requestId']), asText(record['status']), asText(record['errorType']), trace, {
    duration_ms: asNumber(metrics['durationMs']),
    billed_ms: asNumber(metrics['billedDurationMs']),
    memory_mb: asNumber(metrics['memorySizeMB']),
    max_memory_mb: asNumber(metrics['maxMemoryUsedMB']),
    init_ms: asNumber(metrics['initDurationMs']),
  });
}

function report(
  requestId: string | undefined,
  status: string | undefined,
  errorType: string | undefined,
  traceId: string | undefined,
  figures: Record<keyof Billing, number | undefined>,
): Report | undefined {
  if (!requestId) return undefined;
  const known = STATUSES.find((one) => one === status);
  return {
    requestId,
    billing: Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)),
    ...(known && { status: known }),
    ...(errorType && { errorType }),
    ...(traceId && { traceId }),
  };
}
