-- An execution is one requested run of a function; an attempt is one numbered try of it.

create table executions (
  id uuid primary key,
  idempotency_key text,
  request_hash text not null,
  previous_id uuid references executions (id) on delete set null,
  superseded boolean not null default false,
  state text not null default 'queued'
    check (state in ('queued', 'running', 'in_doubt', 'succeeded', 'failed', 'cancelled')),
  attempt integer not null default 0 check (attempt >= 0),

  function text not null,
  -- the bare name: limits and lists must not depend on whether it was named by ARN
  function_name text not null,
  qualifier text,
  invocation_type text not null check (invocation_type in ('RequestResponse', 'Event', 'DryRun')),
  log_type text not null check (log_type in ('None', 'Tail')),
  client_context text,
  -- the JSON text as the user wrote it; text, not jsonb, which would reorder members and round numbers
  payload text,
  payload_ref json,
  completion text[] not null check (cardinality(completion) > 0),
  max_concurrency integer check (max_concurrency > 0),
  labels json not null default '{}',
  dag_id text,
  run_id text,
  task_id text,
  map_index integer,
  try_number integer,

  created_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,

  settled_by text,
  -- json, not jsonb: a function's error text may hold \u0000, which jsonb refuses
  error json,
  warnings json not null default '[]',

  constraint one_payload check (payload is null or payload_ref is null),
  constraint finished_when_terminal
    check ((finished_at is not null) = (state in ('succeeded', 'failed', 'cancelled'))),
  constraint attempted_when_running check (state not in ('running', 'in_doubt') or attempt > 0),
  constraint error_when_not_succeeded check ((error is not null) = (state in ('failed', 'cancelled')))
);

create unique index executions_current_key on executions (idempotency_key)
  where idempotency_key is not null and not superseded;
create index executions_queued on executions (due_at, id) where state = 'queued';
create index executions_queued_limited on executions (function_name, due_at, id)
  where state = 'queued' and max_concurrency is not null;
create index executions_deadline on executions (deadline_at)
  where state in ('queued', 'running', 'in_doubt') and deadline_at is not null;
create index executions_finished on executions (finished_at) where finished_at is not null;
create index executions_dag_run on executions (dag_id, run_id, id) where dag_id is not null;
create index executions_function on executions (function_name, id);

create table attempts (
  execution_id uuid not null references executions (id) on delete cascade,
  number integer not null check (number > 0),
  -- invoking: a replica holds the Invoke request; accepted: Lambda has it and a channel watches;
  -- in_doubt: the answer was lost; ended: an outcome is known
  phase text not null default 'invoking' check (phase in ('invoking', 'accepted', 'in_doubt', 'ended')),
  lease_owner uuid,
  lease_until timestamptz,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  request_id text,
  executed_version text,
  doubt text,
  -- when the watcher looks next, and when it gives up looking
  look_at timestamptz,
  evidence_until timestamptz,

  channel text,
  late boolean not null default false,
  outcome text check (outcome in ('succeeded', 'failed', 'refused')),
  error json,
  result text,
  result_ref json,
  log_tail text,
  billing json,
  deliveries integer,

  primary key (execution_id, number),
  constraint ended_has_outcome
    check ((phase = 'ended') = (ended_at is not null) and (phase = 'ended') = (outcome is not null)),
  constraint lease_while_invoking check ((phase = 'invoking') = (lease_until is not null)),
  constraint looked_at_while_open check ((phase in ('accepted', 'in_doubt')) = (look_at is not null)),
  constraint one_result check (result is null or result_ref is null)
);

create index attempts_lease on attempts (lease_until) where phase = 'invoking';
create index attempts_look on attempts (look_at) where phase in ('accepted', 'in_doubt');
create index attempts_open on attempts (execution_id) where phase <> 'ended';
