/**
 * The lines that Lambda itself writes into a function's log, in its two formats.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
import { functionArn } from '../functions/function-name.js';
import { initReportLine, reportLine } from './report.js';

const TEXT = {
  initStart: ({ settings }) => `INIT_START Runtime Version: ${settings.runtime}`,
  initReport: ({ initMs, phase, status, errorType }) => initReportLine(initMs, phase, status, errorType),
  start: ({ version }, requestId) => `START RequestId: ${requestId} Version: ${version}`,
  end: (requestId) => `END RequestId: ${requestId}`,
  report: reportLine,
};
const JSON_RECORDS = {
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
  end: () => null,
  report: (requestId, { durationMs, initMs, memoryMb, maxMemoryMb, status, errorType, traceHeader }) =>
    record('platform.report', {
      requestId,
      metrics: {
        durationMs: round(durationMs),
        billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
        memorySizeMB: memoryMb,
        maxMemoryUsedMB: maxMemoryMb,
        initDurationMs: initMs === undefined ? undefined : round(initMs),
      },
      tracing: traceHeader && { type: 'X-Amzn-Trace-Id', value: traceHeader },
      // Other than in text, an error that the runtime caught is told here as well.
      status: status ?? (errorType === undefined ? 'success' : 'failure'),
      errorType: status === 'timeout' ? undefined : errorType,
    }),
};
export function platformLines({ logFormat }) {
  return logFormat === 'JSON' ? JSON_RECORDS : TEXT;
}
function record(type, members) {
  return JSON.stringify({ time: new Date().toISOString(), type, record: members });
}
function round(ms) {
  return Math.round(ms * 1000) / 1000;
}
//# sourceMappingURL=platform-lines.js.map
