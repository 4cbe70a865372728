import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import pino from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { bodyReader } from '../../src/http/body.ts';
import { problemHandler } from '../../src/http/problem.ts';
import { close, listen } from '../../src/http-server.ts';
import { ByteBudget } from '../../src/lifecycle/byte-budget.ts';

const BODY_BYTES = 100_000;

it('ends a body that does not arrive in time, and gives its memory back', async () => {
  const budget = new ByteBudget(BODY_BYTES);
  const readBody = bodyReader(2 * BODY_BYTES, budget, 100);
  const app = express();
  app.post('/', async (request, response) => {
    await readBody(request, response);
    response.end();
  });
  app.use(problemHandler(pino({ level: 'silent' })));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => close(server));
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES}\r\n\r\n{`,
  );
  // The server closes the connection: otherwise this would wait for ever.
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain('"code":"body_timeout"');
  expect(await budget.take(BODY_BYTES, 0)).toBeDefined();
});
