-- Keys that people make for their programs: attach-gateway keys.
create table api_key (
    key_id     text    not null primary key,  -- the 8 characters after ak_
    hash       text    not null,              -- SHA-256 of the whole key, hex: the key itself is kept nowhere
    issuer     text    not null,              -- whose it is
    user_id    text    not null,
    name       text    not null,              -- what it is for, in the words of whoever made it
    scopes     text    not null,              -- all it may do
    created_at integer not null,              -- ms since the Unix epoch
    expires_at integer,                       -- null: never
    revoked_at integer
) strict;

-- Browsers that are signed in.
create table browser_session (
    secret_hash text    not null primary key,  -- SHA-256 of the cookie, hex
    handle      text    not null unique,       -- its name; opens nothing
    session_id  text    not null,              -- its row in session, once it has called
    issuer      text    not null,
    user_id     text    not null,
    scopes      text    not null,              -- those the provider granted
    created_at  integer not null,              -- ms since the Unix epoch
    seen_at     integer not null,              -- written once in a while, not for every request
    ends_at     integer not null,              -- at the latest
    ended_at    integer                        -- signed out, or ended by attach-gateway sessions
) strict;

create index browser_session_session on browser_session (session_id);
create index browser_session_end on browser_session (ends_at);
create index browser_session_ended on browser_session (ended_at) where ended_at is not null;

-- Tokens of DIDs that may be used once and have been (DID_REPLAY=once).
create table used_token (
    digest     text    not null primary key,  -- SHA-256 of the DID and the token's jti, hex
    expires_at integer not null               -- ms since the Unix epoch; forgotten after it
) strict, without rowid;

create index used_token_end on used_token (expires_at);
