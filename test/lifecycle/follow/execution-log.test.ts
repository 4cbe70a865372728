import { afterEach, expect, it, vi } from 'vitest';
import type { ExecutionDetail } from '../../../src/domain/execution.ts';
import { BEGIN, endLine, line, reportLine, startLogGroup } from '../../completion/logs/log-group.ts';

let stop = async () => {};
afterEach(async () => {
  await stop();
  vi.unstubAllEnvs();
});

/** What /logs answers of an execution that has ended. */
async function read(lines: ReturnType<typeof line>[], requestId: string, queueMs = 0) {
  const group = await startLogGroup(lines, { queueMs });
  stop = group.stop;
  const attempt = { number: 1, requestId, durableExecutionArn: null, startedAt: new Date(BEGIN) };
  const execution = {
    function: 'fn',
    qualifier: null,
    state: 'succeeded',
    finishedAt: new Date(),
    logTail: null,
    attempts: [attempt],
  } as unknown as ExecutionDetail;
  const { events, complete, truncated } = await group.reader.read(execution, undefined);
  return { messages: events.map(({ message }) => message), complete, truncated };
}

/** `count` lines from an instant on, one each millisecond, of which `of` makes the text. */
function printed(from: number, count: number, of: (at: number) => string, stream?: string) {
  return Array.from({ length: count }, (_, at) => line(from + at, of(at), stream));
}

const start = (after: number, id: string, stream?: string) =>
  line(after, `START RequestId: ${id} Version: $LATEST`, stream);

it('a log is whole although its environment wrote more for others than an answer can hold', async () => {
  const lines = [
    start(0, 'before'),
    ...printed(1, 50_000, (at) => `before ${at}`),
    reportLine(50_001, 'before', 50_000),
    start(60_000, 'r1'),
    line(60_001, 'ours'),
    endLine(60_002, 'r1'),
    reportLine(60_002, 'r1', 2),
    start(70_000, 'after'),
    ...printed(70_001, 50_000, (at) => `after ${at}`),
    reportLine(130_000, 'after', 50_000),
  ];
  const { messages, ...rest } = await read(lines, 'r1');
  expect(messages[1]).toBe('ours');
  expect(messages).toHaveLength(4);
  expect(rest).toEqual({ complete: true, truncated: false });
});

it('a log has the lines of every run, however many of the first one name its request id', async () => {
  const lines = [
    start(0, 'r1'),
    ...printed(1, 12_000, (at) => `[INFO]\t2026-10-08T09:10:11.123Z\tr1\tline ${at}`),
    endLine(12_001, 'r1'),
    reportLine(12_001, 'r1', 12_000),
    start(80_000, 'r1', 'another'),
    line(80_001, 'second run', 'another'),
    endLine(80_002, 'r1', 'another'),
    reportLine(80_002, 'r1', 2, '', 'another'),
  ];
  const { messages, ...rest } = await read(lines, 'r1');
  expect(messages).toContain('second run');
  expect(rest).toEqual({ complete: true, truncated: false });
});

it('a log is not read now where its reader would wait long, and keep the search for ends waiting', async () => {
  const lines = [start(0, 'r1'), endLine(2, 'r1'), reportLine(2, 'r1', 2)];
  await expect(read(lines, 'r1', 5_001)).rejects.toMatchObject({ code: 'logs_unavailable', retryAfter: 5 });
  await stop();
  expect(await read(lines, 'r1', 5_000)).toMatchObject({ complete: true });
});
