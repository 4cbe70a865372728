import type { Queries } from './database.ts';

/**
 * Reserves the next call of a rate that all replicas share. Calls are spaced evenly, and after a pause up to `burst` calls
 * may be sent at once.
 *
 * @param name of the rate; the same in every replica
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
         + make_interval(secs => 1 / $2::double precision)
     returning greatest(0, extract(epoch from next_at - now()) * 1000)::double precision as wait_ms`,
    [name, perSecond, burst],
  );
  return row?.wait_ms ?? 0;
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
