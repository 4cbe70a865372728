import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { FunctionFacts, FunctionReader } from '../aws/function-reader.ts';
import type { ObjectStore } from '../aws/object-store.ts';
import type { Channel } from '../completion/channel.ts';
import type { Submission } from '../contract/submit.ts';
import { BridgeError, IdempotencyMismatch, InvalidRequest } from '../domain/errors.ts';
import type { AirflowTask, Execution, ExecutionRequest } from '../domain/execution.ts';
import { newId } from '../domain/id.ts';
import type { FunctionPolicy } from '../domain/policy.ts';
import type { Database } from '../ledger/database.ts';
import { findByKey, insertExecution, type NewExecution, supersede } from '../ledger/executions.ts';
import { checkCompletion, defaultCompletion } from './completion-choice.ts';
import type { Limits } from './limits.ts';
import type { Permissions } from './permissions.ts';
import type { Staging } from './staging.ts';

interface Needs {
  db: Database;
  channels: readonly Channel[];
  permissions: Permissions;
  functions: FunctionReader;
  store: ObjectStore;
  staging: Staging;
  limits: Limits;
  log: Logger;
  /** tells the dispatcher that there is work */
  nudge: () => void;
}

export interface Submitted {
  execution: Execution;
  /** false when the idempotency key was known */
  created: boolean;
}

/** Takes a request into the ledger, once per idempotency key. Nothing is staged or written when it is refused. */
export class Submitter {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async submit({ request, payload, rerunFailed }: Submission): Promise<Submitted> {
    const { permissions, channels, log, nudge } = this.#needs;
    const policy = permissions.check(request, payload);
    const limited = withDeadline(request, policy);
    checkCompletion(limited, limited.completion, channels);
    const requestHash = hashOf(limited);

    const known = await this.#known(limited, requestHash, rerunFailed);
    if (known && !known.rerun) return { execution: known.execution, created: false };

    const facts = await this.#checkFunction(limited);
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
        warnings: facts.warnings,
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

  /** The current execution of the key, and whether the caller wants a fresh one after it. */
  async #known(request: ExecutionRequest, requestHash: string, rerunFailed: boolean) {
    if (request.idempotencyKey === undefined) return undefined;
    const found = await findByKey(this.#needs.db, request.idempotencyKey);
    if (!found) return undefined;
    const { execution } = found;
    const unsuccessful = execution.state === 'failed' || execution.state === 'cancelled';
    const rerun = rerunFailed && unsuccessful && !isRepeat(request.airflow, execution.airflow);
    if (!rerun && found.requestHash !== requestHash)
      throw new IdempotencyMismatch(request.idempotencyKey, execution.id);
    return { execution, rerun };
  }

  /** Loops only while another submit of the same key is faster; each turn means that one of them got through. */
  async #insert(execution: NewExecution, rerunFailed: boolean): Promise<Submitted> {
    for (;;) {
      const known = await this.#known(execution.request, execution.requestHash, rerunFailed);
      if (known && !known.rerun) return { execution: known.execution, created: false };
      const inserted = known
        ? await this.#insertAfter(known.execution.id, execution)
        : await insertExecution(this.#needs.db, execution);
      if (inserted) return { execution: inserted, created: true };
    }
  }

  /** Under the key of an execution that failed or was cancelled. Undefined when another submit was faster. */
  #insertAfter(previousId: string, execution: NewExecution): Promise<Execution | undefined> {
    return this.#needs.db.transaction(async (tx) => {
      const freed = await supersede(tx, previousId);
      return freed ? insertExecution(tx, { ...execution, previousId }) : undefined;
    });
  }

  async #checkFunction(request: ExecutionRequest): Promise<FunctionFacts> {
    const facts = await this.#needs.functions.describe(request.function, request.qualifier);
    if (facts.exists !== false) return facts;
    const name =
      request.qualifier === undefined ? request.function : `${request.function}:${request.qualifier}`;
    throw new BridgeError(
      'function_not_found',
      404,
      `Lambda knows no function '${name}' in this account and region.`,
      {
        faults: [{ pointer: '/function', message: 'is not known to Lambda' }],
      },
    );
  }

  /** A payload_ref must name an object that is there: the function would find out too late. */
  async #measure(request: ExecutionRequest): Promise<ExecutionRequest> {
    const ref = request.payloadRef;
    if (!ref) return request;
    const head = await this.#needs.store.head(ref.uri);
    if (!head) throw new InvalidRequest([{ pointer: '/payload_ref/uri', message: 'no such object' }]);
    if (ref.sha256 !== undefined && head.sha256 !== undefined && ref.sha256 !== head.sha256)
      throw new InvalidRequest([
        { pointer: '/payload_ref/sha256', message: 'is not that of the object, which has another content' },
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
    const { limits, staging } = this.#needs;
    const { payload, ...rest } = request;
    const limit = request.invocationType === 'Event' ? limits.inlineEventBytes : limits.inlinePayloadBytes;
    if (payload === undefined || Buffer.byteLength(payload) <= limit) return request;
    return { ...rest, payloadRef: await staging.stagePayload(payload) };
  }
}

/**
 * A client whose answer was lost submits the same again. Only the try of the task tells that from a wish for a
 * fresh execution, which a later try has.
 */
function isRepeat(asking: AirflowTask | undefined, known: AirflowTask | null): boolean {
  if (asking?.try_number === undefined || known?.try_number === undefined) return false;
  const sameTask = (['dag_id', 'run_id', 'task_id', 'map_index'] as const).every(
    (name) => asking[name] === known[name],
  );
  return sameTask && asking.try_number <= known.try_number;
}

function withDeadline(request: ExecutionRequest, policy: FunctionPolicy): ExecutionRequest {
  const seconds = request.timeoutSeconds ?? policy.timeoutSeconds;
  return seconds === undefined ? request : { ...request, timeoutSeconds: seconds };
}

/** Covers what the function would see; labels, the Airflow try and the deadline may differ under one key. */
function hashOf(request: ExecutionRequest): string {
  const { function: fn, qualifier, invocationType, clientContext, envelope, payload, payloadRef } = request;
  const content =
    payloadRef?.sha256 ??
    payloadRef?.uri ??
    createHash('sha256')
      .update(payload ?? '')
      .digest('hex');
  return createHash('sha256')
    .update(JSON.stringify([fn, qualifier, invocationType, clientContext, envelope, content]))
    .digest('hex');
}
