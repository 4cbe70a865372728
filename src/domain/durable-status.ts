/**
 * The states of a durable execution at Lambda. AWS may add new ones, so a state that is not listed here is not an end:
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-pause-resume.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-delete.html
 */
const ENDS = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED'] as const;
export type DurableEnd = (typeof ENDS)[number];

/** The states of executions that have not ended. A paused execution continues when somebody resumes it. */
export const OPEN_STATUSES = ['RUNNING', 'PAUSING', 'PAUSED'] as const;
export const RUNNING = 'RUNNING';
/** The execution had ended and is being deleted, so its outcome can no longer be read. */
export const DELETING = 'DELETING';

export function isEnd(status: string): status is DurableEnd {
  return (ENDS as readonly string[]).includes(status);
}

export function isPaused(status: string): boolean {
  return status === 'PAUSING' || status === 'PAUSED';
}

export function isKnown(status: string): boolean {
  return isEnd(status) || status === DELETING || (OPEN_STATUSES as readonly string[]).includes(status);
}
