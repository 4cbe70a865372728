// The bootstrap that AWS's emulator starts: runs the real runtime interface client as its child and records, in order,
// what the client and the function wrote, what was posted to the Runtime API, and how the process ended.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { FrameReader } from '../../packages/lambda-emulator/src/runtime/frame-reader.ts';
import { LineReader } from './readers.mjs';

const { command, cwd, env, frames, record } = JSON.parse(process.env.CAPTURE);
const emulator = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`);
/** Clients send the error again in a header, for X-Ray. */
const LARGEST_HEADERS = 1 << 20;
let phase = 'init';

const write = (entry) => appendFileSync(record, `${JSON.stringify({ pid: process.pid, ...entry })}\n`);

/** Passes every call on to the emulator. The first event that is handed out ends the initialization. */
const proxy = createServer({ maxHeaderSize: LARGEST_HEADERS }, (incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const { hostname, port } = emulator;
  const body = [];
  const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
    if (url.endsWith('/invocation/next')) phase = 'run';
    else {
      const path = url.replace(/^.*\/runtime/, '');
      const errorType = headers['lambda-runtime-function-error-type'];
      write({
        type: 'post',
        path,
        errorType,
        status: answer.statusCode,
        body: Buffer.concat(body).toString(),
      });
    }
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on('error', () => outgoing.destroy());
  incoming.on('data', (chunk) => body.push(chunk));
  incoming.pipe(forwarded);
});

proxy.listen(0, '127.0.0.1', () => {
  // One pipe for both standard streams keeps their order.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...command], {
    cwd,
    env: {
      PATH: process.env.PATH,
      ...env,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${proxy.address().port}`,
      ...(frames && { _LAMBDA_TELEMETRY_LOG_FD: '3' }),
    },
    stdio: ['ignore', 'pipe', 'inherit', ...(frames ? ['pipe'] : [])],
  });
  write({ type: 'start', child: child.pid });
  const lines = new LineReader((text) => write({ type: 'line', from: 'pipe', phase, text }));
  child.stdout.on('data', (chunk) => lines.push(chunk)).on('end', () => lines.end());
  const framed = new FrameReader((text) => write({ type: 'line', from: 'frame', phase, text }));
  child.stdio[3]?.on('data', (chunk) => framed.push(chunk));
  child.on('close', (exitCode, signal) => {
    write({ type: 'exit', phase, exitCode, signal });
    if (signal) process.kill(process.pid, signal);
    else process.exit(exitCode);
  });
});
