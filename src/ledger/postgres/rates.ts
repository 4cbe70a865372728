/** Rates of calls that all replicas share: one row each. AWS's throttling slows a rate for all of them. */
import type { Rate } from '../records.ts';
import { LOWEST_SHARE, ONCE_IN_SECONDS, RECOVERED_PER_SECOND } from '../slowed-rate.ts';
import type { Queries } from './connection.ts';

/** Calls a second now. `$2` is the maximum. */
const RATE = `least($2::double precision, coalesce(r.slowed_to + $2::double precision * ${RECOVERED_PER_SECOND}
  * extract(epoch from now() - r.slowed_at)::double precision, $2::double precision))`;

export async function takePlace(db: Queries, { name, perSecond, burst }: Rate): Promise<number> {
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

export async function slowDown(
  db: Queries,
  { name, perSecond }: Pick<Rate, 'name' | 'perSecond'>,
): Promise<number | undefined> {
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

export async function queueMs(db: Queries, name: string): Promise<number> {
  const [row] = await db.query<{ wait_ms: number }>(
    `select greatest(0, extract(epoch from next_at - now()) * 1000)::double precision as wait_ms
     from rates where name = $1::text`,
    [name],
  );
  return row?.wait_ms ?? 0;
}
