/** Reads a function's settings. No method throws, because the bridge can invoke a function without its settings. */
import {
  type FunctionConfiguration,
  GetAccountSettingsCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Warning } from '../domain/execution.ts';
import { bareName } from '../domain/function-name.ts';
import type { LogFormat } from '../domain/run-log/line.ts';
import { type AwsError, isAccessDenied, readAwsError, wordsOf } from './aws-error.ts';
import { RateLimit } from './rate-limit.ts';
import { SharedCache } from './shared-cache.ts';

export interface FunctionFacts {
  exists: boolean | 'unknown';
  /** whether Lambda returned the function's configuration; without it the other members are assumed, or absent */
  configured?: boolean;
  /** the ARN that Lambda returned, with the requested qualifier */
  functionArn?: string;
  /** such as `python3.13` or `provided.al2023`; container images have none */
  runtime?: string;
  packageType?: 'Zip' | 'Image';
  timeoutSeconds: number;
  logGroup: string;
  /** `WARN` suppresses START and REPORT; absent in text format */
  systemLogLevel?: string;
  logFormat?: LogFormat;
  /** records below this level are not in a JSON log; with `FATAL`, not even the runtime's own record of an error */
  applicationLogLevel?: string;
  /** `Active`: Lambda records a trace of each invocation whose header says `Sampled=1` */
  tracing?: 'Active' | 'PassThrough';
  /** how many times Lambda itself runs a failed Event again */
  retryAttempts: number;
  maxEventAgeSeconds: number;
  /** whether Lambda sends records of how an Event ended; absent when the settings cannot be read */
  destinations?: { onSuccess: boolean; onFailure: boolean };
  /** how long a durable execution may take; absent if the function is not durable or its settings cannot be read */
  durableSeconds?: number;
  /** true: each tenant has environments of its own, so Lambda refuses an Invoke without a tenant id */
  tenantIsolated?: boolean;
  /** see RuntimeFacts */
  execWrapper?: boolean;
  /** whether it runs on Managed Instances, where one environment runs several invocations at once; absent: unknown */
  managedInstances?: boolean;
  warnings: Warning[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_TIMEOUT_SECONDS = 900;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
const DEFAULT_RETRY_ATTEMPTS = 2;
const MAX_EVENT_AGE_SECONDS = 21_600;
/** 366 days: https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html */
export const MAX_DURABLE_SECONDS = 31_622_400;
/** All callers in an account share 15 of these calls a second (same limits page). The rest is left to the others. */
const CALLS_PER_SECOND = 10;
const KEPT_MS = 60_000;
/**
 * How long the old settings are returned while the new ones are being read: at that rate, reading hundreds of functions
 * takes a minute. Polls read the settings of a followed function every 60 s. The limit makes sure that a submit after a
 * longer pause gets the new settings, such as a changed timeout.
 */
const STALE_MS = 30_000;
/** For results that may change soon: a missing function, or a service that cannot be reached. */
const KEPT_BRIEFLY_MS = 5_000;
const KEPT_FUNCTIONS = 2_000;
const PROBE_MS = 3_000;

type Found<T> = { type: 'found'; value: T } | { type: 'missing' } | { type: 'unknown'; error: AwsError };

export class FunctionReader {
  readonly #client: LambdaClient;
  readonly #rate = new RateLimit(CALLS_PER_SECOND);
  readonly #facts = new SharedCache<FunctionFacts>(KEPT_FUNCTIONS);
  readonly #unavailable = new SharedCache<string | undefined>(1);

  /** @param client AwsClients.lambda, which may retry, because these calls only read */
  constructor(client: LambdaClient) {
    this.#client = client;
  }

  /**
   * Never throws. If a setting cannot be read, it assumes AWS's default or maximum, and a warning says what to grant.
   */
  describe(fn: string, qualifier: string | undefined): Promise<FunctionFacts> {
    return this.#facts.get(`${fn}\n${qualifier ?? ''}`, async () => {
      const facts = await this.#read(fn, qualifier);
      const settled =
        facts.exists === true || facts.warnings.some(({ code }) => code === 'function_access_denied');
      return settled
        ? { value: facts, keepMs: KEPT_MS, staleMs: STALE_MS }
        : { value: facts, keepMs: KEPT_BRIEFLY_MS };
    });
  }

