import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { FunctionFacts, FunctionReader } from '../../aws/function-reader.ts';
import type { ObjectStore } from '../../aws/object-store.ts';
import type { Channel } from '../../completion/channel.ts';
import type { Limits } from '../../config/limits.ts';
import type { Submission } from '../../contract/submit.ts';
import { BridgeError, IdempotencyMismatch, InvalidRequest } from '../../domain/errors.ts';
import type { ExecutionRequest, Warning } from '../../domain/execution.ts';
import { newId } from '../../domain/id.ts';
import { judgeKnownKey } from '../../domain/known-key.ts';
import type { FunctionPolicy } from '../../domain/policy.ts';
import type { GroupedWrites } from '../../ledger/grouped-writes.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { LedgerUnavailable } from '../../ledger/ledger-unavailable.ts';
import type { NewExecution, Submitted } from '../../ledger/records.ts';
import { type HeldBytes, NO_BYTES } from '../byte-budget.ts';
import type { Dispatcher } from '../invoke/dispatcher.ts';
import { firstAttempt } from '../invoke/first-attempt.ts';
import type { Staging } from '../staging.ts';
import { checkCompletion, defaultCompletion } from './choose-completion.ts';
import type { Permissions } from './permissions.ts';

interface SubmitDeps {
  ledger: Ledger;
  writes: GroupedWrites;
  dispatcher: Dispatcher;
  channels: readonly Channel[];
  permissions: Permissions;
  functions: FunctionReader;
  store: ObjectStore;
  staging: Staging;
  limits: Limits;
  log: Logger;
}

type Asked = Pick<NewExecution, 'requestHash' | 'rerunFailed'>;

/** Accepts requests into the ledger, once per idempotency key. Stages and writes nothing for a refused request. */
export class Submitter {
  readonly #deps: SubmitDeps;

  constructor(deps: SubmitDeps) {
    this.#deps = deps;
  }

  /**
   * @param memory of the payload; kept until Lambda has answered an attempt that starts at once
   * @returns `effect` is `existing` when the idempotency key was known
   */
  async submit(
    { request, payload, rerunFailed }: Submission,
    memory: HeldBytes = NO_BYTES,
  ): Promise<Submitted> {
    const { permissions, channels } = this.#deps;
    const policy = permissions.check(request, payload);
    const limited = withDefaults(request, policy);
    checkCompletion(limited, limited.completion, channels);
    const asked = { requestHash: hashOf(limited), rerunFailed };
    // Writing looks the key up, too. A payload that would first be staged must not be staged for a known key.
    const known = this.#mustStage(limited) ? await this.#known(limited, asked) : undefined;
    if (known) return known;
    try {
      return await this.#write(await this.#prepare(limited, policy, asked), memory);
    } catch (error) {
      // A repeated submit gets its execution also when the function has been deleted since.
      const existing = error instanceof LedgerUnavailable ? undefined : await this.#known(limited, asked);
      if (existing) return existing;
      throw error;
    }
  }

  /** Checks what AWS knows, and stages a large payload. */
  async #prepare(request: ExecutionRequest, policy: FunctionPolicy, asked: Asked): Promise<NewExecution> {
    const { channels } = this.#deps;
    const facts = await this.#checkFunction(request);
    checkTenant(request, facts);
    const chosen =
      request.completion.length > 0
        ? request.completion
        : defaultCompletion(request, policy, facts, channels);
    checkCompletion(request, chosen, channels);
    const sized = await this.#stage(await this.#measure(request));
    return {
      id: newId(),
      request: { ...sized, completion: chosen },
      ...asked,
      maxConcurrency: policy.maxConcurrency,
      warnings: [...facts.warnings, ...this.#cautions(request, chosen, facts)],
      lease: undefined,
    };
  }

