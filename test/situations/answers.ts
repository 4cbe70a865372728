/** Answers of Invoke in many situations. */
import type { InvokeResponse } from './situation.ts';

export const LOST: InvokeResponse[] = [{ status: 0, started: true }];
export const HELD = { type: 'RequestResponse', answers: LOST } as const;
