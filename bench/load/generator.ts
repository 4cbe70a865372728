/** The load generator, a process of its own: runs one job after the other, each sent as a message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../percentile.ts';
import { Connection, type HttpAnswer } from './connection.ts';
import type { LoadAnswer, LoadFigures, LoadJob } from './job.ts';

const SHOWN_CHARACTERS = 300;

process.on('message', async (job: LoadJob) => {
  const answer: LoadAnswer = await run(job).then(
    (figures) => ({ figures }),
    (error: Error) => ({ error: error.message }),
  );
  process.send?.(answer);
});
// A Ctrl-C in the terminal reaches every process; the parent ends this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

async function run(job: LoadJob): Promise<LoadFigures> {
  const request = requestOf(job);
  const url = new URL(job.url);
  const times: number[] = [];
  let refused = 0;
  let left = 'requests' in job.until ? job.until.requests : Number.POSITIVE_INFINITY;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const end = 'seconds' in job.until ? begin + job.until.seconds * 1_000 : Number.POSITIVE_INFINITY;

  const worker = async () => {
    const connection = new Connection(url);
    while (left > 0 && performance.now() < end) {
      left -= 1;
      const start = performance.now();
      let answer = await connection.send(request);
      for (; answer.status === 429; answer = await connection.send(request)) {
        refused += 1;
        await sleep(Number(answer.header('retry-after') ?? 1) * 1_000);
      }
      check(answer, job.expect);
      times.push(performance.now() - start);
    }
    connection.close();
  };
  const stopOthers = (error: unknown) => {
    left = 0;
    throw error;
  };
  const ended = await Promise.allSettled(
    Array.from({ length: job.concurrency }, () => worker().catch(stopOthers)),
  );
  for (const one of ended) if (one.status === 'rejected') throw one.reason;

  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    requests: times.length,
    seconds,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    refused,
    cpuSeconds: (user + system) / 1_000_000,
  };
}

function requestOf({ url, path, body }: LoadJob): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function check({ status, body }: HttpAnswer, expect: string): void {
  if (status >= 200 && status < 300 && body.includes(expect)) return;
  throw new Error(
    `an answer is ${status}, or without ${expect}: ${body.toString('utf8', 0, SHOWN_CHARACTERS)}`,
  );
}
