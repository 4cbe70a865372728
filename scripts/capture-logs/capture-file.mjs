// What one capture is stored as.
import { REQUEST_ID } from './emulator.mjs';

/** @param places pairs of a path on this machine and the path that it has in Lambda */
export function captureFile({ answer, entries }, places) {
  const clean = (text) => shorten(withoutMachine(text, places));
  const posts = entries.filter(({ type }) => type === 'post');
  const exit = entries.findLast(({ type }) => type === 'exit');
  const accepted = posts.findLast(({ status }) => status < 300);
  return {
    truth: truth(accepted, answer, exit, clean),
    ...(exit && {
      exit: { phase: exit.phase, ...(exit.signal ? { signal: exit.signal } : { code: exit.exitCode }) },
    }),
    posts: posts.map(({ path, errorType, status, body }) => ({
      path: clean(path),
      ...(errorType && { errorTypeHeader: errorType }),
      status,
      body: clean(body),
    })),
    lines: entries
      .filter(({ type }) => type === 'line')
      .map(({ from, phase, text }) => ({
        from,
        phase,
        text: clean(text),
      })),
  };
}

/** One row for each member, and for each line of the log. */
export function toText(file) {
  const row = (value) =>
    Array.isArray(value) && value.length > 0
      ? `[\n${value.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
      : JSON.stringify(value);
  const members = Object.entries(file).map(([key, value]) => `  ${JSON.stringify(key)}: ${row(value)}`);
  return `{\n${members.join(',\n')}\n}\n`;
}

/** What the client posted; where its process ended without that, what the emulator answered for it. */
function truth(accepted, answer, exit, clean) {
  if (accepted?.path.endsWith('/response')) return { result: 'succeeded' };
  const { errorType = '', errorMessage } = JSON.parse(accepted ? accepted.body : answer || exitError(exit));
  return {
    result: 'failed',
    errorType: clean(errorType),
    errorMessage: clean(errorMessage ?? ''),
    saidBy: accepted ? 'client' : 'platform',
  };
}

/** The emulator answers nothing when the process ends during its initialization; this is its answer at other times. */
function exitError({ exitCode, signal }) {
  const how = signal ? `signal: ${signal}` : `exit status ${exitCode}`;
  const errorMessage = `RequestId: ${REQUEST_ID} Error: Runtime exited with error: ${how}`;
  return JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage });
}

function withoutMachine(text, places) {
  const replaced = places.reduce((result, [from, to]) => result.replaceAll(from, to), text);
  return replaced.replaceAll(REQUEST_ID, '{ID}');
}

const LONGEST = 2_000;
const LONGEST_UNIT = 200;
const FEWEST_TIMES = 20;

/** A long text is stored in parts: texts, and `[text, times]` for repeated ones. */
function shorten(text) {
  if (text.length <= LONGEST) return text;
  const parts = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const repeated = repetition(text, at);
    if (repeated) {
      if (at > from) parts.push(text.slice(from, at));
      parts.push(repeated);
      at += repeated[0].length * repeated[1];
      from = at;
    } else at += 1;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** The shortest text that stands here at least FEWEST_TIMES in a row. */
function repetition(text, at) {
  for (let length = 1; length <= LONGEST_UNIT; length += 1) {
    if (text[at] !== text[at + length]) continue;
    const unit = text.slice(at, at + length);
    let times = 1;
    while (text.startsWith(unit, at + times * length)) times += 1;
    if (times >= FEWEST_TIMES) return [unit, times];
  }
  return undefined;
}
