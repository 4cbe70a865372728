/** What the bridge reports about an execution over its HTTP API. */

export interface ReportedExecution {
  id: string;
  state: string;
  attempt: number;
  request_id?: string;
  settled_by?: string;
  error?: { kind: string; type?: string; message: string };
  /** the failed execution before this one, under the same idempotency key */
  previous_id?: string;
  attempts: ReportedAttempt[];
}

export interface ReportedAttempt {
  number: number;
  started_at: string;
  ended_at?: string;
  outcome?: string;
  doubt?: string;
  doubt_code?: string;
  deliveries?: number;
  late: boolean;
}
