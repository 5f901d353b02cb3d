-- What people ask of their own: what they used in a time, their sessions, their keys.

-- All that sums over a time want, so that no row is looked up for them. It begins with
-- the time, in whose order records come: what is added at the end of an index costs
-- next to nothing, and one by owner would cost more than all the rest of a record.
drop index usage_at;
create index usage_at on usage_record
    (at, user_id, issuer, model, tokens_in, tokens_out, duration_ms);
create index session_mine on session (issuer, user_id);
create index browser_session_mine on browser_session (issuer, user_id);
create index api_key_mine on api_key (issuer, user_id);
