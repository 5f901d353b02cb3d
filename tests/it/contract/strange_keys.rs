//! Keys no library here would make: RSA of 1024 bits and with e = 3, and a sound
//! one to compare with. Each signed one token that never expires.

use serde_json::{Value, json};

use super::row::{Ask, Row, invalid, taken};
use super::scene::Scene;

struct Strange {
    name: &'static str,
    e: &'static str,
    n: &'static str,
    token: [&'static str; 3],
}

const CLAIMS: &str = "eyJpc3MiOiJodHRwczovL3JzYS5leGFtcGxlIiwiYXVkIjoiYXR0YWNoLXRlc3QiLCJzdWIiOiJhZGEiLCJleHAiOjI1MzQwMjMwMDc5OX0";

static STRANGE: [Strange; 3] = [
    Strange {
        name: "sound",
        e: "AQAB",
        n: "rKmODuz7NZCNWBjqCmm2jtx7lGlY9CmWsTPoAAYmMENnRrqW1-doXmRcYTdvjZxTq8uiYdy2o9Lqc1xrFlcUY8eU7Qg9U8hxsIHbWNMdFlwVNeuM4Ox23-YmxE0MyzWQY7-iz94JktIYRgLm0xj5FzboU3RWWZuxiQ6dDu9_uaf3JggumKrRJr_nVKM_-f5X4pGOgCeX-4RtDF36Ymi5ErQigddzGhvGBdZDX-XhE3Ikg5cK6w9RFYZYTRNKPDNhf1wE3sSbxsmwaGEPP8kHcfilz8HhplvqvD8fJEIUMF3Mm_q0Kt6VgTt4gRdCyqIYlCu1yXX0WtaNsuV0uPj43w",
        token: [
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC1yc2Etc291bmQtOTFjMiJ9",
            CLAIMS,
            "qnqNvBznZRBDHjK4zuHwu76h6fK_w07seqsAVVF4E6UjGqMlgUXXUgS0BS5t3SnvhGvt4n2So9tGHu8shQuGUOpRBZPVUvFIApno4K7QelCksrh0i61IwNnxL2kLnrmnlw8KVSY2xBJFO0CJfZggZ6wwoH5BavCk6_s5XwgRa9Hq45_lsDuwQ3ygziGp8YgZWR8cMN7P8v1CnDN0VpttZrrn3FGLgJ4lxtepWCXYVL-MGLAEb22dsYfZDi_Adn057KyjVx6G7oPjajkxaFgroWCIdyGMtK3lixMSbbbBtrNZkbd6xgk76NXsr7ggOZFsMZrw6kMJ-kZaoxAKMOc9bw",
        ],
    },
    Strange {
        name: "small",
        e: "AQAB",
        n: "x5BCA_OfvtwIz-HDBiZdX9VOjImxIwreU-FM-xcUFtr8SpN0HoHFqgJ2Zy58nhJKgzKP2jtjq8R7l8HiDT5nK7zm3uKOAAShSiTsrHhENEWOfd52WBfTS7z8QUA57iGjYWrz0hEtJAv4EL4NUDxVayVe19OrxDchvdURYGmXEuU",
        token: [
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC1yc2Etc21hbGwtOTFjMiJ9",
            CLAIMS,
            "PR7PrZIMGVtk6Mn_12h_8EFm3Cx8jcmjdIADGfzhneJWp2y3SYbdMVLjYkjrBPX2AtB_QgOIr4KsqQ0xkVNUBIVUfHvN1W2qegI9M0-w1VlTfXKkhSzoa27ygQfysjkEW8pt6evisc56HdwJE041nTY2g5yjPRvQs5YdEUv8YSA",
        ],
    },
    Strange {
        name: "three",
        e: "Aw",
        n: "uf0AntLMzbSelh1KyA2PHUVSjhctTIos9pFELWzLn7jT_pyfW8cdSIiFU0y_TtENZjV2BTOB4NPh3lBg07uZl9KzPDN08hDzWqbs6tvyzLwDEg9giSIs3scgnnNHSh63IXeQMLtfx9GcNZMmW-y8LPtJg8BlWj2nAOhUNEgQ6sHqwm1VFOlnFZKy4bmz0VJfTO599l0ks0XehxO6KlvdhgTzxdVecHitCG-GDpUL7K3ZT1mOKjCNQHCUUW2rKss1msGqKuZvW5qaTxvgv0CyzzV9Y1DYWvFb5Vnc6IrJbnGPYFUEFw27N1hfewYjdtnH5kv0quZO0kO4GvTr2ickIQ",
        token: [
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC1yc2EtdGhyZWUtOTFjMiJ9",
            CLAIMS,
            "Bp1MY85OkZaxordRwaazYgDb-skyyu-vOA6ht1yIdlZBmsafdJoeKBQws5kEoibHLmwcRbk8aT1M8gC2rDE1iKijxVU_0Jt1d6RC6J3Z2H7x2V8I5O_VAe3QZZ__n44eeW1jJY8HaS8EHBd9iriHLp_Wukg-rIf_7ceQQ-vLl426MiANmJDUiCzW__3XIW3Rd97ieSBBtEF3ukUwLOckYis962Whp2hN7i8JEYXBjhUtMPkvH_CH1Gf-Jbtt1cpMGzjMuhShY1Rje8NRdYo5C0JJnHX401CkwZn-t0wy9oCDSL2mePerkbRxWHmwsZSR2wercqQxGzzy1pijZ8kwQA",
        ],
    },
];

pub fn set() -> Vec<Value> {
    let jwk = |key: &Strange| {
        let kid = format!("kid-rsa-{}-91c2", key.name);
        json!({ "kty": "RSA", "kid": kid, "n": key.n, "e": key.e })
    };
    STRANGE.iter().map(jwk).collect()
}

pub fn rows(_: &Scene) -> Vec<Row> {
    let row = |nth: usize, name: &str, want| {
        let token = STRANGE[nth].token.join(".");
        Ask::get("/agents").bearer(token).wants(name, want)
    };
    vec![
        row(0, "a sound RSA key", taken("ada")),
        row(1, "RSA of 1024 bits", invalid()),
        row(2, "RSA with e = 3", invalid()),
    ]
}
