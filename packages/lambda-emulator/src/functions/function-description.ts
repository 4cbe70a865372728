/** The description of a function in the responses of GetFunction, GetFunctionConfiguration and ListFunctions. */
import { DEFAULT_RETENTION_DAYS } from '../durable/durable-start.ts';
import { ACCOUNT_ID, functionArn, LATEST } from './function-name.ts';
import type { FunctionSettings } from './function-settings.ts';

/** @param qualifier the requested qualifier, which is part of the ARN in the response */
export function describeConfiguration(
  settings: FunctionSettings,
  version: string,
  qualifier: string | null,
  region: string,
): Record<string, unknown> {
  return {
    FunctionName: settings.name,
    FunctionArn: functionArn(region, settings.name, qualifier),
    Runtime: settings.runtime,
    Role: `arn:aws:iam::${ACCOUNT_ID}:role/local-lambda`,
    Handler: settings.handler,
    Description: '',
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMb,
    Version: version,
    Environment: { Variables: settings.environment },
    TracingConfig: { Mode: settings.tracing },
    ...(settings.deadLetterQueue !== null && { DeadLetterConfig: { TargetArn: settings.deadLetterQueue } }),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    LoggingConfig: describeLogging(settings),
    ...(settings.durable && {
      DurableConfig: {
        ExecutionTimeout: settings.durable.execution_timeout_seconds,
        RetentionPeriodInDays: settings.durable.retention_days ?? DEFAULT_RETENTION_DAYS,
      },
    }),
  };
}

function describeLogging({ logFormat, logGroup, ...levels }: FunctionSettings): object {
  if (logFormat === 'Text') return { LogFormat: logFormat, LogGroup: logGroup };
  return {
    LogFormat: logFormat,
    ApplicationLogLevel: levels.applicationLogLevel,
    SystemLogLevel: levels.systemLogLevel,
    LogGroup: logGroup,
  };
}

export function describeFunction(settings: FunctionSettings, configuration: object): object {
  return {
    Configuration: configuration,
    Code: { RepositoryType: 'local', Location: settings.folder },
    ...(settings.concurrency !== null && {
      Concurrency: { ReservedConcurrentExecutions: settings.concurrency },
    }),
  };
}

/** The version of a qualifier; null if the function has no such version or alias. */
export function resolveVersion({ aliases }: FunctionSettings, qualifier: string | null): string | null {
  if (qualifier === null || qualifier === LATEST) return LATEST;
  const target = aliases[qualifier];
  if (target !== undefined) return target;
  return Object.values(aliases).includes(qualifier) ? qualifier : null;
}
