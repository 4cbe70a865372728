import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../src/domain/run-log/log-event.ts';
import { toReading } from '../../../src/domain/run-log/reading.ts';
import { splitRuns } from '../../../src/domain/run-log/split-runs.ts';
import {
  end,
  ID,
  OTHER,
  only,
  platform,
  platformReport,
  report,
  run,
  start,
  stream,
  TIME,
} from './log-lines.ts';

const linesOf = (events: LogEvent[]) => only(events).lines.map(({ event }) => event);

describe('the lines of an invocation', () => {
  it('are those between START and REPORT, also without a request id', () => {
    const events = stream([
      'INIT_START Runtime Version: python:3.13\n',
      start(ID),
      'printed\n',
      `[INFO]\t${TIME}\t${ID}\tlogged\n`,
      `${TIME}\t${ID}\tINFO\tconsole\n`,
      end(ID),
      report(ID),
      'printed by a thread that goes on\n',
      start(OTHER),
      'not ours\n',
      end(OTHER),
      report(OTHER),
    ]);
    const found = only(events);
    expect(found.lines.map(({ event }) => event)).toEqual(events.slice(1, 7));
    expect(found).toMatchObject({ stream: 's1', startedAt: 1_010, report: { requestId: ID } });
  });

  it('are found in any order and when events come twice', () => {
    const events = run('one\n', 'two\n', 'three\n');
    const expected = splitRuns(events, ID);
    for (let turn = 1; turn < events.length; turn += 1) {
      const turned = [...events.slice(turn), ...events.slice(0, turn), ...events.slice(0, 2)];
      expect(splitRuns(turned, ID)).toEqual(expected);
    }
    expect(splitRuns(events.toReversed(), ID)).toEqual(expected);
  });

  it('keep to their invocation where two ran in one environment, one after the other', () => {
    const events = stream([
      start(OTHER),
      'theirs\n',
      report(OTHER),
      start(ID),
      'ours\n',
      report(ID),
      'later\n',
    ]);
    expect(linesOf(events)).toEqual(events.slice(3, 6));
  });

  it('keep an id of the application, which is no invocation, within the run', () => {
    const line = '{"level":"info","requestId":"from-the-gateway","message":"hello"}\n';
    expect(linesOf(run(line)).map(({ message }) => message)).toContain(line);
  });

  it('keep apart by id what overlaps, as on Managed Instances', () => {
    const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:f';
    const log = (id: string) => `{"level":"INFO","requestId":"${id}","message":"x"}\n`;
    const events = stream([
      platform('start', { requestId: ID, functionArn }),
      platform('start', { requestId: OTHER, functionArn }),
      log(ID),
      log(OTHER),
      'whose is this\n',
      platformReport(ID, { status: 'success' }),
      platformReport(OTHER, { status: 'success' }),
    ]);
    expect(linesOf(events)).toEqual([events[0], events[2], events[5]]);
  });

  it('are ours whatever they quote: marks of others, and telemetry of the same run', () => {
    const events = run(
      start(OTHER),
      'child\n',
      end(OTHER),
      report(OTHER),
      platform('start', { requestId: OTHER }),
      platformReport(ID, { status: 'error' }),
      'after\n',
    );
    expect(linesOf(events)).toEqual(events);
    expect(only(events).report?.status).toBeUndefined();
  });

  it('are not those that another run prints of ours', () => {
    const printed = [start(OTHER), start(ID), 'ours\n', end(ID), report(ID), end(OTHER), report(OTHER)];
    expect(splitRuns(stream(printed), ID)).toEqual([]);
    expect(splitRuns(stream(printed.toSpliced(1, 2)), ID)).toEqual([]);
  });

  it('are in doubt for nobody else: another request id has none', () => {
    expect(splitRuns(run('x\n'), OTHER)).toEqual([]);
    expect(splitRuns([], ID)).toEqual([]);
  });

  it('are those of JSON format, with what Python prints as plain text', () => {
    const events = stream([
      platform('initStart', { functionName: 'report' }),
      platform('start', { requestId: ID, version: '$LATEST' }),
      'printed\n',
      `{"timestamp":"${TIME}","level":"INFO","requestId":"${ID}","message":"logged"}\n`,
      platformReport(ID, { status: 'success' }),
      platform('start', { requestId: OTHER, version: '$LATEST' }),
    ]);
    const found = only(events);
    expect(found.lines.map(({ event }) => event)).toEqual(events.slice(1, 5));
    expect(found).toMatchObject({ report: { status: 'success' } });
  });
});

