/** How often to check whether the parent has ended. */
const LOOK_MS = 500;

/**
 * npm and npx run the command in a shell. On a signal, this shell ends without passing the signal on. So if npm started
 * this process, the end of its parent counts as SIGTERM. Otherwise a process may continue after its parent has ended.
 */
export function stopWithNpm(): void {
  if (process.env['npm_command'] === undefined) return;
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  look.unref();
}
