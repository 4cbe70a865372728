// Python's runtime interface client: the package `awslambdaric`.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands.mjs';

const VERSION = '4.2.2';

export function install(folder, functions) {
  const [library, task] = [join(folder, 'library'), join(folder, 'task')];
  run('python3', [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--upgrade',
    '--target',
    library,
    `awslambdaric==${VERSION}`,
  ]);
  cpSync(join(functions, 'python'), task, { recursive: true });
  // Written here, because linters would refuse some of these files in the repository.
  writeFileSync(join(task, 'bad_syntax.py'), 'def handler(event, context)\n    return 1\n');
  writeFileSync(
    join(task, 'bad_import.py'),
    'import no_such_package\n\n\ndef handler(event, context): ...\n',
  );
  writeFileSync(join(task, 'raising.py'), "raise ValueError('while importing')\n");
  writeFileSync(join(task, 'exiting.py'), 'import sys\n\nsys.exit(5)\n');
  const language = run('python3', ['--version']);
  const prefix = run('python3', ['-c', 'import sys; print(sys.base_prefix)']);
  const [, minor] = /^Python (3\.\d+)/.exec(language);
  return {
    runtime: `python${minor}`,
    client: `awslambdaric ${VERSION}`,
    language,
    places: [
      [task, '/var/task'],
      [library, `/var/lang/lib/python${minor}/site-packages`],
      [prefix, '/var/lang'],
    ],
    start: ({ handler = 'situations.handler' }) => ({
      command: ['python3', '-m', 'awslambdaric', handler],
      cwd: task,
      env: { PYTHONPATH: `${library}:${task}`, PYTHONDONTWRITEBYTECODE: '1' },
    }),
    situations,
  };
}

const situations = {
  ok: { image: true },
  printed_errors: { image: true },
  printed_traceback: { image: true },
  logged_exception: { image: true },
  logged_error: {},
  printed_record: {},
  raised: { image: true },
  raised_after_logged: { image: true },
  no_message: { image: true },
  beyond_ascii: { image: true },
  several_lines: { image: true },
  quotes_error: { image: true },
  quotes_platform: {},
  chained: {},
  deep: {},
  huge_message: {},
  unserialisable: { image: true },
  exit_now: { image: true },
  exit_hard: {},
  no_memory: {},
  too_large: {},
  recursion: {},
  raised_at_fatal: { event: 'raised', level: 'FATAL', formats: ['JSON'] },
  raised_at_error: { event: 'raised_after_logged', level: 'ERROR', formats: ['JSON'] },
  handler_missing: { handler: 'situations.nothing', image: true },
  module_missing: { handler: 'no_such_module.handler', image: true },
  import_error: { handler: 'bad_import.handler' },
  syntax_error: { handler: 'bad_syntax.handler' },
  raised_in_init: { handler: 'raising.handler' },
  exit_in_init: { handler: 'exiting.handler' },
};
