-- An execution is one requested run of a function; an attempt is one numbered try of it. Instants are milliseconds since
-- 1970, flags are 0 and 1, lists and objects are JSON text.

create table executions (
  id text primary key,
  idempotency_key text,
  request_hash text not null,
  previous_id text references executions (id) on delete set null,
  superseded integer not null default 0,
  state text not null check (state in ('queued', 'running', 'in_doubt', 'succeeded', 'failed', 'cancelled')),
  attempt integer not null default 0 check (attempt >= 0),

  function text not null,
  -- the bare name: limits and lists must not depend on whether it was named by ARN
  function_name text not null,
  qualifier text,
  invocation_type text not null check (invocation_type in ('RequestResponse', 'Event', 'DryRun')),
  log_type text not null check (log_type in ('None', 'Tail')),
  client_context text,
  tenant_id text,
  envelope integer not null,
  completion text not null check (json_array_length(completion) > 0),
  max_concurrency integer check (max_concurrency > 0),
  labels text not null default '{}',
  dag_id text,
  run_id text,
  task_id text,
  map_index integer,
  try_number integer,

  created_at integer not null,
  due_at integer not null,
  started_at integer,
  finished_at integer,
  deadline_at integer,
  cancel_requested_at integer,

  settled_by text,
  error text,
  warnings text not null default '[]',
  payload_ref text,
  -- last, because SQLite walks through a long value to reach the columns behind it; the bytes as the user wrote them
  payload blob,

  constraint one_payload check (payload is null or payload_ref is null),
  constraint finished_when_terminal
    check ((finished_at is not null) = (state in ('succeeded', 'failed', 'cancelled'))),
  constraint attempted_when_running check (state not in ('running', 'in_doubt') or attempt > 0),
  constraint error_when_not_succeeded check ((error is not null) = (state in ('failed', 'cancelled')))
) strict;

create unique index executions_current_key on executions (idempotency_key)
  where idempotency_key is not null and superseded = 0;
create index executions_queued on executions (due_at, id) where state = 'queued';
create index executions_queued_limited on executions (function_name, due_at, id)
  where state = 'queued' and max_concurrency is not null;
create index executions_deadline on executions (deadline_at)
  where state in ('queued', 'running', 'in_doubt') and deadline_at is not null;
create index executions_finished on executions (finished_at) where finished_at is not null;
create index executions_dag_run on executions (dag_id, run_id, id) where dag_id is not null;
create index executions_dag on executions (dag_id, id) where dag_id is not null;
create index executions_function on executions (function_name, id);
-- Deleting an execution looks for those that follow it.
create index executions_previous on executions (previous_id) where previous_id is not null;

create table attempts (
  execution_id text not null references executions (id) on delete cascade,
  number integer not null check (number > 0),
  -- invoking: a replica holds the Invoke request; accepted: Lambda has it and a channel polls;
  -- in_doubt: the answer was lost; ended: an outcome is known
  phase text not null default 'invoking' check (phase in ('invoking', 'accepted', 'in_doubt', 'ended')),
  lease_owner text,
  lease_until integer,
  started_at integer not null,
  ended_at integer,
  request_id text,
  executed_version text,
  durable_execution_arn text,
  -- since when polls have found its durable execution paused; meanwhile its deadline and its evidence window wait
  paused_at integer,
  heartbeat_at integer,
  progress text,
  doubt text,
  -- holder_lost: the replica that held the request stopped; response_lost: Lambda's answer did not arrive
  doubt_code text check (doubt_code in ('holder_lost', 'response_lost')),
  -- when it is polled next, and when polling ends
  poll_at integer,
  evidence_until integer,

  channel text,
  late integer not null default 0,
  -- 1: ended for want of evidence, so the first outcome that arrives later replaces this one
  presumed_lost integer not null default 0,
  outcome text check (outcome in ('succeeded', 'failed', 'refused')),
  -- what proves an outcome that was learnt from logs: src/domain/outcome.ts
  proof text,
  error text,
  billing text,
  deliveries integer,
  log_tail text,
  result_ref text,
  -- the media type that Lambda sent with a result in the ledger; null: application/json
  result_type text,
  -- a result as text where it is UTF-8 without NUL, else as bytes
  result text,
  result_bytes blob,

  primary key (execution_id, number),
  constraint ended_has_outcome
    check ((phase = 'ended') = (ended_at is not null) and (phase = 'ended') = (outcome is not null)),
  constraint lease_while_invoking check ((phase = 'invoking') = (lease_until is not null)),
  constraint polled_while_open check ((phase in ('accepted', 'in_doubt')) = (poll_at is not null)),
  constraint doubt_has_code check ((doubt is null) = (doubt_code is null)),
  constraint lost_when_ended check (phase = 'ended' or presumed_lost = 0),
  constraint one_result
    check ((result is not null) + (result_bytes is not null) + (result_ref is not null) <= 1)
) strict;

create index attempts_lease on attempts (lease_until) where phase = 'invoking';
create index attempts_poll on attempts (poll_at) where phase in ('accepted', 'in_doubt');
create index attempts_request_id on attempts (request_id) where request_id is not null;

-- One row for each rate, such as CloudWatch's per account and Region.
create table rates (
  name text primary key,
  -- when the next call may go out, in milliseconds since 1970; calls are spaced evenly
  next_at real not null,
  -- where AWS has throttled it: down to how many calls a second, and when; it recovers from there with the time
  slowed_to real,
  slowed_at integer,
  constraint slowed_at_with_rate check ((slowed_to is null) = (slowed_at is null))
) strict;
