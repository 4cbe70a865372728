// Go's runtime interface client: the module github.com/aws/aws-lambda-go. It knows no log format, so both formats differ
// only in what the platform writes, and in the logger of its package lambdacontext.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands.mjs';

const VERSION = 'v1.55.1';

export function install(folder, functions) {
  cpSync(join(functions, 'go'), folder, { recursive: true });
  if (!existsSync(join(folder, 'go.mod'))) {
    run('go', ['mod', 'init', 'example.com/captured'], { cwd: folder });
    run('go', ['get', `github.com/aws/aws-lambda-go@${VERSION}`], { cwd: folder });
  }
  run('go', ['build', '-trimpath', '-tags', 'lambda.norpc', '-o', 'bootstrap', '.'], { cwd: folder });
  return {
    runtime: 'provided.al2023',
    client: `aws-lambda-go ${VERSION}`,
    language: run('go', ['version']),
    places: [[folder, '/var/task']],
    start: ({ logger = '' }) => ({
      command: [join(folder, 'bootstrap')],
      cwd: folder,
      env: { LOGGER: logger },
    }),
    situations,
  };
}

const loggers = ['discard', 'flags', 'prefix', 'slog_json', 'slog_text', 'slog_error_level', 'slog_lambda'];

const situations = {
  ok: {},
  printed_errors: {},
  logged_error: {},
  raised: { image: true },
  no_message: {},
  plain_error: {},
  wrapped: {},
  beyond_ascii: {},
  several_lines: {},
  quotes_error: {},
  own_response: {},
  huge_message: {},
  unserialisable: {},
  panic: { image: true },
  panic_error: {},
  nil_pointer: {},
  recursion: {},
  exit_now: {},
  fatal: {},
  too_large: {},
  panic_in_init: { logger: 'panic_in_init' },
  exit_in_init: { logger: 'exit_in_init' },
  ...Object.fromEntries(loggers.map((logger) => [`ok_${logger}`, { event: 'ok', logger }])),
  ...Object.fromEntries(loggers.map((logger) => [`raised_${logger}`, { event: 'raised', logger }])),
  ...Object.fromEntries(
    ['slog_json', 'discard'].map((logger) => [`panic_${logger}`, { event: 'panic', logger }]),
  ),
};
