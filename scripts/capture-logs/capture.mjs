// Runs one handler under its runtime client, and returns what client and function wrote, one entry per CloudWatch event.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { REQUEST_ID, startRuntimeApi } from './runtime-api.mjs';

const LONGEST_MS = 60_000;
/** The client flushes before it asks for the next invocation; pipes may hold the last lines for a moment. */
const FLUSH_MS = 300;

/**
 * @param program {command, args, cwd, env} of the runtime client
 * @returns {lines, posted, exit}: `lines` as {text, framed, init}, oldest first; init: before the client asked for the event
 */
export async function capture(program, situation, format, level) {
  const lines = [];
  let inInit = true;
  const add = (text, framed) => lines.push({ text, framed, init: inInit });
  const api = await startRuntimeApi({ situation }, () => {
    inInit = false;
  });
  // One pipe for both outputs keeps the order of their lines.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', program.command, ...program.args], {
    cwd: program.cwd,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: 'captured',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/captured',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/27/[$LATEST]0',
      AWS_LAMBDA_LOG_FORMAT: format,
      ...(level && { AWS_LAMBDA_LOG_LEVEL: level }),
      AWS_REGION: 'eu-central-1',
      TZ: ':UTC',
      _LAMBDA_TELEMETRY_LOG_FD: '3',
      ...program.env,
    },
  });
  readLines(child.stdout, add);
  readFrames(child.stdio[3], add);
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const timer = AbortSignal.timeout(LONGEST_MS);
  const end = await Promise.race([
    api.done.then(() => undefined),
    exited,
    once(timer, 'abort').then(() => ({ timeout: true })),
  ]);
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  child.kill('SIGKILL');
  await exited;
  api.close();
  const clean = (text) => anonymous(text, program.cwd);
  const posted = Object.fromEntries(Object.entries(api.posted).map(([kind, text]) => [kind, clean(text)]));
  return { lines: lines.map((line) => ({ ...line, text: clean(line.text) })), posted, exit: end };
}

function readLines(pipe, add) {
  let rest = '';
  pipe.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    for (const part of parts) add(part, false);
  });
  pipe.on('end', () => rest && add(rest, false));
}

/** Type (4 bytes), length (4), microseconds (8), message: awslambdaric, bootstrap.py, FramedTelemetryLogSink. */
function readFrames(pipe, add) {
  let rest = Buffer.alloc(0);
  pipe.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 16 && rest.length >= 16 + rest.readUInt32BE(4)) {
      const length = rest.readUInt32BE(4);
      add(rest.subarray(16, 16 + length).toString('utf8'), true);
      rest = rest.subarray(16 + length);
    }
  });
}

/** The request id becomes {ID}, the folder of this machine Lambda's own. */
function anonymous(text, cwd) {
  return text.replaceAll(REQUEST_ID, '{ID}').replaceAll(cwd, '/var/task');
}
