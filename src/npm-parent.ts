/** How often to check whether the parent has ended. */
const LOOK_MS = 500;

/**
 * npm and npx run the command in a shell, which ends on a signal without passing it on. So under npm the end of our parent
 * counts as SIGTERM. Without npm, a process may outlive its parent.
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
