import { describe, expect, it } from 'vitest';
import { logTail } from '../../../src/domain/run-log/log-tail.ts';

describe('the log tail', () => {
  it('joins lines that may end in a newline already', () => {
    expect(logTail(['one\n', 'two\r\n', 'three'])).toBe('one\ntwo\nthree');
    expect(logTail([])).toBe('');
  });

  it.each(['a', 'é', '€', '😀'])('keeps the end within 4096 bytes and cuts no %s', (character) => {
    for (let length = 1300; length < 1310; length += 1) {
      const lines = ['x'.repeat(length % 4), character.repeat(length), character.repeat(length), 'end'];
      const tail = logTail(lines);
      const bytes = Buffer.byteLength(tail);
      const whole = lines.join('\n');
      expect(whole.endsWith(tail)).toBe(true);
      expect(tail).not.toContain('\uFFFD');
      expect(bytes).toBeLessThanOrEqual(4096);
      expect(bytes).toBeGreaterThan(Math.min(4092, Buffer.byteLength(whole) - 1));
    }
  });

  it('cuts one very long line', () => {
    expect(logTail(['😀'.repeat(1_000_000)])).toBe('😀'.repeat(1024));
  });

  it('replaces NUL, which PostgreSQL refuses, and half characters', () => {
    expect(logTail(['a\0b', '\uD83D'])).toBe('a\uFFFDb\n\uFFFD');
    const many = logTail(['\0'.repeat(5000)]);
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(4096);
    expect(many).toBe('\uFFFD'.repeat(1365));
  });
});
