import type { FunctionFacts } from '../aws/function-reader.ts';

/**
 * Evidence of an end arrives some seconds after the end:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
export const INGESTION_SECONDS = 120;

/**
 * For how many seconds after its acceptance an Event may still end. It may wait for its whole maximum age in Lambda's
 * queue, then run, and run again after an error.
 */
export function evidenceWindow(facts: FunctionFacts): number {
  return facts.maxEventAgeSeconds + (facts.retryAttempts + 1) * facts.timeoutSeconds + INGESTION_SECONDS;
}
