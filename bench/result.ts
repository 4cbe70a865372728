/** A run as a file, so that a later one can be compared with it. */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { Row } from './row.ts';

export interface RunResult {
  date: string;
  /** with `-changed` where the checkout differs from it */
  commit: string;
  node: string;
  machine: { system: string; cpu: string; cores: number; memoryMb: number };
  isQuick: boolean;
  rows: Row[];
}

/** @param commit that was built */
export function describeRun(commit: string, isQuick: boolean, rows: Row[]): RunResult {
  const [first, ...others] = cpus();
  return {
    date: new Date().toISOString(),
    commit,
    node: process.version,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      cpu: first?.model ?? 'unknown',
      cores: others.length + 1,
      memoryMb: Math.round(totalmem() / 1_048_576),
    },
    isQuick,
    rows,
  };
}

export async function readResult(path: string): Promise<RunResult> {
  return JSON.parse(await readFile(path, 'utf8')) as RunResult;
}

export function writeResult(path: string, result: RunResult): Promise<void> {
  return writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
}

/** An archive without git has no commit. */
export function commitOf(root: string): string {
  const { stdout, status } = spawnSync('git', ['describe', '--always', '--dirty=-changed', '--abbrev=12'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'unknown';
}
