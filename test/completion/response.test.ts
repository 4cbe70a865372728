import { expect, it } from 'vitest';
import { behavesAsChannel } from './suite.ts';

behavesAsChannel('response', 'RequestResponse', { failures: true }, (bench) => {
  it('carries the result as the function gave it', async () => {
    const outcome = await bench().outcomeOf(await bench().invoke('sleepy', { seconds: 0 }));
    expect(outcome).toMatchObject({ state: 'succeeded', result: '{"slept": 0}' });
  });
});
