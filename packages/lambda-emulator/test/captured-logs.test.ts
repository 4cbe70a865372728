/** Compares the emulator's logs with those that AWS's own runtime clients wrote (test/corpus/captured of the project). */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';

interface Captured {
  runtime: 'python' | 'nodejs';
  configuration: { LogFormat: 'Text' | 'JSON'; ApplicationLogLevel?: string };
  situation: string;
  truth: 'succeeded' | 'failed';
  error?: { type: string; message: string };
  phase: 'init' | 'invoke';
  exit?: object;
  lines: { text: string }[];
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CORPUS = join(ROOT, 'test/corpus/captured');
const SOURCES = { python: 'python/app.py', nodejs: 'nodejs/index.mjs' };
const HANDLERS: Record<string, Record<string, string>> = {
  python: { handler_not_found: 'app.nothing', import_error: 'absent.handler' },
  nodejs: { handler_not_found: 'index.nothing', import_error: 'absent.handler' },
};
/** The text is written by V8, not by a runtime client, and differs from run to run. */
const NOT_COMPARED = ['heap_limit'];

const captured = readdirSync(CORPUS)
  .filter((file) => /^(python|nodejs)-/.test(file))
  .map(
    (file) =>
      [
        file.replace('.json', '').replaceAll('_', '-'),
        JSON.parse(readFileSync(join(CORPUS, file), 'utf8')) as Captured,
      ] as const,
  )
  .filter(([, { situation }]) => !NOT_COMPARED.includes(situation));

let folder: string;
let emulator: Emulator;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'captured-'));
  for (const [name, one] of captured) addFunction(name, one);
  emulator = await startEmulator({ functionsDir: folder });
});
afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true });
});

function addFunction(name: string, { runtime, configuration, situation }: Captured): void {
  const source = SOURCES[runtime];
  const file = source.split('/')[1] ?? '';
  mkdirSync(join(folder, name));
  copyFileSync(join(ROOT, 'scripts/capture-logs/handlers', source), join(folder, name, file));
  const settings = {
    runtime,
    handler: HANDLERS[runtime]?.[situation] ?? `${file.split('.')[0]}.handler`,
    timeout: 10,
    memory_mb: 512,
    log_format: configuration.LogFormat,
    ...(configuration.ApplicationLogLevel && { application_log_level: configuration.ApplicationLogLevel }),
  };
  writeFileSync(join(folder, name, 'function.json'), JSON.stringify(settings));
}

test.for(captured)('%s is logged as by the client of AWS', async ([name, one]) => {
  const { requestId, functionError, text } = await emulator.invoke(name, { situation: one.situation });
  expect(functionError === undefined).toBe(one.truth === 'succeeded');
  if (one.error) {
    const { errorType, errorMessage } = JSON.parse(text) as Record<string, string>;
    expect(normalize(errorMessage ?? '', '', '')).toBe(normalize(long(one.error.message), '', ''));
    expect(errorType).toBe(one.error.type);
  }
  const all = await emulator.messages(`/aws/lambda/${name}`);
  const written = all.filter((line) => !isPlatformLine(line, requestId));
  const here = join(folder, name);
  expect(written.map((line) => normalize(line, requestId, here))).toEqual(
    one.lines
      .filter((line) => !isFromLauncher(line.text))
      .map((line) => normalize(long(line.text), '{ID}', '')),
  );
  const reports = all.filter((line) => /"platform\.report"|^REPORT /.test(line) && line.includes(requestId));
  expect(reports.at(-1)).toMatch(one.exit ? /"status":"error"|\tStatus: error\t/ : caughtEnd(one));
});

/** How the report of a run ends that left its process alive: a success of the runtime, also after an error. */
function caughtEnd({ configuration }: Captured): RegExp {
  return configuration.LogFormat === 'JSON' ? /"status":"success"\}\}$/ : /^REPORT (?!.*Status:).*\t$/;
}

function isPlatformLine(line: string, requestId: string): boolean {
  if (/^(INIT_START|INIT_REPORT) |^\{"time":/.test(line)) return true;
  return /^(START|END|REPORT) /.test(line) && line.includes(requestId);
}

/** The npm package's launcher writes it, which container images have and Lambda's managed runtimes have not. */
function isFromLauncher(line: string): boolean {
  return line.startsWith("Executing '");
}

/** The corpus has a long run of one character as its length. */
function long(text: string): string {
  return text.replace(/\{(.)\*(\d+)\}/g, (_, one: string, times: string) => one.repeat(Number(times)));
}

/** Ids, times, folders and the frames of the runtime itself differ. A print line of the corpus has no newline. */
function normalize(line: string, requestId: string, here: string): string {
  return line
    .replaceAll(requestId || '\0', '{ID}')
    .replaceAll(here || '\0', '/var/task')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, (_, fraction?: string) =>
      fraction ? '{TIME.MS}' : '{TIME}',
    )
    .replace(/- \/var\/(task\/node_modules\/aws-lambda-ric\/dist|runtime)\/index\.mjs/g, '- {RUNTIME}')
    .replace(/,?" {4}at [^"]*(aws-lambda-ric|bootstrap\/node\.mjs|node:internal|node:events)[^"]*"/g, '')
    .replace(/at Runtime\.handler/g, 'at handler')
    .replace(/\n {4}at [^\n"]*(aws-lambda-ric|bootstrap\/node\.mjs|node:internal)[^\n"]*/g, '')
    .replace(/(\\n {4}at [^\\"]*(aws-lambda-ric|bootstrap\/node\.mjs|node:internal)[^\\"]*)/g, '')
    .replace(/\n$/, '');
}
