/** How much memory a process has held, from Linux's /proc. */
import { readFileSync } from 'node:fs';

export const CAN_WATCH_MEMORY = process.platform === 'linux';
const KB_PER_MB = 1024;

/**
 * The most the process has held so far, in MB. The kernel keeps this peak (VmHWM), so that nothing between two looks
 * is missed. Null where there is no /proc (macOS), or the process has ended. Its children are not counted: right after
 * a fork they share the parent's pages, and would count twice.
 */
export function peakMemoryMb(pid: number): number | null {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readStatus(pid))?.[1];
  return peak === undefined ? null : Math.ceil(Number(peak) / KB_PER_MB);
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
