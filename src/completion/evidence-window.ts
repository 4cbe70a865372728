import type { FunctionFacts } from '../aws/function-reader.ts';

/** Evidence of an end arrives seconds after it: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
export const INGESTION_SECONDS = 120;

/**
 * For how many seconds after its acceptance an Event may still end: it may wait its whole age in Lambda's queue, then
 * run, and be run again when it fails.
 */
export function evidenceWindow(facts: FunctionFacts): number {
  return facts.maxEventAgeSeconds + (facts.retryAttempts + 1) * facts.timeoutSeconds + INGESTION_SECONDS;
}
