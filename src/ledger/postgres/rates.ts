import type { Rate } from '../records.ts';
import type { Queries } from './connection.ts';

export async function takePlace(db: Queries, { name, perSecond, burst }: Rate): Promise<number> {
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

export async function queueMs(db: Queries, name: string): Promise<number> {
  const [row] = await db.query<{ wait_ms: number }>(
    `select greatest(0, extract(epoch from next_at - now()) * 1000)::double precision as wait_ms
     from rates where name = $1::text`,
    [name],
  );
  return row?.wait_ms ?? 0;
}
