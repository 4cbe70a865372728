import { describe, expect, it } from 'vitest';
import { contentText, resultContent, storable } from '../../src/domain/result-content.ts';

describe('resultContent', () => {
  it.each(['', '{"a": 1.0}', 'größe 😀', '\ufeff{"a":1}'])('of the text %j is that text', (text) => {
    expect(resultContent(Buffer.from(text))).toBe(text);
  });

  it.each([
    ['a byte that is not UTF-8', [0x25, 0xff]],
    ['a NUL', [0x61, 0x00]],
    ['half a character', [0xc3]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('with %s is its bytes', (_name, bytes) => {
    const content = resultContent(Uint8Array.from(bytes));
    expect(content).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(content)).toEqual(Buffer.from(bytes));
  });
});

it('storable turns a text with NUL into bytes', () => {
  expect(storable('a\0b')).toEqual(Buffer.from('a\0b'));
  expect(storable('ab')).toBe('ab');
});

it('contentText reads bytes as text as far as they are', () => {
  expect(contentText(Uint8Array.from([0x61, 0xff]))).toBe('a\ufffd');
});
