/** Rates of calls that all replicas share: one row each. AWS's throttling slows a rate for all of them. */
import type { Queries } from './database.ts';

/** A rate that was slowed grows by this share of its maximum each second: half of it is back after 30 s. */
const RECOVERED_PER_SECOND = 1 / 60;
/** However often AWS throttles: so that a rate that others use up is tried again and again. */
const LOWEST_SHARE = 1 / 16;
/** Calls that were under way together are throttled together, and count once. */
const ONCE_IN_SECONDS = 1;

/** Calls a second now. `$2` is the maximum. */
const RATE = `least($2::double precision, coalesce(r.slowed_to + $2::double precision * ${RECOVERED_PER_SECOND}
  * extract(epoch from now() - r.slowed_at)::double precision, $2::double precision))`;

/**
 * Reserves the next call of a rate that all replicas share. Calls are spaced evenly, and after a pause up to `burst` calls
 * may be sent at once.
 *
 * @param name of the rate; the same in every replica
 * @param perSecond the maximum
 * @returns how long to wait before the call, in milliseconds
 */
export async function takePlace(
  db: Queries,
  name: string,
  perSecond: number,
  burst: number,
): Promise<number> {
  const [row] = await db.query<{ wait_ms: number }>(
    `insert into rates as r (name, next_at)
     values ($1::text, now() - make_interval(secs => ($3::double precision - 1) / $2::double precision))
     on conflict (name) do update set next_at =
       greatest(r.next_at, now() - make_interval(secs => $3::double precision / $2::double precision))
         + make_interval(secs => 1 / ${RATE})
     returning greatest(0, extract(epoch from next_at - now()) * 1000)::double precision as wait_ms`,
    [name, perSecond, burst],
  );
  return row?.wait_ms ?? 0;
}

/**
 * AWS has throttled a call: halves the rate for all replicas. No burst follows.
 *
 * @returns the new rate in calls a second; undefined when it was halved within the last second
 */
export async function slowDown(db: Queries, name: string, perSecond: number): Promise<number | undefined> {
  const [row] = await db.query<{ slowed_to: number }>(
    `insert into rates as r (name, next_at, slowed_to, slowed_at)
     values ($1::text, now(), $2::double precision / 2, now())
     on conflict (name) do update set slowed_at = now(), next_at = greatest(r.next_at, now()),
       slowed_to = greatest($2::double precision * ${LOWEST_SHARE}, ${RATE} / 2)
     where r.slowed_at is null or r.slowed_at < now() - make_interval(secs => ${ONCE_IN_SECONDS})
     returning slowed_to`,
    [name, perSecond],
  );
  return row?.slowed_to;
}

/** How long a call would wait now, in milliseconds. */
export async function queueMs(db: Queries, name: string): Promise<number> {
  const [row] = await db.query<{ wait_ms: number }>(
    `select greatest(0, extract(epoch from next_at - now()) * 1000)::double precision as wait_ms
     from rates where name = $1::text`,
    [name],
  );
  return row?.wait_ms ?? 0;
}
