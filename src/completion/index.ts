import type { Logger } from 'pino';
import type { DurableExecutions } from '../aws/durable.ts';
import type { ErrorMetricReader } from '../aws/error-metric.ts';
import type { FunctionReader } from '../aws/function-reader.ts';
import type { LiveTail } from '../aws/live-tail.ts';
import type { LogReader } from '../aws/log-reader.ts';
import type { ObjectStore } from '../aws/object-store.ts';
import type { Queue } from '../aws/queue.ts';
import type { TraceReader } from '../aws/trace-reader.ts';
import type { FunctionPolicy } from '../domain/policy.ts';
import { type CallbackSettings, createCallbackChannel } from './callback.ts';
import type { Channel } from './channel.ts';
import { createDurableChannel } from './durable.ts';
import { createLogsChannel } from './logs/channel.ts';
import type { KnownAttempts } from './logs/doubts.ts';
import { none } from './none.ts';
import { response } from './response.ts';
import { createS3Channel } from './s3.ts';
import { createSqsChannel } from './sqs.ts';

export interface ChannelDeps {
  logs: LogReader;
  functions: FunctionReader;
  durable: DurableExecutions;
  callback: CallbackSettings;
  store: ObjectStore;
  stagingUri: string | undefined;
  /** one for each queue that a policy names */
  queues: readonly Queue[];
  policies: readonly FunctionPolicy[];
  traces: TraceReader;
  metrics: ErrorMetricReader;
  /** what the ledger knows about other attempts */
  known: KnownAttempts;
  /** after CloudWatch has ingested a run's REPORT, other lines of the run may become visible for this long */
  lateLinesMs: number;
  /** where the configuration turns it on */
  liveTail?: LiveTail | undefined;
  log: Logger;
}

/** All completion channels. No other place lists them. */
export function createChannels(deps: ChannelDeps): Channel[] {
  return [
    response,
    createDurableChannel(deps),
    createSqsChannel(deps),
    createLogsChannel(deps),
    createS3Channel(deps),
    createCallbackChannel(deps.callback),
    none,
  ];
}
