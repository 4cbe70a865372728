// Paths in this checkout, and the environment of programs started from it.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopWith } from './console.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isWindows = process.platform === 'win32';

const binFolder = isWindows ? 'Scripts' : 'bin';
export const venvFolder = join(root, '.venv');
export const uvFolder = join(venvFolder, 'uv');
export const pythonFolder = join(venvFolder, 'airflow-3.3');
export const pythonBin = join(pythonFolder, binFolder);
export const python = join(pythonBin, 'python');
export const uv = join(uvFolder, binFolder, 'uv');

/** Puts the Node and the Python that setup installed first on the PATH. */
export function commandEnvironment() {
  const path = [join(root, 'node_modules', '.bin'), pythonBin, process.env.PATH];
  return { ...process.env, PATH: path.join(delimiter) };
}

/** Runs an installer, shows its output, and ends this process when it fails. */
export function install(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: 'inherit',
    shell: isWindows,
  });
  if (error) stopWith(`${command} could not be started: ${error.message}`);
  if (status !== 0)
    stopWith(`${command} ${args.join(' ')} failed (exit code ${status}); its output is above.`);
}