describe('the runs of an event', () => {
  it('are told apart in one stream and over several, oldest first', () => {
    const failed = [
      start(ID),
      `[ERROR] ValueError: no\nTraceback (most recent call last):\n`,
      end(ID),
      report(ID),
    ];
    const events = [
      ...stream([start(ID), 'third\n', report(ID)], 's2', 9_000),
      ...stream([...failed, start(OTHER), report(OTHER), start(ID), 'second\n', report(ID)], 's1', 1_000),
    ];
    const found = splitRuns(events, ID);
    expect(found.map((one) => [one.stream, one.startedAt])).toEqual([
      ['s1', 1_000],
      ['s1', 1_060],
      ['s2', 9_000],
    ]);
    expect(found.every((one) => one.report)).toBe(true);
  });

  it('run on until their report has come', () => {
    const found = only(stream([start(ID), 'busy\n']));
    expect(found.lines).toHaveLength(2);
    expect(found).not.toHaveProperty('report');
  });

  it('count when START was not read, by what names the id', () => {
    const events = stream([`${TIME}\t${ID}\tINFO\thello\n`, end(ID), report(ID)]);
    expect(only(events)).toMatchObject({ startedAt: 1_000, report: { requestId: ID } });
    expect(only(events.slice(2))).toMatchObject({ startedAt: 1_000 });
  });
});

it('a run is found where the format of the log was changed after the configuration was read', () => {
  const [found, ...others] = splitRuns(run('printed\n'), ID, { logFormat: 'JSON' });
  expect(others).toEqual([]);
  expect(found).toMatchObject({ format: 'Text', hasStart: true, hasEnd: true });
});

/** Events of one stream, all in the same millisecond. */
const atOnce = (messages: string[]) => stream(messages).map((event) => ({ ...event, timestamp: 1_000 }));

describe('lines of one millisecond, which CloudWatch may give in any order', () => {
  it('are of the run where they name it, before START and after REPORT', () => {
    const late = `${TIME}\t${ID}\tERROR\tlate\n`;
    const events = atOnce([start(ID), report(ID), end(ID), late]);
    const found = only(events);
    expect(found.lines.map(({ event }) => event)).toEqual([0, 2, 1, 3].map((at) => events[at]));
    expect(found.hasEnd).toBe(true);
  });

  it('are in the order in which Lambda writes START, END and REPORT', () => {
    for (const messages of [
      [report(ID), start(ID), end(ID)],
      [end(ID), start(ID), report(ID)],
    ])
      expect(only(atOnce(messages))).toMatchObject({ hasStart: true, hasEnd: true, report: {} });
  });

  it('are beside the run where they name nothing, and beside no other', () => {
    const events = atOnce(['before\n', start(ID), end(ID), report(ID), 'after\n']);
    expect(only(events).adjacent.map(({ event }) => event.message)).toEqual(['before\n', 'after\n']);
    const apart = stream(['before\n', start(ID), end(ID), report(ID), 'after\n']);
    expect(only(apart).adjacent).toEqual([]);
  });
});

it('a run whose REPORT is missing ends where the environment runs another invocation', () => {
  const theirs = [start(OTHER), 'theirs\n', end(OTHER), report(OTHER)];
  const events = [
    ...stream([start(ID), 'first\n', ...theirs]),
    ...stream([start(ID), 'second\n', end(ID), report(ID)], 's1', 62_000),
  ];
  const [first, second, ...others] = splitRuns(events, ID);
  expect(others).toEqual([]);
  expect(first?.lines.map(({ event }) => event)).toEqual(events.slice(0, 2));
  expect(first).not.toHaveProperty('report');
  expect(second?.lines.map(({ event }) => event)).toEqual(events.slice(6));
  expect(second?.report).toBeDefined();
});

it('the report of an earlier run that an extension prints is not that of the run', () => {
  const at = (seconds: number, type: string, record: object) =>
    `{"time":"2026-10-08T09:10:${seconds}.000Z","type":"platform.${type}","record":${JSON.stringify(record)}}\n`;
  const metrics = { durationMs: 20, billedDurationMs: 20 };
  const printed = at(12, 'report', { requestId: ID, metrics, status: 'success' });
  const events = stream([
    at(40, 'start', { requestId: ID }),
    printed,
    'works on\n',
    at(41, 'report', { requestId: ID, metrics, status: 'timeout' }),
  ]);
  expect(only(events).report?.status).toBe('timeout');
  expect(only(events.slice(0, 3))).not.toHaveProperty('report');
});

