import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { FunctionFacts, FunctionReader } from '../../aws/function-reader.ts';
import type { ObjectStore } from '../../aws/object-store.ts';
import type { Channel } from '../../completion/channel.ts';
import type { Limits } from '../../config/limits.ts';
import type { Submission } from '../../contract/submit.ts';
import { BridgeError, IdempotencyMismatch, InvalidRequest } from '../../domain/errors.ts';
import type { AirflowTask, Execution, ExecutionRequest, Warning } from '../../domain/execution.ts';
import { newId } from '../../domain/id.ts';
import type { FunctionPolicy } from '../../domain/policy.ts';
import type { Database } from '../../ledger/database.ts';
import { findByKey, insertExecution, type NewExecution, supersede } from '../../ledger/executions.ts';
import type { Staging } from '../staging.ts';
import { checkCompletion, defaultCompletion } from './choose-completion.ts';
import type { Permissions } from './permissions.ts';

interface SubmitDeps {
  db: Database;
  channels: readonly Channel[];
  permissions: Permissions;
  functions: FunctionReader;
  store: ObjectStore;
  staging: Staging;
  limits: Limits;
  log: Logger;
  /** wakes the dispatcher */
  nudge: () => void;
}

export interface Submitted {
  execution: Execution;
  /** false when the idempotency key was known */
  created: boolean;
}

/** Accepts requests into the ledger, once per idempotency key. Stages and writes nothing for a refused request. */
export class Submitter {
  readonly #deps: SubmitDeps;

  constructor(deps: SubmitDeps) {
    this.#deps = deps;
  }

  async submit({ request, payload, rerunFailed }: Submission): Promise<Submitted> {
    const { permissions, channels, log, nudge } = this.#deps;
    const policy = permissions.check(request, payload);
    const limited = withDefaults(request, policy);
    checkCompletion(limited, limited.completion, channels);
    const requestHash = hashOf(limited);

    const known = await this.#known(limited, requestHash, rerunFailed);
    if (known && !known.rerun) return { execution: known.execution, created: false };

    const facts = await this.#checkFunction(limited);
    checkTenant(limited, facts);
    const chosen =
      limited.completion.length > 0
        ? limited.completion
        : defaultCompletion(limited, policy, facts, channels);
    checkCompletion(limited, chosen, channels);
    const sized = await this.#stage(await this.#measure(limited));
    const submitted = await this.#insert(
      {
        id: newId(),
        request: { ...sized, completion: chosen },
        requestHash,
        maxConcurrency: policy.maxConcurrency,
        previousId: undefined,
        warnings: [...facts.warnings, ...this.#cautions(limited, chosen, facts)],
      },
      rerunFailed,
    );
    const { execution, created } = submitted;
    if (created) {
      log.info(
        { execution_id: execution.id, function: execution.function, airflow: execution.airflow },
        'submitted',
      );
      nudge();
    }
    return submitted;
  }

  /** The current execution of the key, and whether the caller wants a new one after it. */
  async #known(request: ExecutionRequest, requestHash: string, rerunFailed: boolean) {
    if (request.idempotencyKey === undefined) return undefined;
    const found = await findByKey(this.#deps.db, request.idempotencyKey);
    if (!found) return undefined;
    const { execution } = found;
    const unsuccessful = execution.state === 'failed' || execution.state === 'cancelled';
    const rerun = rerunFailed && unsuccessful && !isRepeat(request.airflow, execution.airflow);
    if (!rerun && found.requestHash !== requestHash)
      throw new IdempotencyMismatch(request.idempotencyKey, execution.id);
    return { execution, rerun };
  }

  /** Loops only while another submit of the same key is faster; with each turn one of them has succeeded. */
  async #insert(execution: NewExecution, rerunFailed: boolean): Promise<Submitted> {
    for (;;) {
      const known = await this.#known(execution.request, execution.requestHash, rerunFailed);
      if (known && !known.rerun) return { execution: known.execution, created: false };
      const inserted = known
        ? await this.#insertAfter(known.execution.id, execution)
        : await insertExecution(this.#deps.db, execution);
      if (inserted) return { execution: inserted, created: true };
    }
  }

  /** Under the key of an execution that failed or was cancelled. Undefined when another submit was faster. */
  #insertAfter(previousId: string, execution: NewExecution): Promise<Execution | undefined> {
    return this.#deps.db.transaction(async (tx) => {
      const freed = await supersede(tx, previousId);
      return freed ? insertExecution(tx, { ...execution, previousId }) : undefined;
    });
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
    const { limits, staging } = this.#deps;
    const { payload, ...rest } = request;
    const limit = request.invocationType === 'Event' ? limits.inlineEventBytes : limits.inlinePayloadBytes;
    if (payload === undefined || Buffer.byteLength(payload) <= limit) return request;
    return { ...rest, payloadRef: await staging.stagePayload(payload) };
  }
}

/**
 * Whether a client repeats a submit whose answer was lost. A later try of the task, in contrast, wants a new execution.
 */
function isRepeat(asking: AirflowTask | undefined, known: AirflowTask | null): boolean {
  if (asking?.try_number === undefined || known?.try_number === undefined) return false;
  const sameTask = (['dag_id', 'run_id', 'task_id', 'map_index'] as const).every(
    (name) => asking[name] === known[name],
  );
  return sameTask && asking.try_number <= known.try_number;
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
