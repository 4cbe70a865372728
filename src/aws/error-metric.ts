/** Reads Lambda's metrics `Invocations` and `Errors`: the sums of each minute, of many functions with one call. */
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
      /** of each target, in their order; undefined where CloudWatch did not answer with all data of the window */
      minutes: (MinuteSums[] | undefined)[];
    }
  | { type: 'unreadable'; warning: Warning };

/** 500 queries, two of them for a function: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const TARGETS_A_CALL = 250;
/**
 * An account and Region have 50 calls a second for everybody, so room is left for others:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
const CALLS_PER_SECOND = 5;
/** Of 100,800 data points, which are 200 minutes of 500 metrics. */
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
   * Each target costs the price of two metrics requested. Data of a function in another Region are never found, and those
   * of another account only where CloudWatch is set up to share them. Throws Unavailable when the same call may pass later.
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

/** Whoever is named by its account is asked for by it, apart from others: CloudWatch refuses a call for one of them. */
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

/** `Resource` is that of a version or alias; without it the metric counts every run of the function. */
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

/** `PartialData` says that a later page has more. */
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
