/** Compares what the bridge reports of a situation with what it must report. */
import { expect } from 'vitest';
import { apiOf } from '../helpers/api.ts';
import type { ExecutionJson } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';
import { expand, type Invocation } from './emit.ts';
import type { Want } from './situation.ts';
import type { Stage } from './stage.ts';

export interface ReportedExecution extends ExecutionJson {
  warnings: { code: string; message: string }[];
  log_tail?: string;
  attempts: (ExecutionJson['attempts'][number] & { proof?: string; doubt_code?: string })[];
}

export async function check(url: string, stage: Stage, execution: ReportedExecution): Promise<void> {
  const { want } = stage.situation;
  expect(reported(execution, want)).toEqual(wanted(want));
  expect(stage.invokes.length, 'Invoke requests').toBe(want.invokes ?? 1);
  if (want.execution) expect(execution).toMatchObject(want.execution);
  if (want.message !== undefined) {
    const message = execution.error?.message ?? '';
    if (typeof want.message === 'string') expect(message).toContain(want.message);
    else expect(message).toMatch(want.message);
  }
  for (const [name, value] of Object.entries(want.sent ?? {}))
    expect(stage.invokes[0]?.headers[name], name).toBe(value);
  if (want.result) await checkResult(url, execution, want.result, want.contentType);
  if (want.logs !== 'unchecked' && stage.invocation && (stage.situation.runs ?? []).length > 0)
    await checkLogs(url, stage, execution, stage.invocation);
}

/** A warning that the end is not proven must be there exactly where the end is not. */
function reported(execution: ReportedExecution, want: Want): object {
  const { state, error, warnings } = execution;
  const last = execution.attempts.at(-1);
  return {
    state: want.state === 'in_doubt' ? last?.phase : state,
    ...(want.kind !== undefined && { kind: error?.kind }),
    ...(want.type !== undefined && { type: error?.type }),
    ...(want.proof !== undefined && { proof: last?.proof }),
    ...(want.deliveries !== undefined && { deliveries: last?.deliveries }),
    warnings: [...new Set(warnings.map(({ code }) => code))]
      .filter((code) => code === 'end_not_proven' || want.warnings?.includes(code))
      .sort(),
  };
}

function wanted({ state, kind, type, proof, deliveries, warnings = [] }: Want): object {
  return {
    state,
    ...(kind !== undefined && { kind }),
    ...(type !== undefined && { type }),
    ...(proof !== undefined && { proof }),
    ...(deliveries !== undefined && { deliveries }),
    warnings: warnings.toSorted(),
  };
}

async function checkResult(
  url: string,
  { id }: ReportedExecution,
  result: Buffer,
  contentType: string | undefined,
): Promise<void> {
  const answer = await fetch(`${url}/v1/executions/${id}/result`);
  expect(Buffer.from(await answer.arrayBuffer()).toString('hex')).toBe(result.toString('hex'));
  if (contentType !== undefined) expect(answer.headers.get('content-type')).toContain(contentType);
}

/** /logs shows exactly the lines of our runs, and the log tail the last of them. */
async function checkLogs(
  url: string,
  { situation }: Stage,
  execution: ReportedExecution,
  invocation: Invocation,
): Promise<void> {
  const { want, runs = [] } = situation;
  const own = runs.map((run) => between(expand(run, invocation), invocation.requestId));
  const lines = Array.isArray(want.logs)
    ? expand({ lines: want.logs as string[] }, invocation)
    : own.flat().map((line) => line.slice(0, 262_144));
  const found = await until('/logs is complete', async () => {
    const { json } = await apiOf(url).get(`/v1/executions/${execution.id}/logs`);
    return json.complete === true && (json as { events: { message: string }[] });
  });
  // The log tail, which serves where CloudWatch does not, has each line of a record as a line of its own.
  const messages = textLines(found.events.map(({ message }) => message));
  const expected = textLines(lines);
  // Of floods vitest would print every line.
  expect(messages.length, 'lines of /logs').toBe(expected.length);
  expect(messages.filter((message, at) => message !== expected[at]).slice(0, 3)).toEqual([]);
  const last = Array.isArray(want.logs) ? lines : (own.findLast((one) => one.length > 0) ?? []);
  if (Buffer.byteLength(last.join('\n')) < 4_000)
    expect(textLines(execution.log_tail?.split('\n') ?? [])).toEqual(textLines(last));
}

/** Without what ends a line, and without the empty lines that records end with. */
function textLines(messages: readonly string[]): string[] {
  return messages.flatMap((message) =>
    message
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd()),
  );
}

/** From our START to our REPORT, in either format. */
function between(lines: readonly string[], id: string): string[] {
  const isMark = (line: string, text: string, type: string) =>
    line.startsWith(`${text} RequestId: ${id}`) ||
    (line.startsWith('{"time"') && line.includes(`"type":"platform.${type}"`) && line.includes(id));
  const from = lines.findIndex((line) => isMark(line, 'START', 'start'));
  const text = lines.findLastIndex((line) => line.startsWith(`REPORT RequestId: ${id}`));
  const to = text >= 0 ? text : lines.findLastIndex((line) => isMark(line, 'REPORT', 'report'));
  return from < 0 ? [] : lines.slice(from, to + 1);
}
