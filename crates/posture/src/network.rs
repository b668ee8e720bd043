//! Ranges of addresses and ports in rules of firewalls.

use std::net::IpAddr;

use panoply_rules::cel::Value;

/// Fewer leading bits than that leave a good part of the internet in the range: people write two
/// halves where a tool refuses the whole.
const FEWEST_BITS_V4: u8 = 4;
const FEWEST_BITS_V6: u8 = 8;

/// Whether a range takes in a good part of the internet: `0.0.0.0/0`, `::/0`, `128.0.0.0/1`. Lists of
/// databases take the bare `0.0.0.0` for all of it.
pub(crate) fn is_public(range: &str) -> bool {
    let range = range.trim();
    let Some((address, bits)) = range.split_once('/') else {
        return matches!(range, "0.0.0.0" | "::");
    };
    let (Ok(address), Ok(bits)) = (address.parse::<IpAddr>(), bits.parse::<u8>()) else {
        return false;
    };
    match address {
        IpAddr::V4(address) => bits < FEWEST_BITS_V4 && !address.is_multicast(),
        // The private addresses of IPv6, fc00::/7, and everything above are not the internet.
        IpAddr::V6(address) => bits < FEWEST_BITS_V6 && address.octets()[0] < 0xfc,
    }
}

/// Whether a rule for a protocol and a range of ports lets through a port.
///
/// A protocol of `-1`, `all` or none given is every protocol, which has every port. Names and numbers of
/// TCP and UDP stand for themselves; others have no ports.
pub(crate) fn lets_through(
    protocol: &Value<'_>,
    from: &Value<'_>,
    to: &Value<'_>,
    ports: (i64, i64),
) -> bool {
    let protocol = match protocol {
        Value::Text(text) => text.to_ascii_lowercase(),
        Value::Int(number) => number.to_string(),
        _ => "-1".to_owned(),
    };
    match protocol.as_str() {
        "-1" | "all" => true,
        "tcp" | "udp" | "6" | "17" => {
            let from = number(from).unwrap_or(0);
            let to = number(to).unwrap_or(i64::from(u16::MAX));
            // -1 is every port as well.
            from == -1 || from <= ports.0 && ports.1 <= to
        }
        _ => false,
    }
}

fn number(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_is_told_from_networks() {
        for range in
            ["0.0.0.0/0", "::/0", "0::0/0", "128.0.0.0/1", "2000::/3", " 0.0.0.0/0", "0.0.0.0"]
        {
            assert!(is_public(range), "{range}");
        }
        for range in
            ["10.0.0.0/8", "203.0.113.0/24", "fc00::/7", "0.0.0.0/32", "sg-1", "224.0.0.0/3"]
        {
            assert!(!is_public(range), "{range}");
        }
    }

    #[test]
    fn every_protocol_has_every_port() {
        let (tcp, all) = (Value::text("tcp"), Value::text("-1"));
        let ssh = (22, 22);
        assert!(lets_through(&tcp, &Value::Int(20), &Value::Int(30), ssh));
        assert!(lets_through(&tcp, &Value::text("22"), &Value::text("22"), ssh));
        assert!(!lets_through(&tcp, &Value::Int(23), &Value::Int(30), ssh));
        assert!(lets_through(&all, &Value::Int(0), &Value::Int(0), ssh));
        assert!(!lets_through(&Value::text("icmp"), &Value::Int(-1), &Value::Int(-1), ssh));
        assert!(!lets_through(&tcp, &Value::Int(1), &Value::Int(100), (1, 65535)));
    }
}
