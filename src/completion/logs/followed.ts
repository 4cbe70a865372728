import type { FunctionFacts } from '../../aws/function-reader.ts';
import type { OpenAttempt } from '../../domain/execution.ts';

/** An attempt that the logs channel follows, with the settings of its function. */
export interface Followed {
  attempt: OpenAttempt;
  facts: FunctionFacts;
}