  /** The current execution of the key, unless the caller wants a new one after it. */
  async #known(request: ExecutionRequest, asked: Asked): Promise<Submitted | undefined> {
    if (request.idempotencyKey === undefined) return undefined;
    const found = await this.#deps.ledger.findByKey(request.idempotencyKey);
    const effect = found && judgeKnownKey({ ...asked, airflow: request.airflow }, found);
    if (!found || effect === 'rerun') return undefined;
    return refuseMismatch({ effect: effect ?? 'existing', execution: found.execution });
  }

  /**
   * Writes the execution. If this replica has room for its invocation, the first attempt is written with it and starts at
   * once. A function with a limit is claimed from the queue, which counts the open attempts of all replicas.
   */
  async #write(execution: NewExecution, memory: HeldBytes): Promise<Submitted> {
    const { writes, dispatcher, log } = this.#deps;
    const room = execution.maxConcurrency === undefined ? dispatcher.reserve(execution.id) : undefined;
    const submitted = await writes.submit({ ...execution, lease: room?.lease }).catch((error: unknown) => {
      room?.release(error instanceof LedgerUnavailable);
      throw error;
    });
    if (submitted.effect !== 'created') {
      room?.release(false);
      return refuseMismatch(submitted);
    }
    const { id, function: fn, airflow } = submitted.execution;
    log.info({ execution_id: id, function: fn, airflow }, 'submitted');
    if (room) room.start(firstAttempt(execution.request, submitted.execution), memory.retain());
    else dispatcher.nudge();
    return submitted;
  }

  async #checkFunction(request: ExecutionRequest): Promise<FunctionFacts> {
    const facts = await this.#deps.functions.describe(request.function, request.qualifier);
    if (facts.exists !== false) return facts;
    const name =
      request.qualifier === undefined ? request.function : `${request.function}:${request.qualifier}`;
    throw new BridgeError(
      'function_not_found',
      404,
      `Lambda has no function '${name}' in this account and region.`,
      {
        validationErrors: [{ pointer: '/function', message: 'does not exist in Lambda' }],
      },
    );
  }

  /** Of the channels, if none of them carries the end in a record of its own. */
  #cautions({ function: fn }: ExecutionRequest, chosen: readonly string[], facts: FunctionFacts): Warning[] {
    const own = this.#deps.channels.filter(({ name }) => chosen.includes(name));
    return own.some(({ cautions }) => !cautions)
      ? []
      : own.flatMap(({ cautions }) => cautions?.(fn, facts) ?? []);
  }

  /** Checks that the object of a payload_ref exists, which the function would find out too late. */
  async #measure(request: ExecutionRequest): Promise<ExecutionRequest> {
    const ref = request.payloadRef;
    if (!ref) return request;
    const head = await this.#deps.store.head(ref.uri);
    if (!head) throw new InvalidRequest([{ pointer: '/payload_ref/uri', message: 'no such object' }]);
    if (ref.sha256 !== undefined && head.sha256 !== undefined && ref.sha256 !== head.sha256)
      throw new InvalidRequest([
        { pointer: '/payload_ref/sha256', message: "does not match the object's SHA-256" },
      ]);
    const sha256 = ref.sha256 ?? head.sha256;
    const contentType = ref.content_type ?? head.contentType;
    return {
      ...request,
      payloadRef: {
        uri: ref.uri,
        size: head.size,
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(contentType === undefined ? {} : { content_type: contentType }),
      },
    };
  }

  async #stage(request: ExecutionRequest): Promise<ExecutionRequest> {
    const { payload, ...rest } = request;
    if (payload === undefined || !this.#mustStage(request)) return request;
    return { ...rest, payloadRef: await this.#deps.staging.stagePayload(payload) };
  }

  #mustStage({ payload, invocationType }: ExecutionRequest): boolean {
    const { inlineEventBytes, inlinePayloadBytes } = this.#deps.limits;
    const limit = invocationType === 'Event' ? inlineEventBytes : inlinePayloadBytes;
    return payload !== undefined && payload.length > limit;
  }
}

/** @throws IdempotencyMismatch when the key belongs to another request */
function refuseMismatch(submitted: Submitted): Submitted {
  const { id, idempotencyKey } = submitted.execution;
  if (submitted.effect === 'mismatch') throw new IdempotencyMismatch(idempotencyKey ?? '', id);
  return submitted;
}

/** The deadline and the tenant of the policy, where the request names none. */
function withDefaults(request: ExecutionRequest, policy: FunctionPolicy): ExecutionRequest {
  const timeoutSeconds = request.timeoutSeconds ?? policy.timeoutSeconds;
  const tenantId = request.tenantId ?? policy.tenantId;
  return {
    ...request,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(tenantId === undefined ? {} : { tenantId }),
  };
}

/** Lambda would refuse it too, later: https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html */
function checkTenant({ tenantId }: ExecutionRequest, { tenantIsolated }: FunctionFacts): void {
  if (!tenantIsolated || tenantId !== undefined) return;
  const message =
    'is required: the function isolates tenants. Name one, or set tenant_id in the function policy';
  throw new InvalidRequest([{ pointer: '/tenant_id', message }]);
}

/** Covers what the function sees. Labels, the Airflow try and the deadline may differ under one key. */
function hashOf(request: ExecutionRequest): string {
  const {
    function: fn,
    qualifier,
    invocationType,
    clientContext,
    envelope,
    payload,
    payloadRef,
    tenantId,
  } = request;
  const content =
    payloadRef?.sha256 ??
    payloadRef?.uri ??
    createHash('sha256')
      .update(payload ?? '')
      .digest('hex');
  // only where there is one, so that the hashes of earlier versions stay valid
  const tenant = tenantId === undefined ? [] : [tenantId];
  return createHash('sha256')
    .update(JSON.stringify([fn, qualifier, invocationType, clientContext, envelope, content, ...tenant]))
    .digest('hex');
}
