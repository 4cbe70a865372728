import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCallbackChannel } from '../../src/completion/callback.ts';
import { readCallback } from '../../src/contract/callback.ts';
import { checkCallbackToken } from '../../src/domain/callback-token.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { behavesAsChannel } from './suite.ts';

const SECRET = 'a secret of thirty-two characters';
const { functionsDir, remove } = await withFunctionHelper(
  fileURLToPath(new URL('./functions', import.meta.url)),
);

let server: Server;
const arrived = new Map<string, Outcome>();
const attempts: string[] = [];

/** What http/callbacks.ts does with a report, but for the ledger. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const [id = '', number = ''] = (request.url ?? '').split('/').slice(-2);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const verdict = checkCallbackToken(SECRET, { id, number: Number(number) }, token, new Date());
    if (verdict !== 'valid') return response.writeHead(401).end();
    const report = readCallback(await text(request));
    attempts.push(`${report.type} ${request.url}`);
    if (report.type === 'ended') arrived.set(id, report.outcome);
    response.end('{"accepted":true,"cancel":false}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await remove();
});

const publicUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

behavesAsChannel(
  'callback',
  'Event',
  {
    failures: true,
    logged: false,
    functionsDir,
    sources: () => ({ callback: { publicUrl: publicUrl(), callbackSecret: SECRET } }),
    arrival: async ({ id }) => arrived.get(id),
  },
  (bench) => {
    it('carries the result, and the signs of life before it', async () => {
      const invoked = await bench().invoke('sleepy', { seconds: 0 });
      expect(await bench().outcomeOf(invoked)).toEqual({ state: 'succeeded', result: '{"slept":0}' });
      const path = `/v1/callbacks/${invoked.attempt.id}/1`;
      expect(attempts.slice(-2)).toEqual([`heartbeat ${path}`, `ended ${path}`]);
    });
  },
);

describe('the reply of a callback', () => {
  const attempt = { id: 'some-id', number: 2, function: 'fn', qualifier: null, deadlineAt: null };
  const channel = (changes: object = {}) =>
    createCallbackChannel({ publicUrl: 'https://bridge.example/base', callbackSecret: SECRET, ...changes });

  it.each([
    ['no deadline', null],
    ['a deadline in a week', new Date(Date.now() + 7 * 86_400_000)],
  ])('has a token that outlives the attempt with %s', async (_what, deadlineAt) => {
    const reply = (await channel().replyTo?.({ ...attempt, deadlineAt })) as { url: string; token: string };
    expect(reply.url).toBe('https://bridge.example/base/v1/callbacks/some-id/2');
    const soon = (hours: number) => new Date((deadlineAt?.getTime() ?? Date.now()) + hours * 3_600_000);
    expect(checkCallbackToken(SECRET, attempt, reply.token, soon(23))).toBe('valid');
    expect(checkCallbackToken(SECRET, attempt, reply.token, soon(25))).toBe('expired');
  });

  it.each([
    ['BRIDGE_PUBLIC_URL', { publicUrl: undefined }],
    ['BRIDGE_CALLBACK_SECRET', { callbackSecret: undefined }],
  ])('is refused without %s, and the refusal names it', async (name, changes) => {
    expect(channel(changes).unavailableReason?.('fn')).toContain(name);
    await expect(channel(changes).replyTo?.(attempt)).rejects.toThrow(name);
  });

  it('has no obstacle when both are set', () => {
    expect(channel().unavailableReason?.('fn')).toBeUndefined();
  });
});
