//! IpAddress and NotIpAddress: an address, or a network in CIDR form, of IPv4 or IPv6.

use std::net::IpAddr;

use super::{Scalar, Truth};
use crate::refusal::{Flaw, ParseError};

#[derive(Debug)]
pub(super) struct Values(Vec<(Box<str>, Network)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    is_v4: bool,
    bits: u128,
    mask: u128,
}

impl Values {
    pub fn parse(values: &[Scalar<'_>]) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| match Network::parse(value.text) {
            Some(network) => Ok((value.text.into(), network)),
            None => {
                let message = format!("`{}` is not an address range", value.text);
                Err(
                    Flaw::new(message, "write it as `203.0.113.0/24` or `2001:db8::/32`")
                        .at(value.at),
                )
            }
        };
        Ok(Self(values.iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn any(&self, asked: &str) -> Truth {
        let Ok(asked) = asked.parse::<IpAddr>() else {
            return Truth::Unknown;
        };
        let asked = asked.to_canonical();
        self.0
            .iter()
            .any(|(_, network)| network.contains(asked))
            .into()
    }

    pub fn expected(&self, most: usize) -> Vec<String> {
        self.0
            .iter()
            .take(most)
            .map(|(written, _)| written.to_string())
            .collect()
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().ok()?;
        let width = if address.is_ipv4() { 32_u32 } else { 128 };
        let length = match length {
            None => width,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse::<u32>().ok()?
            }
            Some(_) => return None,
        };
        let host_bits = width.checked_sub(length)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Some(Self {
            is_v4: address.is_ipv4(),
            bits: bits(address) & mask,
            mask,
        })
    }

    fn contains(self, address: IpAddr) -> bool {
        self.is_v4 == address.is_ipv4() && bits(address) & self.mask == self.bits
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("203.0.113.0/24", "203.0.113.7", true),
            ("203.0.113.9/24", "203.0.113.7", true),
            ("203.0.113.0/24", "203.0.114.7", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "255.1.2.3", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
            ("::1", "::1", true),
        ] {
            let parsed = Network::parse(network).unwrap();
            assert_eq!(
                parsed.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        }
        for text in [
            "",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/",
            "203.0.113.0/+8",
            "::/129",
            "host",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
