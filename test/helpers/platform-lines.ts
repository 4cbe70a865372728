/**
 * Puts the platform's own lines around what a runtime client wrote. Text:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html; JSON:
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
import { type CorpusFile, fullText, type StoredLine } from './corpus-file.ts';

interface Failure {
  errorType: string;
  /** the line that text logs have for an exit */
  cause?: string;
}

interface PlatformLines {
  initStart: string;
  initReport(phase: 'init' | 'invoke', errorType: string): string;
  start: string;
  end(failure: Failure | undefined): string[];
}

export function toMessages(file: CorpusFile): string[] {
  if (file.messages) return file.messages.map(fullText);
  const platform = file.logFormat === 'JSON' ? JSON_LINES : TEXT_LINES;
  const init = linesOf(file, 'init');
  if (file.exit?.phase !== 'init')
    return [
      platform.initStart,
      ...init,
      platform.start,
      ...linesOf(file, 'run'),
      ...platform.end(exitOf(file)),
    ];
  // A failed initialization is tried again for the invocation, so its lines are there twice.
  const errorType = initErrorType(file);
  const twice = (['init', 'invoke'] as const).flatMap((phase) => [
    ...init,
    platform.initReport(phase, errorType),
  ]);
  return [platform.initStart, ...twice, platform.start, ...platform.end({ errorType })];
}

/**
 * What a frame holds beyond the size of an event is lost; a line beyond it is split. The number is that of AWS's .NET
 * client, FileDescriptorLogStream.cs in https://github.com/aws/aws-lambda-dotnet; Lambda's documents say 256 KB of the
 * error object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
const LARGEST_EVENT = 256 * 1024 - 26;

function linesOf({ lines = [] }: CorpusFile, phase: StoredLine['phase']): string[] {
  return lines
    .filter((line) => line.phase === phase)
    .flatMap(({ from, text }) =>
      from === 'frame' ? pieces(fullText(text)).slice(0, 1) : pieces(fullText(text)),
    );
}

function pieces(text: string): string[] {
  const bytes = Buffer.from(text);
  const count = Math.max(1, Math.ceil(bytes.length / LARGEST_EVENT));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * LARGEST_EVENT, (index + 1) * LARGEST_EVENT).toString(),
  );
}

/** The words of AWS's emulator for an exit; the captured answers hold them too. */
function exitOf({ exit }: CorpusFile): Failure | undefined {
  if (!exit) return undefined;
  const errorType = 'Runtime.ExitError';
  return { errorType, cause: `RequestId: {ID} Error: Runtime exited ${howItExited(exit)}\n${errorType}` };
}

function howItExited({ code, signal }: NonNullable<CorpusFile['exit']>): string {
  if (signal !== undefined) return `with error: signal: ${SIGNALS[signal] ?? signal}`;
  return code === 0 ? 'without providing a reason' : `with error: exit status ${code}`;
}

const SIGNALS: Record<string, string> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
};

/** The emulator's rule, internal/lambda/fatalerror: other types than those of the runtime become Runtime.Unknown. */
function initErrorType({ posts = [] }: CorpusFile): string {
  const post = posts.find(({ path }) => path === '/init/error');
  if (!post) return 'Runtime.ExitError';
  const named = post.errorTypeHeader ?? '';
  return /(Runtime|Function)\.[A-Z][a-zA-Z]+/.test(named) ? named : 'Runtime.Unknown';
}

const FIGURES =
  'Duration: 21.80 ms\tBilled Duration: 131 ms\tMemory Size: 128 MB\tMax Memory Used: 38 MB\tInit Duration: 108.70 ms\t';

/** No Status for a success, and none for an error that the runtime caught. */
const TEXT_LINES: PlatformLines = {
  initStart:
    'INIT_START Runtime Version: captured.v1\tRuntime Version ARN: arn:aws:lambda:eu-central-1::runtime:0123\n',
  initReport: (phase, errorType) =>
    `INIT_REPORT Init Duration: 108.70 ms\tPhase: ${phase}\tStatus: error\tError Type: ${errorType}\n`,
  start: 'START RequestId: {ID} Version: $LATEST\n',
  end: (failure) => [
    ...(failure?.cause === undefined ? [] : [failure.cause]),
    'END RequestId: {ID}\n',
    `REPORT RequestId: {ID}\t${FIGURES}${failure ? `Status: error\tError Type: ${failure.errorType}` : ''}\n`,
  ],
};

const record = (type: string, body: object) =>
  `${JSON.stringify({ time: '2026-11-27T02:00:00.000Z', type: `platform.${type}`, record: body })}\n`;

/** `success` also for an error that the runtime caught. */
const JSON_LINES: PlatformLines = {
  initStart: record('initStart', {
    initializationType: 'on-demand',
    phase: 'init',
    functionVersion: '$LATEST',
  }),
  initReport: (phase, errorType) =>
    record('initReport', {
      initializationType: 'on-demand',
      phase,
      status: 'error',
      errorType,
      metrics: { durationMs: 108.7 },
    }),
  start: record('start', {
    requestId: '{ID}',
    functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:captured',
    version: '$LATEST',
  }),
  end: (failure) => [
    record('report', {
      requestId: '{ID}',
      metrics: {
        durationMs: 21.8,
        billedDurationMs: 131,
        memorySizeMB: 128,
        maxMemoryUsedMB: 38,
        initDurationMs: 108.7,
      },
      ...(failure ? { status: 'error', errorType: failure.errorType } : { status: 'success' }),
    }),
  ],
};