  /** Why the Lambda service cannot be reached; undefined if it answers. A refusal counts as an answer. */
  unavailableReason(): Promise<string | undefined> {
    return this.#unavailable.get('', async () => {
      const probe = this.#client.send(new GetAccountSettingsCommand({}), {
        abortSignal: AbortSignal.timeout(PROBE_MS),
      });
      const value = await probe.then(
        () => undefined,
        (error: unknown) => reasonIn(readAwsError(error)),
      );
      return { value, keepMs: KEPT_BRIEFLY_MS };
    });
  }

  async #read(fn: string, qualifier: string | undefined): Promise<FunctionFacts> {
    const input = { FunctionName: fn, ...(qualifier !== undefined && { Qualifier: qualifier }) };
    const [configuration, eventInvoke] = await Promise.all([
      this.#find(() => this.#client.send(new GetFunctionConfigurationCommand(input))),
      this.#find(() => this.#client.send(new GetFunctionEventInvokeConfigCommand(input))),
    ]);
    const found: FunctionConfiguration = configuration.type === 'found' ? configuration.value : {};
    const { Timeout, LoggingConfig, DurableConfig, DeadLetterConfig, CapacityProviderConfig, TenancyConfig } =
      found;
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } =
      eventInvoke.type === 'found' ? eventInvoke.value : {};
    const readable = configuration.type === 'found' && eventInvoke.type !== 'unknown';
    return {
      exists: configuration.type === 'unknown' ? 'unknown' : configuration.type === 'found',
      configured: configuration.type === 'found',
      ...judgingFacts(found),
      timeoutSeconds: Timeout ?? MAX_TIMEOUT_SECONDS,
      logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${bareName(fn)}`,
      retryAttempts: MaximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS,
      maxEventAgeSeconds: MaximumEventAgeInSeconds ?? MAX_EVENT_AGE_SECONDS,
      ...(readable && {
        destinations: {
          onSuccess: Boolean(DestinationConfig?.OnSuccess?.Destination),
          onFailure: Boolean(DestinationConfig?.OnFailure?.Destination ?? DeadLetterConfig?.TargetArn),
        },
      }),
      ...(DurableConfig && { durableSeconds: DurableConfig.ExecutionTimeout ?? MAX_DURABLE_SECONDS }),
      ...(configuration.type === 'found' && { managedInstances: Boolean(CapacityProviderConfig) }),
      ...(TenancyConfig?.TenantIsolationMode === 'PER_TENANT' && { tenantIsolated: true }),
      warnings: [
        ...unreadable(configuration, fn, 'lambda:GetFunctionConfiguration', 'its timeout and log group'),
        ...unreadable(eventInvoke, fn, 'lambda:GetFunctionEventInvokeConfig', 'its asynchronous retries'),
      ],
    };
  }

  async #find<T>(call: () => Promise<T>): Promise<Found<T>> {
    await this.#rate.pass();
    try {
      return { type: 'found', value: await call() };
    } catch (thrown) {
      const error = readAwsError(thrown);
      return error.name === 'ResourceNotFoundException' ? { type: 'missing' } : { type: 'unknown', error };
    }
  }
}

/** The settings that decide what a log or a trace of the function can prove about the end of a run. */
function judgingFacts({
  FunctionArn,
  Runtime,
  PackageType,
  LoggingConfig,
  TracingConfig,
  Environment,
}: FunctionConfiguration) {
  const { LogFormat, ApplicationLogLevel, SystemLogLevel } = LoggingConfig ?? {};
  return {
    ...(FunctionArn !== undefined && { functionArn: FunctionArn }),
    ...(Runtime !== undefined && { runtime: Runtime }),
    ...(PackageType !== undefined && { packageType: PackageType }),
    ...(LogFormat !== undefined && { logFormat: LogFormat }),
    ...(ApplicationLogLevel !== undefined && { applicationLogLevel: ApplicationLogLevel }),
    ...(SystemLogLevel !== undefined && { systemLogLevel: SystemLogLevel }),
    ...(TracingConfig?.Mode !== undefined && { tracing: TracingConfig.Mode }),
    ...(Environment?.Variables?.['AWS_LAMBDA_EXEC_WRAPPER'] && { execWrapper: true }),
  };
}

function unreadable(found: Found<unknown>, fn: string, permission: string, what: string): Warning[] {
  if (found.type !== 'unknown') return [];
  const { error } = found;
  const assumed = `so AWS's defaults and maxima are assumed for ${what}.`;
  return isAccessDenied(error)
    ? [
        {
          code: 'function_access_denied',
          message: `The bridge may not read the settings of ${fn}, ${assumed} Grant its role ${permission}. AWS says: ${error.message}.`,
        },
      ]
    : [
        {
          code: 'function_unreadable',
          message: `The settings of ${fn} could not be read (${error.message}), ${assumed}`,
        },
      ];
}

function reasonIn(error: AwsError): string | undefined {
  return (error.statusCode ?? 500) < 500 ? undefined : `AWS Lambda cannot be reached: ${wordsOf(error)}.`;
}
