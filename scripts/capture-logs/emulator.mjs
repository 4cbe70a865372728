// Runs one invocation under AWS's runtime interface emulator and returns what was recorded.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const REQUEST_ID = '6f2d3a1b-9c47-4e58-8b0a-d1e5f7a92c36';
const recorder = fileURLToPath(new URL('recorder.mjs', import.meta.url));
const LIMIT_MS = 60_000;
/** Lines that the runtime writes right after its answer. */
const LATE_LINES_MS = 250;

/** @param capture `command`, `cwd`, `env`, `event`, and `frames`: whether the client gets the telemetry pipe */
export async function invoke(rie, folder, { event, ...capture }) {
  const record = join(folder, 'record.jsonl');
  rmSync(record, { force: true });
  const [api, runtimeApi] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const addresses = ['--runtime-interface-emulator-address', api, '--runtime-api-address', runtimeApi];
  const emulator = spawn(rie, [...addresses, '--log-level', 'error', process.execPath, recorder], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_FUNCTION_TIMEOUT: '50',
      CAPTURE: JSON.stringify({ ...capture, record }),
    },
    stdio: 'ignore',
  });
  const exited = new Promise((resolve) => emulator.once('exit', resolve));
  try {
    const answer = await post(`http://${api}/2015-03-31/functions/function/invocations`, event);
    await pause(LATE_LINES_MS);
    return { answer, entries: readEntries(record) };
  } finally {
    emulator.kill('SIGKILL');
    await exited;
    for (const pid of new Set(readEntries(record).flatMap(({ pid, child }) => [child, pid]))) end(pid);
  }
}

async function post(url, event) {
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = { 'x-amzn-requestid': REQUEST_ID };
      const signal = AbortSignal.timeout(LIMIT_MS);
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), headers, signal });
      return await response.text();
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED' || tries > 50) throw error;
      await pause(100);
    }
  }
}

function readEntries(record) {
  if (!existsSync(record)) return [];
  return readFileSync(record, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The emulator gives the runtime a process group of its own, so ending the emulator does not end it. */
function end(pid) {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
