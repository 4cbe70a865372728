/**
 * Follows functions that write their own outcome to S3. The envelope contains presigned URLs for the outcome and for a
 * large result, so the function needs no permission. A killed function writes nothing, but Lambda writes a record to
 * its failure bucket if it has one.
 */
import type { ListedObject, ObjectStore } from '../aws/object-store.ts';
import { BridgeError } from '../domain/errors.ts';
import type { OpenAttempt } from '../domain/execution.ts';
import type { Outcome } from '../domain/outcome.ts';
import { type FunctionPolicy, policyFor } from '../domain/policy.ts';
import { resultUri } from '../domain/s3-uri.ts';
import { malformedOutcome, parseWrittenOutcome } from '../domain/written-outcome.ts';
import type { Channel, Finding } from './channel.ts';
import { evidenceWindow } from './evidence-window.ts';
import { FailureObjects } from './failure-objects.ts';
import { inBatches } from './in-batches.ts';

/** How long the URLs are valid: an Event may wait 6 h in Lambda's queue, and then run several times. */
const URL_SECONDS = 24 * 3600;
/** The largest outcome object. Lambda's answer has at most 6 MB, and a larger result belongs in the result object. */
const OUTCOME_BYTES = 8 * 1024 * 1024;
const NO_STAGING = 'needs a bucket for the outcomes: set BRIDGE_STAGING_URI to s3://bucket/prefix';

interface S3ChannelDeps {
  store: ObjectStore;
  stagingUri: string | undefined;
  policies: readonly FunctionPolicy[];
}

/** Execution ids sort by creation time, so a list that begins at the oldest open attempt skips all older objects. */
function outcomeUri(stagingUri: string, { id, number }: { id: string; number: number }): string {
  return `${stagingUri}/replies/${id}/${number}/outcome.json`;
}

export function createS3Channel({ store, stagingUri, policies }: S3ChannelDeps): Channel {
  const failures = new FailureObjects(store);
  const bucketOf = (fn: string) => policyFor(policies, fn)?.failureBucket;

  return {
    name: 's3',
    invocationTypes: ['Event'],
    defaultFor: [],
    traits: {
      seesKilledFunction: (fn) => bucketOf(fn) !== undefined,
      settlesDoubt: false,
      withoutResult: false,
      needsEnvelope: true,
    },
    evidenceSeconds: evidenceWindow,
    unavailableReason: () => (stagingUri === undefined ? NO_STAGING : undefined),
    async replyTo(attempt) {
      if (stagingUri === undefined) return {};
      // The URLs have no condition, so that a helper can repeat a write if the answer to it was lost.
      return {
        put_url: await store.presignPut(outcomeUri(stagingUri, attempt), URL_SECONDS),
        result_put_url: await store.presignPut(resultUri(stagingUri, attempt), URL_SECONDS),
      };
    },
    async poll(attempts) {
      const found = await Promise.all([pollReplies(attempts), pollFailures(attempts)]);
      return found.flat();
    },
    async settled(attempt) {
      if (stagingUri !== undefined) await store.delete(outcomeUri(stagingUri, attempt));
    },
  };

  function pollReplies(attempts: readonly OpenAttempt[]): Promise<Finding[]> {
    const [oldest] = attempts.map((attempt) => attempt.id).sort();
    if (stagingUri === undefined || oldest === undefined) return Promise.resolve([]);
    return orWarning(attempts, 'replies_unreadable', async () => {
      const listed = await store.list(`${stagingUri}/replies/`, `${stagingUri}/replies/${oldest}`);
      const byUri = new Map(listed.map((object) => [object.uri, object]));
      const found = await inBatches(attempts, async (attempt): Promise<Finding[]> => {
        const object = byUri.get(outcomeUri(stagingUri, attempt));
        const outcome = object && (await readOutcome(object, attempt, resultUri(stagingUri, attempt)));
        return outcome ? [{ attempt, type: 'ended', outcome }] : [];
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
      return malformedOutcome(
        `has ${size} bytes; the maximum is ${OUTCOME_BYTES}. Write large results to result_put_url`,
      );
    const body = await store.getText(uri);
    if (body === undefined) return undefined;
    const outcome = await verified(parseWrittenOutcome(body, resultAt));
    return requestId === null ? outcome : { ...outcome, requestId };
  }

  async function verified(outcome: Outcome): Promise<Outcome> {
    if (outcome.state !== 'succeeded' || !outcome.resultRef) return outcome;
    const { uri, size } = outcome.resultRef;
    const head = await store.head(uri);
    if (head?.size === size) return outcome;
    const actual = head ? `the object has ${head.size} bytes` : 'there is no object';
    return malformedOutcome(`names a result of ${size} bytes at result_put_url, but ${actual}`);
  }

  async function pollFailures(attempts: readonly OpenAttempt[]): Promise<Finding[]> {
    const groups = Map.groupBy(attempts, (attempt) => attempt.function);
    const polls = [...groups].map(([fn, group]) => {
      const bucket = bucketOf(fn);
      if (bucket === undefined) return [];
      return orWarning(group, 'failure_bucket_unreadable', () => failures.find(bucket, fn, group));
    });
    return (await Promise.all(polls)).flat();
  }
}

/** Permanent errors become warnings. Temporary errors are thrown, so that no attempt ends as lost because of them. */
async function orWarning(
  attempts: readonly OpenAttempt[],
  code: string,
  read: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BridgeError) || error.retryable) throw error;
    const { message } = error;
    return attempts.map((attempt) => ({ attempt, type: 'not_visible', warning: { code, message } }));
  }
}
