/**
 * The exact text of one member of a JSON object: `rawMember('{"a": 1.0}', 'a')` is `1.0`. JSON.parse and JSON.stringify
 * would turn 1.0 into 1 and round large integers. A function must receive what the user wrote.
 *
 * @param text valid JSON (parse it first) whose top level is an object. If it has the member several times, the last
 *   one counts, as in JSON.parse.
 */
export function rawMember(text: string, name: string): string | undefined {
  const range = memberRange(text, name);
  return range && text.slice(range.start, range.end);
}

/** Where the text of a member's value stands, in UTF-16 units. */
export interface MemberRange {
  start: number;
  end: number;
}

/** The place of what rawMember() returns. */
export function memberRange(text: string, name: string): MemberRange | undefined {
  let found: MemberRange | undefined;
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (JSON.parse(text.slice(at, keyEnd)) === name) found = { start, end };
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? '.')) at += 1;
  return at;
}

/** @param from at the opening quote @returns the position after the closing one */
function endOfString(text: string, from: number): number {
  let at = from;
  do at = text.indexOf('"', at + 1);
  while (isEscaped(text, at));
  return at + 1;
}

/** Whether an odd number of backslashes stands before the position. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

function endOfValue(text: string, from: number): number {
  if (text[from] === '"') return endOfString(text, from);
  let depth = 0;
  let at = from;
  for (;;) {
    const sign = text[at];
    if (sign === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (sign === '{' || sign === '[') depth += 1;
    if (sign === '}' || sign === ']') depth -= 1;
    const over =
      depth < 0 || (depth === 0 && (sign === ',' || sign === undefined || ' \t\n\r'.includes(sign)));
    if (over) return at;
    at += 1;
    if (depth === 0 && (sign === '}' || sign === ']')) return at;
  }
}
