/** Reads the file that BRIDGE_CONFIG names: YAML or JSON. */
import { readFile } from 'node:fs/promises';
import type { YAMLParseError } from 'yaml';
import type { FunctionPolicy } from '../domain/policy.ts';
import { type ConfigFile, configFileErrors } from './file-schema.ts';
import type { Limits } from './limits.ts';

export async function readConfigFile(path: string | undefined, errors: string[]): Promise<ConfigFile> {
  if (!path) return {};
  // Only here: without a file, the parser would take 2 MB of memory for nothing.
  const { parse } = await import('yaml');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    errors.push(`BRIDGE_CONFIG ${path} cannot be read: ${(error as Error).message}.`);
    return {};
  }
  try {
    // YAML 1.2 contains JSON, so one parser reads both.
    const value: unknown = parse(text, { logLevel: 'error' }) ?? {};
    const found = configFileErrors(value);
    errors.push(...found.map((error) => `BRIDGE_CONFIG ${path}: ${error}`));
    return found.length > 0 ? {} : (value as ConfigFile);
  } catch (error) {
    errors.push(`BRIDGE_CONFIG ${path} is neither YAML nor JSON${positionOf(error)}.`);
    return {};
  }
}

/** Only position and error code. The parser's own message quotes the file, which may contain tokens. */
function positionOf(error: unknown): string {
  if ((error as Error).name !== 'YAMLParseError') return ': it refers to an anchor that does not exist';
  const { linePos, code } = error as YAMLParseError;
  const [start] = linePos ?? [];
  return start ? ` from line ${start.line}, column ${start.col} on (${code})` : ` (${code})`;
}

export function toPolicy(entry: NonNullable<ConfigFile['functions']>[number]): FunctionPolicy {
  return {
    name: entry.name,
    allow: entry.allow ?? true,
    ...(entry.max_concurrency === undefined ? {} : { maxConcurrency: entry.max_concurrency }),
    ...(entry.timeout_seconds === undefined ? {} : { timeoutSeconds: entry.timeout_seconds }),
    ...(entry.tenant_id === undefined ? {} : { tenantId: entry.tenant_id }),
    ...(entry.completion === undefined ? {} : { completion: entry.completion }),
    ...(entry.queue === undefined ? {} : { queue: entry.queue }),
    ...(entry.failure_bucket === undefined ? {} : { failureBucket: entry.failure_bucket }),
    ...(entry.input_schema === undefined ? {} : { inputSchema: entry.input_schema }),
    ...(entry.unproven === undefined ? {} : { unproven: entry.unproven }),
    ...(entry.exclusive === undefined ? {} : { exclusive: entry.exclusive }),
  };
}

/** held_invocations → heldInvocations */
export function toLimits(limits: Record<string, number>): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
