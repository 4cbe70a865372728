/** A server as a process of its own, which writes its output to a file. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/helpers/postgres-server.ts';
import { end, hasEnded, spawnChild } from './child.ts';

const START_MS = 60_000;
/** The figures of a start are hundreds of milliseconds. */
const LOOK_MS = 5;

export interface ServerCommand {
  /** of its log file */
  name: string;
  /** @param port that it must listen on */
  command: (port: number) => { args: string[]; env?: Record<string, string>; program?: string };
  /** answers 200 when it is ready */
  readyPath: string;
  /** for the log file */
  folder: string;
}

export interface ServerProcess {
  name: string;
  url: string;
  pid: number;
  /** from the start of the process to its first answer 200 */
  startMs: number;
  stop(): Promise<void>;
}

export async function startServer({
  name,
  command,
  readyPath,
  folder,
}: ServerCommand): Promise<ServerProcess> {
  const port = await freePort();
  const { args, env, program = process.execPath } = command(port);
  const logFile = join(folder, `${name}-${port}.log`);
  const log = openSync(logFile, 'a');
  const begin = performance.now();
  const child = spawnChild(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, `${url}${readyPath}`);
  } catch (error) {
    child.kill('SIGKILL');
    const output = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
    throw new Error(`${name} did not start: ${(error as Error).message}\n${output}`);
  }
  return {
    name,
    url,
    pid: child.pid ?? 0,
    startMs: performance.now() - begin,
    stop: () => end(child),
  };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  let status = 0;
  for (const begin = performance.now(); performance.now() - begin < START_MS; await sleep(LOOK_MS)) {
    if (failure) throw failure;
    if (hasEnded(child)) throw new Error(`it has ended with ${child.exitCode ?? child.signalCode}`);
    status = await statusOf(url);
    if (status === 200) return;
  }
  throw new Error(`${url} answers ${status || 'nothing'} after ${START_MS / 1_000} s`);
}

/** @returns 0 while nobody listens */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, timeout: 1_000 }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent
      .once('timeout', () => sent.destroy())
      .once('error', () => resolve(0))
      .end();
  });
}
