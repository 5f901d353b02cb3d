//! The statements about what is still to be delivered.

use crate::adapters::database::Sql;

/// Which webhooks are to be served, but for how each database reads JSON, and what is
/// done with them.
///
/// Without those to a busy host, those of a busy owner and those under way. In rounds:
/// whoever is served least now goes first, then the one who waits longest. Of each host
/// and each owner no more than they may have: the others would hide somebody, and be
/// taken in vain.
macro_rules! wanted {
    ($full:literal, $under_way:literal, $busy:literal, $served:literal, $begun:literal,
     $taken:literal, $from:literal) => {
        concat!(
            "
    with full_host (host) as (",
            $full,
            "),
    under_way (task_id, config_id) as (",
            $under_way,
            "),
    busy (issuer, user_id) as (",
            $busy,
            "),
    served (issuer, user_id, places) as (",
            $served,
            "),
    begun (host, places) as (",
            $begun,
            "),
    due as (
        select p.task_id, p.config_id, p.due_at, p.host,
               row_number() over (partition by t.issuer, t.user_id order by p.due_at, p.task_id)
               + coalesce(s.places, 0) round
          from push_config p
          join task t on t.task_id = p.task_id
          left join served s on s.issuer = t.issuer and s.user_id = t.user_id
         where p.due_at <= $1
           and p.host not in (select host from full_host)
           and not exists (select 1 from under_way u
                            where u.task_id = p.task_id and u.config_id = p.config_id)
           and not exists (select 1 from busy b
                            where b.issuer = t.issuer and b.user_id = t.user_id)),
    ranked as (
        select d.task_id, d.config_id, d.due_at, d.round,
               row_number() over (partition by d.host order by d.round, d.due_at, d.task_id)
               + coalesce(b.places, 0) place
          from due d left join begun b on b.host = d.host
         where d.round <= $9),
    waiting as (
        select task_id, config_id, due_at, round from ranked
         where place <= $8 order by round, due_at, task_id limit $5)",
            $taken,
            "
    select p.task_id, p.config_id, p.url, p.host, p.sealed, p.sent_seq, p.failures,
           p.failing_since, p.created_at, w.due_at, p.due_at leased_until, t.context_id,
           t.issuer, t.user_id,
           case when p.sent_seq = 0 and t.request is null then t.input end input
      from waiting w
      join ",
            $from,
            " p on p.task_id = w.task_id and p.config_id = w.config_id
      join task t on t.task_id = w.task_id
     order by w.round, w.due_at, w.task_id"
        )
    };
}

/// The webhooks that are due. On a server the caller alone has them until `$10`, and
/// those are left out that others take at that moment.
pub(super) const DUE: Sql = Sql::each(
    wanted!(
        "select value from json_each($2)",
        "select value ->> 0, value ->> 1 from json_each($3)",
        "select value ->> 0, value ->> 1 from json_each($4)",
        "select value ->> 0, value ->> 1, value ->> 2 from json_each($6)",
        "select value ->> 0, value ->> 1 from json_each($7)",
        "",
        "push_config"
    ),
    wanted!(
        "select json_array_elements_text($2::json)",
        "select u ->> 0, u ->> 1 from json_array_elements($3::json) u",
        "select o ->> 0, o ->> 1 from json_array_elements($4::json) o",
        "select s ->> 0, s ->> 1, (s ->> 2)::bigint from json_array_elements($6::json) s",
        "select h ->> 0, (h ->> 1)::bigint from json_array_elements($7::json) h",
        ",
    free as materialized (
        select p.task_id, p.config_id
          from push_config p
          join waiting w on w.task_id = p.task_id and w.config_id = p.config_id
         where p.due_at <= $1 for no key update of p skip locked),
    taken as (
        update push_config p set due_at = $10
          from free f
         where p.task_id = f.task_id and p.config_id = f.config_id
        returning p.*)",
        "taken"
    ),
);

/// How the row must stand that a delivery writes to: of two who deliver the same, one
/// moves it, and on a server only whose lease (`$5`) it still is.
macro_rules! fenced {
    ($update:literal, $after:literal) => {
        concat!(
            "
    update push_config
       set ",
            $update,
            "
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and ($5 is null or due_at = $5) and dead_at is null",
            $after
        )
    };
}

/// On a server the row has the newest line, and who writes one waits for the row: none
/// is missed.
pub(super) const PASSED: Sql = Sql::each(
    fenced!(
        "sent_seq = $6, failures = 0, failing_since = null, last_error = null,
           due_at = case when exists (select 1 from task_event where task_id = $1 and seq > $6)
                         then $7 end",
        "
    returning due_at is not null"
    ),
    fenced!(
        "sent_seq = $6, failures = 0, failing_since = null, last_error = null,
           due_at = case when coalesce(
                             newest_seq > $6,
                             exists (select 1 from task_event where task_id = $1 and seq > $6))
                         then $7 end",
        "
    returning due_at is not null"
    ),
);

pub(super) const FAILED: &str = fenced!(
    "failures = failures + 1, failing_since = coalesce(failing_since, $6), last_error = $7,
           due_at = $8, dead_at = case when $8 is null then $6 end",
    ""
);

/// Whatever else of the same owner is due at the same host waits as long, and
/// fails as long: a host that is down for a day is given up after one try of each.
/// On a server without those that are under way anywhere: their leases have not ended.
pub(super) const REST: Sql = Sql::each(
    "
    update push_config
       set due_at = $2, failing_since = coalesce(failing_since, $3)
     where host = $1 and due_at < $2 and dead_at is null
       and exists (select 1 from task where task_id = push_config.task_id
                                        and issuer = $4 and user_id = $5)",
    "
    with rest as materialized (
        select p.task_id, p.config_id
          from push_config p
          join task t on t.task_id = p.task_id
         where p.host = $1 and p.due_at <= $3 and p.due_at < $2 and p.dead_at is null
           and t.issuer = $4 and t.user_id = $5
         order by p.task_id, p.config_id for no key update of p skip locked)
    update push_config p
       set due_at = $2, failing_since = coalesce(p.failing_since, $3)
      from rest
     where p.task_id = rest.task_id and p.config_id = rest.config_id",
);

/// For a server: a file has no leases.
pub(super) const GIVE_BACK: &str = "
    with given as (
        select g ->> 0 task_id, g ->> 1 config_id, (g ->> 2)::bigint created_at,
               (g ->> 3)::bigint sent_seq, (g ->> 4)::bigint leased_until,
               (g ->> 5)::bigint due_at
          from json_array_elements($1::json) g),
    own as materialized (
        select p.task_id, p.config_id, g.due_at
          from push_config p
          join given g on g.task_id = p.task_id and g.config_id = p.config_id
         where p.created_at = g.created_at and p.sent_seq = g.sent_seq
           and p.due_at = g.leased_until and p.dead_at is null
         order by p.task_id, p.config_id for no key update of p)
    update push_config p set due_at = own.due_at
      from own
     where p.task_id = own.task_id and p.config_id = own.config_id";

pub(super) const BACKLOG: &str = "select count(*) from push_config where due_at is not null";
