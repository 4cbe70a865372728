/** How often the end of the parent is looked for. */
const LOOK_MS = 500;

/**
 * npm and npx put a shell between themselves and the command, which dies of a signal without passing it on: the end of
 * our parent is our SIGTERM then. Elsewhere a process may well outlive whoever started it.
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
