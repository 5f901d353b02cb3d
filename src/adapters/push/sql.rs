//! The statements about what is still to be delivered.

use crate::adapters::database::Sql;

/// The webhooks that are due, without those to a busy host, those of a busy owner
/// and those under way. In rounds: whoever is served least now goes first, then
/// the one who waits longest.
pub(super) const DUE: &str = "
    with waiting as (
        select p.task_id, p.config_id, p.due_at,
               row_number() over (partition by t.issuer, t.user_id order by p.due_at, p.task_id)
               + coalesce((select s.value ->> 2 from json_each($6) s
                          where s.value ->> 0 = t.issuer and s.value ->> 1 = t.user_id), 0) round
          from push_config p join task t on t.task_id = p.task_id
         where p.due_at <= $1
           and p.host not in (select value from json_each($2))
           and not exists (select 1 from json_each($3) u
                            where u.value ->> 0 = p.task_id and u.value ->> 1 = p.config_id)
           and not exists (select 1 from json_each($4) o
                            where o.value ->> 0 = t.issuer and o.value ->> 1 = t.user_id)
         order by round, p.due_at, p.task_id limit $5)
    select p.task_id, p.config_id, p.url, p.host, p.sealed, p.sent_seq, p.failures,
           p.failing_since, p.created_at, w.due_at, t.context_id, t.issuer, t.user_id,
           case when p.sent_seq = 0 and t.request is null then t.input end input
      from waiting w
      join push_config p on p.task_id = w.task_id and p.config_id = w.config_id
      join task t on t.task_id = w.task_id
     order by w.round, w.due_at, w.task_id";

/// The same on a server, where the caller alone has them until `$7`, and without those
/// that others take at that moment.
pub(super) const TAKE: &str = "
    with waiting as materialized (
        select p.task_id, p.config_id, p.due_at,
               row_number() over (partition by t.issuer, t.user_id order by p.due_at, p.task_id)
               + coalesce((select (s ->> 2)::bigint from json_array_elements($6::json) s
                            where s ->> 0 = t.issuer and s ->> 1 = t.user_id), 0) round
          from push_config p join task t on t.task_id = p.task_id
         where p.due_at <= $1
           and p.host not in (select json_array_elements_text($2::json))
           and not exists (select from json_array_elements($3::json) u
                            where u ->> 0 = p.task_id and u ->> 1 = p.config_id)
           and not exists (select from json_array_elements($4::json) o
                            where o ->> 0 = t.issuer and o ->> 1 = t.user_id)
         order by round, p.due_at, p.task_id limit $5),
    free as materialized (
        select p.task_id, p.config_id
          from push_config p
          join waiting w on w.task_id = p.task_id and w.config_id = p.config_id
         where p.due_at <= $1 for no key update of p skip locked),
    taken as (
        update push_config p set due_at = $7
          from free f
         where p.task_id = f.task_id and p.config_id = f.config_id
        returning p.*)
    select p.task_id, p.config_id, p.url, p.host, p.sealed, p.sent_seq, p.failures,
           p.failing_since, p.created_at, w.due_at, t.context_id, t.issuer, t.user_id,
           case when p.sent_seq = 0 and t.request is null then t.input end input
      from taken p
      join waiting w on p.task_id = w.task_id and p.config_id = w.config_id
      join task t on t.task_id = w.task_id
     order by w.round, w.due_at, w.task_id";

/// Only from where it stood: of two who deliver the same, one moves it. On a server the
/// row has the newest line, and who writes one waits for the row: none is missed.
pub(super) const PASSED: Sql = Sql::each(
    "
    update push_config
       set sent_seq = $5, failures = 0, failing_since = null, last_error = null,
           due_at = case when exists (select 1 from task_event where task_id = $1 and seq > $5)
                         then $6 end
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and dead_at is null
    returning due_at is not null",
    "
    update push_config
       set sent_seq = $5, failures = 0, failing_since = null, last_error = null,
           due_at = case when coalesce(
                             newest_seq > $5,
                             exists (select 1 from task_event where task_id = $1 and seq > $5))
                         then $6 end
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and dead_at is null
    returning due_at is not null",
);

pub(super) const FAILED: &str = "
    update push_config
       set failures = failures + 1, failing_since = coalesce(failing_since, $5), last_error = $6,
           due_at = $7, dead_at = case when $7 is null then $5 end
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and dead_at is null";

/// Whatever else of the same owner is due at the same host waits as long, and
/// fails as long: a host that is down for a day is given up after one try of each.
pub(super) const REST: &str = "
    update push_config
       set due_at = $2, failing_since = coalesce(failing_since, $3)
     where host = $1 and due_at < $2 and dead_at is null
       and exists (select 1 from task where task_id = push_config.task_id
                                        and issuer = $4 and user_id = $5)";

pub(super) const GIVE_BACK: &str = "
    update push_config set due_at = $5
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and due_at is not null and dead_at is null";

pub(super) const BACKLOG: &str = "select count(*) from push_config where due_at is not null";
