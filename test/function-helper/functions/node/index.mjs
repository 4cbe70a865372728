/** A test function: runs the action that the payload names in `do`, or returns what it received. */
import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';

const ACTIONS = {
  async fail({ message }) {
    const error = new Error(message);
    error.name = 'ValueError';
    throw error;
  },
  /** The helper must report an error without a usable message, too. */
  async fail_without_message() {
    throw Object.assign(new Error(), { name: 'NoMessageError', message: { code: 7 } });
  },
  async heartbeat({ times }, bridge) {
    const accepted = [];
    for (let done = 0; done < times; done += 1) accepted.push(await bridge.heartbeat({ done }));
    return accepted;
  },
  heartbeat_not_json: (_payload, bridge) => bridge.heartbeat(1n),
  async wait_for_cancel({ wait }, bridge) {
    while (wait && !(await bridge.cancelled())) await new Promise((resolve) => setTimeout(resolve, 100));
    return bridge.cancelled();
  },
  big: ({ size }) => 'é'.repeat(size),
  not_json: () => 1n,
};

export const handler = bridgeFunction(async (payload, _context, bridge) => {
  console.log('handler begins');
  if (Buffer.isBuffer(payload)) return { bytes: payload.length };
  const action = ACTIONS[payload?.do];
  if (!action) return { payload, execution: bridge.executionId ?? null, attempt: bridge.attempt ?? null };
  return action(payload, bridge);
});
