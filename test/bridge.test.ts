import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { freshDatabase, startInProcess } from './helpers/bridge.ts';
import { until } from './helpers/until.ts';
import { startWireLambda, succeed } from './helpers/wire-lambda.ts';

it('stops although an upload stalls', async () => {
  const lambda = await startWireLambda(succeed);
  const bridge = await startInProcess(lambda.url, await freshDatabase(), {}, { stagingUri: 's3://bucket/p' });
  const socket = connect(Number(new URL(bridge.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('POST /v1/payloads HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc');
  // Answered after it: by then the upload has begun.
  await fetch(`${bridge.url}/readyz`);
  let stopped = false;
  const stop = bridge.stop(0).then(() => {
    stopped = true;
  });
  await until('it has stopped', () => stopped);
  await stop;
  socket.destroy();
  await lambda.stop();
}, 30_000);

it('says where it listens', async () => {
  const lambda = await startWireLambda(succeed);
  const bridge = await startInProcess(lambda.url, await freshDatabase());
  expect((await fetch(`${bridge.url}/healthz`)).status).toBe(200);
  await bridge.stop(0);
  await lambda.stop();
});
