/**
 * AWS's own Python client, as a bootstrap of the Lambda emulator, under the whole bridge. scripts/capture-logs/end-to-end.mjs
 * does the same with every situation of the corpus and the clients of all runtimes.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { read, submit } from './helpers/bridge.ts';
import { type CorpusFile, fullText } from './helpers/corpus-file.ts';
import { type Stack, startStack } from './helpers/stack.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PYTHON = join(ROOT, '.venv/airflow-3.3/bin/python');
const SITUATIONS = ['ok', 'raised'] as const;
const FORMATS = ['text', 'json'] as const;
const CASES = FORMATS.flatMap((format) => SITUATIONS.map((situation) => ({ format, situation })));

/** The package awslambdaric has wheels for Linux only. */
describe.runIf(process.platform === 'linux')('the Python client of AWS', () => {
  let folder: string;
  let stack: Stack;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'real-client-'));
    for (const format of FORMATS) addFunction(join(folder, format), format);
    const limits = { pollSeconds: 0.1, lateLinesSeconds: 0.1 };
    stack = await startStack({ functionsDir: folder, s3: false, config: { stagingUri: undefined, limits } });
  });
  afterAll(async () => {
    await stack.stop();
    rmSync(folder, { recursive: true });
  });

  test.for(CASES)('ends and logs as captured: $format, $situation', async ({ format, situation }) => {
    const { truth, lines = [] } = captured(format, situation);
    const body = { function: format, invocation_type: 'Event', payload: { situation } };
    const { id } = await submit(stack.url, body);
    const ended = await read(stack.url, id, 20);
    const { errorType, errorMessage } = truth.result === 'failed' ? truth : {};
    expect(ended.state).toBe(truth.result);
    expect(ended.error?.type).toBe(errorType);
    expect(ended.error?.message).toBe(errorMessage);
    const answer = await fetch(`${stack.url}/v1/executions/${id}/logs`);
    const { events } = (await answer.json()) as { events: { message: string }[] };
    const written = events.map(({ message }) => normalize(message, ended.request_id, join(folder, format)));
    const platform = /^(?:INIT_START|START|END|REPORT) |^\{"time":/;
    expect(written.filter((message) => !platform.test(message))).toEqual(
      lines.map(({ text }) => normalize(fullText(text))),
    );
  });
});

function addFunction(folder: string, format: string): void {
  mkdirSync(folder);
  cpSync(join(ROOT, 'scripts/capture-logs/functions/python'), folder, { recursive: true });
  const settings = {
    runtime: 'python3.13',
    handler: 'situations.handler',
    timeout: 20,
    log_format: format === 'json' ? 'JSON' : 'Text',
    event_invoke: { maximum_retry_attempts: 0 },
  };
  writeFileSync(join(folder, 'function.json'), JSON.stringify(settings));
  const bootstrap = `#!/bin/sh\nexec '${PYTHON}' -m awslambdaric "$_HANDLER"\n`;
  writeFileSync(join(folder, 'bootstrap'), bootstrap, { mode: 0o755 });
}

function captured(format: string, situation: string): CorpusFile {
  const path = join(ROOT, `test/corpus/captured/python-${format}-${situation}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as CorpusFile;
}

function normalize(line: string, requestId = '\0', folder = '\0'): string {
  return line
    .replaceAll(requestId, '{ID}')
    .replaceAll(folder, '/var/task')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, '{TIME}')
    .replace(/\n$/, '');
}
