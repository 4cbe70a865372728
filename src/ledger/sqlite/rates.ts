import type { Rate } from '../records.ts';
import type { Connection } from './connection.ts';

export function takePlace(db: Connection, { name, perSecond, burst }: Rate, now: number): number {
  const spacing = 1_000 / perSecond;
  const row = db.first<{ next_at: number }>(
    `insert into rates (name, next_at) values (:name, :first)
     on conflict (name) do update set next_at = max(next_at, :earliest) + :spacing
     returning next_at`,
    { name, spacing, first: now - (burst - 1) * spacing, earliest: now - burst * spacing },
  );
  return Math.max(0, (row?.next_at ?? now) - now);
}

export function queueMs(db: Connection, name: string, now: number): number {
  const row = db.first<{ next_at: number }>('select next_at from rates where name = :name', { name });
  return Math.max(0, (row?.next_at ?? now) - now);
}
