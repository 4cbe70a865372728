-- Since when polls have found a durable execution paused at Lambda. Meanwhile its deadline and its evidence window wait;
-- when a poll finds it resumed, both move by the length of the pause.
alter table attempts add column paused_at timestamptz;
