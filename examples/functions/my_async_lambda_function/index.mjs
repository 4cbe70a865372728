/** Runs for event.seconds (default 3) and logs its progress; fails if event.fail is true. */
import { setTimeout as sleep } from 'node:timers/promises';

class RequestedFailure extends Error {
  name = 'RequestedFailure';
}

export async function handler(event, context) {
  console.log(`my_async_lambda_function received the keys ${Object.keys(event).sort().join(', ')}`);
  const seconds = event.seconds ?? 3;
  for (let second = 1; second <= seconds; second++) {
    await sleep(1000);
    console.info(`worked for ${second} of ${seconds} seconds`);
  }
  if (event.fail) throw new RequestedFailure('asked to fail by the payload');
  return { seconds, request_id: context.awsRequestId };
}
