/**
 * Follows functions that report by themselves: the envelope gives them URLs with which they write their outcome, and
 * a large result, without any permission of their own. What kills a function, Lambda tells in its failure bucket.
 */
import type { ListedObject, ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import type { Outcome } from '../domain/outcome.ts';
import { type FunctionPolicy, policyFor } from '../domain/policy.ts';
import { malformed, parseReportedOutcome } from '../domain/reported-outcome.ts';
import { resultUri } from '../domain/s3-uri.ts';
import { inBatches } from './batches.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow } from './evidence-window.ts';
import { FailureObjects } from './failure-objects.ts';

/** As long as the payload's own URL: an Event may wait 6 h in Lambda's queue, and be run again. */
const URL_SECONDS = 24 * 3600;
/** Lambda itself answers with 6 MB at most; more belongs into the result object. */
const OUTCOME_BYTES = 8 * 1024 * 1024;
const NO_STAGING = 'needs a place for the outcomes: set BRIDGE_STAGING_URI to s3://bucket/prefix';

interface Needs {
  store: ObjectStore;
  stagingUri: string | undefined;
  policies: readonly FunctionPolicy[];
}

/** Ids sort by creation, so a list that begins at the oldest open attempt never grows with what lies before it. */
function outcomeUri(stagingUri: string, { id, number }: { id: string; number: number }): string {
  return `${stagingUri}/replies/${id}/${number}/outcome.json`;
}

export function createS3Channel({ store, stagingUri, policies }: Needs): Channel {
  const failures = new FailureObjects(store);
  const bucketOf = (fn: string) => policyFor(policies, fn)?.failureBucket;

  return {
    name: 's3',
    invocationTypes: ['Event'],
    defaultFor: [],
    seesKilledFunction: (fn) => bucketOf(fn) !== undefined,
    settlesDoubt: false,
    needsEnvelope: true,
    evidenceSeconds: evidenceWindow,
    obstacle: () => (stagingUri === undefined ? NO_STAGING : undefined),
    async replyTo(attempt) {
      if (stagingUri === undefined) return {};
      // no condition on the writes: a helper must be able to repeat one whose answer was lost
      return {
        put_url: await store.presignPut(outcomeUri(stagingUri, attempt), URL_SECONDS),
        result_put_url: await store.presignPut(resultUri(stagingUri, attempt), URL_SECONDS),
      };
    },
    async look(attempts) {
      const found = await Promise.all([lookAtReplies(attempts), lookAtFailures(attempts)]);
      return found.flat();
    },
    async settled(attempt) {
      if (stagingUri !== undefined) await store.delete(outcomeUri(stagingUri, attempt));
    },
  };

  function lookAtReplies(attempts: readonly OpenAttempt[]): Promise<Finding[]> {
    const [oldest] = attempts.map((attempt) => attempt.id).sort();
    if (stagingUri === undefined || oldest === undefined) return Promise.resolve([]);
    return orWarning(attempts, 'replies_unreadable', async () => {
      const listed = await store.list(`${stagingUri}/replies/`, `${stagingUri}/replies/${oldest}`);
      const byUri = new Map(listed.map((object) => [object.uri, object]));
      const found = await inBatches(attempts, async (attempt): Promise<Finding[]> => {
        const object = byUri.get(outcomeUri(stagingUri, attempt));
        const outcome = object && (await readOutcome(object, attempt, resultUri(stagingUri, attempt)));
        return outcome ? [{ attempt, outcome }] : [];
      });
      return found.flat();
    });
  }

  async function readOutcome(
    { uri, size }: ListedObject,
    { requestId }: OpenAttempt,
    resultAt: string,
  ): Promise<Outcome | undefined> {
    if (size > OUTCOME_BYTES)
      return malformed(
        `has ${size} bytes, and may have ${OUTCOME_BYTES}: large results go to result_put_url`,
      );
    const body = await store.getText(uri);
    if (body === undefined) return undefined;
    const outcome = await verified(parseReportedOutcome(body, resultAt));
    return requestId === null ? outcome : { ...outcome, requestId };
  }

  async function verified(outcome: Outcome): Promise<Outcome> {
    if (outcome.state !== 'succeeded' || !outcome.resultRef) return outcome;
    const { uri, size } = outcome.resultRef;
    const head = await store.head(uri);
    if (head?.size === size) return outcome;
    const lies = head ? `${head.size} bytes lie there` : 'nothing lies there';
    return malformed(`names a result of ${size} bytes at result_put_url, but ${lies}`);
  }

  async function lookAtFailures(attempts: readonly OpenAttempt[]): Promise<Finding[]> {
    const groups = Map.groupBy(attempts, (attempt) => attempt.function);
    const looks = [...groups].map(([fn, group]) => {
      const bucket = bucketOf(fn);
      if (bucket === undefined) return [];
      return orWarning(group, 'failure_bucket_unreadable', () => failures.find(bucket, fn, group));
    });
    return (await Promise.all(looks)).flat();
  }
}

/** What somebody must mend is told; what may pass by itself is thrown, so that nothing is given up for it. */
async function orWarning(
  attempts: readonly OpenAttempt[],
  code: string,
  look: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof BridgeError) || error.retryable) throw error;
    const { message } = error;
    return attempts.map((attempt) => ({ attempt, warning: { code, message } }));
  }
}
