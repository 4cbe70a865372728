/** Rates of calls: one row each. AWS's throttling slows a rate. */
import type { Rate } from '../records.ts';
import { LOWEST_SHARE, ONCE_IN_SECONDS, RECOVERED_PER_SECOND } from '../slowed-rate.ts';
import type { SqliteConnection } from './connection.ts';

interface RateRow {
  next_at: number;
  slowed_to: number | null;
  slowed_at: number | null;
}

export function takePlace(db: SqliteConnection, { name, perSecond, burst }: Rate, now: number): number {
  const row = find(db, name);
  const nextAt = row
    ? Math.max(row.next_at, now - (burst * 1_000) / perSecond) + 1_000 / rateNow(row, perSecond, now)
    : now - ((burst - 1) * 1_000) / perSecond;
  db.run(
    `insert into rates (name, next_at) values (:name, :next_at)
     on conflict (name) do update set next_at = excluded.next_at`,
    { name, next_at: nextAt },
  );
  return Math.max(0, nextAt - now);
}

export function slowDown(
  db: SqliteConnection,
  { name, perSecond }: Pick<Rate, 'name' | 'perSecond'>,
  now: number,
): number | undefined {
  const row = find(db, name);
  if (row && row.slowed_at !== null && now - row.slowed_at <= ONCE_IN_SECONDS * 1_000) return undefined;
  const before = row ? rateNow(row, perSecond, now) : perSecond;
  const slowedTo = Math.max(perSecond * LOWEST_SHARE, before / 2);
  db.run(
    `insert into rates (name, next_at, slowed_to, slowed_at) values (:name, :now, :slowed_to, :now)
     on conflict (name) do update set slowed_to = excluded.slowed_to, slowed_at = excluded.slowed_at,
       next_at = max(next_at, excluded.next_at)`,
    { name, now, slowed_to: slowedTo },
  );
  return slowedTo;
}

export function queueMs(db: SqliteConnection, name: string, now: number): number {
  return Math.max(0, (find(db, name)?.next_at ?? now) - now);
}

function find(db: SqliteConnection, name: string): RateRow | undefined {
  return db.first<RateRow>('select next_at, slowed_to, slowed_at from rates where name = :name', { name });
}

/** Calls a second. */
function rateNow({ slowed_to, slowed_at }: RateRow, perSecond: number, now: number): number {
  if (slowed_to === null || slowed_at === null) return perSecond;
  const recovered = (perSecond * RECOVERED_PER_SECOND * (now - slowed_at)) / 1_000;
  return Math.min(perSecond, slowed_to + recovered);
}
