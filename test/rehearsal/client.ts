/** The rehearsal's requests to the bridge and to the local Lambda emulator. */
import type { TruthEntry } from '../../packages/lambda-emulator/src/model.ts';
import { poll } from '../helpers/poll.ts';
import type { Observed } from './observed.ts';
import type { ReportedExecution } from './reported.ts';
import type { Submission } from './submissions.ts';

/** An event may wait 60 s in Lambda's queue, run three times and log late. After this an execution hangs. */
const END_SECONDS = 600;
/** Late logs arrive within 15 s, and the bridge calls any log complete after 60 s. After this it never will. */
const LOG = { seconds: 90, pauseMs: 500 };
/** The other replica answers at once, and a killed one is back within seconds. */
const REPEAT = { seconds: 60, pauseMs: 100 };

interface Reply {
  status: number;
  text: string;
}

interface Logs {
  events: { message: string }[];
  complete: boolean;
  source: string;
}

const NO_LOGS: Logs = { events: [], complete: false, source: 'none' };

export class BridgeClient {
  readonly #base: string;
  /** requests sent again because their connection broke, or the ledger was away */
  repeats = 0;

  constructor(url: string) {
    this.#base = `${url}/v1/executions`;
  }

  /** A repeated submit has the same idempotency key, so it finds the same execution. */
  async submit({ n, body }: Submission): Promise<string> {
    const { status, text } = await this.#send('', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `rehearsal-${n}` },
      body: JSON.stringify(body),
    });
    if (status !== 201 && status !== 200) throw new Error(`submit ${n}: ${status} ${text}`);
    return (JSON.parse(text) as ReportedExecution).id;
  }

  /** @returns the execution, ended or not, after END_SECONDS at the latest */
  async waitForEnd(id: string): Promise<ReportedExecution> {
    const hasEnded = ({ state }: ReportedExecution) => ['succeeded', 'failed', 'cancelled'].includes(state);
    // Without a pause: `wait` makes the bridge hold the request.
    return poll(() => this.#read(id, '?wait=60'), hasEnded, { seconds: END_SECONDS, pauseMs: 0 });
  }

  /** A submit repeated after its execution failed starts a new execution. The oracle checks both. */
  async withPrevious(execution: ReportedExecution): Promise<ReportedExecution[]> {
    if (execution.previous_id === undefined) return [execution];
    return [execution, ...(await this.withPrevious(await this.#read(execution.previous_id)))];
  }

  async observe(submission: Submission, id: string): Promise<Observed> {
    const result = await this.#send(`/${id}/result`);
    const logs = await this.#waitForLogs(id);
    const reported = (await this.#read(id)) as ReportedExecution & { log_tail?: string };
    return {
      submission,
      reported,
      result: result.status === 200 ? result.text : undefined,
      logLines: logs.events.map((event) => event.message),
      logTail: reported.log_tail ?? '',
      isLogComplete: logs.complete && logs.source === 'cloudwatch',
    };
  }

  async #read(id: string, query = ''): Promise<ReportedExecution> {
    return JSON.parse((await this.#send(`/${id}${query}`)).text) as ReportedExecution;
  }

  /** Waits past the log tail of Invoke's response, which stands in until CloudWatch has the whole log. */
  async #waitForLogs(id: string): Promise<Logs> {
    const read = async () => {
      const { status, text } = await this.#send(`/${id}/logs`);
      return status === 200 ? (JSON.parse(text) as Logs) : NO_LOGS;
    };
    return poll(read, ({ complete, source }) => complete && source !== 'log_tail', LOG);
  }

  /** Repeats a request whose connection breaks, because its replica may have been killed, or that met no ledger. */
  async #send(path: string, init: RequestInit = {}): Promise<Reply> {
    let sent = 0;
    const reply = await poll(
      () => {
        if (sent > 0) this.repeats += 1;
        sent += 1;
        return sendOnce(this.#base + path, init);
      },
      (value) => !(value instanceof Error),
      REPEAT,
    );
    if (reply instanceof Error) throw reply;
    return reply;
  }
}

async function sendOnce(url: string, init: RequestInit): Promise<Reply | Error> {
  try {
    const answer = await fetch(url, init);
    const reply = { status: answer.status, text: await answer.text() };
    return isLedgerAway(reply) ? new Error(reply.text) : reply;
  } catch (error) {
    return error as Error;
  }
}

/** As the Airflow provider does. The log of CloudWatch may be unavailable, too, which is another code. */
function isLedgerAway({ status, text }: Reply): boolean {
  return status === 503 && (JSON.parse(text) as { code: string }).code === 'unavailable';
}

export async function readTruth(lambdaUrl: string): Promise<TruthEntry[]> {
  const entries = new Map<number, TruthEntry>();
  for (let after = 0; ; ) {
    const answer = await fetch(`${lambdaUrl}/local/truth?after=${after}`);
    const page = (await answer.json()) as { entries: TruthEntry[]; next_after: number; complete: boolean };
    for (const entry of page.entries) entries.set(entry.sequence, entry);
    if (page.complete) return [...entries.values()];
    after = page.next_after;
  }
}
