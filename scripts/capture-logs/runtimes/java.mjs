// Java's runtime interface client: com.amazonaws:aws-lambda-java-runtime-interface-client.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands.mjs';

export function install(folder, functions) {
  const [source, libraries, task] = ['source', 'libraries', 'task'].map((name) => join(folder, name));
  cpSync(join(functions, 'java'), source, { recursive: true });
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libraries}`];
  if (!existsSync(libraries)) run('mvn', ['--quiet', ...copy], { cwd: source });
  mkdirSync(task, { recursive: true });
  run('javac', [
    '-encoding',
    'UTF-8',
    '-cp',
    join(libraries, '*'),
    '-d',
    task,
    join(source, 'Situations.java'),
  ]);
  const language = run('java', ['--version']).split('\n')[0];
  const [, major] = /(\d+)/.exec(language);
  const [, version] = /interface-client<\/artifactId>\s*<version>([^<]+)/.exec(
    readFileSync(join(source, 'pom.xml'), 'utf8'),
  );
  return {
    runtime: `java${major}`,
    client: `aws-lambda-java-runtime-interface-client ${version}`,
    language,
    places: [
      [task, '/var/task'],
      [libraries, '/var/runtime/lib'],
    ],
    start: ({ handler = 'example.Situations::handleRequest', options = [] }) => ({
      command: ['java', ...OPTIONS, ...options, '-cp', `${task}:${join(libraries, '*')}`, CLIENT, handler],
      cwd: task,
      env: { AWS_EXECUTION_ENV: `AWS_Lambda_java${major}`, LC_ALL: 'C.UTF-8' },
    }),
    situations,
  };
}

/** Lets the client open the telemetry pipe by its number; without it everything goes to standard output. */
const OPTIONS = ['--add-opens=java.base/java.io=ALL-UNNAMED', '-Dfile.encoding=UTF-8'];
const CLIENT = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';

const situations = {
  ok: { image: true },
  printed_errors: { image: true },
  printed_stack_trace: { image: true },
  logged_error: { image: true },
  logged_fatal: {},
  thread_exception: {},
  raised: { image: true },
  raised_after_printed: {},
  no_message: { image: true },
  beyond_ascii: {},
  several_lines: { image: true },
  quotes_error: {},
  quotes_platform: {},
  chained: { image: true },
  suppressed: {},
  deep: {},
  huge_message: {},
  assertion: {},
  unserialisable: {},
  exit_now: { image: true },
  exit_zero: {},
  halt: {},
  no_memory: { options: ['-Xmx64m'], image: true },
  recursion: { options: ['-Xss256k'] },
  too_large: {},
  raised_at_fatal: { event: 'raised', level: 'FATAL', formats: ['JSON'] },
  class_missing: { handler: 'example.Nothing::handleRequest', image: true },
  method_missing: { handler: 'example.Situations::nothing' },
  raised_in_constructor: { handler: 'example.Situations$FailingConstructor::handleRequest' },
  raised_in_init: { handler: 'example.Situations$FailingInitializer::handleRequest' },
  exit_in_init: { handler: 'example.Situations$ExitingInitializer::handleRequest' },
};
