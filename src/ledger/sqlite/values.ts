/** Between SQLite's values and those of the shared rows. */
import type { StoredRow, StoredValue } from './connection.ts';

const JSON_COLUMNS = new Set([
  'completion',
  'labels',
  'error',
  'warnings',
  'payload_ref',
  'result_ref',
  'billing',
  'progress',
]);
const FLAGS = new Set(['envelope', 'late', 'cancelRequested', 'paused', 'lastPoll']);
/** `..._at` and the names that SQL gives to such columns. */
const INSTANT = /(?:_at|At)$/;

/** A row as PostgreSQL's driver returns it: instants as Date, JSON parsed, flags as boolean. */
export function decoded<Row>(row: StoredRow): Row {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) values[name] = decodedValue(name, value);
  return values as Row;
}

function decodedValue(name: string, value: StoredValue): unknown {
  if (value === null) return null;
  if (FLAGS.has(name)) return value === 1;
  if (JSON_COLUMNS.has(name)) return JSON.parse(String(value));
  if (INSTANT.test(name)) return new Date(Number(value));
  return value;
}

/** JSON text of a value, or null for none. */
export function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
