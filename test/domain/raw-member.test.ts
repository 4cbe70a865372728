import { describe, expect, it } from 'vitest';
import { rawMember } from '../../src/domain/raw-member.ts';
import { type Random, randomOf } from '../helpers/random.ts';

describe('rawMember', () => {
  it.each([
    ['{"a": 1.0}', '1.0'],
    ['{"a":12345678901234567890}', '12345678901234567890'],
    ['{"a":-0}', '-0'],
    ['{"a":1E+2}', '1E+2'],
    ['{"b":[{"a":1}],"a":{ "x" : [1, 2] },"c":0}', '{ "x" : [1, 2] }'],
    ['{"a":"}\\"],{\\\\"}', '"}\\"],{\\\\"'],
    ['{"a" \n:\t null \r}', 'null'],
    ['{"\\u0061":true}', 'true'],
    ['{"a":1,"a":2}', '2'],
    ['  {"a":[]}  ', '[]'],
    ['{"a":"\\u00e9é"}', '"\\u00e9é"'],
  ])('of a in %s is %s', (text, raw) => {
    expect(rawMember(text, 'a')).toBe(raw);
  });

  it.each(['{}', ' { } ', '{"b":{"a":1}}', '{"A":1}', '{"b":"a"}'])('finds no a in %s', (text) => {
    expect(rawMember(text, 'a')).toBeUndefined();
  });

  it('gives what JSON.parse gives, as it was written, for objects of every kind', () => {
    const random = randomOf(20_260_101);
    for (let round = 0; round < 3_000; round += 1) {
      const { text, members } = randomObject(random);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      expect(Object.keys(parsed).sort(), text).toEqual([...members.keys()].sort());
      for (const [name, written] of members) {
        const raw = rawMember(text, name);
        expect(raw, text).toBe(written);
        expect(JSON.parse(raw ?? '')).toEqual(parsed[name]);
      }
      expect(rawMember(text, 'absent'), text).toBeUndefined();
    }
  });

  it('accepts a value that is nested too deeply for recursion', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(rawMember(`{"a":${deep}}`, 'a')).toBe(deep);
  });
});

// No name is a single backslash, because of a bug of JSON.parse in Node 24.21: once it has read {"\\":1}, it reads any
// first name that begins with an escape as that name, for example in {"\n":1}.
const NAMES = [
  'a',
  'payload',
  '',
  ' ',
  '"',
  '\\a',
  '}',
  ',',
  ':',
  'é',
  '😀',
  '__proto__',
  'constructor',
  '\n',
];
const TEXTS = ['', 'x', '{', '}', '[', ']', '"', '\\', ',', ':', '\\"', '{"a":1}', '\u0000', '\u2028', '😀'];
const NUMBERS = ['0', '-0', '1', '1.0', '-1.50', '1e5', '2E-3', '9007199254740993', '1e400'];
const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n', '  '];

/** A random object as JSON, and the JSON of each member's value: the last one if a member is repeated, as JSON.parse does. */
function randomObject(random: Random): { text: string; members: Map<string, string> } {
  const members = new Map<string, string>();
  const texts = Array.from({ length: random.below(6) }, () => {
    const name = random.of(NAMES);
    const value = randomValue(random, 3);
    members.set(name, value);
    return `${space(random)}${quoted(random, name)}${space(random)}:${space(random)}${value}${space(random)}`;
  });
  return { text: `${space(random)}{${texts.join(',') || space(random)}}${space(random)}`, members };
}

function randomValue(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return random.of(NUMBERS);
  if (kind === 1) return random.of(['true', 'false', 'null']);
  if (kind < 4) return quoted(random, random.of(TEXTS) + random.of(TEXTS));
  const items = Array.from({ length: random.below(4) }, () => {
    const name = kind === 4 ? `${quoted(random, random.of(NAMES))}${space(random)}:` : '';
    return `${space(random)}${name}${space(random)}${randomValue(random, depth - 1)}${space(random)}`;
  });
  const inside = items.join(',') || space(random);
  return kind === 4 ? `{${inside}}` : `[${inside}]`;
}

const space = (random: Random) => random.of(SPACES);

/** The text as a JSON string; in one case of four every character is written as an escape. */
function quoted(random: Random, text: string): string {
  if (random.below(4) > 0) return JSON.stringify(text);
  const escapes = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  return `"${escapes.map((hex) => `\\u${hex}`).join('')}"`;
}
