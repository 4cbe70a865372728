import { describe, expect, it } from 'vitest';
import { newId, parseTraceRoot, traceRoot } from '../../src/domain/id.ts';

describe('newId', () => {
  it('is a UUID of version 7 and variant 10 that begins with the time', () => {
    const id = newId(Date.parse('2026-01-02T03:04:05.678Z'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(
      Date.parse('2026-01-02T03:04:05.678Z'),
    );
  });

  it('takes the clock when no time is given', () => {
    const before = Date.now();
    const millis = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(millis).toBeGreaterThanOrEqual(before);
    expect(millis).toBeLessThanOrEqual(Date.now());
  });

  it('sorts as text by time, also where a digit is added', () => {
    const times = [1, 255, 256, 1_000_000, 0xffffffff, 0x100000000, Date.now()];
    const ids = times.map((time) => newId(time));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('never gives the same one twice within a millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => newId(1_700_000_000_000));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('traceRoot', () => {
  const id = newId(Date.parse('2026-01-02T03:04:05.678Z'));

  it('has the form of an X-Ray trace id with the second of the execution', () => {
    const root = traceRoot(id, 1);
    expect(root).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(Number.parseInt(root.slice(2, 10), 16)).toBe(Date.parse('2026-01-02T03:04:05Z') / 1_000);
  });

  it('is the same whenever it is asked for, and another one for every attempt and execution', () => {
    expect(traceRoot(id, 2)).toBe(traceRoot(id, 2));
    const roots = [1, 2, 255, 256, 65_535].map((attempt) => traceRoot(id, attempt));
    expect(new Set([...roots, traceRoot(newId(), 1)]).size).toBe(roots.length + 1);
  });

  it.each([1, 17, 65_535])('leads back to attempt %i', (attempt) => {
    const parts = parseTraceRoot(traceRoot(id, attempt));
    expect(parts).toMatchObject({ number: attempt, idTail: id.replaceAll('-', '').slice(-20) });
    const sameSecond = [newId(Date.parse('2026-01-02T03:04:05Z')), id];
    for (const one of sameSecond) {
      expect(one >= (parts?.firstId ?? '') && one <= (parts?.lastId ?? '')).toBe(true);
    }
    for (const other of ['2026-01-02T03:04:04.999Z', '2026-01-02T03:04:06Z']) {
      const one = newId(Date.parse(other));
      expect(one < (parts?.firstId ?? '') || one > (parts?.lastId ?? '')).toBe(true);
    }
  });

  it.each(['', '1-62bca693', '1-62bca693-5fa5fe5643dd0b8814c6524cf', '2-62bca693-5fa5fe5643dd0b8814c6524c'])(
    'is not "%s"',
    (text) => {
      expect(parseTraceRoot(text)).toBeUndefined();
    },
  );
});
