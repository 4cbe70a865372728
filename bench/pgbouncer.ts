/** PgBouncer in transaction mode, as many databases are offered. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chown, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { poll } from '../test/helpers/poll.ts';
import { freePort, unprivileged } from '../test/helpers/postgres-server.ts';
import { end, hasEnded, spawnChild } from './child.ts';
import type { Cleanup } from './cleanup.ts';
import type { Setting } from './setting.ts';

/** Debian has it where an ordinary user's PATH does not lead. */
const env = { ...process.env, PATH: [process.env['PATH'], '/usr/sbin'].join(delimiter) };

export interface PgBouncer {
  /** of the same database, through PgBouncer */
  url: string;
  log(): Promise<string>;
}

/** @returns undefined where it is not installed */
export function pgBouncerVersion(): string | undefined {
  const { stdout, error } = spawnSync('pgbouncer', ['--version'], { env, encoding: 'utf8' });
  return error ? undefined : stdout.split('\n')[0];
}

export async function startPgBouncer(
  setting: Setting,
  cleanup: Cleanup,
  databaseUrl: string,
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(setting.folder, 'pgbouncer-'));
  const user = unprivileged();
  // The folder around it is open to us alone.
  if (user) for (const path of [setting.folder, folder]) await chown(path, user.uid, user.gid);
  const port = await freePort();
  const [file, logFile] = [join(folder, 'pgbouncer.ini'), join(folder, 'pgbouncer.log')];
  const database = new URL(databaseUrl);
  await writeFile(file, settings(database, port, logFile));
  const child = spawnChild('pgbouncer', ['-q', file], { ...user, env, cwd: folder, stdio: 'ignore' });
  await cleanup.own(untilUp(child, port, database), () => end(child));
  const log = () => readFile(logFile, 'utf8');
  return { url: throughPort(database, port), log };
}

function settings({ hostname, port: serverPort, username }: URL, port: number, logFile: string): string {
  return `[databases]
* = host=${hostname} port=${serverPort} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
logfile = ${logFile}
`;
}

function throughPort(database: URL, port: number): string {
  const url = new URL(database);
  url.port = String(port);
  return url.href;
}

async function untilUp(child: ChildProcess, port: number, database: URL): Promise<ChildProcess> {
  child.once('error', () => undefined);
  const connectionString = throughPort(database, port);
  const connects = async () => {
    if (hasEnded(child)) throw new Error(`pgbouncer has ended with ${child.exitCode}`);
    const client = new pg.Client({ connectionString });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  };
  if (await poll(connects, Boolean, { seconds: 10, pauseMs: 50 })) return child;
  throw new Error('pgbouncer does not listen');
}
