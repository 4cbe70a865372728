-- Open attempts are found through attempts_lease and attempts_poll, which together have all of them.
drop index attempts_open;
