//! What models cost, where there are prices.

use serde_json::{Value, json};

use crate::{
    adapters::usage::{picture::TOLD, sums::Sum},
    domain::{
        price::{Cost, Prices},
        usage::OTHER,
    },
};

/// Models with what each cost, and all of it.
pub(super) struct Bill {
    pub(super) models: Vec<Value>,
    cost: Cost,
}

impl Bill {
    /// The bill of `models`, those with the most tokens first: all of them are in
    /// the cost.
    pub(super) fn of(models: &[(String, Sum)], prices: &Prices) -> Self {
        let mut bill = Self {
            models: Vec::new(),
            cost: Cost::default(),
        };
        let (told, others) = models.split_at(models.len().min(TOLD));
        for (model, sum) in told {
            let cost = bill.add(model, sum, prices);
            bill.models.push(line(model, sum, cost));
        }
        let mut rest = Sum::default();
        for (model, sum) in others {
            bill.add(model, sum, prices);
            rest.add(sum);
        }
        if !others.is_empty() {
            bill.models.push(line(OTHER, &rest, None));
        }
        bill
    }

    /// Adds what `sum` of `model` cost; the amount, every digit, and its currency.
    fn add(&mut self, model: &str, sum: &Sum, prices: &Prices) -> Option<(String, String)> {
        let price = prices.of(model)?;
        let (tokens_in, tokens_out) = (sum.tokens_in, sum.tokens_out);
        let cost = price.cost(tokens_in.unsigned_abs(), tokens_out.unsigned_abs());
        self.cost.add(&price.currency, cost);
        Some((cost.exact(), price.currency.clone()))
    }

    /// What all of it cost, a currency each.
    pub(super) fn cost(&self) -> Vec<Value> {
        let amounts = self.cost.0.iter();
        let amount = amounts
            .map(|(currency, amount)| json!({ "amount": amount.exact(), "currency": currency }));
        amount.collect()
    }
}

fn line(model: &str, sum: &Sum, cost: Option<(String, String)>) -> Value {
    let (cost, currency) = cost.unzip();
    json!({
        "model": model,
        "calls": sum.calls,
        "tokens_in": sum.tokens_in,
        "tokens_out": sum.tokens_out,
        "cost": cost,
        "currency": currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::price::{PerMillion, Price};

    #[test]
    fn what_is_told_in_one_line_is_in_the_cost_all_the_same() {
        let price = Price {
            model: "*".to_owned(),
            input: PerMillion::parse("1").unwrap(),
            output: PerMillion::default(),
            currency: "EUR".to_owned(),
        };
        let sum = Sum {
            calls: 1,
            tokens_in: 10,
            tokens_out: 5,
        };
        let models: Vec<_> = (0..60).map(|n| (format!("m{n}"), sum.clone())).collect();
        let bill = Bill::of(&models, &Prices(vec![price]));
        assert_eq!(bill.models.len(), 51);
        assert_eq!(bill.models[0]["cost"], "0.00001");
        let rest = &bill.models[50];
        assert_eq!(
            (&rest["model"], &rest["calls"]),
            (&json!("other"), &json!(10))
        );
        assert_eq!(
            (&rest["cost"], &rest["currency"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            bill.cost(),
            [json!({ "amount": "0.0006", "currency": "EUR" })]
        );
    }
}
