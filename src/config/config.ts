/** Reads the configuration from environment and file. All defaults are here, and all errors are reported at once. */
import { isIP } from 'node:net';
import type { FunctionPolicy } from '../domain/policy.ts';
import { parseS3Uri } from '../domain/s3-uri.ts';
import {
  type PasswordSource,
  readCallbackSecret,
  readDatabaseUrl,
  readLogLevel,
  readPasswordSource,
  readPort,
  readPublicUrl,
  readStagingUri,
  readToken,
} from './environment.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { readConfigFile, toLimits, toPolicy } from './read-file.ts';
import type { Token } from './token.ts';

export interface Config {
  host: string;
  port: number;
  /** absent: the embedded ledger in dataDir */
  databaseUrl: string | undefined;
  /** of the same database without a pooler, for hints between replicas; absent: no hints */
  databaseUrlDirect?: string | undefined;
  /** absent: the one in the URL */
  databasePassword?: PasswordSource | undefined;
  dataDir: string;
  stagingUri: string | undefined;
  logLevel: string;
  /** where functions reach the bridge, without a slash at the end; absent: no callbacks */
  publicUrl: string | undefined;
  /** signs the tokens of callbacks; the same for every replica */
  callbackSecret: string | undefined;
  tokens: Token[];
  policies: FunctionPolicy[];
  /** patterns of the buckets that payload_ref and PUT /v1/objects may name */
  buckets: string[];
  /** whether Live Tail, which costs money, may tell of ends sooner; absent: no */
  liveTail?: boolean;
  limits: Limits;
}

/** The configuration is wrong. `errors` has one sentence for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: string[];
  constructor(errors: string[]) {
    super(
      `The configuration has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n- ${errors.join('\n- ')}`,
    );
    this.errors = errors;
  }
}

/** @throws ConfigError with every error of environment and file */
export async function readConfig(env: NodeJS.ProcessEnv): Promise<Config> {
  const errors: string[] = [];
  const file = await readConfigFile(env['BRIDGE_CONFIG'], errors);
  const config: Config = {
    host: env['BRIDGE_HOST'] || '127.0.0.1',
    port: readPort(env['BRIDGE_PORT'], errors),
    databaseUrl: readDatabaseUrl('DATABASE_URL', env['DATABASE_URL'], errors),
    databaseUrlDirect: readDatabaseUrl('DATABASE_URL_DIRECT', env['DATABASE_URL_DIRECT'], errors),
    databasePassword: readPasswordSource(
      env['DATABASE_PASSWORD_FILE'],
      env['DATABASE_PASSWORD_COMMAND'],
      errors,
    ),
    dataDir: env['BRIDGE_DATA_DIR'] || './data',
    stagingUri: readStagingUri(env['BRIDGE_STAGING_URI'], errors),
    logLevel: readLogLevel(env['BRIDGE_LOG_LEVEL'], errors),
    publicUrl: readPublicUrl(env['BRIDGE_PUBLIC_URL'], errors),
    callbackSecret: readCallbackSecret(env['BRIDGE_CALLBACK_SECRET'], errors),
    tokens: [...readToken(env['BRIDGE_TOKEN'], errors), ...(file.tokens ?? [])],
    policies: (file.functions ?? []).map(toPolicy),
    buckets: file.buckets ?? [],
    ...(file.live_tail !== undefined && { liveTail: file.live_tail }),
    limits: { ...DEFAULT_LIMITS, ...toLimits(file.limits ?? {}) },
  };
  const staging = config.stagingUri && parseS3Uri(`${config.stagingUri}/x`)?.bucket;
  if (staging) config.buckets.push(staging);
  if (config.tokens.length === 0 && !isLoopback(config.host))
    errors.push(
      `BRIDGE_HOST is ${config.host}, which others can reach, but there is no token. ` +
        'Set BRIDGE_TOKEN, or list tokens in BRIDGE_CONFIG, or listen on 127.0.0.1.',
    );
  if (errors.length > 0) throw new ConfigError(errors);
  return config;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
