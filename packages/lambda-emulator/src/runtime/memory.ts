/** The peak memory of a process, from Linux's /proc. */
import { readFileSync } from 'node:fs';

export const CAN_MEASURE_MEMORY = process.platform === 'linux';
const KB_PER_MB = 1024;

/**
 * The peak memory of the process so far, in MB. The kernel records it (VmHWM), so polling misses no peak. Null if there
 * is no /proc (macOS) or the process has ended. Child processes are not counted: right after a fork, a child shares the
 * pages of its parent, and they would count twice.
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
