import { describe, expect, it } from 'vitest';
import { runsOf } from '../../src/domain/invocation-log.ts';
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
    const delivery = only(events);
    expect(delivery?.lines).toEqual(events.slice(1, 7));
    expect(delivery).toMatchObject({ stream: 's1', startedAt: 1_010, report: { requestId: ID } });
    expect(delivery).not.toHaveProperty('error');
  });

  it('are found in any order and when events come twice', () => {
    const events = run('one\n', 'two\n', 'three\n');
    const expected = runsOf(events, ID);
    for (let turn = 1; turn < events.length; turn += 1) {
      const turned = [...events.slice(turn), ...events.slice(0, turn), ...events.slice(0, 2)];
      expect(runsOf(turned, ID)).toEqual(expected);
    }
    expect(runsOf(events.toReversed(), ID)).toEqual(expected);
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
    expect(only(events)?.lines).toEqual(events.slice(3, 6));
  });

  it('keep an id of the application, which is no invocation, within the run', () => {
    const line = '{"level":"info","requestId":"from-the-gateway","message":"hello"}\n';
    expect(only(run(line))?.lines.map(({ message }) => message)).toContain(line);
  });

  it('keep apart by id what overlaps, as on managed instances', () => {
    const events = stream([
      start(ID),
      start(OTHER),
      `[INFO]\t${TIME}\t${ID}\tours\n`,
      `[INFO]\t${TIME}\t${OTHER}\ttheirs\n`,
      'whose is this\n',
      report(ID),
      report(OTHER),
    ]);
    expect(only(events)?.lines).toEqual([events[0], events[2], events[5]]);
  });

  it('are in doubt for nobody else: another request id has none', () => {
    expect(runsOf(run('x\n'), OTHER)).toEqual([]);
    expect(runsOf([], ID)).toEqual([]);
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
    const delivery = only(events);
    expect(delivery?.lines).toEqual(events.slice(1, 5));
    expect(delivery).toMatchObject({ report: { status: 'success' } });
  });
});

describe('the deliveries of an event', () => {
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
    const found = runsOf(events, ID);
    expect(found.map((one) => [one.stream, one.startedAt, one.error?.type])).toEqual([
      ['s1', 1_000, 'ValueError'],
      ['s1', 1_060, undefined],
      ['s2', 9_000, undefined],
    ]);
    expect(found.every((one) => one.report)).toBe(true);
  });

  it('run on until their report has come', () => {
    const delivery = only(stream([start(ID), 'busy\n']));
    expect(delivery?.lines).toHaveLength(2);
    expect(delivery).not.toHaveProperty('report');
    expect(delivery).not.toHaveProperty('error');
  });

  it('count when START was not read, by what names the id', () => {
    const events = stream([`${TIME}\t${ID}\tINFO\thello\n`, end(ID), report(ID)]);
    expect(only(events)).toMatchObject({ startedAt: 1_000, report: { requestId: ID } });
    expect(only(events.slice(2))).toMatchObject({ startedAt: 1_000 });
  });
});
