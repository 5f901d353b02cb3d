-- What people ask of their own: what they used in a time, their sessions, their keys.

-- All that sums over a time want, so that no row is looked up for them.
create index usage_mine on usage_record
    (issuer, user_id, at, model, tokens_in, tokens_out, duration_ms);
create index session_mine on session (issuer, user_id);
create index browser_session_mine on browser_session (issuer, user_id);
create index api_key_mine on api_key (issuer, user_id);
