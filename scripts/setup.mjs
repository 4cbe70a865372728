// Installs what the commands of this checkout need: npm packages and, without --no-python, the Python environment.
// Plain JavaScript without packages, because it runs on the machine's own Node before any package is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say, stopWith, timed } from './console.mjs';
import { install, isWindows, root } from './paths.mjs';
import { setupPython } from './setup-python.mjs';

/** Runs `npm ci` when node_modules does not match package-lock.json. */
export function setupNode() {
  if (!nodeModulesMatch()) {
    say('Installing the npm packages (one to two minutes on a fresh machine)');
    timed('npm packages', () => install(isWindows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund']));
  }
  // `npm ci --ignore-scripts` succeeds, but does not install the package's Node.
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) {
    stopWith(
      'node_modules contains no Node because its install script did not run. Run: npm ci --ignore-scripts=false',
    );
  }
}

/** Compares the lock file with node_modules/.package-lock.json, where npm records what it installed. */
function nodeModulesMatch() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    // The project itself and its workspaces, which npm links and does not list.
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setupNode();
  if (!process.argv.includes('--no-python')) setupPython();
}
