/** The event-invoke configurations of all functions: how often and how long Lambda tries an asynchronous event. */
import { AwsError } from '../api/aws-error.js';
import { functionArn, LATEST } from '../functions/function-name.js';
import { checkDestinations } from './destination-arn.js';

/** Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
const DEFAULT_RETRY_ATTEMPTS = 2;
const DEFAULT_EVENT_AGE_SECONDS = 21_600;
export class EventInvokeConfigs {
  #region;
  /** by function name and qualifier; an alias or version without one has the defaults, not those of its function */
  #configs = new Map();
  constructor(functions, region) {
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
  effective(name, qualifier) {
    const config = this.#configs.get(key(name, qualifier));
    return {
      retryAttempts: config?.maximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS,
      eventAgeSeconds: config?.maximumEventAgeSeconds ?? DEFAULT_EVENT_AGE_SECONDS,
      onSuccess: config?.onSuccess ?? null,
      onFailure: config?.onFailure ?? null,
    };
  }
  /** @throws AwsError ResourceNotFoundException */
  get(name, qualifier) {
    return this.#describe(name, qualifier, this.#find(name, qualifier));
  }
  /** Put replaces the whole record. */
  put(name, qualifier, input) {
    checkInput(input);
    const config = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? null,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? null,
      // An empty text takes a destination away.
      onSuccess: input.DestinationConfig?.OnSuccess?.Destination || null,
      onFailure: input.DestinationConfig?.OnFailure?.Destination || null,
      modifiedAt: Date.now(),
    };
    this.#configs.set(key(name, qualifier), config);
    return this.#describe(name, qualifier, config);
  }
  /** Update keeps what the input leaves out. */
  update(name, qualifier, input) {
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
  delete(name, qualifier) {
    this.#find(name, qualifier);
    this.#configs.delete(key(name, qualifier));
  }
  #find(name, qualifier) {
    const config = this.#configs.get(key(name, qualifier));
    if (config) return config;
    const arn = functionArn(this.#region, name, qualifier ?? LATEST);
    throw new AwsError(
      404,
      'ResourceNotFoundException',
      `The function ${arn} doesn't have an EventInvokeConfig`,
    );
  }
  #describe(name, qualifier, config) {
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
function describeDestination(arn) {
  return arn === null ? {} : { Destination: arn };
}
/** Unqualified and $LATEST are one record. */
function key(name, qualifier) {
  return `${name}:${qualifier ?? LATEST}`;
}
function checkInput({ MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }) {
  checkRange('MaximumRetryAttempts', MaximumRetryAttempts, 0, 2);
  checkRange('MaximumEventAgeInSeconds', MaximumEventAgeInSeconds, 60, 21_600);
  checkDestinations(DestinationConfig?.OnSuccess?.Destination, DestinationConfig?.OnFailure?.Destination);
}
function checkRange(member, value, least, most) {
  if (value == null || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid(`${member} must be an integer between ${least} and ${most}, not ${JSON.stringify(value)}.`);
}
function invalid(text) {
  return new AwsError(400, 'InvalidParameterValueException', text);
}
//# sourceMappingURL=event-invoke-config.js.map
