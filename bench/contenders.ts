/** The servers that the rows about single executions compare. They live as long as these rows. */
import type { Cleanup } from './cleanup.ts';
import type { LoadJob } from './load/job.ts';
import { residentMb } from './process-usage.ts';
import type { ServerProcess } from './server-process.ts';
import type { Setting } from './setting.ts';

export const IN_FLIGHT = 64;

export interface Contender {
  server: ServerProcess;
  /** before the first request */
  idleMb: number;
}

export type ContenderName = 'passthrough' | 'postgres' | 'embedded';

export const LABELS: Record<ContenderName, string> = {
  passthrough: 'passthrough',
  postgres: 'PostgreSQL',
  embedded: 'embedded',
};

export async function startContenders(
  setting: Setting,
  cleanup: Cleanup,
): Promise<Record<ContenderName, Contender>> {
  const passthrough = await setting.startPassthrough(cleanup);
  const postgres = await setting.startBridge(cleanup, {
    name: 'bridge-postgres',
    ledger: { url: await setting.newDatabase() },
  });
  const embedded = await setting.startBridge(cleanup, {
    name: 'bridge-embedded',
    ledger: { folder: await setting.newFolder() },
  });
  return {
    passthrough: contender(passthrough),
    postgres: contender(postgres),
    embedded: contender(embedded),
  };
}

function contender(server: ServerProcess): Contender {
  return { server, idleMb: residentMb(server.pid) };
}

export type Work = Pick<LoadJob, 'path' | 'body' | 'expect'>;

const REQUEST = { function: 'fn', payload: { key1: 'value1' } };

/** Waits for the end of the function, which a direct call does anyway. */
export const REQUEST_RESPONSE: Work = {
  path: '/v1/executions?wait=60',
  body: JSON.stringify(REQUEST),
  expect: '"ok":true',
};

/** Without `completion: none` the bridge would search the log for the end of each one. */
export const EVENT: Work = {
  path: '/v1/executions',
  body: JSON.stringify({ ...REQUEST, invocation_type: 'Event', completion: ['none'] }),
  expect: '{',
};
