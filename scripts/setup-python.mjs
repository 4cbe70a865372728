// Installs the Python environment: uv from its lock file, Airflow and the test tools from theirs, and the shim of this
// checkout as an editable package.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say, stopWith, timed } from './console.mjs';
import {
  install,
  isWindows,
  python,
  pythonBin,
  pythonFolder,
  root,
  uv,
  uvFolder,
  venvFolder,
} from './paths.mjs';

const lockFile = join(root, 'python-shim', 'locks', 'airflow-3.3.txt');
const uvLockFile = join(root, 'python-shim', 'locks', 'uv.txt');
const shimProject = join(root, 'python-shim', 'pyproject.toml');
const stampFile = join(pythonFolder, 'setup.stamp');

/** Makes .venv/airflow-3.3 match its lock file. Does nothing when it already does. */
export function setupPython() {
  const host = hostPython();
  const stamp = stampOf(host);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  refuseLinkedFolder();
  say(
    `Installing Airflow and the test tools for Python ${host.version} (one to three minutes on a fresh machine)`,
  );
  timed('Python environment', () => {
    bootstrapUv(host);
    rmSync(pythonFolder, { recursive: true, force: true });
    install(uv, ['venv', '--quiet', '--python', host.path, pythonFolder]);
    installPackages(['--require-hashes', '-r', lockFile]);
    installPackages(['--no-deps', '--no-build-isolation', '-e', join(root, 'python-shim')]);
  });
  writeFileSync(stampFile, stamp);
}

/** Setup deletes folders in .venv. Through a link it would delete those of another checkout. */
function refuseLinkedFolder() {
  if (!lstatSync(venvFolder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  stopWith(
    `${venvFolder} is a symbolic link, and setup would delete the environment behind it. Remove the link and run the command again.`,
  );
}

function installPackages(args) {
  // uv does not read pip's settings, so use a mirror that is set only for pip.
  const index = process.env.UV_DEFAULT_INDEX ?? process.env.PIP_INDEX_URL;
  install(uv, ['pip', 'install', '--python', python, ...args], index ? { UV_DEFAULT_INDEX: index } : {});
}

/**
 * The Python of the machine: PYTHON if set, else python3. In a shell with our environment activated, its Python is
 * first on the PATH, but setup replaces that environment and so must not run on it.
 */
function hostPython() {
  const command = process.env.PYTHON ?? (isWindows ? 'python' : 'python3');
  const script = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const folders = process.env.PATH.split(delimiter).filter((folder) => folder !== pythonBin);
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const { status, stdout } = spawnSync(command, ['-c', script], { encoding: 'utf8', env });
  if (status !== 0)
    stopWith(`${command} does not run: Python 3.10 or newer is needed (or set PYTHON to its path).`);
  const [path, version] = stdout.trim().split(/\r?\n/);
  const [major, minor] = version.split('.').map(Number);
  if (major !== 3 || minor < 10)
    stopWith(`${path} is Python ${version}; 3.10 or newer is needed (set PYTHON to one).`);
  return { path, version };
}

/**
 * Changes when the environment must be installed again. The shim is editable, so only its project file counts (entry
 * points, dependencies). The root path counts because a copied or moved environment still refers to the old one.
 */
function stampOf({ path, version }) {
  const hash = createHash('sha256').update(`${path} ${version} ${root}\n`);
  for (const file of [uvLockFile, lockFile, shimProject]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Debian may have venv without ensurepip, or pip without venv. Either one is enough. */
function bootstrapUv(host) {
  if (existsSync(uv) && uvIsLocked()) return;
  rmSync(uvFolder, { recursive: true, force: true });
  const fromLock = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '-r',
    uvLockFile,
  ];
  const withVenv = attempt(host.path, ['-m', 'venv', uvFolder]);
  if (withVenv) {
    const inside = join(uvFolder, isWindows ? 'Scripts' : 'bin', 'python');
    install(inside, fromLock);
    return;
  }
  rmSync(uvFolder, { recursive: true, force: true });
  if (!attempt(host.path, ['-m', 'pip', '--version'])) {
    stopWith(`${host.path} has neither venv nor pip. On Debian and Ubuntu: apt-get install python3-venv`);
  }
  install(host.path, [...fromLock, '--target', uvFolder]);
}

function uvIsLocked() {
  const { stdout } = spawnSync(uv, ['--version'], { encoding: 'utf8' });
  const locked = /^uv==(\S+)/m.exec(readFileSync(uvLockFile, 'utf8'))?.[1];
  return stdout?.split(' ')[1] === locked;
}

function attempt(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
