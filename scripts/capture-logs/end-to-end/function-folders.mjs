// Writes a function folder for each captured file of a runtime: an executable bootstrap that starts the real client.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const corpus = fileURLToPath(new URL('../../../test/corpus/captured', import.meta.url));
const TIMEOUT_SECONDS = 60;
/** The situations that use up memory must end as in the capture, by the language's own limit. */
const MEMORY_MB = 10_240;

/** @returns one function for each situation and log format: what to submit, and what is expected */
export function writeFunctions(functionsDir, name, clientFolder, client) {
  rmSync(functionsDir, { recursive: true, force: true });
  return Object.entries(client.situations).flatMap(([situation, options]) =>
    (options.formats ?? ['Text', 'JSON']).flatMap((logFormat) => {
      const functionName = `${name}-${logFormat.toLowerCase()}-${situation.replaceAll('_', '-')}`;
      const file = join(corpus, `${functionName}.json`);
      if (!existsSync(file)) return [];
      const start = client.start({ ...options, logFormat, packageType: 'Zip' });
      writeFunction(join(functionsDir, functionName), start, {
        // The bridge judges a log by this name. The clients of Go and Rust are custom runtimes.
        runtime: client.runtime,
        timeout: TIMEOUT_SECONDS,
        memory_mb: MEMORY_MB,
        log_format: logFormat,
        ...(options.level && logFormat === 'JSON' && { application_log_level: options.level }),
        event_invoke: { maximum_retry_attempts: 0 },
      });
      return [
        {
          functionName,
          situation,
          event: { situation: options.event ?? situation },
          captured: JSON.parse(readFileSync(file, 'utf8')),
          // Places of this machine in what the client writes, as in the captured files.
          places: [...client.places, [clientFolder, '/var/runtime']],
        },
      ];
    }),
  );
}

function writeFunction(folder, { command, cwd, env }, settings) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'function.json'), JSON.stringify(settings));
  const variables = Object.entries({ ...env, LAMBDA_TASK_ROOT: cwd });
  const lines = [
    '#!/bin/sh',
    ...variables.map(([key, value]) => `export ${key}=${quoted(value)}`),
    `cd ${quoted(cwd)} || exit 1`,
    `exec ${command.map(quoted).join(' ')}`,
  ];
  writeFileSync(join(folder, 'bootstrap'), `${lines.join('\n')}\n`, { mode: 0o755 });
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