it('a run that prints the start of another of its function is whole, where it is no Managed Instance', () => {
  const arn = { functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:fn' };
  const events = stream([
    platform('start', { requestId: ID, ...arn }),
    platform('start', { requestId: OTHER, ...arn }),
    'printed\n',
    platformReport(ID, { status: 'success' }),
  ]);
  const [found] = splitRuns(events, ID, { managedInstances: false });
  expect(found).toMatchObject({ interleaved: false });
  expect(found?.lines.map(({ event }) => event)).toEqual(events);
  expect(splitRuns(events, ID)[0]).toMatchObject({ interleaved: true });
});

it('a run is whole whose START and whose predecessor an extension prints', () => {
  const metrics = { durationMs: 20, billedDurationMs: 20 };
  const begin = platform('start', { requestId: ID });
  const events = stream([
    platform('start', { requestId: OTHER }),
    platform('report', { requestId: OTHER, metrics, status: 'success' }),
    begin,
    'error\n',
    platform('start', { requestId: OTHER }),
    platform('report', { requestId: OTHER, metrics, status: 'success' }),
    begin,
    platformReport(ID, { status: 'success' }),
  ]);
  expect(only(events).lines.map(({ event }) => event)).toEqual(events.slice(2));
});

it('a copy of the report that an extension prints after the run is no other run', () => {
  const finish = platformReport(ID, { status: 'error', errorType: 'Runtime.ExitError' });
  const events = [
    ...stream([platform('start', { requestId: ID }), finish]),
    ...stream([finish], 's1', 5_000),
  ];
  expect(only(events).lines.map(({ event }) => event)).toEqual(events.slice(0, 2));
});

it('Managed Instances of a numbered version are taken apart by the configuration', () => {
  const arn = { functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:fn:7', version: '7' };
  const events = stream([
    platform('start', { requestId: OTHER, ...arn }),
    platform('start', { requestId: ID, ...arn }),
    platformReport(ID, { status: 'success' }),
    platformReport(OTHER, { status: 'success' }),
  ]);
  for (const managedInstances of [true, undefined])
    expect(splitRuns(events, ID, { ...(managedInstances && { managedInstances }) })).toMatchObject([
      { interleaved: true, lines: [{ event: events[1] }, { event: events[2] }] },
    ]);
});

it('a run that another one may have printed is not whole, until the REPORT of the other shows that it is', () => {
  const printed = [start(OTHER), start(ID), end(ID), report(ID)];
  expect(toReading(only(stream(printed)))).toMatchObject({ type: 'incomplete', gaps: ['start'] });
  expect(splitRuns(stream([...printed, end(OTHER), report(OTHER)]), ID)).toEqual([]);
  const before = [start(OTHER), end(OTHER), report(OTHER), ...printed.slice(1)];
  expect(toReading(only(stream(before)))).toMatchObject({ type: 'complete' });
});

it('a later START in JSON format begins a retry, although the REPORT before it is missing', () => {
  const at = (time: string, type: string, record: object) =>
    `{"time":"2026-10-08T${time}.000Z","type":"platform.${type}","record":${JSON.stringify(record)}}\n`;
  const metrics = { durationMs: 20, billedDurationMs: 20 };
  const events = [
    ...stream([at('09:10:00', 'start', { requestId: ID }), 'first\n']),
    ...stream(
      [at('09:11:01', 'start', { requestId: ID }), at('09:11:02', 'report', { requestId: ID, metrics })],
      's1',
      62_000,
    ),
  ];
  expect(splitRuns(events, ID).map(({ lines }) => lines.length)).toEqual([2, 2]);
});

it('a predecessor without a visible REPORT makes no Managed Instance of an ordinary function', () => {
  const arn = { functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:fn', version: '$LATEST' };
  const events = stream([
    platform('start', { requestId: OTHER, ...arn }),
    platform('start', { requestId: ID, ...arn }),
    platformReport(ID, { status: 'success' }),
  ]);
  expect(splitRuns(events, ID)).toMatchObject([{ interleaved: false }]);
});

it('a START of another invocation that an extension prints before ours does not make ours printed', () => {
  const theirs = [start(OTHER), end(OTHER), report(OTHER)];
  const ours = [start(ID), 'ours\n', end(ID), report(ID)];
  for (const printedLater of [[], [report(OTHER)]]) {
    const found = only(stream([...theirs, start(OTHER), ...ours, ...printedLater]));
    expect(toReading(found)).toMatchObject({ type: 'complete' });
  }
});
