// Handlers whose logs are captured: one function per situation.
class AppError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'AppError';
  }
}
class Prüffehler extends Error {
  name = 'Prüffehler';
}

const situations = {
  ok() {
    console.log('plain line');
    return { ok: true };
  },
  ok_quoting() {
    console.log('START RequestId: cccccccc-0000-4000-8000-00000000000c Version: $LATEST');
    console.error('Invoke Error', { errorType: 'Fake', errorMessage: 'x' });
    console.error('Invoke Error {"errorType":"TypeError","errorMessage":"x is not defined"}');
    process.stdout.write('REPORT RequestId: cccccccc-0000-4000-8000-00000000000c\tDuration: 5.00 ms\t\n');
    return { ok: true };
  },
  ok_logged_error() {
    console.error('caught', new AppError('handled'));
    console.error(new AppError('handled alone'));
    console.log('and went on');
    return { ok: true };
  },
  ok_logged_error_last() {
    console.error(new AppError('handled'));
    return { ok: true };
  },
  raise_message() {
    console.log('plain line');
    throw new AppError('boom\nsecond line');
  },
  raise_empty() {
    throw new Error();
  },
  raise_nonascii() {
    throw new Prüffehler('ä');
  },
  raise_string() {
    throw 'just a string';
  },
  raise_object() {
    throw { code: 42 };
  },
  raise_null() {
    return Promise.reject(null);
  },
  raise_chained() {
    throw new AppError('outer', { cause: new TypeError('inner') });
  },
  raise_members() {
    throw Object.assign(new AppError('with members'), { code: 'E_APP', response: { status: 500 } });
  },
  raise_huge() {
    throw Object.assign(new AppError('huge'), { data: 'x'.repeat(300_000) });
  },
  unserializable() {
    const circle = {};
    circle.self = circle;
    return circle;
  },
  unhandled_rejection() {
    Promise.reject(new AppError('nobody waits'));
    return new Promise((resolve) => setTimeout(resolve, 5_000));
  },
  uncaught_exception() {
    setTimeout(() => {
      throw new AppError('in a timer');
    }, 10);
    return new Promise((resolve) => setTimeout(resolve, 5_000));
  },
  stack_overflow() {
    const down = () => down() + 1;
    return down();
  },
  exit_status() {
    process.exit(3);
  },
  heap_limit() {
    const held = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
};

export const handler = async (event) => situations[event.situation]();
