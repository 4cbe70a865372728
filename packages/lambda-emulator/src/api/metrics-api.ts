/**
 * GetMetricData of CloudWatch, for the sums of Lambda's own metrics:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
import type { MetricStore } from '../tracing/metric-store.ts';
import { AwsError } from './aws-error.ts';

interface Input {
  MetricDataQueries?: Query[];
  /** epoch seconds */
  StartTime?: number;
  EndTime?: number;
  ScanBy?: string;
}

interface Query {
  Id: string;
  MetricStat?: {
    Metric?: { Namespace?: string; MetricName?: string; Dimensions?: { Name: string; Value: string }[] };
    Period?: number;
    Stat?: string;
  };
}

/** @throws AwsError for anything but sums of metrics of the namespace AWS/Lambda */
export function getMetricData(metrics: MetricStore, input: Input): object {
  const { MetricDataQueries = [], StartTime = 0, EndTime = 0, ScanBy } = input;
  return {
    MetricDataResults: MetricDataQueries.map((query) => {
      const { name, metric, resource, periodMs } = readQuery(query);
      const window = { from: StartTime * 1000, to: EndTime * 1000, periodMs };
      const sums = metrics.sums(metric, name, resource, window);
      const ordered = ScanBy === 'TimestampAscending' ? sums : sums.toReversed();
      return {
        Id: query.Id,
        Label: metric,
        Timestamps: ordered.map(([at]) => at / 1000),
        Values: ordered.map(([, sum]) => sum),
        StatusCode: 'Complete',
      };
    }),
    Messages: [],
  };
}

function readQuery({ Id, MetricStat }: Query) {
  const { Metric, Period = 60, Stat } = MetricStat ?? {};
  const dimension = (name: string) => Metric?.Dimensions?.find(({ Name }) => Name === name)?.Value;
  const name = dimension('FunctionName');
  if (Metric?.Namespace !== 'AWS/Lambda' || Stat !== 'Sum' || name === undefined) {
    const text = `The Lambda emulator has only sums of Lambda's metrics by FunctionName, not the query ${Id}.`;
    throw new AwsError(400, 'InvalidParameterValue', text);
  }
  return { name, metric: Metric.MetricName ?? '', resource: dimension('Resource'), periodMs: Period * 1000 };
}
