import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { traceRoot } from '../../../src/domain/id.ts';
import { until } from '../../helpers/until.ts';
import { endsIn, outcomeIn } from '../findings.ts';
import { behavesAsChannel } from '../suite.ts';
import { line, openEvent, reportLine, startLogGroup } from './log-group.ts';

behavesAsChannel('logs', 'Event', { failures: true }, (bench) => {
  it('counts the runs that Lambda made of one failing event, and waits for the last', async () => {
    const invoked = await bench().invoke('sleepy', { fail: true });
    expect(await bench().outcomeOf(invoked)).toMatchObject({ state: 'failed', deliveries: 3 });
  });

  it('takes the first good run for the outcome when Lambda tried a failed event again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flaky-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const invoked = await bench().invoke('flaky', { mark: join(folder, 'mark') });
    expect(await bench().outcomeOf(invoked)).toMatchObject({ state: 'succeeded', deliveries: 2 });
  });

  it('tells attempts of one function apart that run at the same time', async () => {
    const runs = await Promise.all(
      [0, 1, 2, 3].map((n) => bench().invoke('sleepy', { seconds: n % 2 ? 0.3 : 0.1 })),
    );
    const attempts = runs.map((run) => run.attempt);
    const outcomes = await until('all are reported', async () => {
      const findings = (await bench().channel.poll?.(attempts)) ?? [];
      return endsIn(findings).length === findings.length && endsIn(findings);
    });
    for (const { attempt, outcome } of outcomes) {
      expect(outcome).toMatchObject({ state: 'succeeded', requestId: attempt.requestId });
      expect(outcome?.logTail).toContain(`START RequestId: ${attempt.requestId}`);
      expect(outcome?.logTail?.match(/START RequestId/g)).toHaveLength(1);
    }
  });

  it('finds an invocation whose answer was lost by its trace root', async () => {
    const { attempt } = await bench().invoke('sleepy', { seconds: 0 });
    const doubted = { ...attempt, phase: 'in_doubt', requestId: null } as const;
    const outcome = await until('the log tells', async () =>
      outcomeIn(await bench().channel.poll?.([doubted])),
    );
    expect(outcome).toMatchObject({ state: 'succeeded', requestId: attempt.requestId });
  });

  it('warns when a function has no log group long after its start, not before', async () => {
    const { attempt } = await bench().invoke('sleepy', {});
    const nowhere = { ...attempt, function: 'never-ran' };
    expect(await bench().channel.poll?.([nowhere])).toEqual([]);
    const findings = await bench().channel.poll?.([{ ...nowhere, ageSeconds: 61 }]);
    expect(findings).toMatchObject([{ type: 'not_visible', warning: { code: 'log_group_missing' } }]);
  });
});

it('waits for the runs to come of an event in doubt that has failed once, until Lambda makes no more', async () => {
  const attempt = openEvent({ phase: 'in_doubt', requestId: null, lastPoll: true, ageSeconds: 124 });
  const trace = `XRAY TraceId: ${traceRoot(attempt.id, 1)}\tStatus: error\tError Type: ValueError`;
  const group = await startLogGroup([
    line(0, 'START RequestId: r1 Version: $LATEST'),
    reportLine(10, 'r1', 10, trace),
  ]);
  onTestFinished(group.stop);
  expect(await group.channel.poll?.([attempt])).toEqual([{ attempt, type: 'running' }]);
  const old = { ...attempt, ageSeconds: 30_000 };
  expect(outcomeIn(await group.channel.poll?.([old]))).toMatchObject({ state: 'failed', deliveries: 1 });
});

it.each([true, false])(
  'says at once that the function logs no reports (its log group is missing: %s)',
  async (missing) => {
    const configuration = { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } };
    const group = await startLogGroup([], { configuration, missing });
    onTestFinished(group.stop);
    expect(await group.channel.poll?.([openEvent({ ageSeconds: 1 })])).toMatchObject([
      { warning: { code: 'reports_suppressed' } },
    ]);
  },
);
