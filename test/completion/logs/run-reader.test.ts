import { afterEach, expect, it, vi } from 'vitest';
import { endsIn } from '../findings.ts';
import { line, openEvent, reportLine, startLogGroup } from './log-group.ts';

let stop = async () => {};
afterEach(async () => {
  await stop();
  vi.unstubAllEnvs();
});

async function pollOnce(lines: ReturnType<typeof line>[], ...requestIds: string[]) {
  const group = await startLogGroup(lines);
  stop = group.stop;
  const attempts = requestIds.map((requestId) =>
    openEvent({ requestId, lastPoll: true, ageSeconds: 30_000 }),
  );
  const findings = (await group.channel.poll?.(attempts)) ?? [];
  return attempts.map((attempt) => endsIn(findings).find((one) => one.attempt === attempt)?.outcome);
}

/** A run of `count` log lines, one each millisecond, and then the lines `last`. */
function longRun(requestId: string, from: number, count: number, last: string[] = [], stream = 's') {
  const lines = Array.from({ length: count }, (_, at) => line(from + 1 + at, `line ${at}`, stream));
  const end = from + count + 1;
  return [
    line(from, `START RequestId: ${requestId} Version: $LATEST`, stream),
    ...lines,
    ...last.map((message, at) => line(end + at, message, stream)),
    line(end + last.length, `END RequestId: ${requestId}`, stream),
    reportLine(end + last.length + 1, requestId, end + last.length + 1 - from, '', stream),
  ];
}
const RAISED = ['[ERROR] ValueError: at last\nTraceback (most recent call last):\n  File "app.py", line 1'];

it('a run with more lines than one read returns is settled, with its last lines as the log tail', async () => {
  const [outcome] = await pollOnce(longRun('r1', 0, 10_050), 'r1');
  expect(outcome).toMatchObject({ state: 'succeeded', requestId: 'r1', deliveries: 1 });
  expect(outcome?.logTail).toContain('line 10049');
});

it('a run with more lines than one read returns has failed if the error is at its end', async () => {
  const [outcome] = await pollOnce(longRun('r1', 0, 25_000, RAISED), 'r1');
  expect(outcome).toMatchObject({ state: 'failed', error: { type: 'ValueError', message: 'at last' } });
});

it('runs that together have more lines than one read returns get each its own outcome', async () => {
  const lines = ['a', 'b', 'c', 'd'].flatMap((id, at) =>
    longRun(id, at * 20_000, at === 1 ? 12_000 : 4_000, at === 2 ? RAISED : [], at % 2 ? 's1' : 's2'),
  );
  const outcomes = await pollOnce(lines, 'a', 'b', 'c', 'd');
  expect(outcomes.map((one) => one?.state)).toEqual(['succeeded', 'succeeded', 'failed', 'succeeded']);
});

it('an error is found, although another run then writes more lines than one read returns', async () => {
  // What Java prints outside managed runtimes: each line is a log event of its own, and none looks like an error.
  const trace = ['boom: a.Failure', 'a.Failure: boom', '\tat a.B.c(D.java:1)'];
  const lines = [...longRun('r1', 0, 10, trace), ...longRun('r2', 500, 25_000)];
  const group = await startLogGroup(lines, { configuration: { Runtime: 'java21' } });
  stop = group.stop;
  const attempts = ['r1', 'r2'].map((requestId) =>
    openEvent({ requestId, lastPoll: true, ageSeconds: 30_000 }),
  );
  const findings = endsIn((await group.channel.poll?.(attempts)) ?? []);
  expect(findings.map(({ outcome }) => outcome?.state)).toEqual(['failed', 'succeeded']);
});
