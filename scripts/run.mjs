// run.mjs [--no-python] COMMAND ARGS…: runs setup, then the command with the Node and the Python of this checkout
// first on the PATH. Forwards signals to the command, and exits with its exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stopWith } from './console.mjs';
import { commandEnvironment, isWindows, root } from './paths.mjs';
import { setupNode } from './setup.mjs';
import { setupPython } from './setup-python.mjs';

const args = process.argv.slice(2);
const withPython = args[0] !== '--no-python';
if (!withPython) args.shift();
const [command, ...rest] = args;
if (command === undefined)
  stopWith('No command given. Usage: node scripts/run.mjs [--no-python] COMMAND ARGS…');

setupNode();
if (withPython) setupPython();

const child = spawn(command, rest, {
  cwd: root,
  env: commandEnvironment(),
  stdio: 'inherit',
  shell: isWindows,
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal sends Ctrl-C to the command, too. A second SIGINT would cut its graceful stop short.
  process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal));
}
// npm starts us through a shell, which ends on a signal without forwarding it. Its end then counts as the signal.
const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  // Only once: at a second signal the service drops its held invocations.
  child.kill('SIGTERM');
}, 500).unref();
child.on('error', (error) => stopWith(`${command} could not be started: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
