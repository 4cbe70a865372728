// capture-logs/main.mjs [--work DIR] [RUNTIME…]: runs our handlers on AWS's own runtime clients and writes what they log to
// test/corpus/captured, one file for each runtime, log format and situation. Run by hand; test/corpus/README.md has more.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { capture } from './capture.mjs';
import { RUNTIMES } from './runtimes.mjs';

const OUTPUT = fileURLToPath(new URL('../../test/corpus/captured/', import.meta.url));
/** A longer run of one character is stored as its length: the corpus loader makes it again. */
const REPEATED = /(.)\1{999,}/gs;

const { values, positionals } = parseArgs({
  options: { work: { type: 'string', default: join(tmpdir(), 'capture-logs') } },
  allowPositionals: true,
});

for (const name of positionals.length > 0 ? positionals : Object.keys(RUNTIMES)) {
  const runtime = RUNTIMES[name](values.work);
  for (const format of runtime.formats)
    for (const situation of runtime.situations) await captureOne(name, runtime, format, situation);
  // The error record has the level ERROR, which FATAL leaves out of JSON logs.
  await captureOne(name, runtime, 'JSON', 'raise_message', 'FATAL');
}

async function captureOne(name, runtime, format, situation, level) {
  const { lines, posted, exit } = await capture(runtime.program(situation), situation, format, level);
  const error = parse(posted.error ?? posted.init_error);
  const failed = posted.response === undefined;
  const content = {
    runtime: name,
    client: runtime.client,
    configuration: {
      ...runtime.configuration,
      LogFormat: format,
      ...(level && { ApplicationLogLevel: level }),
    },
    situation,
    truth: failed ? 'failed' : 'succeeded',
    // What the client told Lambda: a caught error leaves the process alive, and Lambda's status is success.
    ...(error && { error: { type: error.errorType, message: error.errorMessage } }),
    phase: posted.init_error === undefined ? 'invoke' : 'init',
    ...(exit && { exit }),
    lines: lines.map(({ text, framed, init }) => ({
      text: shorten(text),
      ...(framed && { framed }),
      ...(init && { init }),
    })),
  };
  const file = [name, format.toLowerCase(), ...(level ? [level.toLowerCase()] : []), situation].join('-');
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(join(OUTPUT, `${file}.json`), `${shorten(JSON.stringify(content, null, 2))}\n`);
  console.log(`${file}: ${content.truth}${error ? ` (${error.errorType})` : ''}, ${lines.length} lines`);
}

function shorten(text) {
  return text.replaceAll(REPEATED, (whole, one) => `{${one}*${whole.length}}`);
}

function parse(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return { errorMessage: text };
  }
}
