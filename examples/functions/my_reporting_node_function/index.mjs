/** Counts the words of payload.text; a high payload.repeat makes the result too large for Lambda's response. */
import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';

export const handler = bridgeFunction(async ({ text = '', repeat = 1 }, _context, bridge) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  console.log(`counting ${words.length} words for execution ${bridge.executionId ?? '(none)'}`);
  await bridge.heartbeat({ words: words.length });
  return { count: words.length, words: Array.from({ length: repeat }, () => words).flat() };
});
