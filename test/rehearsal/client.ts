/** What a rehearsal asks the bridges and the local Lambda endpoint. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TruthEntry } from '../../src/local/truth-record.ts';
import type { Seen, Told } from './observed.ts';
import type { Planned } from './submissions.ts';

/** An event may wait 60 s in Lambda's queue, run three times, and its report be late: more is a hang. */
const LONGEST_SECONDS = 600;
/** Late logs come within 15 s, and after 60 s the bridge calls any log complete: more is a log that never is. */
const LONGEST_LOG_SECONDS = 90;
const LOG_PAUSE_MS = 500;
/** Another bridge answers at once, and one that was killed is back in seconds. */
const REPEAT_SECONDS = 60;
const REPEAT_PAUSE_MS = 100;

interface Reply {
  status: number;
  text: string;
}

export class Client {
  readonly #base: string;
  /** requests that were sent again, since the bridge that had them was killed */
  repeats = 0;

  constructor(url: string) {
    this.#base = `${url}/v1/executions`;
  }

  /** A repeated submit has the key of the first one: it is the same execution. */
  async submit({ n, body }: Planned): Promise<string> {
    const { status, text } = await this.#ask('', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `rehearsal-${n}` },
      body: JSON.stringify(body),
    });
    if (status !== 201 && status !== 200) throw new Error(`submit ${n}: ${status} ${text}`);
    return (JSON.parse(text) as Told).id;
  }

  async untilEnded(id: string): Promise<Told> {
    const deadline = performance.now() + LONGEST_SECONDS * 1_000;
    for (;;) {
      const told = await this.#read(id, '?wait=60');
      const ended = ['succeeded', 'failed', 'cancelled'].includes(told.state);
      if (ended || performance.now() > deadline) return told;
    }
  }

  /** A submit that is repeated after its execution has failed is a new one: both are judged. */
  async withEarlier(told: Told): Promise<Told[]> {
    if (told.previous_id === undefined) return [told];
    return [told, ...(await this.withEarlier(await this.#read(told.previous_id)))];
  }

  async look(planned: Planned, id: string): Promise<Seen> {
    const result = await this.#ask(`/${id}/result`);
    const logs = await this.#untilLogged(id);
    const told = (await this.#read(id)) as Told & { log_tail?: string };
    return {
      planned,
      told,
      result: result.status === 200 ? result.text : undefined,
      lines: logs.events.map((event) => event.message),
      tail: told.log_tail ?? '',
      logComplete: logs.complete && logs.source === 'cloudwatch',
    };
  }

  async #read(id: string, query = ''): Promise<Told> {
    return JSON.parse((await this.#ask(`/${id}${query}`)).text) as Told;
  }

  /** The log once it is whole; the tail of Lambda's answer is only what there is until CloudWatch has it. */
  async #untilLogged(id: string): Promise<Logs> {
    const deadline = performance.now() + LONGEST_LOG_SECONDS * 1_000;
    for (;;) {
      const { status, text } = await this.#ask(`/${id}/logs`);
      const logs = status === 200 ? (JSON.parse(text) as Logs) : NO_LOGS;
      if ((logs.complete && logs.source !== 'log_tail') || performance.now() > deadline) return logs;
      await pause(LOG_PAUSE_MS);
    }
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Reply> {
    for (const deadline = performance.now() + REPEAT_SECONDS * 1_000; ; this.repeats += 1) {
      try {
        const answer = await fetch(this.#base + path, init);
        return { status: answer.status, text: await answer.text() };
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await pause(REPEAT_PAUSE_MS);
    }
  }
}

interface Logs {
  events: { message: string }[];
  complete: boolean;
  source: string;
}

const NO_LOGS: Logs = { events: [], complete: false, source: 'none' };

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
