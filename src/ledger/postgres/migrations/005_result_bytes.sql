-- A result is kept byte for byte: as text where it is UTF-8 without NUL, else as bytes.
alter table attempts add column result_bytes bytea;
-- the media type that Lambda sent with a result in the ledger; null: application/json
alter table attempts add column result_type text;

alter table attempts drop constraint one_result;
alter table attempts add constraint one_result check (num_nonnulls(result, result_bytes, result_ref) <= 1);
