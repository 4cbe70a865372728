/** The limits of the service, each with its reason. The configuration file can change them. */
export const DEFAULT_LIMITS = {
  /**
   * Invoke requests that one replica holds at the same time. Each needs a socket and, for a large result, 6 MB of
   * memory.
   */
  heldInvocations: 200,
  /**
   * A replica that does not renew its leases for this long counts as dead. It renews them three times in this period.
   */
  leaseSeconds: 30,
  /**
   * How long the bridge polls for evidence after a lost answer, in addition to the function's own timeout: twice the
   * usual delay of CloudWatch.
   */
  evidenceSeconds: 120,
  /** How long Lambda may refuse to start a function (429) before the execution fails as throttled. */
  throttledSeconds: 900,
  /** Lambda's limit is 6 MB for RequestResponse and 1 MB for Event. 10 KB are left for what Lambda itself adds. */
  inlinePayloadBytes: 6 * 1024 * 1024 - 10_240,
  inlineEventBytes: 1024 * 1024 - 10_240,
  /** Longer results are stored in S3. So the ledger stays small, and reading an execution stays fast. */
  inlineResultBytes: 256 * 1024,
  /** The longest body of POST /v1/executions. Larger payloads must be sent to POST /v1/payloads. */
  bodyBytes: 32 * 1024 * 1024,
  /**
   * Memory for large payloads on their way from clients to Lambda: eight of the largest that Invoke takes. Beyond it, a submit
   * waits, and gets 429 after 10 s.
   */
  payloadMemoryBytes: 48 * 1024 * 1024,
  /** How long a stop waits for held invocations: the maximum timeout of a Lambda function. */
  drainSeconds: 900,
  /**
   * A log without an error proves success only when it was read at least this long after CloudWatch ingested its
   * REPORT. CloudWatch promises no order in which the lines of a stream become visible, and AWS publishes no figure.
   * Failures are reported at once.
   */
  lateLinesSeconds: 5,
  /** The shortest time between two polls for an open attempt. */
  pollSeconds: 1,
  /** Ended executions are deleted after this many days. */
  retentionDays: 30,
};

/** Their defaults depend on more than the bridge. */
export interface OpenLimits {
  /** CloudWatch calls a second of all replicas in this account and region; by default what aws/log-quota.ts says */
  logCallsPerSecond?: number;
}

const OPEN_LIMITS: (keyof OpenLimits)[] = ['logCallsPerSecond'];

export const LIMIT_NAMES: readonly string[] = [...Object.keys(DEFAULT_LIMITS), ...OPEN_LIMITS];

export type Limits = typeof DEFAULT_LIMITS & OpenLimits;
