// run.mjs [--no-python] COMMAND ARGS…: sets up, then runs the command with the Node and the Python of this
// checkout first on the PATH. Signals go on to the command; its exit code is ours.
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
if (command === undefined) stopWith('Say which command to run: node scripts/run.mjs COMMAND ARGS…');

setupNode();
if (withPython) setupPython();

const child = spawn(command, rest, {
  cwd: root,
  env: commandEnvironment(),
  stdio: 'inherit',
  shell: isWindows,
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // The Ctrl-C of a terminal reaches the command by itself: sent twice, it would cut a graceful stop short.
  process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal));
}
// npm puts a shell in between, which dies of a signal without passing it on: its end is our signal then.
const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  // Once: the service takes a second signal as an order to drop what it holds.
  child.kill('SIGTERM');
}, 500).unref();
child.on('error', (error) => stopWith(`${command} could not be started: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
