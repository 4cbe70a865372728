/**
 * The lines that Lambda itself writes into a function's log, in its two formats.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
import { functionArn } from '../functions/function-name.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import { exitReason, initReportLine, type ReportFigures, reportLine } from './report.ts';

/** The environment that the lines are about. */
export interface LogSource {
  settings: FunctionSettings;
  version: string;
  region: string;
  stream: string;
}

export interface InitFigures {
  initMs: number;
  phase: 'init' | 'invoke';
  status: 'timeout' | 'error';
  errorType?: string;
}

export interface PlatformLines {
  initStart(source: LogSource): string;
  initReport(figures: InitFigures): string;
  start(source: LogSource, requestId: string): string;
  /** null: the format has no such line. @param how as for `exitReason` */
  exit(requestId: string, how: string): string | null;
  /** null: the format has no such line */
  end(requestId: string): string | null;
  report(requestId: string, figures: ReportFigures): string;
}

const TEXT: PlatformLines = {
  initStart: ({ settings }) => `INIT_START Runtime Version: ${settings.runtime}`,
  initReport: ({ initMs, phase, status, errorType }) => initReportLine(initMs, phase, status, errorType),
  start: ({ version }, requestId) => `START RequestId: ${requestId} Version: ${version}`,
  exit: (requestId, how) => `RequestId: ${requestId} Error: ${exitReason(how)}\nRuntime.ExitError`,
  end: (requestId) => `END RequestId: ${requestId}`,
  report: reportLine,
};

const JSON_RECORDS: PlatformLines = {
  initStart: ({ settings, version, region, stream }) =>
    record('platform.initStart', {
      initializationType: 'on-demand',
      phase: 'init',
      runtimeVersion: settings.runtime,
      functionName: settings.name,
      functionArn: functionArn(region, settings.name, null),
      functionVersion: version,
      instanceId: stream,
      instanceMaxMemory: settings.memoryMb * 1024 * 1024,
    }),
  initReport: ({ initMs, phase, status, errorType }) =>
    record('platform.initReport', {
      initializationType: 'on-demand',
      phase,
      status,
      errorType,
      metrics: { durationMs: round(initMs) },
    }),
  start: ({ settings, version, region }, requestId) =>
    record('platform.start', {
      requestId,
      functionArn: functionArn(region, settings.name, null),
      version,
    }),
  exit: () => null,
  end: () => null,
  report: (requestId, { durationMs, initMs, memoryMb, maxMemoryMb, status, errorType, traceRoot }) =>
    record('platform.report', {
      requestId,
      metrics: {
        durationMs: round(durationMs),
        billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
        memorySizeMB: memoryMb,
        maxMemoryUsedMB: maxMemoryMb,
        initDurationMs: initMs === undefined ? undefined : round(initMs),
      },
      tracing: traceRoot && { type: 'X-Amzn-Trace-Id', value: `Root=${traceRoot};Sampled=1` },
      // AWS reports an error that the runtime caught as a success, as recordings of September 2026 show
      // (docs/local-lambda.md). Only Lambda Managed Instances report `error` here, and the emulator does not have them.
      status: status ?? 'success',
      errorType: status === 'error' ? errorType : undefined,
    }),
};

export function platformLines({ logFormat }: FunctionSettings): PlatformLines {
  return logFormat === 'JSON' ? JSON_RECORDS : TEXT;
}

function record(type: string, members: object): string {
  return JSON.stringify({ time: new Date().toISOString(), type, record: members });
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
