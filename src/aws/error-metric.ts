/** Reads Lambda's metrics `Invocations` and `Errors`: their sums for each minute, for many functions with one call. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import type { MetricWindow, MinuteSums } from '../domain/error-metric.ts';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { Warning } from '../domain/execution.ts';
import { bareName, LATEST } from '../domain/function-name.ts';
import { type AwsError, isAccessDenied, isPassing, readAwsError } from './aws-error.ts';
import { RateLimit } from './rate-limit.ts';

export interface MetricTarget {
  /** name or ARN, without qualifier */
  function: string;
  qualifier?: string;
}

export type MetricRead =
  | {
      type: 'sums';
      /** one element for each target, in their order; undefined if CloudWatch did not return all data of the window */
      minutes: (MinuteSums[] | undefined)[];
    }
  | { type: 'unreadable'; warning: Warning };

/**
 * A call may have 500 queries, and a function needs two of them:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
const TARGETS_A_CALL = 250;
/**
 * CloudWatch allows 50 calls a second for all callers in an account and Region. Most of them are left to the others:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
const CALLS_PER_SECOND = 5;
/** A page has up to 100,800 data points, which are 200 minutes of 500 metrics. */
const MAX_PAGES = 10;
const METRICS = { i: 'Invocations', e: 'Errors' } as const;

interface Series {
  sums: Map<number, number>;
  whole: boolean;
}

export class ErrorMetricReader {
  readonly #client: CloudWatchClient;
  readonly #rate = new RateLimit(CALLS_PER_SECOND);

  constructor(client: CloudWatchClient) {
    this.#client = client;
  }

  /**
   * AWS charges two requested metrics for each target. CloudWatch never has the data of a function in another Region.
   * It has the data of a function in another account only if CloudWatch is set up to share them. Throws Unavailable
   * when the same call may succeed later.
   */
  async read(targets: readonly MetricTarget[], window: MetricWindow): Promise<MetricRead> {
    const minutes = new Array<MinuteSums[] | undefined>(targets.length).fill(undefined);
    const region = await this.#client.config.region();
    let refused: MetricRead | undefined;
    for (const batch of batches(targets, region)) {
      const read = await this.#readBatch(batch, window).catch(unreadableOrThrow);
      if (!(read instanceof Map)) refused ??= read;
      else for (const { at } of batch) minutes[at] = minutesOf(read.get(`i${at}`), read.get(`e${at}`));
    }
    return refused && minutes.every((one) => one === undefined) ? refused : { type: 'sums', minutes };
  }

  async #readBatch(batch: readonly Placed[], { from, to }: MetricWindow): Promise<Map<string, Series>> {
    const found = new Map<string, Series>();
    let NextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      await this.#rate.pass();
      const answer = await this.#client.send(
        new GetMetricDataCommand({
          MetricDataQueries: batch.flatMap(queriesOf),
          StartTime: new Date(from),
          EndTime: new Date(to),
          ScanBy: 'TimestampAscending',
          NextToken,
        }),
      );
      for (const result of answer.MetricDataResults ?? []) addTo(found, result);
      NextToken = answer.NextToken;
      if (!NextToken) return found;
    }
    return new Map();
  }
}

interface Placed {
  at: number;
  target: MetricTarget;
  account?: string;
}

/**
 * Groups the targets by account, with one call or more for each group. If CloudWatch refuses the data of one account,
 * it refuses the whole call.
 */
function batches(targets: readonly MetricTarget[], region: string): Placed[][] {
  const byAccount = new Map<string, Placed[]>();
  for (const [at, target] of targets.entries()) {
    const parts = target.function.split(':');
    if (parts[0] === 'arn' && parts[3] !== region) continue;
    const account = parts[0] === 'arn' ? parts[4] : parts.length > 1 ? parts[0] : undefined;
    const group = byAccount.get(account ?? '') ?? [];
    byAccount.set(account ?? '', group);
    group.push({ at, target, ...(account === undefined ? {} : { account }) });
  }
  return [...byAccount.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / TARGETS_A_CALL) }, (_, n) =>
      group.slice(n * TARGETS_A_CALL, (n + 1) * TARGETS_A_CALL),
    ),
  );
}

/** The dimension `Resource` selects a version or an alias. Without it the metric counts every run of the function. */
function queriesOf({ at, target, account }: Placed): MetricDataQuery[] {
  const name = bareName(target.function);
  const { qualifier = LATEST } = target;
  const Dimensions = [
    { Name: 'FunctionName', Value: name },
    ...(qualifier === LATEST ? [] : [{ Name: 'Resource', Value: `${name}:${qualifier}` }]),
  ];
  return Object.entries(METRICS).map(([letter, MetricName]) => ({
    Id: `${letter}${at}`,
    MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName, Dimensions }, Period: 60, Stat: 'Sum' },
    ...(account === undefined ? {} : { AccountId: account }),
  }));
}

/**
 * Adds the data of one page. A series is whole only with the status `Complete`: `PartialData` means that more follows.
 */
function addTo(found: Map<string, Series>, result: MetricDataResult): void {
  const { Id = '', Timestamps = [], Values = [], StatusCode } = result;
  const series = found.get(Id) ?? { sums: new Map<number, number>(), whole: false };
  for (const [at, time] of Timestamps.entries()) series.sums.set(time.getTime(), Values[at] ?? 0);
  found.set(Id, { ...series, whole: StatusCode === 'Complete' });
}

function minutesOf(invocations: Series | undefined, errors: Series | undefined): MinuteSums[] | undefined {
  if (!invocations?.whole || !errors?.whole) return undefined;
  const minutes = [...new Set([...invocations.sums.keys(), ...errors.sums.keys()])].sort((a, b) => a - b);
  return minutes.map((minute) => {
    const [ran, failed] = [invocations.sums.get(minute), errors.sums.get(minute)];
    return {
      minute,
      ...(ran === undefined ? {} : { invocations: ran }),
      ...(failed === undefined ? {} : { errors: failed }),
    };
  });
}

function unreadableOrThrow(thrown: unknown): MetricRead {
  const error: AwsError = readAwsError(thrown);
  if (isPassing(error))
    throw new Unavailable('metrics_unavailable', `CloudWatch could not be read: ${error.message}.`, thrown);
  if (isAccessDenied(error)) {
    const message =
      "The bridge may not read Lambda's metrics, so they cannot prove how runs ended. Grant its role " +
      `cloudwatch:GetMetricData on *. AWS says: ${error.message}.`;
    return { type: 'unreadable', warning: { code: 'metrics_access_denied', message } };
  }
  const message = `CloudWatch refused to read Lambda's metrics: ${error.name}: ${error.message}.`;
  throw new BridgeError('metrics_failed', 502, message, { cause: thrown });
}
