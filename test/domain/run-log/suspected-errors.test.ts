/** Records that may be the client's or the function's own. */
import { describe, expect, it } from 'vitest';
import {
  end,
  ID,
  judged,
  NODE,
  PYTHON,
  platform,
  platformReport,
  report,
  run,
  start,
  stream,
  TIME,
} from './log-lines.ts';

describe('an error that is not written in the form of the client is suspected', () => {
  const JAVA = { runtime: 'java21', packageType: 'Zip' };
  const refused =
    '[ERROR] [1600000000000] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.\n';

  it.each([
    [
      'by a layer that patches the console of Node',
      NODE,
      [
        `${TIME}\t${ID}\tERROR\t[dd.trace_id=1 dd.span_id=2] Invoke Error \t{"errorType":"E","errorMessage":"boom","stack":[]}\n`,
      ],
    ],
    ['by Node with an error that has odd JSON', NODE, [`${TIME}\t${ID}\tERROR\tInvoke Error \t{"code":5}\n`]],
    ['by Java with a toString() of its own', JAVA, ['boom: x.C\nC: boom\n\tat a.B.c(D.java:1)\n']],
    ['before the line of an extension', NODE, [refused, '[my-extension] flushed\n']],
    [
      'by Python with a class name that no class statement allows',
      PYTHON,
      [
        '[ERROR] My error [1]: boom\nTraceback (most recent call last):\n\u00a0\u00a0File "/var/task/app.py"\n',
      ],
    ],
    [
      'by Java line by line, before the line of an extension',
      JAVA,
      ['boom: a.B\n', 'a.B: boom\n', '\tat a.B.c(D.java:1)\n', '[my-extension] flushed\n'],
    ],
    [
      'by Java without frames, with other words in the second line',
      JAVA,
      [
        'Job was cancelled: a.JobCancellationException\na.JobCancellationException: Job was cancelled; job=Job@5e\n',
      ],
    ],
    [
      'by Java of a class without a package',
      JAVA,
      ['boom: MyException\nMyException[code=3]\n\tat Handler.handleRequest(Handler.java:9)\n'],
    ],
    [
      'by Java as a sentence that a function may print',
      JAVA,
      ['Class a.B has no public zero-argument constructor\n'],
    ],
    [
      'by the platform as INIT_REPORT, before a line of the function',
      PYTHON,
      [
        'INIT_REPORT Init Duration: 9.10 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.X\n',
        'printed\n',
      ],
    ],
  ])('%s', (_who, facts, lines) => {
    expect(judged(run(...lines), facts)).toMatchObject({ type: 'unproven', because: 'suspected' });
  });

  it.each([
    ['a failed initialization', 'INIT_REPORT'],
    ['dropped lines', 'logsDropped'],
  ])('but not by a record of %s in a log of the other format', (_what, kind) => {
    const record =
      kind === 'INIT_REPORT'
        ? platform('initReport', { phase: 'invoke', status: 'error', errorType: 'Runtime.X' })
        : platform('logsDropped', { droppedRecords: 1 });
    expect(judged(run(record))).toEqual({ type: 'succeeded', proof: 'silence' });
  });
});

it('an error of the millisecond of START or REPORT, outside of them, is suspected', () => {
  const error = '[ERROR] KeyError: x\nTraceback (most recent call last):\n';
  for (const messages of [
    [error, start(ID), end(ID), report(ID)],
    [start(ID), end(ID), report(ID), error],
  ]) {
    const events = stream(messages).map((event) => ({ ...event, timestamp: 1_000 }));
    expect(judged(events)).toMatchObject({ because: 'suspected', suspected: { type: 'KeyError' } });
    expect(judged(stream(messages))).toEqual({ type: 'succeeded', proof: 'silence' });
  }
});

it('a record in JSON with members that the Python client does not write is suspected', () => {
  const record = { level: 'ERROR', errorType: 'E', errorMessage: 'x', requestId: ID, stackTrace: [] };
  const of = (body: object) =>
    stream([
      platform('start', { requestId: ID }),
      `${JSON.stringify(body)}\n`,
      platformReport(ID, { status: 'success' }),
    ]);
  expect(judged(of(record))).toMatchObject({ type: 'failed', proof: 'runtime_record' });
  expect(judged(of({ ...record, service: 'billing' }))).toMatchObject({ because: 'suspected' });
});
