//! `attach-gateway usage --reconcile`: whether everybody says the same.

mod compare;
mod scrape;

use std::{process::ExitCode, time::Duration};

use super::{
    Wanted,
    exposition::{self, Shown, as_shown},
    table::grouped,
};
use crate::{
    adapters::{
        database::Database,
        usage::{
            UsageTable,
            openmeter::{self, Audit},
            sums::Column,
        },
    },
    cli::{
        fail,
        table::{aligned, short},
    },
    config::UsageApart,
    domain::{id::Owner, time::UnixMillis, usage::user_label},
};
use compare::{Difference, Tokens, compare};
use scrape::Source;

/// Calls are counted a moment before their rows are written: how often they are
/// looked for, and the pause between.
const LOOKS: u32 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What came of one comparison.
enum Found {
    /// With what was compared.
    Agrees(String),
    /// With where it does not.
    Differs(String),
    /// There was nothing to compare with.
    Nothing(String),
    /// It could not be done.
    Failed(String),
}

pub(super) async fn run(wanted: &Wanted, settings: &UsageApart, database: &Database) -> ExitCode {
    let url = wanted.metrics.clone().or_else(|| settings.metrics.clone());
    let source = url.map(|url| Source::new(url, wanted.token_file.as_deref()));
    let series = match source.transpose() {
        Ok(source) => with_prometheus(source, settings, database).await,
        Err(why) => Ok(Found::Failed(why)),
    };
    let found = match (series, with_openmeter(database).await) {
        (Ok(series), Ok(told)) => [("Prometheus", series), ("OpenMeter", told)],
        (Err(error), _) | (_, Err(error)) => return fail(1, format!("database: {error}")),
    };
    found.iter().for_each(|(name, found)| tell(name, found));
    verdict(&found.map(|(_, found)| found))
}

fn tell(name: &str, found: &Found) {
    match found {
        Found::Agrees(what) => say!("{name}: agrees with the rows, {what}"),
        Found::Differs(what) => say!("{name}: differs from the rows\n{}", what.trim_end()),
        Found::Nothing(why) => say!("{name}: not compared, {why}"),
        Found::Failed(why) => say!("{name}: could not be compared, {why}"),
    }
}

fn verdict(found: &[Found]) -> ExitCode {
    let is_wrong = |found: &Found| matches!(found, Found::Differs(_) | Found::Failed(_));
    if found.iter().all(|found| matches!(found, Found::Nothing(_))) {
        return fail(1, "there was nothing to compare the rows with");
    }
    match found.iter().any(is_wrong) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

async fn with_prometheus(
    source: Option<Source>,
    settings: &UsageApart,
    database: &Database,
) -> sqlx::Result<Found> {
    let Some(source) = source else {
        let why = "set METRICS_ADDR as the gateway has it, or name its --metrics";
        return Ok(Found::Nothing(why.to_owned()));
    };
    if database.is_shared() {
        let why = "with PostgreSQL each gateway's series show what it did since its start, \
                   and the rows are everyone's";
        return Ok(Found::Nothing(why.to_owned()));
    }
    let table = UsageTable::new(database.clone());
    let before = tokens(&table, &settings.home).await?;
    let shown = match source.read().await {
        Ok(text) => match readable(&text) {
            Ok(shown) => shown,
            Err(found) => return Ok(found),
        },
        Err(why) => return Ok(Found::Failed(why)),
    };
    let differences = differences(&table, settings, (&before, &shown)).await?;
    Ok(match differences.is_empty() {
        true => Found::Agrees(of(&shown)),
        false => Found::Differs(told(&differences)),
    })
}

/// Where the rows, `before` and until now, are not what was `shown` between; rows on
/// their way to the disk are waited for.
async fn differences(
    table: &UsageTable,
    settings: &UsageApart,
    (before, shown): (&Tokens, &Shown),
) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let after = tokens(table, &settings.home).await?;
        differences = compare(before, &shown.tokens, &after);
        if !differences.iter().any(Difference::is_ahead) {
            break;
        }
    }
    Ok(differences)
}

