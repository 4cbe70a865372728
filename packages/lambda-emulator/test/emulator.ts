/** Starts the emulator on the fixture functions, with real AWS clients. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import type { FaultScript } from '../src/faults/fault-script.ts';
import type { TruthRecord } from '../src/faults/truth-record.ts';
import type { EventRecord, RunRecord } from '../src/model.ts';
import * as server from '../src/server.ts';

export const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url));
const POLL_MS = 20;

export interface Invoked {
  requestId: string;
  status: number | undefined;
  functionError: string | undefined;
  executedVersion: string | undefined;
  text: string;
  tail: string;
}

export async function startEmulator(options: Partial<server.EmulatorOptions> = {}) {
  const invocations: RunRecord[] = [];
  const events: EventRecord[] = [];
  const local = await server.startEmulator({
    functionsDir: FUNCTIONS,
    region: 'eu-central-1',
    onInvocation: (record) => invocations.push(record),
    onEventEnd: (record) => events.push(record),
    ...options,
  });
  const settings = {
    endpoint: local.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const lambda = new LambdaClient(settings);
  const logs = new CloudWatchLogsClient(settings);

  return {
    ...local,
    lambda,
    logs,
    invocations,
    events,
    async invoke(
      name: string,
      payload: unknown = {},
      more: Partial<InvokeCommandInput> = {},
    ): Promise<Invoked> {
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload), LogType: 'Tail', ...more }),
      );
      return {
        requestId: answer.$metadata.requestId ?? '',
        status: answer.StatusCode,
        functionError: answer.FunctionError,
        executedVersion: answer.ExecutedVersion,
        text: answer.Payload?.transformToString() ?? '',
        tail: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
      };
    },
    /** Without the newline at their end. */
    async messages(logGroupName: string, filterPattern = ''): Promise<string[]> {
      const found: string[] = [];
      for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName, filterPattern })) {
        found.push(...(page.events ?? []).map(({ message = '' }) => message.replace(/\n$/, '')));
      }
      return found;
    },
    filter: (logGroupName: string) => logs.send(new FilterLogEventsCommand({ logGroupName })),
    /** Sorted by arrival; the emulator returns entries in the order of their last change. */
    async truth(after = 0): Promise<ReturnType<TruthRecord['page']>> {
      const answer = await fetch(`${local.url}/local/truth?after=${after}`);
      if (!answer.ok) throw new Error(`GET /local/truth answered ${answer.status}.`);
      const page = (await answer.json()) as ReturnType<TruthRecord['page']>;
      return { ...page, entries: page.entries.toSorted((a, b) => a.sequence - b.sequence) };
    },
    /** Clears the emulator's state, and replaces the fault script if one is given. */
    async reset(faults?: FaultScript): Promise<void> {
      const answer = await fetch(`${local.url}/local/reset`, {
        method: 'POST',
        body: JSON.stringify({ faults }),
      });
      if (!answer.ok) throw new Error(`POST /local/reset answered ${answer.status}: ${await answer.text()}`);
    },
    async stop() {
      lambda.destroy();
      logs.destroy();
      await local.stop();
    },
  };
}

export type Emulator = Awaited<ReturnType<typeof startEmulator>>;

/** Waits until `poll` returns something truthy; fails after ten seconds. */
export async function eventually<T>(what: string, poll: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = await poll();
    if (found) return found;
    if (performance.now() > end) throw new Error(`Waited 10 s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** False also for a zombie: a process that has ended, but that its parent has not reaped yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}
