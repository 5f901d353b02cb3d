//! What tokens cost.

use serde::Deserialize;

use crate::{
    config::{reader::Reader, refuse_twins},
    domain::price::{PerMillion, Price, Prices},
};

/// A `[[price]]` table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceTable {
    model: String,
    input_per_million: Number,
    output_per_million: Number,
    currency: Option<String>,
}

/// A number as people write it. What TOML calls a float is taken by its shortest
/// decimal form, which is what was written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Float(f64),
    Text(String),
}

impl Number {
    fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

pub(super) fn read(reader: &Reader<'_>, tables: Vec<PriceTable>) -> Prices {
    refuse_twins(reader, "[[price]] model", tables.iter().map(|it| &it.model));
    let prices = tables.into_iter().filter_map(|it| price(reader, it));
    Prices(prices.collect())
}

fn price(reader: &Reader<'_>, table: PriceTable) -> Option<Price> {
    let model = model(reader, table.model)?;
    let currency = currency(reader, table.currency)?;
    let per = |name, written| number(reader, name, written);
    let input = per("[[price]] input_per_million", &table.input_per_million);
    let output = per("[[price]] output_per_million", &table.output_per_million);
    Some(Price {
        model,
        input: input?,
        output: output?,
        currency,
    })
}

fn model(reader: &Reader<'_>, model: String) -> Option<String> {
    let name = model.strip_suffix('*').unwrap_or(&model);
    if model.is_empty() || name.contains('*') {
        let remedy = "write a model's name, or how it begins and one * at the end";
        reader.fault("[[price]] model", Some(&model), remedy);
        return None;
    }
    Some(model)
}

fn currency(reader: &Reader<'_>, currency: Option<String>) -> Option<String> {
    let currency = currency.unwrap_or_else(|| "USD".to_owned());
    let is_word = (1..=8).contains(&currency.len());
    if !is_word || !currency.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let remedy = "write a short word such as USD or EUR";
        reader.fault("[[price]] currency", Some(&currency), remedy);
        return None;
    }
    Some(currency)
}

fn number(reader: &Reader<'_>, name: &str, number: &Number) -> Option<PerMillion> {
    let text = number.text();
    let price = PerMillion::parse(&text);
    if price.is_none() {
        let remedy = "write a number such as 2.5, six digits behind the point at most";
        reader.fault(name, Some(&text), remedy);
    }
    price
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Tables, Vars};

    fn read_of(text: &str) -> Result<Prices, Vec<String>> {
        let vars = Vars::new();
        let reader = Reader::new(&vars);
        let tables: Tables = toml::from_str(text).unwrap();
        let prices = read(&reader, tables.price);
        let told = |faults: crate::config::Faults| faults.0.into_iter().map(|it| it.name).collect();
        reader.end(prices).map_err(told)
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let of = |number: &str| {
            let text = format!(
                "[[price]]\nmodel = \"m*\"\ninput_per_million = {number}\noutput_per_million = 0"
            );
            read_of(&text).map(|prices| prices.0[0].input)
        };
        for (written, meant) in [
            ("0.1", "0.1"),
            ("15", "15"),
            ("\"0.15\"", "0.15"),
            ("2.50", "2.5"),
        ] {
            assert_eq!(of(written).unwrap(), PerMillion::parse(meant).unwrap());
        }
        for bad in ["-0.5", "nan", "inf", "1e-9", "\"free\""] {
            assert_eq!(
                of(bad).unwrap_err(),
                ["[[price]] input_per_million"],
                "{bad}"
            );
        }
    }

    #[test]
    fn every_fault_of_a_price_is_told_at_once() {
        let table = |model: &str, currency: &str| {
            format!(
                "[[price]]\nmodel = \"{model}\"\ninput_per_million = 1\noutput_per_million = 2\ncurrency = \"{currency}\"\n"
            )
        };
        let twins = table("a", "USD") + &table("a", "EUR");
        assert_eq!(read_of(&twins).unwrap_err(), ["[[price]] model"]);
        let wrong = table("a*b", "USD") + &table("", "USD") + &table("c", "US dollars");
        let names = ["[[price]] model", "[[price]] model", "[[price]] currency"];
        assert_eq!(read_of(&wrong).unwrap_err(), names);
    }
}
