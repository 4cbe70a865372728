#!/usr/bin/env node
/** The command line. */
import { setFlagsFromString } from 'node:v8';
import { startBridge } from './bridge.ts';
import { ConfigError, readConfig } from './config/config.ts';
import { createLogger, endLogOutput, openLogOutput } from './logger.ts';
import { stopWithNpm } from './npm-parent.ts';
import { openLedger } from './open-ledger.ts';
import { StartError } from './start-error.ts';

const USAGE = `airflow-lambda-bridge COMMAND

  serve      run the service; configured by environment and BRIDGE_CONFIG (docs/configuration.md)
  local      run the Lambda emulator for a folder of functions: --functions DIR --port N
  migrate    bring the ledger to this version's schema, and end
`;

async function serve(): Promise<void> {
  // Objects of requests that are under way outlive two collections of young objects. By default V8 then lets the heap grow
  // to several times what is used before it collects old ones, too: 303 MB under load instead of 194, at the same rate.
  setFlagsFromString('--heap-growing-percent=30');
  const config = await readConfig(process.env);
  const output = openLogOutput();
  const log = createLogger(config.logLevel, output);
  const starting = startBridge(config, log);
  const stop = async (signal: string) => {
    // A second signal ends the process at once, without waiting for held invocations.
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    log.info({ signal }, 'stopping');
    await (await starting).stop();
    await endLogOutput(output);
    process.exit(0);
  };
  // The handlers are set before the start has completed, because process 1 of a container ignores signals without a
  // handler.
  process.once('SIGTERM', stop).once('SIGINT', stop);
  await starting;
}

async function migrateOnly(): Promise<void> {
  const config = await readConfig(process.env);
  const { ledger, applied } = await openLedger(config);
  await ledger.close();
  console.log(
    applied.length === 0 ? 'The ledger is up to date.' : `Applied migration ${applied.join(', ')}.`,
  );
}

/** The emulator is a separate package: in a checkout its source is used, otherwise the installed package. */
const EMULATOR = import.meta.url.endsWith('.ts')
  ? '../packages/lambda-emulator/src/command.ts'
  : '@airflow-lambda-bridge/lambda-emulator';

async function runLocal(args: string[]): Promise<void> {
  const emulator = await import(EMULATOR).catch((error: { code?: string }) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError(
      'The Lambda emulator is not installed: it is not part of the service. Run this command in a checkout after ' +
        'npm ci and npm run build, or use the Docker target `emulator` of docker/Dockerfile.',
    );
  });
  await emulator.runEmulator(args);
}

async function run([command, ...rest]: string[]): Promise<void> {
  if (command === 'local') return runLocal(rest);
  if ([command, ...rest].some((word) => word === 'help' || word === '--help' || word === '-h')) {
    process.stdout.write(USAGE);
    return;
  }
  if (command === 'serve' && rest.length === 0) return serve();
  if (command === 'migrate' && rest.length === 0) return migrateOnly();
  process.stderr.write(`Unknown command '${[command, ...rest].join(' ')}'.\n\n${USAGE}`);
  process.exitCode = 2;
}

stopWithNpm();
run(process.argv.slice(2)).catch((error: unknown) => {
  const told = error instanceof ConfigError || error instanceof StartError;
  console.error(told ? error.message : error);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
