import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFunctions } from '../src/functions/function-folder.ts';
import { FUNCTIONS, startEmulator } from './emulator.ts';

describe('a folder of functions', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'functions-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function write(files: Record<string, string>) {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }

  test('gives each function the settings of its function.json', async () => {
    const functions = await loadFunctions(FUNCTIONS);
    expect(functions.get('aliased')).toEqual({
      name: 'aliased',
      folder: join(FUNCTIONS, 'aliased'),
      language: 'python',
      runtime: 'python3.12',
      handler: 'app.handler',
      timeoutSeconds: 60,
      memoryMb: 512,
      concurrency: null,
      environment: {},
      eventInvoke: { maximum_retry_attempts: 1, maximum_event_age_seconds: 120 },
      aliases: { live: '3' },
      logGroup: 'shared-group',
      logFormat: 'Text',
      systemLogLevel: 'INFO',
      applicationLogLevel: 'INFO',
      deadLetterQueue: null,
      tracing: 'PassThrough',
      durable: null,
    });
  });

  test.for([
    ['app.py', 'def handler(event, context): ...', 'python', 'app.handler'],
    ['app.py', 'def lambda_handler(event, context): ...', 'python', 'app.lambda_handler'],
    [
      'lambda_function.py',
      'def lambda_handler(event, context): ...',
      'python',
      'lambda_function.lambda_handler',
    ],
    ['index.mjs', '', 'nodejs', 'index.handler'],
    ['index.js', '', 'nodejs', 'index.handler'],
  ] as const)(
    'with %s (%s) and no function.json works with defaults',
    async ([file, source, language, handler]) => {
      await write({ [`plain/${file}`]: source });
      expect((await loadFunctions(root)).get('plain')).toMatchObject({
        language,
        handler,
        timeoutSeconds: 3,
        memoryMb: 128,
        concurrency: null,
        logGroup: '/aws/lambda/plain',
      });
    },
  );

  test('runs functions without function.json', async () => {
    const emulator = await startEmulator();
    const answers = await Promise.all([emulator.invoke('plain_python'), emulator.invoke('plain_node')]);
    await emulator.stop();
    expect(answers.map(({ text }) => text)).toEqual(['"plain"', '"plain"']);
  });

  test('may contain folders that are not functions', async () => {
    await write({
      'one/app.py': '',
      '_shared/helper.py': '',
      '.git/config': '',
      'node_modules/x/index.js': '',
      'notes.md': '',
    });
    expect([...(await loadFunctions(root)).keys()]).toEqual(['one']);
  });

  test.for([
    ['{"timeout": 901}', 'field "timeout" must be <= 900'],
    ['{"timeout": "3"}', 'field "timeout" must be integer'],
    ['{"memory_mb": 64}', 'field "memory_mb" must be >= 128'],
    ['{"memory": 128}', 'field "memory" is not known'],
    ['{"runtime": "perl5"}', 'field "runtime" must match pattern'],
    ['{"handler": "app"}', 'field "handler" must match pattern'],
    ['{"concurrency": -1}', 'field "concurrency" must be >= 0'],
    ['{"environment": {"N": 1}}', 'field "environment.N" must be string'],
    ['{"event_invoke": {"retries": 1}}', 'field "event_invoke.retries" is not known'],
    [
      '{"event_invoke": {"maximum_retry_attempts": 3}}',
      'field "event_invoke.maximum_retry_attempts" must be <= 2',
    ],
    [
      '{"event_invoke": {"on_success": "arn:aws:s3:::bucket"}}',
      'field "event_invoke.on_success" must match pattern',
    ],
    ['{"aliases": {"1": "1"}}', 'field "aliases.1" must match pattern'],
    ['{"aliases": {"live": "v1"}}', 'field "aliases.live" must match pattern'],
    ['{"log_group": "a b"}', 'field "log_group" must match pattern'],
    ['{"system_log_level": "WARN"}', "the file must have required property 'log_format'"],
    ['{"durable": {}}', '"durable" must have required property \'execution_timeout_seconds\''],
    ['[]', 'the file must be object'],
    ['{', 'is not JSON'],
  ] as const)('with the function.json %s is rejected: %s', async ([content, message]) => {
    await write({ 'broken/app.py': '', 'broken/function.json': content });
    await expect(startEmulator({ functionsDir: root })).rejects.toThrow(message);
    await expect(startEmulator({ functionsDir: root })).rejects.toThrow(
      join(root, 'broken', 'function.json'),
    );
  });

  test('reports all validation errors of a function.json at once', async () => {
    await write({ 'broken/function.json': '{"timeout": 0, "memory_mb": 1}' });
    await expect(loadFunctions(root)).rejects.toThrow(
      /"timeout" must be >= 1; field "memory_mb" must be >= 128/,
    );
  });

  test('is rejected if a folder has no code, a name is invalid, or it has no subfolders', async () => {
    await expect(loadFunctions(root)).rejects.toThrow('has no subfolder');
    await expect(loadFunctions(join(root, 'nowhere'))).rejects.toThrow('cannot be read');
    await write({ 'empty/notes.md': '' });
    await expect(loadFunctions(root)).rejects.toThrow(/empty has none of lambda_function\.py, app\.py/);
    await write({ 'empty/app.py': '', 'empty/function.json': '{"runtime": "java21"}' });
    await expect(loadFunctions(root)).rejects.toThrow(/no executable bootstrap/);
    await write({ 'empty/function.json': '{}', 'bad name/app.py': '' });
    await expect(loadFunctions(root)).rejects.toThrow(/bad name cannot be a function/);
  });

  test.each(['{}', '{"runtime": "provided.al2023"}'])(
    'with the function.json %s is rejected if its bootstrap is not executable',
    async (content) => {
      await write({ 'compiled/bootstrap': '', 'compiled/function.json': content });
      const path = join(root, 'compiled', 'bootstrap');
      await expect(loadFunctions(root)).rejects.toThrow(
        `its bootstrap is not executable. Run chmod +x ${path}.`,
      );
      await chmod(path, 0o755);
      expect((await loadFunctions(root)).get('compiled')?.handler).toBe('bootstrap');
    },
  );
});
