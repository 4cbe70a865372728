/** How much memory a process and its children hold, from Linux's /proc. */
import { readFileSync } from 'node:fs';

const KB_PER_MB = 1024;

/**
 * The most the process has held so far, plus what its children hold now, in MB; null where there is no /proc (macOS)
 * or the process is gone. The kernel keeps the peak (VmHWM), so that nothing between two looks is missed. Children
 * started by other threads than the first are not seen.
 */
export function peakMemoryMb(pid: number): number | null {
  const own = readField(pid, 'VmHWM');
  if (own === null) return null;
  const children = descendants(pid).reduce((sum, child) => sum + (readField(child, 'VmRSS') ?? 0), 0);
  return Math.ceil((own + children) / KB_PER_MB);
}

function readField(pid: number, field: string): number | null {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readProc(`${pid}/status`));
  return match ? Number(match[1]) : null;
}

function descendants(pid: number): number[] {
  const children = readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
