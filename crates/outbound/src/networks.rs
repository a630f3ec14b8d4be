//! The addresses that may be connected to: a list of networks as text comes in; whether an address is in one of them goes out.

use std::net::IpAddr;

use crate::error::NetworkError;

/// Networks. An empty list allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<(IpAddr, u32)>);

impl Networks {
    /// A list of networks of the form `10.0.0.0/8`, `fd00::/8` or of single addresses.
    ///
    /// # Errors
    /// An entry has another form.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        let entries = entries.into_iter().map(|text| {
            parse(text.trim()).ok_or_else(|| NetworkError {
                presented: text.to_owned(),
            })
        });
        Ok(Self(entries.collect::<Result<_, _>>()?))
    }

    /// Whether the list allows nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them; an IPv4 address written as an IPv6 one (RFC 4291, 2.5.5.2) is that IPv4 address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|(network, bits)| match (address, network) {
                (IpAddr::V4(address), IpAddr::V4(network)) => {
                    *bits == 0 || (address.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
                }
                (IpAddr::V6(address), IpAddr::V6(network)) => {
                    *bits == 0 || (address.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
                }
                _ => false,
            })
    }
}

fn parse(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some((address, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_networks() {
        let entries = ["10.0.0.0/8", " 192.0.2.7 ", "fd00::/8", "172.16.0.0/12"];
        let networks = Networks::parse(entries).unwrap();
        for (address, contained) in [
            ("10.255.1.2", true),
            ("11.0.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("fd12::1", true),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", true),
            ("::ffff:169.254.169.254", false),
            ("127.0.0.1", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(networks.contain(address), contained, "{address}");
        }
        assert!(
            Networks::parse(["0.0.0.0/0"])
                .unwrap()
                .contain("8.8.8.8".parse().unwrap())
        );
        assert!(!Networks::default().contain("10.0.0.1".parse().unwrap()));
        for entry in ["", "10.0.0.0/33", "fd00::/129", "10/8", "host", "10.0.0.0/"] {
            assert!(Networks::parse([entry]).is_err(), "{entry}");
        }
    }
}
