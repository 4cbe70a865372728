import { describe, expect, it } from 'vitest';
import { Cleanup } from '../../bench/cleanup.ts';

describe('a cleanup', () => {
  it('stops what it owns once, the newest first', async () => {
    const cleanup = new Cleanup();
    const stopped: string[] = [];
    const own = (name: string) => cleanup.own(Promise.resolve(name), async (one) => stopped.push(one));
    await own('first');
    await own('second');
    await Promise.all([cleanup.run(), cleanup.run()]);
    expect(stopped).toEqual(['second', 'first']);
  });

  it('stops what was still starting, and what starts only afterwards', async () => {
    const cleanup = new Cleanup();
    const stopped: string[] = [];
    const starting = Promise.withResolvers<string>();
    const owned = cleanup.own(starting.promise, async (one) => stopped.push(one));
    const running = cleanup.run();
    starting.resolve('late');
    await Promise.all([owned, running]);
    await cleanup.own(Promise.resolve('after'), async (one) => stopped.push(one));
    await cleanup.run();
    expect(stopped).toEqual(['late', 'after']);
  });

  it('ends a scope with its work, also one that fails', async () => {
    const cleanup = new Cleanup();
    const stopped: string[] = [];
    const work = cleanup.scope(async (own) => {
      await own.own(Promise.resolve('scoped'), async (one) => stopped.push(one));
      throw new Error('failed');
    });
    await expect(work).rejects.toThrow('failed');
    expect(stopped).toEqual(['scoped']);
  });
});
