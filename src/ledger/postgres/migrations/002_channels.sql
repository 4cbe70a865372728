-- What the channels beyond response and logs keep: the envelope a function asked for, the durable execution that
-- Lambda started, the signs of life that a function sends.

alter table executions add column envelope boolean not null default false;

alter table attempts add column durable_execution_arn text;
alter table attempts add column heartbeat_at timestamptz;
alter table attempts add column progress json;

-- One row for each rate that all replicas share, such as CloudWatch's per account and Region.
create table rates (
  name text primary key,
  -- when the next call may go out; calls are spaced evenly
  next_at timestamptz not null default now()
);

-- Deleting an execution looks for those that follow it.
create index executions_previous on executions (previous_id) where previous_id is not null;
create index attempts_request_id on attempts (request_id) where request_id is not null;
