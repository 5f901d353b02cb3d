//! Texts that look like people's: few words often, most words seldom.

use std::fmt::Write;

/// How many different words there are.
const VOCABULARY: usize = 50_000;
/// Zipf's exponent, as it is found in English.
const EXPONENT: f64 = 1.05;

/// Numbers that look random and are the same in each run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn share(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 53) as f64
    }
}

/// The words, the most common one first, and how much of all text the first of them take.
pub struct Language(Vec<(String, f64)>);

impl Language {
    pub fn new() -> Self {
        let mut taken = 0.0;
        let words = (0..VOCABULARY).map(|rank| {
            taken += 1.0 / (rank as f64 + 2.7).powf(EXPONENT);
            (word(rank), taken)
        });
        Self(words.collect())
    }

    /// The word of a rank: 0 is the most common one.
    pub fn word(&self, rank: usize) -> &str {
        &self.0[rank].0
    }

    /// 50 to 200 words.
    pub fn text(&self, dice: &mut Dice) -> String {
        let all = self.0[VOCABULARY - 1].1;
        let mut text = String::with_capacity(1024);
        for _ in 0..50 + dice.below(151) {
            let aimed = dice.share() * all;
            let rank = self.0.partition_point(|(_, taken)| *taken < aimed);
            let _ = write!(text, "{} ", self.word(rank));
        }
        text
    }
}

/// The word of a rank: common ones are short.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ta", "re", "in", "so", "lu", "men", "ka", "der", "po", "vi", "sha", "no", "ber", "el",
        "ju", "qui",
    ];
    let (mut word, mut left) = (String::new(), rank + 16);
    while left > 0 {
        word.push_str(SYLLABLES[left % 16]);
        left /= 16;
    }
    word
}
