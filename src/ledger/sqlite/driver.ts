import type { Ledger } from '../ledger.ts';
import { claimDue, expiredLeases, handOver, isWanted, readPayload, renewLease } from './claim.ts';
import type { SqliteConnection } from './connection.ts';
import { cancel, deleteEnded, failOverdue, settle } from './end.ts';
import { list } from './list.ts';
import { findOpenAttempt, schedulePoll, takeDuePolls } from './polls.ts';
import { queueMs, slowDown, takePlace } from './rates.ts';
import {
  endedAmong,
  findByKey,
  findByRequestId,
  findDoubted,
  get,
  hasUnnamedRival,
  ownedRequestIds,
} from './read.ts';
import {
  addWarning,
  recordAccepted,
  recordDoubt,
  recordHeartbeat,
  recordPaused,
  recordResumed,
  requeue,
  requeueUnknown,
} from './record.ts';
import { submit } from './submit.ts';

/** A ledger in one file, for one process. Its transactions are synchronous, so they need no other lock. */
export function sqliteLedger(db: SqliteConnection): Ledger {
  const write = <T>(work: (now: number) => T): Promise<T> => db.write(() => work(Date.now()));
  const writeAll = <T>(items: readonly T[], work: (item: T, now: number) => void): Promise<void> =>
    write((now) => {
      for (const item of items) work(item, now);
    });

  return {
    submitMany: (executions) => write((now) => executions.map((one) => submit(db, one, now))),
    claimDue: (lease, limit) => write((now) => claimDue(db, lease, limit, now)),
    readPayload: (id) => db.read(() => readPayload(db, id)),
    renewLeases: (lease, held) => writeAll(held, (attempt, now) => renewLease(db, attempt, lease, now)),
    requeueUnknown: (owner, known, error) => write((now) => requeueUnknown(db, owner, known, error, now)),
    handOver: (owner) => write((now) => handOver(db, owner, now)),
    isWanted: (attempt) => db.read(() => isWanted(db, attempt, Date.now())),
    recordAcceptedMany: (acceptances) => writeAll(acceptances, (one, now) => recordAccepted(db, one, now)),
    recordDoubtMany: (doubts) => writeAll(doubts, (one, now) => recordDoubt(db, one, now)),
    requeueMany: (refusals) => writeAll(refusals, (one, now) => requeue(db, one, now)),
    settleMany: (settlements) => write((now) => settlements.map((one) => settle(db, one, now))),
    cancel: (id, error) => write((now) => cancel(db, id, error, now)),
    failOverdue: (error) => write((now) => failOverdue(db, error, now)),
    recordHeartbeat: (attempt, progress) => write((now) => recordHeartbeat(db, attempt, progress, now)),
    recordPaused: (attempt) => write((now) => recordPaused(db, attempt, now)),
    recordResumed: (attempt) => write((now) => recordResumed(db, attempt, now)),
    addWarning: (id, warning) => write(() => addWarning(db, id, warning)),
    takeDuePolls: (limit) => write((now) => takeDuePolls(db, limit, now)),
    schedulePolls: (polls) => writeAll(polls, (poll, now) => schedulePoll(db, poll, now)),
    expiredLeases: (limit) => db.read(() => expiredLeases(db, limit, Date.now())),
    findOpenAttempt: (id) => db.read(() => findOpenAttempt(db, id, Date.now())),
    findByRequestId: (requestId) => db.read(() => findByRequestId(db, requestId)),
    findDoubted: (root) => db.read(() => findDoubted(db, root)),
    ownedRequestIds: (requestIds) => db.read(() => ownedRequestIds(db, requestIds)),
    hasUnnamedRival: (attempt) => db.read(() => hasUnnamedRival(db, attempt)),
    get: (id) => db.read(() => get(db, id)),
    findByKey: (key) => db.read(() => findByKey(db, key)),
    list: (filter, limit, before) => db.read(() => list(db, filter, limit, before)),
    endedAmong: (ids) => db.read(() => endedAmong(db, ids)),
    // Nobody else uses the file.
    onEnded: () => undefined,
    deleteEnded: (days, limit) => write((now) => deleteEnded(db, days, limit, now)),
    takePlace: (rate) => write((now) => takePlace(db, rate, now)),
    slowDown: (rate) => write((now) => slowDown(db, rate, now)),
    queueMs: (name) => db.read(() => queueMs(db, name, Date.now())),
    isReachable: async () => true,
    close: async () => db.close(),
  };
}
