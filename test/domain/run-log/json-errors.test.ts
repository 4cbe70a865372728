/** The errors of runs in JSON format. */
import { describe, expect, it } from 'vitest';
import { errorOf, ID, judged, NODE, PYTHON, platform, platformReport, stream } from './log-lines.ts';

describe('the error of a run in JSON format', () => {
  const begin = platform('start', { requestId: ID });
  const finish = platformReport(ID, { status: 'failure', errorType: 'ValueError' });
  const body = { errorType: 'ValueError', errorMessage: 'no rows', stackTrace: ['frame'] };
  const expected = {
    kind: 'function_error',
    type: 'ValueError',
    message: 'no rows',
    stack_trace: ['frame'],
    retryable: true,
  };

  it.each([
    ['Python', { log_level: 'ERROR', requestId: ID, ...body }],
    ['Node', { level: 'ERROR', requestId: ID, message: body }],
    ['a logger', { level: 'ERROR', requestId: ID, message: 'failed', ...body }],
  ])('comes from the error record of %s', (_who, record) => {
    const other = JSON.stringify({
      level: 'ERROR',
      requestId: ID,
      errorType: 'KeyError',
      errorMessage: 'caught',
    });
    expect(errorOf(stream([begin, JSON.stringify(record), other, finish]))).toEqual(expected);
  });

  it('is the type of the report when there is no record', () => {
    expect(errorOf(stream([begin, finish]))).toMatchObject({ type: 'ValueError' });
  });

  const succeeded = platformReport(ID, { status: 'success' });

  it('is the record of the Python client although Lambda reports success', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const verdict = judged(stream([begin, record, succeeded]));
    expect(verdict).toEqual({ type: 'failed', proof: 'runtime_record', error: expected });
  });

  it.each(['last', 'before another line'])('is only suspected where Node logs it alone, %s', (place) => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, message: body });
    const later = JSON.stringify({ level: 'INFO', requestId: ID, message: 'and more' });
    const lines = place === 'last' ? [record] : [record, later];
    const verdict = judged(stream([begin, ...lines, succeeded]), NODE);
    expect(verdict).toEqual({ type: 'unproven', because: 'suspected', suspected: expected });
  });

  it.each([
    [
      'a type of the client',
      { ...body, errorType: 'ImportModuleError', stackTrace: ['Runtime.ImportModuleError: x'] },
    ],
    [
      'a frame of the client',
      { ...body, stackTrace: ['Error: x', '    at Object.intoError (index.mjs:27:16)'] },
    ],
  ])('is proven where Node logs it with %s', (_what, message) => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, message });
    expect(judged(stream([begin, record, succeeded]), NODE)).toMatchObject({
      type: 'failed',
      proof: 'runtime_record',
    });
  });

  it.each([
    ['Python logged', PYTHON, { level: 'ERROR', requestId: ID, message: 'x', logger: 'root', ...body }],
    ['Node logged with words', NODE, { level: 'ERROR', requestId: ID, message: 'caught', ...body }],
  ])('is none that a user of %s', (_who, facts, record) => {
    const events = stream([begin, JSON.stringify(record), platformReport(ID, { status: 'success' })]);
    expect(judged(events, facts)).toEqual({ type: 'succeeded', proof: 'silence' });
  });

  it('cannot be excluded where the level FATAL leaves the record out', () => {
    const events = stream([begin, platformReport(ID, { status: 'success' })]);
    expect(judged(events, { ...PYTHON, applicationLogLevel: 'FATAL' })).toEqual({
      type: 'unproven',
      because: 'runtime',
    });
  });

  it('is a timeout when the report says so, whatever was logged', () => {
    const record = JSON.stringify({ level: 'ERROR', requestId: ID, ...body });
    const events = stream([begin, record, platformReport(ID, { status: 'timeout' })]);
    expect(errorOf(events)).toMatchObject({ kind: 'timed_out' });
  });
});
