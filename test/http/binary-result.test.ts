import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import { freshDatabase, startInProcess, submit } from '../helpers/bridge.ts';
import { startWireLambda, type WireLambda } from '../helpers/wire-lambda.ts';

/** A PDF, answered as aws-sdk-react-native#30 describes. */
const PDF = Buffer.from('JVBERi3//oAACg==', 'base64');
const ANSWERS: Record<string, { body: Buffer; type?: string }> = {
  pdf: { body: PDF, type: 'application/octet-stream' },
  untyped: { body: Buffer.from([0xff, 0xfe, 0x00]), type: 'application/json' },
  nul: { body: Buffer.from('one\0two'), type: 'text/plain' },
  latin: { body: Buffer.from('größe', 'latin1'), type: 'text/csv; charset=iso-8859-1' },
  bom: { body: Buffer.from('\ufeff{"a":1}'), type: 'application/json' },
  text: { body: Buffer.from('größe'), type: 'text/plain' },
  empty: { body: Buffer.alloc(0), type: 'application/json' },
  json: { body: Buffer.from('{"n": 1.0}') },
};

let lambda: WireLambda;
let bridge: Bridge;

beforeAll(async () => {
  lambda = await startWireLambda(({ function: fn, answer }) => {
    const { body, type } = ANSWERS[fn] ?? { body: PDF };
    answer.writeHead(200, {
      'x-amzn-requestid': randomUUID(),
      ...(type === undefined ? {} : { 'content-type': type }),
    });
    answer.end(body);
  });
  bridge = await startInProcess(lambda.url, await freshDatabase());
});
afterAll(async () => {
  await bridge?.stop(0);
  await lambda?.stop();
});

async function run(fn: string) {
  const execution = await submit(bridge.url, { function: fn }, 30);
  const answer = await fetch(`${bridge.url}/v1/executions/${execution.id}/result`);
  return { execution, answer, bytes: Buffer.from(await answer.arrayBuffer()) };
}

describe('a result', () => {
  it.each(Object.keys(ANSWERS))('%s is given byte for byte, with the type that Lambda sent', async (fn) => {
    const { body, type = 'application/json' } = ANSWERS[fn] ?? { body: PDF };
    const { execution, answer, bytes } = await run(fn);
    expect(execution.state).toBe('succeeded');
    expect(answer.status).toBe(200);
    expect(bytes).toEqual(body);
    expect(answer.headers.get('content-type')).toBe(type);
  });

  it('that is not text is absent from the execution, which tells its size and type', async () => {
    const { execution } = await run('pdf');
    expect(execution).not.toHaveProperty('result');
    expect(execution).toMatchObject({ result_size: 10, result_content_type: 'application/octet-stream' });
  });

  it('that is text but not JSON is a JSON string in the execution', async () => {
    const { execution } = await run('text');
    expect(execution).toMatchObject({ result: 'größe', result_content_type: 'text/plain' });
    expect(execution).not.toHaveProperty('result_size');
  });

  it('of a function is data to a browser, never a page of the bridge', async () => {
    const { answer } = await run('text');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toBe('sandbox');
  });
});
