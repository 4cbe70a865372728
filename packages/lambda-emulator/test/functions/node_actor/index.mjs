/** Does what its event asks for: every way a Node function can end or write to its log. */
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

let calls = 0;

const actions = {
  echo: async (event) => event,
  talk: async () => {
    console.log('logged %s', 'with format');
    console.error('two\nlines');
    process.stdout.write('raw\n');
    process.stderr.write('to standard error\n');
    spawnSync('echo', ['from a child process'], { stdio: 'inherit' });
    console.info('last, with ümlaut');
  },
  raise: async () => {
    throw Object.assign(new TypeError('asked to fail'), { code: 'E_ASKED' });
  },
  raise_text: async () => {
    throw 'only text';
  },
  hang: () => wait(300_000),
  never: () => new Promise(() => {}),
  busy: () => {
    for (;;);
  },
  leak: async () => {
    const kept = [];
    for (;;) {
      kept.push(Buffer.alloc(8_000_000, 1));
      await wait(1);
    }
  },
  exit: async ({ status }) => process.exit(status),
  flood_and_exit: async ({ lines }) => {
    for (let number = 0; number < lines; number++) console.log(`line ${number}`);
    process.exit(3);
  },
  stray_rejection: () => {
    Promise.reject(new Error('nobody listens'));
    return wait(300_000);
  },
  stray_exception: () => {
    setImmediate(() => {
      throw new RangeError('thrown aside');
    });
    return wait(300_000);
  },
  big: async ({ bytes }) => 'x'.repeat(bytes),
  no_json: async () => 10n,
  nothing: async () => undefined,
  context: async (_event, context) => ({
    ...context,
    remainingMs: context.getRemainingTimeInMillis(),
    trace: process.env._X_AMZN_TRACE_ID,
  }),
  calls: async () => ({ calls, process: process.pid }),
};

export const handler = (event, context) => {
  calls += 1;
  return actions[event.action ?? 'echo'](event, context);
};
