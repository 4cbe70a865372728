/** Runs once before all test files: refuses an old Node, and starts one real PostgreSQL for all of them. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 22) throw new Error(`Tests need Node 22 or newer, this is ${process.version}; run them with npm test.`);
  const server = await startPostgres();
  project.provide('postgresUrl', server.url);
  return server.stop;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}
