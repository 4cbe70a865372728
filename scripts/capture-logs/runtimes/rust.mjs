// Rust's runtime interface client: the crate `lambda_runtime`. What it logs depends on the subscriber of the function.
import { cpSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../commands.mjs';

export function install(folder, functions) {
  cpSync(join(functions, 'rust'), folder, { recursive: true });
  const build = ['build', '--quiet', '--release', '--target-dir'];
  run('cargo', [...build, 'target'], { cwd: folder });
  run('cargo', [...build, 'colored', '--features', 'color'], { cwd: folder });
  const lock = readFileSync(join(folder, 'Cargo.lock'), 'utf8');
  const [, version] = /name = "lambda_runtime"\nversion = "([^"]+)"/.exec(lock);
  return {
    runtime: 'provided.al2023',
    client: `lambda_runtime ${version}`,
    language: run('rustc', ['--version']),
    places: [
      [folder, '/var/task'],
      [homedir(), '/build'],
    ],
    start: ({ subscriber = 'lambda', colored = false }) => ({
      command: [join(folder, colored ? 'colored' : 'target', 'release', 'captured')],
      cwd: folder,
      env: { SUBSCRIBER: subscriber },
    }),
    situations,
  };
}

const subscribers = ['none', 'plain', 'compact', 'json', 'off'];

const situations = {
  ok: {},
  printed_errors: {},
  logged_error: {},
  raised: { image: true },
  named: {},
  text: {},
  no_message: {},
  several_lines: {},
  beyond_ascii: {},
  quotes_error: {},
  huge_message: {},
  std_error: {},
  unserialisable: {},
  panic: { image: true },
  unwrap: {},
  exit_now: {},
  abort: {},
  recursion: {},
  too_large: {},
  panic_in_init: { subscriber: 'panic_in_init' },
  error_in_init: { subscriber: 'error_in_init' },
  ...Object.fromEntries(subscribers.map((subscriber) => [`ok_${subscriber}`, { event: 'ok', subscriber }])),
  ...Object.fromEntries(
    subscribers.map((subscriber) => [`raised_${subscriber}`, { event: 'raised', subscriber }]),
  ),
  raised_colored: { event: 'raised', colored: true },
  raised_plain_colored: { event: 'raised', subscriber: 'plain', colored: true },
  panic_none: { event: 'panic', subscriber: 'none' },
};
