// Node's runtime interface client: the package `aws-lambda-ric`, which is compiled while it is installed. That needs
// autoconf, automake, libtool, cmake, a C++ compiler, and Node's headers.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../commands.mjs';

const VERSION = '3.3.0';

export function install(folder, functions) {
  const [client, task] = [join(folder, 'node_modules', 'aws-lambda-ric'), join(folder, 'task')];
  if (!existsSync(join(client, 'dist', 'rapid-client.node'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    run('npm', ['install', '--silent', `aws-lambda-ric@${VERSION}`], { cwd: folder, env: headers() });
  }
  cpSync(join(functions, 'nodejs'), task, { recursive: true });
  // Not in the repository, because linters refuse them.
  writeFileSync(join(task, 'bad-syntax.mjs'), 'export const handler = async () => {\n  return 1 +;\n};\n');
  writeFileSync(
    join(task, 'bad-import.mjs'),
    "import 'no-such-package';\nexport const handler = async () => 1;\n",
  );
  writeFileSync(join(task, 'throwing.mjs'), "throw new TypeError('while importing');\n");
  writeFileSync(join(task, 'exiting.mjs'), 'process.exit(5);\n');
  // The package's own program does the same, but prints a line first that only container images have.
  const [managed, program] = [join(folder, 'run.mjs'), join(client, 'bin', 'index.mjs')];
  writeFileSync(
    managed,
    "import { run } from 'aws-lambda-ric';\nawait run(process.cwd(), process.argv[2]);\n",
  );
  const [major] = process.versions.node.split('.');
  return {
    runtime: `nodejs${major}.x`,
    client: `aws-lambda-ric ${VERSION}`,
    language: `Node ${process.version}`,
    places: [
      [task, '/var/task'],
      [join(client, 'dist'), '/var/runtime'],
      [process.execPath, '/var/lang/bin/node'],
    ],
    start: ({ handler = 'situations.handler', options = [], packageType }) => ({
      command: [process.execPath, ...options, packageType === 'Image' ? program : managed, handler],
      cwd: task,
      env: {},
    }),
    situations,
  };
}

/** npm would download the headers of its Node; Debian's package libnode-dev and many installations have them. */
function headers() {
  const installed = ['/usr', dirname(dirname(process.execPath))].find((prefix) =>
    existsSync(join(prefix, 'include', 'node', 'node_api.h')),
  );
  return installed ? { npm_config_nodedir: installed } : {};
}

const situations = {
  ok: { image: true },
  printed_errors: { image: true },
  logged_error: { image: true },
  thrown: { image: true },
  thrown_after_logged: {},
  rejected: {},
  no_message: {},
  beyond_ascii: { image: true },
  several_lines: { image: true },
  quotes_error: {},
  chained: {},
  with_members: {},
  aggregate: {},
  circular_error: {},
  deep: {},
  huge_message: {},
  huge_member: {},
  string: { image: true },
  object: {},
  null: {},
  undefined: {},
  circular_answer: { image: true },
  unhandled_rejection: { image: true },
  timer_exception: { image: true },
  exit: {},
  exit_zero: {},
  heap: { options: ['--max-old-space-size=40'] },
  too_large: {},
  recursion: {},
  callback_error: { handler: 'situations.sync' },
  callback_string: { handler: 'situations.sync' },
  thrown_at_fatal: { event: 'thrown', level: 'FATAL', formats: ['JSON'] },
  handler_missing: { handler: 'situations.nothing' },
  module_missing: { handler: 'no-such-module.handler', image: true },
  import_error: { handler: 'bad-import.handler' },
  syntax_error: { handler: 'bad-syntax.handler' },
  thrown_in_init: { handler: 'throwing.handler' },
  exit_in_init: { handler: 'exiting.handler' },
};
