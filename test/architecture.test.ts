import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emulatorViolations, violations } from './helpers/architecture.ts';
import { importCycles } from './helpers/import-cycles.ts';

function filesIn(folder: string) {
  const root = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  return globSync('**/*.{ts,mjs}', { cwd: root }).map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(join(root, path), 'utf8'),
  }));
}
const files = filesIn('src');
const emulator = filesIn('packages/lambda-emulator/src');

describe('the layout of src', () => {
  it('is found', () => {
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['bridge.ts', 'domain/id.ts']));
  });

  it('keeps imports pointing inward, SQL in the ledger, the AWS SDK in aws, and building in the root', () => {
    expect(files.flatMap(violations)).toEqual([]);
  });
});

describe('the layout of the emulator', () => {
  it('is found, imports nothing of the service, and of the AWS SDK only what it sends records and event streams with', () => {
    expect(emulator.map(({ path }) => path)).toContain('model.ts');
    expect(emulator.flatMap(emulatorViolations)).toEqual([]);
  });

  it.each([
    ['outside of the package', "import { a } from '../../../../src/domain/id.ts';"],
    [
      'the clients for SQS and S3 and the codec of event streams only',
      "import { LambdaClient } from '@aws-sdk/client-lambda';",
    ],
    ['has a default export', 'export default 1;'],
    ['has 301 lines', 'a();\n'.repeat(301)],
  ])('is checked: %s', (said, text) => {
    expect(emulatorViolations({ path: 'api/x.ts', text })).toEqual([expect.stringContaining(said)]);
  });
});

describe('import cycles', () => {
  it.each([
    ['src', files],
    ['packages/lambda-emulator/src', emulator],
  ])('there are none in %s', (_folder, found) => {
    expect(importCycles(found)).toEqual([]);
  });

  it('are found, also over imports of types', () => {
    const circle = [
      { path: 'a/x.ts', text: "import type { Y } from '../b/y.ts';" },
      { path: 'b/y.ts', text: "import {\n  z,\n} from './z.ts';" },
      { path: 'b/z.ts', text: "const x = await import('../a/x.ts');" },
      { path: 'b/alone.ts', text: "import { z } from './z.ts';" },
    ];
    expect(importCycles(circle)).toEqual([['a/x.ts', 'b/y.ts', 'b/z.ts']]);
  });
});

describe('the checker', () => {
  it.each([
    ['domain may not import contract', 'domain/x.ts', "import { a } from '../contract/a.ts';"],
    ['domain may not import root', 'domain/x.ts', "import { a } from '../config.ts';"],
    ['domain may not import ledger', 'domain/x.ts', "export * from '../ledger/rows.ts';"],
    ['domain may not import aws', 'domain/x.ts', "const a = await import('../aws/clients.ts');"],
    [
      'completion may not import ledger',
      'completion/x.ts',
      "import { claimDue } from '../ledger/sqlite/claim.ts';",
    ],
    ['lifecycle may not import http', 'lifecycle/x.ts', "import type { Token } from '../http/auth.ts';"],
    ['http may not import aws', 'http/x.ts', "import {\n  type A,\n} from '../aws/object-store.ts';"],
    ['lifecycle may not import root', 'lifecycle/follow/x.ts', "import '../../bridge.ts';"],
    ['takes cancel', 'http/x.ts', "import { cancel } from '../ledger/postgres/end.ts';"],
    ['imports the AWS SDK', 'lifecycle/x.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['imports the AWS SDK', 'http/x.ts', "import { HttpRequest } from '@smithy/protocol-http';"],
    ['imports PostgreSQL', 'ledger/sqlite/end.ts', "import pg from 'pg';"],
    ['imports SQLite', 'ledger/sqlite/end.ts', "import { DatabaseSync } from 'node:sqlite';"],
    ['holds SQL', 'bridge.ts', "db.query('select 1')"],
    ['holds SQL', 'http/x.ts', 'db.query(`\n  with due as (select 1) select 2`)'],
    [
      'builds ObjectStore',
      'lifecycle/x.ts',
      "import { ObjectStore } from '../aws/object-store.ts';\nconst a = new ObjectStore(b);",
    ],
    ['builds createSettle', 'http/x.ts', "import { createSettle } from '../lifecycle/settle.ts';"],
    ['has a default export', 'domain/x.ts', 'export default 1;'],
    ['has a default export', 'domain/x.ts', 'export { a as default };'],
    ['has 301 lines', 'domain/x.ts', 'a();\n'.repeat(301)],
    ['there is no rule', 'services/x.ts', "import { a } from '../domain/a.ts';"],
  ])('finds: %s', (said, path, text) => {
    expect(violations({ path, text })).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    ['a type of the ledger in http', 'http/x.ts', "import type { Ledger } from '../ledger/ledger.ts';"],
    [
      'errors of the domain',
      'http/x.ts',
      "import { NotFound } from '../domain/errors.ts';\nthrow new NotFound(a);",
    ],
    ['an import between phases', 'lifecycle/invoke/x.ts', "import { Loop } from '../loop.ts';"],
    ['building within a folder', 'lifecycle/x.ts', "import { Loop } from './loop.ts';\nnew Loop();"],
    ['300 lines', 'domain/x.ts', 'a();\n'.repeat(300)],
    ['the root that builds', 'main.ts', "import { startBridge } from './bridge.ts';"],
    ['SQL in the ledger', 'ledger/postgres/connection.ts', "import pg from 'pg';\ndb.query('select 1');"],
    ['a sentence that begins like SQL', 'lifecycle/x.ts', "throw new Error('Select a smaller payload.');"],
  ])('has nothing against %s', (_what, path, text) => {
    expect(violations({ path, text })).toEqual([]);
  });
});
