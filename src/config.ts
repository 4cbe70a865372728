/** Environment and file, read once: typed, with every default in one place, and every fault told at once. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { type ConfigFile, configFileFaults, TOKEN_LENGTH } from './config-file.ts';
import type { FunctionPolicy } from './domain/policy.ts';
import { parseS3Uri } from './domain/s3-uri.ts';
import type { Token } from './http/auth.ts';
import { DEFAULT_LIMITS, type Limits } from './lifecycle/limits.ts';
import { LOG_LEVELS } from './logger.ts';

export interface Config {
  host: string;
  port: number;
  /** absent: the embedded ledger in dataDir */
  databaseUrl: string | undefined;
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
  limits: Limits;
}

/** Characters: whoever guesses the secret can report the outcome of any execution. */
const SECRET_LENGTH = 32;

/** The configuration is wrong: one sentence a fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: string[];
  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n- ${faults.join('\n- ')}`,
    );
    this.faults = faults;
  }
}

/** @throws ConfigError with every fault of environment and file */
export async function readConfig(env: NodeJS.ProcessEnv): Promise<Config> {
  const faults: string[] = [];
  const file = await readFileConfig(env['BRIDGE_CONFIG'], faults);
  const config: Config = {
    host: env['BRIDGE_HOST'] || '127.0.0.1',
    port: readPort(env['BRIDGE_PORT'], faults),
    databaseUrl: readDatabaseUrl(env['DATABASE_URL'], faults),
    dataDir: env['BRIDGE_DATA_DIR'] || './data',
    stagingUri: readStagingUri(env['BRIDGE_STAGING_URI'], faults),
    logLevel: readLogLevel(env['BRIDGE_LOG_LEVEL'], faults),
    publicUrl: readPublicUrl(env['BRIDGE_PUBLIC_URL'], faults),
    callbackSecret: readCallbackSecret(env['BRIDGE_CALLBACK_SECRET'], faults),
    tokens: [...readToken(env['BRIDGE_TOKEN'], faults), ...(file.tokens ?? [])],
    policies: (file.functions ?? []).map(toPolicy),
    buckets: file.buckets ?? [],
    limits: { ...DEFAULT_LIMITS, ...toLimits(file.limits ?? {}) },
  };
  const staging = config.stagingUri && parseS3Uri(`${config.stagingUri}/x`)?.bucket;
  if (staging) config.buckets.push(staging);
  if (config.tokens.length === 0 && !isLoopback(config.host))
    faults.push(
      `BRIDGE_HOST is ${config.host}, which others can reach, but there is no token. ` +
        'Set BRIDGE_TOKEN, or list tokens in BRIDGE_CONFIG, or listen on 127.0.0.1.',
    );
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

async function readFileConfig(path: string | undefined, faults: string[]): Promise<ConfigFile> {
  if (!path) return {};
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    faults.push(`BRIDGE_CONFIG ${path} cannot be read: ${(error as Error).message}.`);
    return {};
  }
  try {
    // YAML 1.2 contains JSON, so one parser reads both.
    const value: unknown = parseYaml(text, { logLevel: 'error' }) ?? {};
    const found = configFileFaults(value);
    faults.push(...found.map((fault) => `BRIDGE_CONFIG ${path}: ${fault}`));
    return found.length > 0 ? {} : (value as ConfigFile);
  } catch (error) {
    faults.push(`BRIDGE_CONFIG ${path} is neither YAML nor JSON${placeOf(error)}.`);
    return {};
  }
}

/** The parser's own messages quote the file, which may hold tokens: only where and how it broke is told. */
function placeOf(error: unknown): string {
  if (!(error instanceof YAMLParseError)) return ': it refers to an anchor that is not there';
  const [place] = error.linePos ?? [];
  return place ? ` from line ${place.line}, column ${place.col} on (${error.code})` : ` (${error.code})`;
}

function readPort(text: string | undefined, faults: string[]): number {
  const port = text ? Number(text) : 8080;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  faults.push(`BRIDGE_PORT is '${text}'; it must be a whole number from 0 to 65535.`);
  return 0;
}

function readDatabaseUrl(text: string | undefined, faults: string[]): string | undefined {
  // The text may hold a password: it is not repeated.
  if (text && !/^postgres(ql)?:\/\//.test(text))
    faults.push('DATABASE_URL must begin with postgres:// or postgresql://.');
  return text || undefined;
}

function readToken(text: string | undefined, faults: string[]): Token[] {
  if (!text) return [];
  if (text.length < TOKEN_LENGTH)
    faults.push(
      `BRIDGE_TOKEN must have ${TOKEN_LENGTH} characters or more; openssl rand -hex 24 makes a good one.`,
    );
  return [{ name: 'BRIDGE_TOKEN', token: text }];
}

function readStagingUri(text: string | undefined, faults: string[]): string | undefined {
  if (text && !parseS3Uri(`${text}/x`))
    faults.push(`BRIDGE_STAGING_URI is '${text}'; it must be s3://bucket/prefix.`);
  return text?.replace(/\/+$/, '') || undefined;
}

function readPublicUrl(text: string | undefined, faults: string[]): string | undefined {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    faults.push('BRIDGE_PUBLIC_URL must be a plain http:// or https:// address that functions can reach.');
  return text.replace(/\/+$/, '');
}

function readCallbackSecret(text: string | undefined, faults: string[]): string | undefined {
  if (text && text.length < SECRET_LENGTH)
    faults.push(
      `BRIDGE_CALLBACK_SECRET must have ${SECRET_LENGTH} characters or more; openssl rand -hex 32 makes a good one.`,
    );
  return text || undefined;
}

function readLogLevel(text: string | undefined, faults: string[]): string {
  const level = text || 'info';
  if (!(LOG_LEVELS as readonly string[]).includes(level))
    faults.push(`BRIDGE_LOG_LEVEL is '${text}'; it must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

function toPolicy(entry: NonNullable<ConfigFile['functions']>[number]): FunctionPolicy {
  return {
    name: entry.name,
    allow: entry.allow ?? true,
    ...(entry.max_concurrency === undefined ? {} : { maxConcurrency: entry.max_concurrency }),
    ...(entry.timeout_seconds === undefined ? {} : { timeoutSeconds: entry.timeout_seconds }),
    ...(entry.completion === undefined ? {} : { completion: entry.completion }),
    ...(entry.queue === undefined ? {} : { queue: entry.queue }),
    ...(entry.failure_bucket === undefined ? {} : { failureBucket: entry.failure_bucket }),
    ...(entry.input_schema === undefined ? {} : { inputSchema: entry.input_schema }),
  };
}

/** held_invocations → heldInvocations */
function toLimits(limits: Record<string, number>): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
