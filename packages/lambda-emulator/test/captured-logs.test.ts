/** Compares the emulator's logs with those that AWS's own runtime clients wrote (test/corpus/captured of the project). */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CorpusFile, fullText } from '../../../test/helpers/corpus-file.ts';
import { type Emulator, startEmulator } from './emulator.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CORPUS = join(ROOT, 'test/corpus/captured');
const FILE_NAME = /^(?<runtime>python|nodejs)-(?<format>text|json)-(?<situation>.+)\.json$/;
const HANDLERS: Record<string, Record<string, string>> = {
  python: { handler_missing: 'situations.nothing', module_missing: 'no_such_module.handler' },
  nodejs: {
    handler_missing: 'situations.nothing',
    module_missing: 'no-such-module.handler',
    callback_error: 'situations.sync',
    callback_string: 'situations.sync',
  },
};
/** The event where its name is not that of the situation. */
const EVENTS: Record<string, string> = {
  raised_at_fatal: 'raised',
  raised_at_error: 'raised_after_logged',
  thrown_at_fatal: 'thrown',
};
/** What the language itself writes, modules that only the capture has, and a frame more where a callback is called. */
const NOT_COMPARED =
  /^(?:callback_string|heap|recursion|no_memory|too_large|import_error|syntax_error|raised_in_init|thrown_in_init|exit_in_init)$/;

const captured = readdirSync(CORPUS).flatMap((file) => {
  const { runtime = '', situation = '' } = FILE_NAME.exec(file)?.groups ?? {};
  const name = situation.replaceAll('-', '_');
  if (runtime === '' || NOT_COMPARED.test(name)) return [];
  const log = JSON.parse(readFileSync(join(CORPUS, file), 'utf8')) as CorpusFile;
  return [[file.replace('.json', ''), { runtime, situation: name, log }] as const];
});
type Captured = (typeof captured)[number][1];

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

function addFunction(name: string, { runtime, situation, log }: Captured): void {
  cpSync(join(ROOT, 'scripts/capture-logs/functions', runtime), join(folder, name), { recursive: true });
  const settings = {
    runtime,
    handler: HANDLERS[runtime]?.[situation] ?? 'situations.handler',
    timeout: 10,
    memory_mb: 512,
    log_format: log.logFormat,
    ...(log.applicationLogLevel && { application_log_level: log.applicationLogLevel }),
  };
  writeFileSync(join(folder, name, 'function.json'), JSON.stringify(settings));
}

test.for(captured)('%s is logged as by the client of AWS', async ([name, { situation, log }]) => {
  const event = { situation: EVENTS[situation] ?? situation };
  const { requestId, functionError, text } = await emulator.invoke(name, event);
  const { truth } = log;
  expect(functionError === undefined).toBe(truth.result === 'succeeded');
  if (truth.result === 'failed' && truth.saidBy === 'client') {
    const { errorType, errorMessage } = JSON.parse(text) as Record<string, string>;
    expect(normalize(errorMessage ?? '', '', '')).toBe(normalize(fullText(truth.errorMessage), '', ''));
    expect(errorType).toBe(truth.errorType);
  }
  const all = await emulator.messages(`/aws/lambda/${name}`);
  const written = all.filter((line) => !isPlatformLine(line, requestId));
  const here = join(folder, name);
  const expected = (log.lines ?? []).map(({ text: line }) => normalize(fullText(line), '{ID}', ''));
  expect(written.map((line) => normalize(line, requestId, here))).toEqual(expected);
  const reports = all.filter((line) => /"platform\.report"|^REPORT /.test(line) && line.includes(requestId));
  expect(reports.at(-1)).toMatch(log.exit ? /"status":"error"|\tStatus: error\t/ : caughtEnd(log));
});

/** How the report of a run ends that left its process alive: a success of the runtime, also after an error. */
function caughtEnd({ logFormat }: CorpusFile): RegExp {
  return logFormat === 'JSON' ? /"status":"success"\}\}$/ : /^REPORT (?!.*Status:).*\t$/;
}

function isPlatformLine(line: string, requestId: string): boolean {
  if (/^(INIT_START|INIT_REPORT) |^\{"time":/.test(line)) return true;
  return /^(START |END |REPORT |RequestId: \S+ Error: )/.test(line) && line.includes(requestId);
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
    .replace(/,?" {4}at [^"]*(\/var\/runtime\/|bootstrap\/node\.mjs|node:internal|node:events)[^"]*"/g, '')
    .replace(/at Runtime\.(?:handler|(\w+) \[as handler\])/g, (_, name?: string) => `at ${name ?? 'handler'}`)
    .replace(/\n {4}at [^\n"]*(\/var\/runtime\/|bootstrap\/node\.mjs|node:internal)[^\n"]*/g, '')
    .replace(/(\\n {4}at [^\\"]*(\/var\/runtime\/|bootstrap\/node\.mjs|node:internal)[^\\"]*)/g, '')
    .replace(/\n$/, '');
}
