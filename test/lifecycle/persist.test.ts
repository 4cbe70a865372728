import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { untilWritten } from '../../src/lifecycle/persist.ts';

describe('what Lambda answered', () => {
  it('is written however often the ledger fails first', async () => {
    let tries = 0;
    const write = async () => {
      tries += 1;
      if (tries < 3) throw new Error('connection terminated');
    };
    await untilWritten(write, pino({ level: 'silent' }));
    expect(tries).toBe(3);
  });
});
