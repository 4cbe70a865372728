/** boto3 in a process of its own, as a second baseline: the client of Airflow's own operator. */
import { fileURLToPath } from 'node:url';
import { outputOf } from './child.ts';
import type { Turn } from './rounds.ts';

const PROGRAM = fileURLToPath(new URL('./boto3_load.py', import.meta.url));

interface Boto3Figures {
  requests: number;
  seconds: number;
  p50_ms: number;
  cpu_seconds: number;
}

/** npm run puts the Python of the checkout first on the PATH. */
export function hasBoto3(): Promise<boolean> {
  return outputOf('python', ['-c', 'import boto3']).then(
    () => true,
    () => false,
  );
}

export function boto3Turn(standInUrl: string): Turn {
  return {
    name: 'boto3',
    warmsUp: true,
    async measure(seconds) {
      const output = await outputOf('python', [PROGRAM, standInUrl, String(seconds)]);
      const figures = JSON.parse(output) as Boto3Figures;
      const perSecond = figures.requests / figures.seconds;
      return {
        perSecond,
        p50Ms: figures.p50_ms,
        cpuMs: (figures.cpu_seconds / figures.requests) * 1_000,
        invokesPerSecond: perSecond,
        cores: { boto3: figures.cpu_seconds / figures.seconds },
      };
    },
  };
}
