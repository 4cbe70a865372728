import { LRUCache } from 'lru-cache';
import type { ListedObject, ObjectStore } from '../aws/object-store.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import { bareName } from '../domain/function-name.ts';
import { parseInvocationRecord } from '../domain/invocation-record.ts';
import type { Finding } from './channel.ts';
import { inBatches } from './in-batches.ts';

/** The clocks of Lambda and of the ledger's database differ a little. */
const SKEW_MS = 60_000;
/**
 * The most objects that one poll reads. It must read the records of other callers, too, because only the body of a
 * record names the invocation. Each record is read once.
 */
const READS_PER_POLL = 500;
const REMEMBERED = 50_000;

/**
 * The records that Lambda writes to a bucket that is an on-failure destination:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export class FailureObjects {
  readonly #store: ObjectStore;
  /** the request id in each object that was read; empty if the object is not a record of an invocation */
  readonly #requestIds = new LRUCache<string, string>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @param attempts of one function */
  async find(bucket: string, fn: string, attempts: readonly OpenAttempt[]): Promise<Finding[]> {
    const open = new Map(attempts.flatMap((one) => (one.requestId === null ? [] : [[one.requestId, one]])));
    if (open.size === 0) return [];
    const oldest = Math.min(...attempts.map((attempt) => attempt.startedAt.getTime()));
    const prefix = `s3://${bucket}/aws/lambda/async/${bareName(fn)}/`;
    const listed = await this.#store.list(prefix, `${prefix}${stamp(oldest - SKEW_MS)}`);
    const unread = listed.filter(
      ({ uri }) => open.has(this.#requestIds.get(uri) ?? '') || !this.#requestIds.has(uri),
    );
    const found = (
      await inBatches(unread.slice(0, READS_PER_POLL), (object) => this.#read(object, open))
    ).flat();
    if (unread.length <= READS_PER_POLL) return found;
    const ended = new Set(found.map(({ attempt }) => attempt));
    const others = attempts.filter((one) => !ended.has(one));
    return [...found, ...others.map((attempt): Finding => ({ attempt, type: 'not_yet' }))];
  }

  async #read({ uri }: ListedObject, open: ReadonlyMap<string, OpenAttempt>): Promise<Finding[]> {
    const body = await this.#store.getText(uri);
    const record = body === undefined ? undefined : parseInvocationRecord(body);
    this.#requestIds.set(uri, record?.requestId ?? '');
    const attempt = record && open.get(record.requestId);
    return attempt ? [{ attempt, type: 'ended', outcome: record.outcome }] : [];
  }
}

/** After the prefix, Lambda's keys have the form `YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`, so they sort by time. */
function stamp(time: number): string {
  const iso = new Date(time).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '/')}/${iso.slice(0, 19).replaceAll(':', '.')}`;
}
