/** The numbers that bound the lifecycle, each with its reason; the configuration file may change them. */
export const DEFAULT_LIMITS = {
  /** Invoke requests that one replica holds at once: each costs a socket and, for large results, 6 MB. */
  heldInvocations: 200,
  /** A holder that renews nothing for this long counts as dead. Renewed three times as often. */
  leaseSeconds: 30,
  /** How long evidence of a lost answer is sought beyond the function's own timeout: CloudWatch's delay, doubled. */
  evidenceSeconds: 120,
  /** How long Lambda may refuse to start it (429) before the execution fails as throttled. */
  throttledSeconds: 900,
  /** 6 MB is Lambda's limit for RequestResponse, 1 MB for Event; the margin is for what Lambda itself adds. */
  inlinePayloadBytes: 6 * 1024 * 1024 - 10_240,
  inlineEventBytes: 1024 * 1024 - 10_240,
  /** Results above this go to S3: the ledger stays small and an execution quick to read. */
  inlineResultBytes: 256 * 1024,
  /** The longest body of POST /v1/executions; larger payloads go through POST /v1/payloads. */
  bodyBytes: 32 * 1024 * 1024,
  /**
   * Memory for large payloads on their way from clients to Lambda: eight of the largest that Invoke takes. Beyond it, a submit
   * waits, and gets 429 after 10 s.
   */
  payloadMemoryBytes: 48 * 1024 * 1024,
  /** How long a stop waits for held invocations: the longest a Lambda function runs. */
  drainSeconds: 900,
  /**
   * A log without an error proves success only when it was read so long after its REPORT was ingested: CloudWatch promises
   * no order in which the lines of a stream become visible, and AWS publishes no figure. Failures are reported at once.
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
