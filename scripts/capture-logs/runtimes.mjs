// AWS's runtime interface clients, as the package registries have them, and how each runs a handler of ours.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HANDLERS = fileURLToPath(new URL('./handlers', import.meta.url));
const BOTH = ['Text', 'JSON'];

function run(cwd, command, ...args) {
  execFileSync(command, args, { cwd, stdio: 'inherit' });
}

/** A folder with a copy of the handlers, made once. @param install what else it needs */
function prepare(work, name, install) {
  const folder = join(work, name);
  if (!existsSync(join(folder, '.ready'))) {
    mkdirSync(folder, { recursive: true });
    cpSync(join(HANDLERS, name), folder, { recursive: true });
    install(folder);
    writeFileSync(join(folder, '.ready'), '');
  }
  cpSync(join(HANDLERS, name), folder, { recursive: true });
  return folder;
}

function python(work) {
  const cwd = prepare(work, 'python', (folder) =>
    run(folder, 'python3', '-m', 'pip', 'install', '--quiet', '--target', 'client', 'awslambdaric==4.2.2'),
  );
  const program = (handler) => ({
    command: 'python3',
    args: ['-m', 'awslambdaric', handler],
    cwd,
    env: { PYTHONPATH: join(cwd, 'client'), LAMBDA_TASK_ROOT: cwd },
  });
  return {
    client: 'awslambdaric 4.2.2',
    configuration: { Runtime: 'python3.13' },
    program: (situation) =>
      program(
        { handler_not_found: 'app.nothing', import_error: 'absent.handler' }[situation] ?? 'app.handler',
      ),
    situations: [
      ...'ok ok_quoting ok_logged_exception raise_message raise_empty raise_nonascii raise_quoting raise_chained'.split(
        ' ',
      ),
      ...'raise_deep raise_huge raise_memory unserializable exit_status exit_hard'.split(' '),
      ...'handler_not_found import_error'.split(' '),
    ],
    formats: BOTH,
  };
}

function nodejs(work) {
  const cwd = prepare(work, 'nodejs', (folder) => {
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    // It compiles C++: autoconf, automake, libtool, cmake, make and a compiler must be there.
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', 'aws-lambda-ric@3.3.0');
  });
  return {
    client: 'aws-lambda-ric 3.3.0',
    configuration: { Runtime: 'nodejs22.x' },
    program: (situation) => ({
      command: process.execPath,
      args: [
        ...(situation === 'heap_limit' ? ['--max-old-space-size=32'] : []),
        join(cwd, 'node_modules/aws-lambda-ric/bin/index.mjs'),
        { handler_not_found: 'index.nothing', import_error: 'absent.handler' }[situation] ?? 'index.handler',
      ],
      cwd,
      env: { LAMBDA_TASK_ROOT: cwd },
    }),
    situations: [
      ...'ok ok_quoting ok_logged_error ok_logged_error_last raise_message raise_empty raise_nonascii raise_string raise_object'.split(
        ' ',
      ),
      ...'raise_null raise_chained raise_members raise_huge unserializable unhandled_rejection'.split(' '),
      ...'uncaught_exception stack_overflow exit_status heap_limit handler_not_found import_error'.split(' '),
    ],
    formats: BOTH,
  };
}

function java(work) {
  const cwd = prepare(work, 'java', (folder) => run(folder, 'mvn', '--batch-mode', '--quiet', 'package'));
  return {
    client: 'aws-lambda-java-runtime-interface-client 2.6.0',
    configuration: { Runtime: 'java21' },
    program: (situation) => ({
      command: 'java',
      args: [
        ...(situation === 'raise_memory' ? ['-Xmx24m'] : []),
        // as Lambda starts Java: without it the client cannot open the telemetry pipe
        '--add-opens=java.base/java.io=ALL-UNNAMED',
        '-cp',
        `${join(cwd, 'target/classes')}:${join(cwd, 'target/dependency/*')}`,
        'com.amazonaws.services.lambda.runtime.api.client.AWSLambda',
        situation === 'handler_not_found' ? 'ex.Nothing::handleRequest' : 'ex.App::handleRequest',
      ],
      cwd,
      env: { LAMBDA_TASK_ROOT: cwd },
    }),
    situations: [
      ...'ok ok_quoting ok_printed_trace raise_message raise_empty raise_nonascii raise_chained raise_memory'.split(
        ' ',
      ),
      ...'stack_overflow exit_status handler_not_found'.split(' '),
    ],
    formats: BOTH,
  };
}

function go(work) {
  const cwd = prepare(work, 'go', (folder) => {
    run(folder, 'go', 'mod', 'init', 'captured');
    run(folder, 'go', 'get', 'github.com/aws/aws-lambda-go@v1.55.1');
  });
  run(cwd, 'go', 'build', '-o', 'bootstrap', '.');
  return {
    client: 'aws-lambda-go 1.55.1',
    configuration: { Runtime: 'provided.al2023' },
    program: () => ({ command: join(cwd, 'bootstrap'), args: [], cwd, env: {} }),
    situations:
      'ok ok_quoting raise_message raise_chained raise_own_logger raise_no_flags raise_discarded panic exit_status'.split(
        ' ',
      ),
    formats: BOTH,
  };
}

function rust(work) {
  const cwd = prepare(work, 'rust', () => {});
  run(cwd, 'cargo', 'build', '--quiet', '--release');
  return {
    client: 'lambda_runtime 1',
    configuration: { Runtime: 'provided.al2023' },
    program: (situation) => ({
      command: join(cwd, 'target/release/captured'),
      args: [],
      cwd,
      env: { SUBSCRIBER: situation.endsWith('_silent') ? 'none' : 'default' },
    }),
    situations: 'ok raise_message raise_message_silent raise_nonascii panic'.split(' '),
    formats: BOTH,
  };
}

export const RUNTIMES = { python, nodejs, java, go, rust };
