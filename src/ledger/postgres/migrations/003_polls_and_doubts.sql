-- Polls have their name, a doubt has a code, and a presumed loss is a column instead of a channel name.
-- Stop replicas of older versions first: they write look_at.

alter table attempts rename column look_at to poll_at;
alter table attempts rename constraint looked_at_while_open to polled_while_open;
alter index attempts_look rename to attempts_poll;

-- holder_lost: the replica that held the request stopped; response_lost: Lambda's answer did not arrive.
alter table attempts add column doubt_code text check (doubt_code in ('holder_lost', 'response_lost'));
update attempts set doubt_code =
  case when doubt like 'The replica that held the invocation stopped%' then 'holder_lost' else 'response_lost' end
where doubt is not null;
alter table attempts add constraint doubt_has_code check ((doubt is null) = (doubt_code is null));

-- true: ended for want of evidence, so the first outcome that arrives later replaces this one.
alter table attempts add column presumed_lost boolean not null default false;
update attempts set presumed_lost = true where channel = 'watcher';
alter table attempts add constraint lost_when_ended check (phase = 'ended' or not presumed_lost);
