/** One segment document of AWS X-Ray: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html */
import { asNumber, asRecord, asText, parseRecord } from './foreign-json.ts';

export interface Segment {
  id: string;
  name: string;
  parentId?: string;
  origin?: string;
  /** epoch milliseconds */
  start: number;
  end?: number;
  inProgress: boolean;
  /**
   * `fault` or `error` is set; AWS does not document the difference in Lambda's segments, so both mean the same here
   */
  failed: boolean;
  throttled: boolean;
  /** the status of the response */
  status?: number;
  requestId?: string;
  functionArn?: string;
  exceptions: TraceException[];
  subsegments: Segment[];
}

export interface TraceException {
  type?: string;
  message?: string;
  stack: string[];
}

/** @returns undefined if the text is not a segment */
export function parseSegment(document: string): Segment | undefined {
  const body = parseRecord(document);
  return body && toSegment(body);
}

function toSegment(body: Record<string, unknown>): Segment | undefined {
  const id = asText(body['id']);
  const start = asNumber(body['start_time']);
  if (id === undefined || start === undefined) return undefined;
  const parentId = asText(body['parent_id']);
  const origin = asText(body['origin']);
  const end = asNumber(body['end_time']);
  const status = asNumber(asRecord(asRecord(body['http'])?.['response'])?.['status']);
  const aws = asRecord(body['aws']);
  const requestId = asText(aws?.['request_id']);
  const functionArn =
    asText(body['resource_arn']) ?? asText(aws?.['resource_arn']) ?? asText(aws?.['function_arn']);
  return {
    id,
    name: asText(body['name']) ?? '',
    ...(parentId === undefined ? {} : { parentId }),
    ...(origin === undefined ? {} : { origin }),
    start: Math.round(start * 1_000),
    ...(end === undefined ? {} : { end: Math.round(end * 1_000) }),
    inProgress: body['in_progress'] === true,
    failed: body['fault'] === true || body['error'] === true,
    throttled: body['throttle'] === true || status === 429,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(functionArn === undefined ? {} : { functionArn }),
    exceptions: records(asRecord(body['cause'])?.['exceptions']).map(toException),
    subsegments: records(body['subsegments']).flatMap((one) => toSegment(one) ?? []),
  };
}

function toException(exception: Record<string, unknown>): TraceException {
  const type = asText(exception['type']);
  const message = asText(exception['message']);
  return {
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
    stack: records(exception['stack']).map(frameText),
  };
}

function frameText({ label, path, line }: Record<string, unknown>): string {
  const place = [asText(path), asNumber(line)].filter((part) => part !== undefined && part !== '').join(':');
  const name = asText(label) ?? '';
  return name !== '' && place !== '' ? `${name} (${place})` : name || place;
}

function records(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.map(asRecord).filter((one) => one !== undefined);
}
