/** Reports by itself, with the helper. */
import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';

export const handler = bridgeFunction(async ({ add }, _context, bridge) => {
  await bridge.heartbeat({ done: 1 });
  return { sum: add[0] + add[1] };
});
