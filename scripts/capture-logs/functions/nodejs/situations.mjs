// The function whose logs are captured: the event says what it does.
import { setTimeout as pause } from 'node:timers/promises';

const CHILD = 'c0ffee00-1234-4321-8888-00000000000c';

class OrderError extends Error {
  name = 'OrderError';
}

class Prüffehler extends Error {
  name = 'Prüffehler';
}

const situations = {
  ok: () => ({ ok: true }),
  printed_errors() {
    console.log('[ERROR] ValueError: printed, not thrown');
    console.error('Invoke Error', { errorType: 'OrderError', errorMessage: 'printed' });
    console.error(`Invoke Error ${JSON.stringify({ errorType: 'OrderError', errorMessage: 'printed' })}`);
    console.error('Uncaught Exception', { errorType: 'OrderError', errorMessage: 'printed' });
    process.stdout.write(`START RequestId: ${CHILD} Version: $LATEST\n`);
    process.stdout.write(
      '2026-11-27T02:00:00.000Z\tundefined\tERROR\tInvoke Error \t{"errorType":"KeyError"}\n',
    );
    process.stdout.write(`END RequestId: ${CHILD}\n`);
    process.stdout.write(`REPORT RequestId: ${CHILD}\tDuration: 5.00 ms\tStatus: timeout\n`);
    return { ok: true };
  },
  logged_error() {
    console.error(new OrderError('only logged'));
    console.error('skipped', new OrderError('only logged'));
    console.error({ errorType: 'OrderError', errorMessage: 'only logged', level: 'ERROR' });
    return { ok: true };
  },
  thrown() {
    throw new OrderError('the order is incomplete');
  },
  thrown_after_logged() {
    console.error('Invoke Error', { errorType: 'Fake' });
    console.error(new OrderError('only logged'));
    throw new TypeError('then thrown');
  },
  async rejected() {
    await pause(5);
    throw new OrderError('rejected');
  },
  no_message() {
    throw new Error();
  },
  beyond_ascii() {
    throw new Prüffehler('prüfung schlug fehl');
  },
  several_lines() {
    throw new Error('first line\nsecond line\n  indented third line');
  },
  quotes_error() {
    throw new Error(
      `child failed: Invoke Error \t{"errorType":"KeyError"}\n[ERROR] KeyError: 'x'\nEND RequestId: ${CHILD}`,
    );
  },
  chained() {
    throw new OrderError('could not divide', { cause: new RangeError('by zero') });
  },
  with_members() {
    throw Object.assign(new OrderError('refused'), {
      code: 'E_REFUSED',
      config: { url: '/orders', data: 'body' },
    });
  },
  aggregate() {
    throw new AggregateError([new OrderError('one'), new TypeError('two')], 'several');
  },
  circular_error() {
    const error = new OrderError('has itself as member');
    error.self = error;
    throw error;
  },
  deep(depth = 40) {
    if (depth > 0) return situations.deep(depth - 1);
    throw new OrderError('deep in the stack');
  },
  huge_message() {
    throw new OrderError('x'.repeat(300_000));
  },
  huge_member() {
    throw Object.assign(new OrderError('refused'), { config: { data: 'x'.repeat(300_000) } });
  },
  string() {
    throw 'just a string';
  },
  object() {
    throw { code: 42, reason: 'no Error' };
  },
  null() {
    throw null;
  },
  undefined() {
    throw undefined;
  },
  circular_answer() {
    const answer = {};
    answer.self = answer;
    return answer;
  },
  async unhandled_rejection() {
    Promise.reject(new OrderError('nobody waits'));
    await pause(200);
  },
  async timer_exception() {
    setTimeout(() => {
      throw new OrderError('in a timer');
    }, 5);
    await pause(200);
  },
  async exit() {
    process.exit(3);
  },
  async exit_zero() {
    process.exit(0);
  },
  heap() {
    const rows = [];
    for (;;) rows.push(new Array(10_000).fill(rows.length));
  },
  too_large: () => 'x'.repeat(7_000_000),
  recursion: () => situations.recursion(),
};

export const handler = async ({ situation }) => {
  console.log('plain line');
  return situations[situation]();
};

export const sync = ({ situation }, _context, callback) => {
  console.log('plain line');
  if (situation === 'callback_error') callback(new OrderError('given to the callback'));
  else if (situation === 'callback_string') callback('just a string');
  else callback(null, { ok: true });
};
