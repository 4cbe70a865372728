/** Does what the payload says, and tells what it saw. */
import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';

const DEEDS = {
  async fail({ message }) {
    const error = new Error(message);
    error.name = 'ValueError';
    throw error;
  },
  async fail_mutely() {
    throw Object.assign(new Error(), { name: 'MuteError', message: { code: 7 } });
  },
  async beat({ times }, bridge) {
    const taken = [];
    for (let done = 0; done < times; done += 1) taken.push(await bridge.heartbeat({ done }));
    return taken;
  },
  beat_oddly: (_payload, bridge) => bridge.heartbeat(1n),
  async watch({ until }, bridge) {
    while (until && !(await bridge.cancelled())) await new Promise((resolve) => setTimeout(resolve, 100));
    return bridge.cancelled();
  },
  big: ({ size }) => 'é'.repeat(size),
  odd: () => 1n,
};

export const handler = bridgeFunction(async (payload, _context, bridge) => {
  console.log('handler begins');
  if (Buffer.isBuffer(payload)) return { bytes: payload.length };
  const deed = DEEDS[payload?.do];
  if (!deed) return { payload, execution: bridge.executionId ?? null, attempt: bridge.attempt ?? null };
  return deed(payload, bridge);
});
