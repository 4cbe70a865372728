// The emulator in this process, and the bridge as users run it, on an embedded ledger of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../../../packages/lambda-emulator/src/server.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const REGION = 'eu-central-1';
/** Clients that have ended their run must not use up the memory of the machine. */
const IDLE_SECONDS = 1;
const LIMITS = {
  poll_seconds: 0.2,
  evidence_seconds: 5,
  late_lines_seconds: 0.5,
  log_calls_per_second: 100,
};

export async function startServices(functionsDir, withMetrics) {
  const ended = new Map();
  const waiting = new Map();
  const emulator = await startEmulator({
    functionsDir,
    region: REGION,
    idleSeconds: IDLE_SECONDS,
    onEventEnd: ({ functionName }) => {
      ended.set(functionName, true);
      waiting.get(functionName)?.();
    },
  });
  const noMetrics = withMetrics ? undefined : await startDenyingServer();
  const folder = mkdtempSync(join(tmpdir(), 'clients-end-to-end-'));
  const bridge = await startBridge(folder, emulator.url, noMetrics?.url ?? emulator.url);
  return {
    /** @returns the id of the execution, when its function has run */
    async run({ functionName, event }) {
      const body = { function: functionName, invocation_type: 'Event', payload: event };
      const { id } = await call(`${bridge.url}/v1/executions`, body);
      if (!ended.has(functionName)) await new Promise((resolve) => waiting.set(functionName, resolve));
      return id;
    },
    /** @returns the execution when it has ended, and its log lines */
    async observe(id) {
      const url = `${bridge.url}/v1/executions/${id}`;
      let execution = await call(`${url}?wait=30`);
      while (execution.finished_at === undefined) execution = await call(`${url}?wait=30`);
      return { execution, events: await readLog(url) };
    },
    async stop() {
      bridge.child.kill('SIGTERM');
      await bridge.exited;
      await emulator.stop();
      noMetrics?.server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readLog(url) {
  const events = [];
  for (let after = ''; ; ) {
    const page = await call(`${url}/logs${after && `?after=${encodeURIComponent(after)}`}`);
    events.push(...page.events);
    after = page.next_after;
    if (page.complete && !page.truncated) return events;
  }
}

async function startBridge(folder, lambdaUrl, metricsUrl) {
  const config = join(folder, 'bridge.json');
  writeFileSync(config, JSON.stringify({ limits: LIMITS }));
  const child = spawn(process.execPath, [main, 'serve'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: lambdaUrl,
      AWS_ENDPOINT_URL_XRAY: lambdaUrl,
      AWS_ENDPOINT_URL_CLOUDWATCH: metricsUrl,
      BRIDGE_CONFIG: config,
      BRIDGE_DATA_DIR: join(folder, 'data'),
      BRIDGE_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const listening = new Promise((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg, url, level } = JSON.parse(line);
      if (msg === 'listening') resolve(url);
      else if (level === 'error') console.error(line);
    });
  });
  const url = await Promise.race([listening, exited.then(() => undefined)]);
  if (url === undefined) throw new Error('the bridge ended before it listened');
  return { url, child, exited };
}

/** As where the role of the bridge lacks the permission. */
async function startDenyingServer() {
  const server = createServer((request, response) => {
    request.resume();
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AccessDenied;Sender',
    };
    response.writeHead(403, headers).end('{"__type":"AccessDeniedException","message":"not allowed here"}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

async function call(url, body) {
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const answer = await fetch(url, body && post);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}
