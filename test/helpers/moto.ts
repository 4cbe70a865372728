/** moto's server, which speaks S3 well; it lives in the Python environment of Airflow 3.3. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MOTO = fileURLToPath(new URL('../../.venv/airflow-3.3/bin/moto_server', import.meta.url));
const START_MS = 30_000;

export interface Moto {
  url: string;
  stop(): Promise<void>;
}

/** Starts a server of its own on a free port, and waits until it listens. */
export async function startMoto(): Promise<Moto> {
  if (!existsSync(MOTO)) throw new Error(`${MOTO} is missing: run npm test, which installs it.`);
  const child = spawn(MOTO, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  try {
    return { url: await listeningAt(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`moto did not start: ${output}`)), START_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    // read on after the start too, or its pipe fills and it stands still
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`moto ended with code ${code}: ${output}`)));
    child.once('error', reject);
  });
}
