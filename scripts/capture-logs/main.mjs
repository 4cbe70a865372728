// Captures the logs that AWS's own runtime interface clients write, as the corpus of the verdict tests:
//   npm run capture-logs -- [--work FOLDER] [--only RUNTIME[:SITUATION]]
// It installs the clients, and AWS's runtime interface emulator, from the package registries into the work folder. Needed:
// Python with pip, npm, Maven and a JDK, Go, Rust; for Node's client autoconf, automake, libtool, cmake and a C++ compiler.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureFile, toText } from './capture-file.mjs';
import { run } from './commands.mjs';
import { invoke } from './emulator.mjs';

const EMULATOR = 'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie';
const RUNTIMES = ['python', 'nodejs', 'java', 'go', 'rust'];
const functions = fileURLToPath(new URL('functions', import.meta.url));
const corpus = fileURLToPath(new URL('../../test/corpus/captured', import.meta.url));

const { values } = parseArgs({ options: { work: { type: 'string' }, only: { type: 'string' } } });
const work = values.work ?? join(tmpdir(), 'capture-logs');
const [onlyRuntime, onlySituation] = values.only?.split(':') ?? [];

const emulator = installEmulator();
for (const name of RUNTIMES.filter((one) => onlyRuntime === undefined || one === onlyRuntime)) {
  console.log(`installing the client of ${name}`);
  const { install } = await import(`./runtimes/${name}.mjs`);
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  await captureRuntime(name, folder, install(folder, functions));
}

function installEmulator() {
  const program = join(work, 'bin', 'aws-lambda-rie');
  if (!existsSync(program))
    run('go', ['install', `${EMULATOR}@latest`], { env: { GOBIN: join(work, 'bin') } });
  const [, version] = /\tmod\t\S+\t(\S+)/.exec(run('go', ['version', '-m', program]));
  return { program, version: `aws-lambda-rie ${version}` };
}

async function captureRuntime(name, folder, client) {
  mkdirSync(corpus, { recursive: true });
  for (const [situation, options] of Object.entries(client.situations)) {
    if (onlySituation !== undefined && situation !== onlySituation) continue;
    for (const variant of variants(options))
      await capture(name, folder, client, situation, { ...options, ...variant });
  }
}

/** A container image writes to standard output what a managed runtime writes to the telemetry pipe. */
function variants({ formats = ['Text', 'JSON'], image = false }) {
  const zip = formats.map((logFormat) => ({ logFormat, packageType: 'Zip' }));
  return image ? [...zip, { logFormat: 'Text', packageType: 'Image' }] : zip;
}

async function capture(name, folder, client, situation, options) {
  const { logFormat, packageType, level, event } = options;
  const { command, cwd, env } = client.start(options);
  const recorded = await invoke(emulator.program, folder, {
    command,
    cwd,
    env: {
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      LAMBDA_TASK_ROOT: cwd,
      AWS_LAMBDA_FUNCTION_NAME: 'captured',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/captured',
      AWS_LAMBDA_LOG_STREAM_NAME: 'captured',
      AWS_REGION: 'eu-central-1',
      AWS_LAMBDA_LOG_FORMAT: logFormat,
      ...(logFormat === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: level ?? 'INFO' }),
      ...env,
      ...options.env,
    },
    event: { situation: event ?? situation },
    frames: packageType === 'Zip',
  });
  const { runtime, language, places } = client;
  const file = {
    runtime,
    client: client.client,
    language,
    emulator: emulator.version,
    packageType,
    logFormat,
    ...(level && { applicationLogLevel: level }),
    situation,
    ...captureFile(recorded, [...places, [folder, '/var/runtime']]),
  };
  const kind = packageType === 'Image' ? 'image' : logFormat.toLowerCase();
  const path = join(corpus, `${name}-${kind}-${situation.replaceAll('_', '-')}.json`);
  writeFileSync(path, toText(file));
  console.log(`${name} ${kind} ${situation}: ${file.truth.result} ${file.truth.errorType ?? ''}`);
}
