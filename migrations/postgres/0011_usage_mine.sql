-- What people ask of their own: what they used in a time, their sessions, their keys.
create index usage_mine on usage_record (issuer, user_id, at);
create index session_mine on session (issuer, user_id);
create index browser_session_mine on browser_session (issuer, user_id);
create index api_key_mine on api_key (issuer, user_id);
