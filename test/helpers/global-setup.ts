/** Runs once before all test files: refuses an old Node, and starts one real PostgreSQL for all of them. */
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < 22)
    throw new Error(`Tests need Node 22 or newer, this is ${process.version}; run them with npm test.`);
  server = await startPostgres();
  project.provide('postgresUrl', server.url);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}