/// What `text` shows, if all series are in it.
fn readable(text: &str) -> Result<Shown, Found> {
    match exposition::read(text) {
        (_, unread @ 1..) => Err(Found::Failed(format!("{unread} series cannot be read"))),
        (shown, _) if !shown.has_others => {
            let why = "it shows one user's series alone; the token needs the scope metrics:read";
            Err(Found::Failed(why.to_owned()))
        }
        (shown, _) if shown.tokens.is_empty() => {
            let why =
                "it shows no tokens; USAGE_METERING is not prometheus there, or nothing was used";
            Err(Found::Nothing(why.to_owned()))
        }
        (shown, _) => Ok(shown),
    }
}

async fn tokens(table: &UsageTable, home: &str) -> sqlx::Result<Tokens> {
    let columns = [Column::Issuer, Column::User, Column::Model];
    let always = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
    let mut tokens = Tokens::new();
    for (key, sum) in table.sums(&columns, always).await? {
        let [issuer, user, model] = key.try_into().unwrap_or_default();
        let user = as_shown(&user_label(&Owner::new(issuer, user), home));
        let model = as_shown(&model);
        for (direction, count) in [("in", sum.tokens_in), ("out", sum.tokens_out)] {
            let key = (user.clone(), model.clone(), direction.to_owned());
            *tokens.entry(key).or_default() += count.unsigned_abs();
        }
    }
    Ok(tokens)
}

/// How much was compared.
fn of(shown: &Shown) -> String {
    let sum = |wanted: &str| {
        let of = shown.tokens.iter().filter(|(key, _)| key.2 == wanted);
        count(of.map(|(_, value)| *value).fold(0, u64::saturating_add))
    };
    let series = shown.tokens.len();
    format!(
        "{series} series of {} tokens in and {} out",
        sum("in"),
        sum("out")
    )
}

fn told(differences: &[Difference]) -> String {
    let head = ["user", "model", "direction", "rows", "series", "difference"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for difference in differences {
        let (user, model, direction) = &difference.key;
        let (least, most) = difference.rows;
        let counted = match least == most {
            true => count(most),
            false => format!("{} to {}", count(least), count(most)),
        };
        let by = match difference.is_ahead() {
            true => format!("+{}", count(difference.shown.abs_diff(most))),
            false => format!("-{}", count(least.abs_diff(difference.shown))),
        };
        let shown = count(difference.shown);
        let (user, model) = (short(user, 60), short(model, 40));
        rows.push(vec![user, model, direction.clone(), counted, shown, by]);
    }
    aligned(&rows, 3)
}

async fn with_openmeter(database: &Database) -> sqlx::Result<Found> {
    let Some(audit) = openmeter::audit(database).await? else {
        return Ok(Found::Nothing("it was never on".to_owned()));
    };
    let waits = match &audit.last_error {
        Some(error) if audit.is_away => format!("{} wait: {error}", grouped(audit.waiting)),
        _ => format!("{} wait", grouped(audit.waiting)),
    };
    if audit.is_even() && audit.refused == 0 {
        let (records, tokens_in, tokens_out) = audit.told;
        let (records, tokens_in) = (grouped(records), grouped(tokens_in));
        let tokens_out = grouped(tokens_out);
        let settled = match audit.all_refused {
            0 => String::new(),
            count => format!(", {} set aside and settled", grouped(count)),
        };
        return Ok(Found::Agrees(format!(
            "{records} records of {tokens_in} tokens in and {tokens_out} out told, {waits}{settled}"
        )));
    }
    Ok(Found::Differs(uneven(&audit) + &waits))
}

fn uneven(audit: &Audit) -> String {
    let mut rows = vec![
        ["", "records", "tokens in", "tokens out"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let row = |name: &str, (records, tokens_in, tokens_out): (i64, i64, i64)| {
        let numbers = [records, tokens_in, tokens_out].map(grouped);
        std::iter::once(name.to_owned()).chain(numbers).collect()
    };
    rows.push(row("recorded", audit.recorded));
    rows.push(row("told", audit.told));
    rows.push(row("set aside", audit.set_aside));
    let mut text = aligned(&rows, 1);
    if audit.refused > 0 {
        let refused = grouped(audit.refused);
        text += &format!(
            "{refused} set aside and not billed: see usage_set_aside; bill by hand or waive, \
             then attach-gateway usage --settle ID, or all\n"
        );
    }
    if !audit.is_even() {
        text += "rows of usage_record or openmeter_refused were changed or deleted by hand: put them back\n";
    }
    text
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}
