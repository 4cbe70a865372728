/** What GetFunction and its kin tell of a function. */
import { DEFAULT_RETENTION_DAYS } from '../durable/durable-start.js';
import { ACCOUNT_ID, functionArn, LATEST } from './function-name.js';
/** @param qualifier the one asked for: it is part of the ARN in the answer */
export function describeConfiguration(settings, version, qualifier, region) {
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
    TracingConfig: { Mode: 'PassThrough' },
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
function describeLogging({ logFormat, logGroup, ...levels }) {
  if (logFormat === 'Text') return { LogFormat: logFormat, LogGroup: logGroup };
  return {
    LogFormat: logFormat,
    ApplicationLogLevel: levels.applicationLogLevel,
    SystemLogLevel: levels.systemLogLevel,
    LogGroup: logGroup,
  };
}
export function describeFunction(settings, configuration) {
  return {
    Configuration: configuration,
    Code: { RepositoryType: 'local', Location: settings.folder },
    ...(settings.concurrency !== null && {
      Concurrency: { ReservedConcurrentExecutions: settings.concurrency },
    }),
  };
}
/** The version a qualifier stands for; null when the function has no such version or alias. */
export function resolveVersion({ aliases }, qualifier) {
  if (qualifier === null || qualifier === LATEST) return LATEST;
  const target = aliases[qualifier];
  if (target !== undefined) return target;
  return Object.values(aliases).includes(qualifier) ? qualifier : null;
}
//# sourceMappingURL=function-description.js.map
