-- A rate that AWS has throttled: down to how many calls a second, and when. It recovers from there with the time.
alter table rates add column slowed_to double precision;
alter table rates add column slowed_at timestamptz;
alter table rates add constraint slowed_at_with_rate check ((slowed_to is null) = (slowed_at is null));
