/** The schema of `function.json`, and the defaults. */
import { Ajv } from 'ajv';
import { BUCKET_ARN, QUEUE_ARN } from '../events/destination-arn.ts';
import type { TracingMode } from '../tracing/trace-header.ts';
import { describeValidationErrors } from './schema-errors.ts';

export interface EventInvokeSettings {
  maximum_retry_attempts?: number;
  maximum_event_age_seconds?: number;
  /** ARN of an SQS queue */
  on_success?: string;
  /** ARN of an SQS queue or an S3 bucket */
  on_failure?: string;
}

export interface DurableSettings {
  execution_timeout_seconds: number;
  retention_days?: number;
}

/** The content of the file; every field is optional. */
export interface FunctionFile {
  runtime?: string;
  handler?: string;
  timeout?: number;
  memory_mb?: number;
  concurrency?: number | null;
  environment?: Record<string, string>;
  event_invoke?: EventInvokeSettings;
  aliases?: Record<string, string>;
  log_group?: string;
  log_format?: LogFormat;
  system_log_level?: SystemLogLevel;
  application_log_level?: string;
  durable?: DurableSettings;
  tracing?: TracingMode;
  /** ARN of an SQS queue */
  dead_letter_queue?: string;
}

export type LogFormat = 'Text' | 'JSON';
export type SystemLogLevel = 'DEBUG' | 'INFO' | 'WARN';

export interface FunctionSettings {
  name: string;
  folder: string;
  language: Language;
  /** the identifier of the runtime at AWS, e.g. `python3.13` */
  runtime: string;
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  /** reserved concurrency; null: only the account's limit applies */
  concurrency: number | null;
  environment: Record<string, string>;
  /** null: no event-invoke configuration, so Lambda's defaults apply */
  eventInvoke: EventInvokeSettings | null;
  /** alias name to version */
  aliases: Record<string, string>;
  logGroup: string;
  logFormat: LogFormat;
  /** level of Lambda's own records, JSON only */
  systemLogLevel: SystemLogLevel;
  /** level of the function's records, JSON only */
  applicationLogLevel: string;
  tracing: TracingMode;
  /** ARN of the SQS queue that gets the events that failed */
  deadLetterQueue: string | null;
  /** null: an ordinary function */
  durable: DurableSettings | null;
}

/** `custom`: the folder has an executable `bootstrap`, which itself calls the Runtime API. It may have any runtime. */
export type Language = 'python' | 'nodejs' | 'custom';

/**
 * The runtime that is shown for `"runtime": "python"` or `"nodejs"`. The handler always runs on the machine's own
 * interpreter.
 */
const DEFAULT_RUNTIME: Record<string, string> = {
  python: 'python3.13',
  nodejs: `nodejs${process.versions.node.split('.')[0]}.x`,
  custom: 'provided.al2023',
};

/** Lambda's defaults: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

const NEEDS_JSON = { required: ['log_format'], properties: { log_format: { const: 'JSON' } } } as const;

/** The allowed runtimes. One without a version stands for the default. Those in the last line need a `bootstrap`. */
const RUNTIME =
  '^(python(3\\.\\d+)?|nodejs(\\d+\\.x)?|' +
  'provided(\\.al2(023)?)?|java\\d+(\\.al2)?|dotnet\\d+|ruby\\d\\.\\d+)$';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    runtime: { type: 'string', pattern: RUNTIME },
    handler: { type: 'string', pattern: '^([^\\s]+\\.[^\\s.]+|bootstrap)$', maxLength: 128 },
    timeout: { type: 'integer', minimum: 1, maximum: 900 },
    memory_mb: { type: 'integer', minimum: 128, maximum: 10240 },
    concurrency: { type: ['integer', 'null'], minimum: 0 },
    environment: { type: 'object', additionalProperties: { type: 'string' } },
    event_invoke: {
      type: 'object',
      additionalProperties: false,
      properties: {
        maximum_retry_attempts: { type: 'integer', minimum: 0, maximum: 2 },
        maximum_event_age_seconds: { type: 'integer', minimum: 60, maximum: 21600 },
        on_success: { type: 'string', pattern: QUEUE_ARN.source },
        on_failure: { type: 'string', pattern: `${QUEUE_ARN.source}|${BUCKET_ARN.source}` },
      },
    },
    aliases: {
      type: 'object',
      propertyNames: { pattern: '^(?!\\d+$)[a-zA-Z0-9-_]{1,128}$' },
      additionalProperties: { type: 'string', pattern: '^(\\$LATEST|\\d+)$' },
    },
    log_group: { type: 'string', pattern: '^[.\\-_/#A-Za-z0-9]{1,512}$' },
    log_format: { enum: ['Text', 'JSON'] },
    system_log_level: { enum: ['DEBUG', 'INFO', 'WARN'] },
    application_log_level: { enum: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] },
    dead_letter_queue: { type: 'string', pattern: QUEUE_ARN.source },
    tracing: { enum: ['Active', 'PassThrough'] },
    // https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html
    durable: {
      type: 'object',
      additionalProperties: false,
      required: ['execution_timeout_seconds'],
      properties: {
        execution_timeout_seconds: { type: 'integer', minimum: 1, maximum: 31_622_400 },
        retention_days: { type: 'integer', minimum: 1, maximum: 90 },
      },
    },
  },
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
  dependencies: { system_log_level: NEEDS_JSON, application_log_level: NEEDS_JSON },
} as const;

const isFunctionFile = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<FunctionFile>(schema);

/** One sentence per validation error, naming the field; empty if the file is valid. */
export function findValidationErrors(content: unknown): string[] {
  return isFunctionFile(content) ? [] : describeValidationErrors(isFunctionFile.errors);
}

/** Fills in the defaults. @param inferred language and handler, which the files in the folder show */
export function completeSettings(
  name: string,
  folder: string,
  file: FunctionFile,
  inferred: { language: Language; handler: string },
): FunctionSettings {
  const { language } = inferred;
  const { runtime = language } = file;
  return {
    name,
    folder,
    language,
    runtime: DEFAULT_RUNTIME[runtime] ?? runtime,
    handler: file.handler ?? inferred.handler,
    timeoutSeconds: file.timeout ?? DEFAULT_TIMEOUT_SECONDS,
    memoryMb: file.memory_mb ?? DEFAULT_MEMORY_MB,
    concurrency: file.concurrency ?? null,
    environment: file.environment ?? {},
    eventInvoke: file.event_invoke ?? null,
    aliases: file.aliases ?? {},
    logGroup: file.log_group ?? `/aws/lambda/${name}`,
    // A durable function without this setting logs in JSON, as recordings on AWS show (docs/local-lambda.md).
    logFormat: file.log_format ?? (file.durable ? 'JSON' : 'Text'),
    systemLogLevel: file.system_log_level ?? 'INFO',
    applicationLogLevel: file.application_log_level ?? 'INFO',
    deadLetterQueue: file.dead_letter_queue ?? null,
    tracing: file.tracing ?? 'PassThrough',
    durable: file.durable ?? null,
  };
}

export function languageOf(runtime: string): Language {
  if (runtime.startsWith('python')) return 'python';
  return runtime.startsWith('nodejs') ? 'nodejs' : 'custom';
}
