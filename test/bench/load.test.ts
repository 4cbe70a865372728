import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../bench/load/connection.ts';
import { median, percentile } from '../../bench/percentile.ts';

const parse = (text: string) => parseAnswer(Buffer.from(text));

describe('an answer', () => {
  it('is whole with the last byte that its length counts', () => {
    const text = 'HTTP/1.1 201 Created\r\nContent-Length: 11\r\nRetry-After: 2\r\n\r\n{"ok":true}';
    const answer = parse(text);
    expect([answer?.status, answer?.body.toString()]).toEqual([201, '{"ok":true}']);
    expect([answer?.header('retry-after'), answer?.header('after')]).toEqual(['2', undefined]);
    for (let length = 0; length < text.length; length += 1)
      expect(parse(text.slice(0, length))).toBeUndefined();
  });

  it('in chunks is whole with the last chunk', () => {
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    expect(parse(`${head}2\r\n{}\r\n`)).toBeUndefined();
    expect(parse(`${head}2\r\n{}\r\n0\r\n\r\n`)?.status).toBe(200);
  });
});

describe('a percentile', () => {
  it('is one of the values, whatever their order', () => {
    const values = [10, 9, 1, 2, 100];
    expect([0, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([1, 9, 10, 100]);
  });

  it('of a half is the median, which lies between two values', () => {
    expect([median([4, 1, 3, 2]), median([3, 1, 2]), median([7])]).toEqual([2.5, 2, 7]);
  });

  it('of no values is not a number', () => {
    expect(median([])).toBeNaN();
  });
});
