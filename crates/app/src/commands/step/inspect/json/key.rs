//! A certificate's public key.

use aws_lc_rs::digest::SHA256;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::value::{Json, object};
use crate::commands::step::inspect::curve_parameters::parameters;
use crate::commands::step::inspect::text::{curve, without_zeros};

pub(super) fn key_info(key: &SubjectPublicKeyInfo<'_>) -> Json {
    let named = |name: &str| Json::Object(vec![("name", Json::Text(name.to_owned()))]);
    let fingerprint = Json::hash(&SHA256, key.raw);
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let modulus = without_zeros(rsa.modulus);
            let exponent = i64::try_from(rsa.try_exponent().unwrap_or_default()).unwrap_or(0);
            let length = i64::try_from(modulus.len() * 8).unwrap_or(0);
            Json::Object(vec![
                ("key_algorithm", named("RSA")),
                (
                    "rsa_public_key",
                    Json::Object(vec![
                        ("exponent", Json::Number(exponent)),
                        ("modulus", Json::base64(modulus)),
                        ("length", Json::Number(length)),
                    ]),
                ),
                ("fingerprint_sha256", fingerprint),
            ])
        }
        Ok(PublicKey::EC(point)) => Json::Object(vec![
            ("key_algorithm", named("ECDSA")),
            ("ecdsa_public_key", ec_key(curve(key), point.data())),
            ("fingerprint_sha256", fingerprint),
        ]),
        _ => Json::Object(vec![
            ("key_algorithm", named("unknown_algorithm")),
            ("fingerprint_sha256", fingerprint),
        ]),
    }
}

fn ec_key(curve: &'static str, point: &[u8]) -> Json {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let known = parameters(curve);
    let number = |name: &str| known.map(|known| Json::Text(known.number(name).to_owned()));
    object([
        ("b", number("b")),
        ("curve", Some(Json::Text(curve.to_owned()))),
        ("gx", number("gx")),
        ("gy", number("gy")),
        ("length", known.map(|known| Json::Number(known.bits))),
        ("n", number("n")),
        ("p", number("p")),
        ("pub", Some(Json::base64(point))),
        ("x", Some(Json::base64(without_zeros(x)))),
        ("y", Some(Json::base64(without_zeros(y)))),
    ])
}
