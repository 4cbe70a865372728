/** Reads each environment variable of the bridge. Every reader adds its errors to `errors`, one sentence each. */
import { parseS3Uri } from '../domain/s3-uri.ts';
import { MIN_TOKEN_LENGTH, type Token } from './token.ts';

/** Read for each new connection to the database. */
export type PasswordSource = { file: string } | { command: string };

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Minimum length in characters. Anybody who guesses the secret can report an outcome for any execution. */
const MIN_SECRET_LENGTH = 32;

export function readPort(text: string | undefined, errors: string[]): number {
  const port = text ? Number(text) : 8080;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  errors.push(`BRIDGE_PORT is '${text}'; it must be a whole number from 0 to 65535.`);
  return 0;
}

export function readDatabaseUrl(
  name: string,
  text: string | undefined,
  errors: string[],
): string | undefined {
  // The error does not repeat the text, because it may contain a password.
  if (text && !/^postgres(ql)?:\/\//.test(text))
    errors.push(`${name} must begin with postgres:// or postgresql://.`);
  return text || undefined;
}

/** Where the password of the database comes from, if it is not in its URL. */
export function readPasswordSource(
  file: string | undefined,
  command: string | undefined,
  errors: string[],
): PasswordSource | undefined {
  if (file && command)
    errors.push('DATABASE_PASSWORD_FILE cannot be combined with DATABASE_PASSWORD_COMMAND.');
  if (file) return { file };
  return command ? { command } : undefined;
}

export function readToken(text: string | undefined, errors: string[]): Token[] {
  if (!text) return [];
  if (text.length < MIN_TOKEN_LENGTH)
    errors.push(
      `BRIDGE_TOKEN must have ${MIN_TOKEN_LENGTH} characters or more; openssl rand -hex 24 makes a good one.`,
    );
  return [{ name: 'BRIDGE_TOKEN', token: text }];
}

export function readStagingUri(text: string | undefined, errors: string[]): string | undefined {
  if (text && !parseS3Uri(`${text}/x`))
    errors.push(`BRIDGE_STAGING_URI is '${text}'; it must be s3://bucket/prefix.`);
  return text?.replace(/\/+$/, '') || undefined;
}

export function readPublicUrl(text: string | undefined, errors: string[]): string | undefined {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    errors.push('BRIDGE_PUBLIC_URL must be a plain http:// or https:// address that functions can reach.');
  return text.replace(/\/+$/, '');
}

export function readCallbackSecret(text: string | undefined, errors: string[]): string | undefined {
  if (text && text.length < MIN_SECRET_LENGTH)
    errors.push(
      `BRIDGE_CALLBACK_SECRET must have ${MIN_SECRET_LENGTH} characters or more; openssl rand -hex 32 makes a good one.`,
    );
  return text || undefined;
}

export function readLogLevel(text: string | undefined, errors: string[]): string {
  const level = text || 'info';
  if (!(LOG_LEVELS as readonly string[]).includes(level))
    errors.push(`BRIDGE_LOG_LEVEL is '${text}'; it must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}
