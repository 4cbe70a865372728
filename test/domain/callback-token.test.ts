import { describe, expect, it } from 'vitest';
import { callbackToken, checkCallbackToken } from '../../src/domain/callback-token.ts';

const SECRET = 'a secret of thirty-two characters';
const ATTEMPT = { id: '01a0cfa2-6f3e-7c3b-9d55-2f6f4f6f2b11', number: 2 };
const NOW = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const token = callbackToken(SECRET, ATTEMPT, later(60));

describe('the token of a callback', () => {
  it('is taken for its attempt until it expires', () => {
    expect(checkCallbackToken(SECRET, ATTEMPT, token, NOW)).toBe('valid');
    expect(checkCallbackToken(SECRET, ATTEMPT, token, later(59))).toBe('valid');
    expect(checkCallbackToken(SECRET, ATTEMPT, token, later(60))).toBe('expired');
  });

  it.each([
    ['another execution', { ...ATTEMPT, id: '01a0cfa2-6f3e-7c3b-9d55-2f6f4f6f2b12' }, SECRET],
    ['another attempt', { ...ATTEMPT, number: 1 }, SECRET],
    ['another secret', ATTEMPT, `${SECRET}.`],
  ])('is wrong for %s', (_what, attempt, secret) => {
    expect(checkCallbackToken(secret, attempt, token, NOW)).toBe('wrong');
  });

  it.each([
    ['nothing', ''],
    ['a longer life', token.replace(/^\d+/, (expiry) => String(Number(expiry) + 1))],
    ['a cut end', token.slice(0, -1)],
    ['more at the end', `${token}A`],
    ['no expiry', token.slice(token.indexOf('.'))],
    ['another end', token.slice(0, -2) + (token.at(-2) === 'A' ? 'BA' : 'AA')],
  ])('is wrong with %s, expired or not', (_what, changed) => {
    expect(checkCallbackToken(SECRET, ATTEMPT, changed, NOW)).toBe('wrong');
    expect(checkCallbackToken(SECRET, ATTEMPT, changed, later(3_600))).toBe('wrong');
  });

  it('can stand in a header', () => {
    expect(token).toMatch(/^\d+\.[\w-]{43}$/);
  });
});
