// Compares what the bridge shows of one execution with the captured file of the same situation.
import { fullText } from '../../../test/helpers/corpus-file.ts';
import { sameLine } from './same-line.mjs';

/**
 * @returns `end`: `right`, `wrong`, `unproven success`, `unproven failure`, or `other error` for a failure with another type or message; `lines`: how many
 * differ; `differences`: one line of text for each
 */
export function compare({ functionName, captured, places }, { execution, events }) {
  const { end, says } = compareEnd(captured, places, execution);
  const requestId = execution.request_id;
  const written = events.map(({ message }) => message).filter((text) => !isPlatformLine(text, requestId));
  const actual = written.map((text) => sameLine(text, requestId, places));
  // The lines of an initialization come before START, so no single run has them.
  const expected = captured.lines
    .filter(({ phase }) => phase === 'run')
    .map(({ text }) => sameLine(fullText(text), '', []));
  const missing = without(expected, actual);
  const added = without(actual, expected);
  const differences = [
    ...(says ? [`${says}`] : []),
    ...missing.map((text) => `line missing: ${shown(text)}`),
    ...added.map((text) => `line added: ${shown(text)}`),
  ].map((text) => `${functionName}: ${text}`);
  return { end, lines: Math.max(missing.length, added.length), differences };
}

function compareEnd({ truth, exit, lines }, places, { state, error, attempts, request_id }) {
  const proof = attempts.at(-1)?.proof;
  const ended = `${state}${error ? ` with ${error.type ?? error.kind}: ${shown(error.message)}` : ''} (${proof})`;
  const real =
    truth.result === 'failed'
      ? { type: fullText(truth.errorType), message: fullText(truth.errorMessage) }
      : undefined;
  const says = `${ended}, but was ${real ? `${real.type}: ${shown(real.message)}` : 'succeeded'}`;
  if (proof === 'assumed' && state === 'succeeded')
    return { end: real ? 'unproven failure' : 'unproven success', ...(real && { says }) };
  if (state !== truth.result) return { end: 'wrong', says };
  if (!real || (error.type === real.type && sameMessage(sameLine(error.message, request_id, places), real)))
    return { end: 'right' };
  // The log is all that the bridge has. The platform names an exit in its own words, whatever the client posted before, Node's
  // client logs other types than it posts, and metrics name none.
  const { type } = error;
  const isNamed = type === undefined || lines.some(({ text }) => fullText(text).includes(`"${type}"`));
  return { end: type === real.type || exit || isNamed ? 'other error' : 'wrong', says };
}

/** The bridge has words of its own for no message. Java's client posts the class instead. */
function sameMessage(message, { type, message: real }) {
  const none = real === '' || real === type;
  const expected = none ? `The function failed with ${type} and gave no message.` : real;
  return withoutId(message) === withoutId(sameLine(expected, '', []));
}

const withoutId = (message) => message.replace(/^RequestId: \S+ /, '');

/** Which lines of `some` are not in `others`. Two pipes have no common order, so the order is not compared. */
function without(some, others) {
  const left = [...others];
  return some.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function isPlatformLine(line, requestId) {
  if (/^(INIT_START|INIT_REPORT) |^\{"time":"[^"]*","type":"platform\./.test(line)) return true;
  return (
    /^(START |END |REPORT |RequestId: \S+ Error: Runtime exited )/.test(line) && line.includes(requestId)
  );
}

const LONGEST = 160;
const shown = (text) => JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
