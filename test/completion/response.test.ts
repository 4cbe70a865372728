import { expect, it } from 'vitest';
import { response } from '../../src/completion/response.ts';
import { behavesAsChannel } from './suite.ts';

behavesAsChannel('response', 'RequestResponse', { failures: true }, (bench) => {
  it('carries the result as the function gave it', async () => {
    const outcome = await bench().outcomeOf(await bench().invoke('sleepy', { seconds: 0 }));
    expect(outcome).toMatchObject({ state: 'succeeded', result: '{"slept": 0}' });
  });
});

it('knows Node at its heap limit by the log tail', () => {
  const exit = 'RequestId: r Error: Runtime exited with error: signal: aborted';
  const answer = {
    type: 'answered',
    statusCode: 200,
    functionError: 'Unhandled',
    payload: JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: exit }),
  } as const;
  const heap = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  const logTail = `<--- JS stacktrace --->\n\n${heap}\n----- Native stack trace -----\n${exit}\nRuntime.ExitError`;
  expect(response.readAnswer?.({ ...answer, logTail })).toMatchObject({
    state: 'failed',
    error: { kind: 'out_of_memory', type: 'Runtime.ExitError', message: `${exit} (${heap})` },
  });
  expect(response.readAnswer?.(answer)).toMatchObject({ error: { kind: 'function_error', message: exit } });
});
