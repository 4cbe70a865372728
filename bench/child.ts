/** Starts and ends child processes. None of them outlives this one, unless it is killed. */
import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Then it is killed: a bridge would wait for held invocations. */
const STOP_MS = 3_000;

const running = new Set<ChildProcess>();
process.once('exit', killChildren);

/** At once, whatever they do. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function spawnChild(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return keep(spawn(program, args, options));
}

/** A module of Node with a channel for messages. */
export function forkChild(path: string): ChildProcess {
  return keep(fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
}

/** @returns what it wrote to standard output @throws when it fails */
export async function outputOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const child = spawnChild(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args[0]} has ended with ${code}: ${errors.slice(-1_000)}`);
  return output;
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

function keep(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
