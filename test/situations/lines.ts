/** Lines that Lambda writes in many situations. */

/** Another invocation, such as one that the function made. */
export const CHILD = 'cccccccc-0000-4000-8000-00000000000c';
export const TIME = '2026-11-20T10:00:00.000Z';

export const start = (id = '{ID}') => `START RequestId: ${id} Version: $LATEST`;
export const end = (id = '{ID}') => `END RequestId: ${id}`;
/** @param more further members, as Lambda writes them */
export const report = (more = '', id = '{ID}') =>
  `REPORT RequestId: ${id}\tDuration: 21.80 ms\tBilled Duration: 22 ms\tMemory Size: 128 MB\tMax Memory Used: 3 MB\t${more}`;
export const xray = (root = '{ROOT}') => `\nXRAY TraceId: ${root}\tSegmentId: 1\tSampled: true\t\n`;

/** A run in text format. */
export const run = (...lines: string[]): string[] => [start(), ...lines, end(), report()];
export const childRun = (...lines: string[]): string[] => [
  start(CHILD),
  ...lines,
  end(CHILD),
  report('', CHILD),
];

/** A run that did not end by itself: its REPORT follows. */
export const unreported = (...lines: string[]): string[] => [start(), ...lines, end()];
export const errorReport = (type: string) => report(`Status: error\tError Type: ${type}`);
/** Of an initialization that failed. */
export const initReport = (phase: string, type: string) =>
  `INIT_REPORT Init Duration: 1.49 ms\tPhase: ${phase}\tStatus: error\tError Type: ${type}`;

/** As Python's client writes an error of the handler. */
export const raised = (error: string, trace = '  File "/var/task/app.py", line 3, in handler\n    raise') =>
  `[ERROR] ${error}\nTraceback (most recent call last):\n${trace}`;
/** As Node's client writes it. */
export const nodeError = (error: object, id = '{ID}') =>
  `${TIME}\t${id}\tERROR\tInvoke Error \t${JSON.stringify(error)}`;

export const platform = (type: string, record: object) =>
  JSON.stringify({ time: TIME, type: `platform.${type}`, record });
export const jsonStart = (id = '{ID}', more: object = {}) =>
  platform('start', { requestId: id, version: '$LATEST', ...more });
/** Lambda says `success` after an error that the runtime caught as well. */
export const jsonReport = (more: object = { status: 'success' }, id = '{ID}') =>
  platform('report', {
    requestId: id,
    metrics: { durationMs: 21.8, billedDurationMs: 22, memorySizeMB: 128, maxMemoryUsedMB: 40 },
    ...more,
  });
/** A run in JSON format. */
export const jsonRun = (...lines: string[]): string[] => [jsonStart(), ...lines, jsonReport()];

/** Of a runtime or a logger. */
export const record = (members: object) => JSON.stringify({ timestamp: '2026-11-26T23:54:53Z', ...members });
/** As Python's client writes an error of the handler. */
export const pythonRecord = (errorType: string, errorMessage: string, id = '{ID}') =>
  record({
    level: 'ERROR',
    errorMessage,
    errorType,
    requestId: id,
    stackTrace: ['  File "/var/task/app.py", line 6, in handler\n    raise\n'],
  });

/** The same with the spaces that Python's JSON has. */
export const spacedRecord = (errorType: string, errorMessage: string) =>
  `{"timestamp": "2026-11-26T23:54:53Z", "level": "ERROR", "errorMessage": "${errorMessage}", "errorType": "${errorType}", "requestId": "{ID}", "stackTrace": []}`;
/** As Node's client writes it, and `console.error(error)` too. */
export const nodeRecord = (errorType: string, errorMessage: string) =>
  record({
    level: 'ERROR',
    requestId: '{ID}',
    message: {
      errorType,
      errorMessage,
      stackTrace: [`${errorType}: ${errorMessage}`, '    at x'],
      name: errorType,
    },
  });

export const TEXT = { LogFormat: 'Text' };
export const JSON_LOGS = { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO' };
export const PYTHON = { Runtime: 'python3.13' };
export const NODE = { Runtime: 'nodejs22.x' };
export const JAVA = { Runtime: 'java21' };
export const CUSTOM = { Runtime: 'provided.al2023' };
export const inJson = (settings: { Runtime: string }, logging: object = {}) => ({
  ...settings,
  LoggingConfig: { ...JSON_LOGS, ...logging },
});
export const inGroup = (LogGroup: string) => ({ LoggingConfig: { ...TEXT, LogGroup } });
