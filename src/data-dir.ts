import { mkdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Makes sure that only one process uses a PGlite directory: a second one would corrupt it, and PGlite does not detect it.
 * The lock is a listening socket instead of a file with a pid, because it ends with the process in every case.
 *
 * @returns a function that releases the directory @throws StartError when another process uses it
 */
export async function holdDataDir(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  // Not its path: containers that share a network have their own, and links give it several.
  const { dev, ino } = await stat(directory, { bigint: true });
  const name = `airflow-lambda-bridge-${dev}-${ino}`;
  // An abstract socket ends with its process. Elsewhere a killed one leaves a file behind, and two that find it dead at
  // the same moment may both remove it, the second one when the first listens there already.
  const abstract = platform() === 'linux';
  const path = abstract ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  const server = createServer((socket) => socket.destroy());
  // Listening comes before looking: of several that start at once, the system lets only one have the path.
  if (!(await listens(server, path))) {
    if (abstract || (await answers(path))) throw taken(directory);
    // Nobody answers: it is what a killed process has left behind.
    await unlink(path).catch(() => undefined);
    if (!(await listens(server, path))) throw taken(directory);
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function taken(directory: string): StartError {
  return new StartError(
    `Another process uses the embedded ledger in ${directory}. Stop it, choose another BRIDGE_DATA_DIR, ` +
      'or set DATABASE_URL to share one PostgreSQL.',
  );
}

/** False when the path is there already. */
function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', refuse).listen(path, () => {
      server.off('error', refuse);
      resolve(true);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
