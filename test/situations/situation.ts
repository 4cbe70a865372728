/**
 * A situation: what a function, its log group and the network between do, and how the bridge must report the end. In
 * lines, `{ID}` stands for the request id of the invocation, `{ROOT}` for its trace root, `{MS}` for the milliseconds since
 * it, `{BIG}` for 262,000 bytes, and a line `{FLOOD}` for `flood` printed lines.
 */

import type { ErrorKind, Proof } from '../../src/domain/outcome.ts';
import type { FunctionPolicy } from '../../src/domain/policy.ts';

export interface Situation {
  /** also the function's name */
  name: string;
  /** where it was met, or which document describes it */
  source: string;
  type?: 'Event' | 'RequestResponse';
  /** further members of POST /v1/executions */
  submit?: object;
  /** members of GetFunctionConfiguration; absent: Python with text logs; `denied`: the bridge may not read it */
  config?: FunctionSettings | 'denied';
  /** absent: one run and no retry; `default`: the function has no such configuration, so Lambda's defaults hold */
  eventInvoke?: { MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number } | 'default';
  /** to the first Invoke, the second and so on, the last one to all that follow; absent: Lambda's own */
  answers?: InvokeResponse[];
  runs?: LoggedRun[];
  /** the environments have no other invocations, before, after or beside ours */
  alone?: boolean;
  paging?: Paging;
  policy?: Partial<FunctionPolicy>;
  /** segment documents of X-Ray for a trace; absent: it has none */
  traces?: (invocation: { requestId: string; root: string; at: number }) => object[];
  want: Want;
}

export interface FunctionSettings {
  Runtime?: string;
  PackageType?: 'Zip' | 'Image';
  Timeout?: number;
  LoggingConfig?: Record<string, string>;
  [member: string]: unknown;
}

export interface InvokeResponse {
  /** 0: the connection is cut after the request has arrived */
  status: number;
  headers?: Record<string, string>;
  contentType?: string;
  /** JSON where it is an object */
  body?: string | object | Buffer;
  /** a program between the bridge and Lambda gives it, so Lambda's headers are missing */
  foreign?: boolean;
  /** the function was started although the answer is no success */
  started?: boolean;
}

/** What one environment logs in a row, in most situations one run of our invocation. */
export interface LoggedRun {
  lines: readonly string[];
  /** runs with the same name share a stream; absent: the stream of the first run */
  stream?: string;
  /** the function that owns the stream in a shared log group; absent: the function invoked */
  owner?: string;
  /** searches of the log group that come before it runs; 0 when absent */
  afterSearches?: number;
  /** line number to the searches that do not see the line yet, counted from the run; `never`: it is lost */
  late?: Record<number, number | 'never'>;
  /** milliseconds between its lines */
  step?: number;
  flood?: number;
}

/** How FilterLogEvents gives its pages; always at most 10,000 events or 1 MB each. */
export interface Paging {
  /** a token with every page, also where nothing follows */
  alwaysToken?: boolean;
  /** empty pages before and after those with events */
  emptyHead?: number;
  emptyTail?: number;
  /** a page has at most so many events */
  events?: number;
}

export interface Want {
  /** `refused`: by the bridge, when it is submitted */
  state: 'succeeded' | 'failed' | 'in_doubt' | 'refused';
  /** type, kind and proof exactly; `message` is contained in the message */
  kind?: ErrorKind;
  type?: string;
  message?: string | RegExp;
  proof?: Proof;
  deliveries?: number;
  /** codes of warnings that it must have */
  warnings?: readonly string[];
  /** what GET /result gives */
  result?: Buffer;
  contentType?: string;
  /** members of the execution that must be there */
  execution?: object;
  /** headers of the Invoke request */
  sent?: Record<string, string>;
  /** how often Invoke is called; 1 when absent */
  invokes?: number;
  /** the end comes only with the end of the evidence window */
  endsWithWindow?: boolean;
  /** what /logs shows when it is complete; absent: from our START to our REPORT; `unchecked` */
  logs?: readonly string[] | 'unchecked';
}
