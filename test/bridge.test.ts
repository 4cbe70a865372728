import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { awsEnvironment, freshDatabase, startInProcess } from './helpers/bridge.ts';
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

it('does not start with a policy whose channel nobody knows', async () => {
  const policies = [{ name: 'reports_*', allow: true, completion: ['sqss', 'logs'] }];
  const starting = startInProcess('http://127.0.0.1:9', await freshDatabase(), {}, { policies });
  await expect(starting).rejects.toThrow(
    /Policy 'reports_\*' names the channel 'sqss'; it must be one of .*sqs/,
  );
});

it('says where it listens', async () => {
  const lambda = await startWireLambda(succeed);
  const bridge = await startInProcess(lambda.url, await freshDatabase());
  expect((await fetch(`${bridge.url}/healthz`)).status).toBe(200);
  await bridge.stop(0);
  await lambda.stop();
});

it('ends when another one has its port, and gives the embedded ledger free', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bridge-port-'));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve'], {
    env: {
      ...process.env,
      ...awsEnvironment('http://127.0.0.1:9'),
      BRIDGE_PORT: String((other.address() as AddressInfo).port),
      BRIDGE_DATA_DIR: dataDir,
      DATABASE_URL: '',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'close');
  await until('it has ended', () => child.exitCode !== null, 30).finally(() => child.kill('SIGKILL'));
  expect(await ended).toEqual([1, null]);
  expect(said).toMatch(
    /^Cannot listen on 127\.0\.0\.1, port \d+ \(BRIDGE_HOST, BRIDGE_PORT\): .*EADDRINUSE.*\n$/,
  );
  other.close();
  await rm(dataDir, { recursive: true });
}, 45_000);
