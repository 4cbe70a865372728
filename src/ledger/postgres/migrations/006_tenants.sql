-- The tenant whose isolated environment of a function runs an execution.
alter table executions add column tenant_id text;
