import { describe, expect, it } from 'vitest';
import { logsQuerySchema } from '../../../src/contract/schemas.ts';
import { textValidator } from '../../../src/contract/validate.ts';
import { freshEvents, parseLogCursor, writeLogCursor } from '../../../src/lifecycle/follow/log-cursor.ts';

interface Line {
  timestamp: number;
  ingestionTime: number;
}

function run(stream: string, lines: readonly Line[], startedAt = 0) {
  return {
    stream,
    startedAt,
    lines: lines.map((line, n) => ({ event: { ...line, id: `${stream}-${n}`, stream, message: `${n}` } })),
  };
}

describe('a log cursor', () => {
  it('gives each line once, whatever the order in which CloudWatch makes them visible', () => {
    // Two streams, 40 lines; each stream is ingested in bursts, and lines of a burst carry mixed timestamps.
    const all = ['a', 'b'].map((stream) =>
      Array.from({ length: 20 }, (_, n) => ({
        timestamp: (n * 7) % 20,
        ingestionTime: Math.floor(n / 3) * 10,
      })).map((line) => ({ stream, ...line })),
    );
    const given: string[] = [];
    let cursor = {};
    for (let visible = 0; visible <= 70; visible += 5) {
      const runs = all.map((lines, at) =>
        run(
          at === 0 ? 'a' : 'b',
          lines.filter((line) => line.ingestionTime < visible - at * 3),
        ),
      );
      const { events, next } = freshEvents(runs, parseLogCursor(writeLogCursor(cursor)));
      expect(events.map((event) => event.timestamp)).toEqual(
        events.map((event) => event.timestamp).sort((x, y) => x - y),
      );
      given.push(...events.map((event) => event.id));
      cursor = next;
    }
    expect(given).toHaveLength(40);
    expect(new Set(given).size).toBe(40);
  });

  it('keeps apart two runs of one invocation in one stream', () => {
    const first = run('a', [{ timestamp: 1, ingestionTime: 1 }], 1);
    const { next } = freshEvents([first], {});
    const again = run('a', [{ timestamp: 9, ingestionTime: 9 }], 9);
    expect(freshEvents([first, again], next).events).toEqual(again.lines.map(({ event }) => event));
  });

  it('remembers a run that one read does not show', () => {
    const [a, b] = [
      run('a', [{ timestamp: 1, ingestionTime: 1 }]),
      run('b', [{ timestamp: 2, ingestionTime: 2 }]),
    ];
    const both = freshEvents([a, b], {}).next;
    const without = freshEvents([b], both);
    expect(freshEvents([a, b], without.next).events).toEqual([]);
  });

  it('is taken back by the call that gave it, also of a durable execution of 500 invocations', () => {
    const runs = Array.from({ length: 500 }, (_, n) => run(`${n}`, [{ timestamp: n, ingestionTime: n }], n));
    const after = writeLogCursor(freshEvents(runs, {}).next);
    expect(textValidator(logsQuerySchema)({ after })).toEqual({ after });
  });

  it.each([
    '',
    'nonsense',
    Buffer.from('{"a":-1}').toString('base64url'),
    Buffer.from('[1]').toString('base64url'),
  ])('is refused when it is none of ours: %j', (text) => {
    expect(() => parseLogCursor(text)).toThrow(/not a next_after/);
  });
});
