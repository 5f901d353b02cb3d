-- Who calls, as every gateway of a deployment knows them. Times are milliseconds since
-- the Unix epoch, UTC.

-- Who was here, since when. A session spans every hop of a hand-off.
create table session (
    session_id    text collate "C" not null primary key,
    issuer        text   not null,
    user_id       text   not null,
    first_seen_at bigint not null,
    last_seen_at  bigint not null,
    requests      bigint not null              -- what every gateway counted, together
);

create index session_age on session (last_seen_at);

-- Keys that people make for their programs: attach-gateway keys.
create table api_key (
    key_id     text collate "C" not null primary key,  -- the 8 characters after ak_
    hash       text   not null,                -- SHA-256 of the whole key, hex: the key itself is kept nowhere
    issuer     text   not null,                -- whose it is
    user_id    text   not null,
    name       text   not null,                -- what it is for, in the words of whoever made it
    scopes     text   not null,                -- all it may do
    created_at bigint not null,
    expires_at bigint,                         -- null: never
    revoked_at bigint
);

-- Browsers that are signed in.
create table browser_session (
    secret_hash text collate "C" not null primary key,  -- SHA-256 of the cookie, hex
    handle      text collate "C" not null unique,       -- its name; opens nothing
    session_id  text collate "C" not null,     -- its row in session, once it has called
    issuer      text   not null,
    user_id     text   not null,
    scopes      text   not null,               -- those the provider granted
    created_at  bigint not null,
    seen_at     bigint not null,               -- written once in a while, not for every request
    ends_at     bigint not null,               -- at the latest
    ended_at    bigint                         -- signed out, or ended by attach-gateway sessions
);

create index browser_session_session on browser_session (session_id);
create index browser_session_end on browser_session (ends_at);
create index browser_session_ended on browser_session (ended_at) where ended_at is not null;

-- Tokens of DIDs that may be used once and have been (DID_REPLAY=once).
create table used_token (
    digest     text collate "C" not null primary key,  -- SHA-256 of the DID and the token's jti, hex
    expires_at bigint not null                 -- forgotten after it
);

create index used_token_end on used_token (expires_at);

-- The key that delegation tokens are signed with: one for all gateways, so that each
-- takes what another gave out. It is of no use without their ATTACH_SECRET.
create table signing_key (
    one        bigint not null primary key check (one = 1),
    kid        text   not null,                -- what tokens carry in kid
    sealed     bytea  not null,                -- PKCS #8, AES-256-GCM, nonce first
    created_at bigint not null
);
