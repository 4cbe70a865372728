/** Answers to Invoke that Lambda did not give: of proxies, login pages and load balancers. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type InvokeRequest, LambdaInvoker } from '../../src/aws/lambda-invoker.ts';
import { useWireClients } from './wire-clients.ts';
import type { Answer } from './wire-server.ts';

const REQUEST: InvokeRequest = {
  function: 'report',
  invocationType: 'RequestResponse',
  logType: 'Tail',
  payload: Buffer.from('{"day": 1}'),
  timeoutMs: 5_000,
};
const REQUEST_ID = '8476a536-e9f4-11e8-9739-2dfe598c3fcd';

const wire = useWireClients('LAMBDA');

async function listen(answer: Answer): Promise<LambdaInvoker> {
  return new LambdaInvoker((await wire.listen(answer)).invoke);
}

function html(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/html' });
  response.end('<html><head><title>Network login</title></head><body>Please sign in</body></html>');
}

describe('an Invoke whose answer is not from Lambda', () => {
  it.each([200, 202, 204, 302, 400, 403, 404, 407, 408, 413, 429, 500, 502, 503, 504])(
    'is in doubt after an answer with status %i that Lambda did not give',
    async (status) => {
      const invoker = await listen((_request, response) => html(response, status));
      for (const invocationType of ['RequestResponse', 'Event'] as const)
        expect(await invoker.invoke({ ...REQUEST, invocationType })).toMatchObject({
          type: 'in_doubt',
          reason: expect.stringMatching(`not from Lambda: HTTP ${status} with text/html`),
        });
      expect(wire.requests()).toHaveLength(2);
    },
  );

  it.each([
    [200, '{"ok":true}'],
    [404, '{"__type":"ResourceNotFoundException","message":"Function not found"}'],
    [429, '{"Type":"User","message":"Rate exceeded"}'],
    [502, '{"__type":"ENILimitReachedException"}'],
  ])('is in doubt after a %i in JSON without a header of Lambda', async (status, body) => {
    const invoker = await listen((_request, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    });
    const answer = await invoker.invoke(REQUEST);
    expect(answer).toMatchObject({ type: 'in_doubt' });
    expect(answer).not.toHaveProperty('requestId');
  });

  it("believes Lambda's request id also on an answer with another type than JSON", async () => {
    const invoker = await listen((_request, response) => {
      response.writeHead(403, { 'Content-Type': 'text/html', 'x-amzn-RequestId': REQUEST_ID }).end('<p>');
    });
    expect(await invoker.invoke(REQUEST)).toMatchObject({ type: 'refused', error: { type: 'HTTP 403' } });
  });
});
