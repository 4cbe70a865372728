-- What proves an outcome that was learnt from logs: src/domain/outcome.ts.
alter table attempts add column proof text;
