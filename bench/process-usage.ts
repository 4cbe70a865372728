/** CPU and memory of other processes: from /proc, or from `ps` where there is none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const HAS_PROC = existsSync('/proc/self/stat');
/** USER_HZ is 100 on every architecture that Linux shows to programs: man 5 proc. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process so far. */
export function cpuSeconds(pid: number): number {
  if (!HAS_PROC) return secondsOf(ps('cputime', pid));
  const [user = 0, system = 0] = statOf(pid).slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** The time of a process and of its children, such as the backends of PostgreSQL. */
export function familyCpuSeconds(pid: number): number {
  if (!HAS_PROC) return cpuSeconds(pid);
  const [user = 0, system = 0] = statOf(pid).slice(13, 15).map(Number);
  const ended = (user + system) / TICKS_PER_SECOND;
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + tryOr(0, () => cpuSeconds(one)), ended);
}

/** The busy time of all cores together so far, whoever used it. */
export function machineCpuSeconds(): number {
  const milliseconds = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return milliseconds.reduce((sum, one) => sum + one, 0) / 1_000;
}

export function residentMb(pid: number): number {
  return HAS_PROC ? statusMb(pid, 'VmRSS') : Number(ps('rss', pid)) / 1_024;
}

/** Since its start. Without /proc nothing keeps it, and the present size stands for it. */
export function peakMb(pid: number): number {
  return HAS_PROC ? statusMb(pid, 'VmHWM') : residentMb(pid);
}

/** The fields behind the name of the program, which may contain spaces. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function childrenOf(pid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((one) => tryOr(false, () => Number(statOf(one)[1]) === pid));
}

function statusMb(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
}

function ps(column: string, pid: number): string {
  return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

/** `[[DD-]HH:]MM:SS`, on some systems with fractions. */
function secondsOf(time: string): number {
  const parts = time.split(/[-:]/).map(Number).reverse();
  const units = [1, 60, 3_600, 86_400];
  return parts.reduce((sum, part, at) => sum + part * (units[at] ?? 0), 0);
}

/** A process may end while it is looked at. */
function tryOr<T>(instead: T, read: () => T): T {
  try {
    return read();
  } catch {
    return instead;
  }
}
