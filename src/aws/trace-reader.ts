/**
 * Reads traces of AWS X-Ray by the trace roots that the bridge chose. X-Ray returns traces late, and some of them
 * never.
 */
import { BatchGetTracesCommand, type XRayClient } from '@aws-sdk/client-xray';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import type { Warning } from '../domain/execution.ts';
import { runsOfTrace, type TraceRun } from '../domain/trace.ts';
import { isAccessDenied, isPassing, readAwsError } from './aws-error.ts';
import { RateLimit } from './rate-limit.ts';

export type TraceRead =
  | {
      type: 'traces';
      /** the runs of each root; a root without a trace is absent, which proves nothing: the trace may come later */
      runs: Map<string, TraceRun[]>;
      /** roots that were not read this time: there were too many for one call, or X-Ray could not process them */
      unread: string[];
    }
  | { type: 'unreadable'; warning: Warning };

/** https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html */
const IDS_A_REQUEST = 5;
/**
 * AWS says that it throttles BatchGetTraces (ThrottledException, same page), but publishes no rate: the quotas at
 * https://docs.aws.amazon.com/general/latest/gr/xray.html name none. So the bridge sends few requests.
 */
const REQUESTS_PER_SECOND = 5;
/** The most roots of one call: they need 20 requests, which take 4 s at that rate. */
const MAX_ROOTS = 100;
/** The most pages of one request. A trace has up to 500 KB (quotas page above) if its functions invoke many others. */
const MAX_PAGES = 10;

interface Documents {
  texts: string[];
  truncated: boolean;
}

export class TraceReader {
  readonly #client: XRayClient;
  readonly #rate = new RateLimit(REQUESTS_PER_SECOND);

  constructor(client: XRayClient) {
    this.#client = client;
  }

  /** AWS charges one retrieved trace for each root. Throws Unavailable when the same call may succeed later. */
  async find(roots: readonly string[]): Promise<TraceRead> {
    const wanted = [...new Set(roots)];
    const unread = wanted.slice(MAX_ROOTS);
    const runs = new Map<string, TraceRun[]>();
    for (let at = 0; at < Math.min(wanted.length, MAX_ROOTS); at += IDS_A_REQUEST) {
      const ids = wanted.slice(at, Math.min(at + IDS_A_REQUEST, MAX_ROOTS));
      try {
        const { found, unprocessed } = await this.#read(ids);
        for (const [root, { texts, truncated }] of found) runs.set(root, runsOfTrace(texts, truncated));
        unread.push(...unprocessed);
      } catch (error) {
        return unreadableOrThrow(error);
      }
    }
    return { type: 'traces', runs, unread };
  }

  async #read(ids: string[]): Promise<{ found: Map<string, Documents>; unprocessed: string[] }> {
    const found = new Map<string, Documents>();
    const unprocessed = new Set<string>();
    let NextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      await this.#rate.pass();
      const answer = await this.#client.send(new BatchGetTracesCommand({ TraceIds: ids, NextToken }));
      for (const { Id = '', Segments = [], LimitExceeded = false } of answer.Traces ?? []) {
        const documents = found.get(Id) ?? { texts: [], truncated: false };
        documents.texts.push(...Segments.flatMap(({ Document }) => Document ?? []));
        documents.truncated ||= LimitExceeded;
        found.set(Id, documents);
      }
      for (const id of answer.UnprocessedTraceIds ?? []) unprocessed.add(id);
      NextToken = answer.NextToken;
      if (!NextToken) break;
    }
    if (NextToken) for (const documents of found.values()) documents.truncated = true;
    return { found, unprocessed: [...unprocessed].filter((id) => !found.has(id)) };
  }
}

function unreadableOrThrow(thrown: unknown): TraceRead {
  const error = readAwsError(thrown);
  if (isPassing(error))
    throw new Unavailable('traces_unavailable', `AWS X-Ray could not be read: ${error.message}.`, thrown);
  if (isAccessDenied(error)) {
    const message =
      'The bridge may not read traces of AWS X-Ray, so they cannot prove how runs ended. Grant its role ' +
      `xray:BatchGetTraces on *. AWS says: ${error.message}.`;
    return { type: 'unreadable', warning: { code: 'traces_access_denied', message } };
  }
  const message = `AWS X-Ray refused to read traces: ${error.name}: ${error.message}.`;
  throw new BridgeError('traces_failed', 502, message, { cause: thrown });
}
