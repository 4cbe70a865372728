/** The event-invoke configurations of all functions: retries, maximum age and destinations of asynchronous events. */
import { AwsError } from '../api/aws-error.ts';
import { functionArn, LATEST } from '../functions/function-name.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import { checkDestinations } from './destination-arn.ts';

interface EventInvokeConfig {
  maximumRetryAttempts: number | null;
  maximumEventAgeSeconds: number | null;
  /** ARN */
  onSuccess: string | null;
  /** ARN */
  onFailure: string | null;
  modifiedAt: number;
}

export interface EventInvokeInput {
  MaximumRetryAttempts?: number | null;
  MaximumEventAgeInSeconds?: number | null;
  DestinationConfig?: DestinationInput | null;
}

interface DestinationInput {
  OnSuccess?: { Destination?: string } | null;
  OnFailure?: { Destination?: string } | null;
}

/** The configuration that applies to an event, with defaults filled in. */
export interface EffectiveConfig {
  retryAttempts: number;
  eventAgeSeconds: number;
  onSuccess: string | null;
  onFailure: string | null;
}

/** Lambda's defaults: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
const DEFAULT_RETRY_ATTEMPTS = 2;
const DEFAULT_EVENT_AGE_SECONDS = 21_600;

export class EventInvokeConfigs {
  readonly #region: string;
  /**
   * by function name and qualifier; an alias or version without an entry gets Lambda's defaults, and not its function's
   * entry
   */
  readonly #configs = new Map<string, EventInvokeConfig>();

  constructor(functions: Iterable<FunctionSettings>, region: string) {
    this.#region = region;
    for (const { name, eventInvoke } of functions) {
      if (!eventInvoke) continue;
      this.#configs.set(key(name, null), {
        maximumRetryAttempts: eventInvoke.maximum_retry_attempts ?? null,
        maximumEventAgeSeconds: eventInvoke.maximum_event_age_seconds ?? null,
        onSuccess: eventInvoke.on_success ?? null,
        onFailure: eventInvoke.on_failure ?? null,
        modifiedAt: Date.now(),
      });
    }
  }

  effective(name: string, qualifier: string | null): EffectiveConfig {
    const config = this.#configs.get(key(name, qualifier));
    return {
      retryAttempts: config?.maximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS,
      eventAgeSeconds: config?.maximumEventAgeSeconds ?? DEFAULT_EVENT_AGE_SECONDS,
      onSuccess: config?.onSuccess ?? null,
      onFailure: config?.onFailure ?? null,
    };
  }

  /** @throws AwsError ResourceNotFoundException */
  get(name: string, qualifier: string | null): object {
    return this.#describe(name, qualifier, this.#find(name, qualifier));
  }

  /** Put replaces the whole record. */
  put(name: string, qualifier: string | null, input: EventInvokeInput): object {
    checkInput(input);
    const config = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? null,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? null,
      // An empty string removes a destination.
      onSuccess: input.DestinationConfig?.OnSuccess?.Destination || null,
      onFailure: input.DestinationConfig?.OnFailure?.Destination || null,
      modifiedAt: Date.now(),
    };
    this.#configs.set(key(name, qualifier), config);
    return this.#describe(name, qualifier, config);
  }

  /** Update keeps what the input leaves out. */
  update(name: string, qualifier: string | null, input: EventInvokeInput): object {
    const { maximumRetryAttempts, maximumEventAgeSeconds, onSuccess, onFailure } = this.#find(
      name,
      qualifier,
    );
    return this.put(name, qualifier, {
      ...input,
      MaximumRetryAttempts: input.MaximumRetryAttempts ?? maximumRetryAttempts,
      MaximumEventAgeInSeconds: input.MaximumEventAgeInSeconds ?? maximumEventAgeSeconds,
      DestinationConfig: input.DestinationConfig ?? {
        OnSuccess: describeDestination(onSuccess),
        OnFailure: describeDestination(onFailure),
      },
    });
  }

  delete(name: string, qualifier: string | null): void {
    this.#find(name, qualifier);
    this.#configs.delete(key(name, qualifier));
  }

  #find(name: string, qualifier: string | null): EventInvokeConfig {
    const config = this.#configs.get(key(name, qualifier));
    if (config) return config;
    const arn = functionArn(this.#region, name, qualifier ?? LATEST);
    throw new AwsError(
      404,
      'ResourceNotFoundException',
      `The function ${arn} doesn't have an EventInvokeConfig`,
    );
  }

  #describe(name: string, qualifier: string | null, config: EventInvokeConfig): object {
    return {
      FunctionArn: functionArn(this.#region, name, qualifier ?? LATEST),
      LastModified: config.modifiedAt / 1000,
      MaximumRetryAttempts: config.maximumRetryAttempts ?? undefined,
      MaximumEventAgeInSeconds: config.maximumEventAgeSeconds ?? undefined,
      DestinationConfig: {
        OnSuccess: describeDestination(config.onSuccess),
        OnFailure: describeDestination(config.onFailure),
      },
    };
  }
}

function describeDestination(arn: string | null): { Destination?: string } {
  return arn === null ? {} : { Destination: arn };
}

/** The key of a configuration. A function without a qualifier and its `$LATEST` share one configuration. */
function key(name: string, qualifier: string | null): string {
  return `${name}:${qualifier ?? LATEST}`;
}

function checkInput({
  MaximumRetryAttempts,
  MaximumEventAgeInSeconds,
  DestinationConfig,
}: EventInvokeInput): void {
  checkRange('MaximumRetryAttempts', MaximumRetryAttempts, 0, 2);
  checkRange('MaximumEventAgeInSeconds', MaximumEventAgeInSeconds, 60, 21_600);
  checkDestinations(DestinationConfig?.OnSuccess?.Destination, DestinationConfig?.OnFailure?.Destination);
}

function checkRange(member: string, value: number | null | undefined, min: number, max: number): void {
  if (value == null || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalid(`${member} must be an integer between ${min} and ${max}, not ${JSON.stringify(value)}.`);
}

function invalid(text: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', text);
}
