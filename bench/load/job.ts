/** What the load generator is asked for, and what it answers. */

export interface LoadJob {
  url: string;
  path: string;
  body: string;
  /** requests in flight */
  concurrency: number;
  /** until when requests are sent, or how many */
  until: { seconds: number } | { requests: number };
  /** every answer must have this text in its body */
  expect: string;
}

export interface LoadFigures {
  requests: number;
  /** from the first request to the last answer */
  seconds: number;
  p50Ms: number;
  p95Ms: number;
  /** answers 429, after which the request was sent again */
  refused: number;
  /** of the load generator */
  cpuSeconds: number;
}

export type LoadAnswer = { figures: LoadFigures } | { error: string };
