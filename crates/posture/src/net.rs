//! Addresses and ports as the clouds write them.

/// Whether a range of addresses is the whole Internet: a prefix of no bits. Allowlists of databases
/// also take the bare `0.0.0.0` for that.
pub(crate) fn is_public_cidr(text: &str) -> bool {
    let text = text.trim();
    match text.split_once('/') {
        Some((address, bits)) => {
            bits.trim().parse() == Ok(0_u8) && address.parse::<std::net::IpAddr>().is_ok()
        }
        None => matches!(text, "0.0.0.0" | "::"),
    }
}

/// Whether a port is in a list of ranges: `22`, `22/22`, `1-65535`, `80,443`; `-1/-1` and `ALL` hold
/// every port.
pub(crate) fn has_port(ranges: &str, port: u16) -> bool {
    ranges.split(',').any(|range| {
        let range = range.trim();
        if matches!(range, "-1" | "-1/-1" | "*") || range.eq_ignore_ascii_case("all") {
            return true;
        }
        let (from, to) = range.split_once(['/', '-']).unwrap_or((range, range));
        match (from.trim().parse::<u16>(), to.trim().parse::<u16>()) {
            (Ok(from), Ok(to)) => (from..=to).contains(&port),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_prefix_of_no_bits_is_everybody() {
        for everybody in ["0.0.0.0/0", "::/0", " 0.0.0.0/0 ", "0.0.0.0", "1.2.3.4/0", "0:0::/0"] {
            assert!(is_public_cidr(everybody), "{everybody}");
        }
        for somebody in ["0.0.0.0/1", "10.0.0.0/8", "0.0.0.0/32", "", "/0", "any", "::1/128"] {
            assert!(!is_public_cidr(somebody), "{somebody}");
        }
    }

    #[test]
    fn ranges_are_read_in_every_notation() {
        for open in ["22", "22/22", "1-65535", "80, 20-25", "-1/-1", "all", "0/65535"] {
            assert!(has_port(open, 22), "{open}");
        }
        for closed in ["2", "222", "23/65535", "25-20", "80,443", "", "x", "-", "1/99999"] {
            assert!(!has_port(closed, 22), "{closed}");
        }
    }
}
