import type { Ledger } from '../ledger.ts';
import { claimDue, expiredLeases, handOver, isWanted, readPayload, renewLeases } from './claim.ts';
import type { PostgresConnection } from './connection.ts';
import { cancel, deleteEnded, failOverdue, settleMany } from './end.ts';
import { EndHints } from './end-hints.ts';
import { findOpenAttempt, schedulePolls, takeDuePolls } from './polls.ts';
import { queueMs, slowDown, takePlace } from './rates.ts';
import {
  endedAmong,
  findByKey,
  findByRequestId,
  findDoubted,
  get,
  hasUnnamedRival,
  list,
  ownedRequestIds,
} from './read.ts';
import {
  addWarning,
  recordAcceptedMany,
  recordDoubtMany,
  recordHeartbeat,
  recordPaused,
  recordResumed,
  requeueMany,
  requeueUnknown,
} from './record.ts';
import type { Server } from './server.ts';
import { submitMany } from './submit.ts';

/**
 * A ledger on a PostgreSQL server, which replicas share.
 *
 * @param direct the same server without a pooler, for hints between replicas; absent: no hints
 */
export function postgresLedger(db: PostgresConnection, direct?: Server): Ledger {
  const listeners: ((ids: string[]) => void)[] = [];
  const hints =
    direct &&
    new EndHints(direct, (ids) => {
      for (const listener of listeners) listener(ids);
    });
  return {
    submitMany: (executions) => submitMany(db, executions),
    claimDue: (lease, limit) => claimDue(db, lease, limit),
    readPayload: (id) => readPayload(db, id),
    renewLeases: (lease, held) => renewLeases(db, lease, held),
    requeueUnknown: (owner, known, error) => requeueUnknown(db, owner, known, error),
    handOver: (owner) => handOver(db, owner),
    isWanted: (attempt) => isWanted(db, attempt),
    recordAcceptedMany: (acceptances) => recordAcceptedMany(db, acceptances),
    recordDoubtMany: (doubts) => recordDoubtMany(db, doubts),
    requeueMany: (refusals) => requeueMany(db, refusals),
    settleMany: async (settlements) => {
      const ended = await settleMany(db, settlements);
      hints?.announce(settlements.flatMap(({ id }, at) => (ended[at]?.effect === 'settled' ? [id] : [])));
      return ended;
    },
    cancel: async (id, error) => {
      const cancelled = await cancel(db, id, error);
      if (cancelled) hints?.announce([id]);
      return cancelled;
    },
    failOverdue: async (error) => {
      const ids = await failOverdue(db, error);
      hints?.announce(ids);
      return ids;
    },
    recordHeartbeat: (attempt, progress) => recordHeartbeat(db, attempt, progress),
    recordPaused: (attempt) => recordPaused(db, attempt),
    recordResumed: (attempt) => recordResumed(db, attempt),
    addWarning: (id, warning) => addWarning(db, id, warning),
    takeDuePolls: (limit) => takeDuePolls(db, limit),
    schedulePolls: (polls) => schedulePolls(db, polls),
    expiredLeases: (limit) => expiredLeases(db, limit),
    findOpenAttempt: (id) => findOpenAttempt(db, id),
    findByRequestId: (requestId) => findByRequestId(db, requestId),
    findDoubted: (root) => findDoubted(db, root),
    ownedRequestIds: (requestIds) => ownedRequestIds(db, requestIds),
    hasUnnamedRival: (attempt) => hasUnnamedRival(db, attempt),
    get: (id) => get(db, id),
    findByKey: (key) => findByKey(db, key),
    list: (filter, limit, before) => list(db, filter, limit, before),
    endedAmong: (ids) => endedAmong(db, ids),
    onEnded: (listener) => {
      listeners.push(listener);
    },
    deleteEnded: (days, limit) => deleteEnded(db, days, limit),
    takePlace: (rate) => takePlace(db, rate),
    slowDown: (rate) => slowDown(db, rate),
    queueMs: (name) => queueMs(db, name),
    isReachable: () => isReachable(db),
    close: async () => {
      await hints?.close();
      await db.close();
    },
  };
}

function isReachable(db: PostgresConnection): Promise<boolean> {
  return db.query('select 1').then(
    () => true,
    () => false,
  );
}
