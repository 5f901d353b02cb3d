//! What tokens cost, to the last digit.
//!
//! A price is a whole number of millionths of its currency for a million tokens, so
//! a token's cost is a whole number of trillionths, and sums of any length are exact:
//! there is no float anywhere, and rounding happens once, where an amount is shown.

use std::{collections::BTreeMap, fmt};

/// Digits behind the point of a price.
const PLACES: usize = 6;
/// Trillionths in a unit of currency.
const UNIT: u128 = 1_000_000_000_000;
/// Trillionths in the last digit that is shown to people.
const SHOWN: u128 = 1_000_000;

/// A price for a million tokens, in millionths of a unit of currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerMillion(u64);

/// An amount of one currency, in trillionths of its unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u128);

/// What the tokens of some models cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The model, or what its name begins with and a `*`.
    pub model: String,
    /// For tokens of prompts.
    pub input: PerMillion,
    /// For tokens of answers.
    pub output: PerMillion,
    /// The currency.
    pub currency: String,
}

/// All prices; the first that matches a model holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(pub Vec<Price>);

/// Amounts of several currencies, each for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost(pub BTreeMap<String, Amount>);

impl PerMillion {
    /// The price that `text` says, as `2.5`; `None` if it is no decimal number, is
    /// negative, or has more than six digits behind the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > PLACES {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let part: u64 = format!("{part:0<PLACES$}").parse().ok()?;
        let millionths = whole.checked_mul(1_000_000)?.checked_add(part)?;
        Some(Self(millionths))
    }

    /// What so many tokens cost.
    fn of(self, tokens: u64) -> u128 {
        u128::from(self.0).saturating_mul(u128::from(tokens))
    }
}

impl Price {
    /// What so many tokens of prompts and answers cost.
    pub fn cost(&self, tokens_in: u64, tokens_out: u64) -> Amount {
        let (input, output) = (self.input.of(tokens_in), self.output.of(tokens_out));
        Amount(input.saturating_add(output))
    }

    fn is_for(&self, model: &str) -> bool {
        match self.model.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning),
            None => self.model == model,
        }
    }
}

impl Prices {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The price of `model`, if it has one.
    pub fn of(&self, model: &str) -> Option<&Price> {
        self.0.iter().find(|price| price.is_for(model))
    }
}

impl Cost {
    /// Adds `amount` of `currency`.
    pub fn add(&mut self, currency: &str, amount: Amount) {
        let sum = self.0.entry(currency.to_owned()).or_default();
        sum.0 = sum.0.saturating_add(amount.0);
    }

    /// Adds all of `other`.
    pub fn add_all(&mut self, other: &Self) {
        for (currency, amount) in &other.0 {
            self.add(currency, *amount);
        }
    }
}

impl Amount {
    /// Every digit there is, and no zeros at the end.
    pub fn exact(self) -> String {
        let text = format!("{}.{:012}", self.0 / UNIT, self.0 % UNIT);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// Six digits behind the point, rounded half up.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.0.saturating_add(SHOWN / 2) / SHOWN;
        let unit = UNIT / SHOWN;
        write!(f, "{}.{:06}", rounded / unit, rounded % unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(model: &str, input: &str, output: &str) -> Price {
        Price {
            model: model.to_owned(),
            input: PerMillion::parse(input).unwrap(),
            output: PerMillion::parse(output).unwrap(),
            currency: "USD".to_owned(),
        }
    }

    #[test]
    fn a_price_is_a_decimal_number() {
        for (text, millionths) in [
            ("2.5", 2_500_000),
            ("0.000001", 1),
            ("15", 15_000_000),
            ("0", 0),
        ] {
            assert_eq!(
                PerMillion::parse(text),
                Some(PerMillion(millionths)),
                "{text}"
            );
        }
        for bad in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "0.0000001",
            "1,5",
            "NaN",
            "99999999999999",
        ] {
            assert_eq!(PerMillion::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_first_price_that_matches_holds() {
        let prices = Prices(vec![
            price("a", "1", "1"),
            price("a*", "2", "2"),
            price("*", "3", "3"),
        ]);
        let input = |model| prices.of(model).unwrap().input.0 / 1_000_000;
        assert_eq!(["a", "ab", "b", ""].map(input), [1, 2, 3, 3]);
        assert_eq!(Prices(vec![price("a", "1", "1")]).of("ab"), None);
    }

    #[test]
    fn amounts_are_exact_and_rounded_once() {
        let cost = price("m", "0.15", "0.6").cost(1_234, 567);
        assert_eq!(cost.exact(), "0.0005253");
        assert_eq!(cost.to_string(), "0.000525");
        assert_eq!(price("m", "10", "0").cost(1_000_000, 5).exact(), "10");
        assert_eq!(Amount(999_999_500_000).to_string(), "1.000000");
        assert_eq!(Amount(0).exact(), "0");
    }

    proptest! {
        #[test]
        fn ten_thousand_small_calls_cost_what_one_large_does(tokens in 0_u64..1_000_000) {
            let price = price("m", "0.1", "0.7");
            let mut sum = Cost::default();
            for _ in 0..10_000 {
                sum.add("USD", price.cost(tokens, tokens));
            }
            prop_assert_eq!(sum.0["USD"], price.cost(tokens * 10_000, tokens * 10_000));
        }

        #[test]
        fn no_text_is_a_panic(text in "[0-9.+e-]{0,24}") {
            let _ = PerMillion::parse(&text);
        }
    }
}
