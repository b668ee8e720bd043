//! Addresses and ranges of networks: `cidr("10.0.0.0/8").containsIP("10.1.2.3")`.

use std::net::IpAddr;

use super::{Called, Special, owned, special};
use crate::cel::value::Value;

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    if let [Value::Text(text)] = arguments {
        let made = match name {
            "ip" => ip(text).map(|ip| Special::Ip(ip).value()),
            "isIP" => Some(Value::Bool(ip(text).is_some())),
            "ip.isCanonical" => ip(text).map(|ip| Value::Bool(ip.to_string() == **text)),
            "cidr" => cidr(text).map(|(ip, length)| Special::Cidr(ip, length).value()),
            "isCIDR" => Some(Value::Bool(cidr(text).is_some())),
            _ => return None,
        };
        return Some(made.ok_or_else(|| format!("`{text}` is no address")));
    }
    match arguments.first().and_then(special)? {
        Special::Ip(ip) => of_ip(name, *ip).map(Ok),
        Special::Cidr(ip, length) => of_cidr(name, (*ip, *length), arguments.get(1)),
        _ => None,
    }
}

fn of_ip<'v>(name: &str, ip: IpAddr) -> Option<Value<'v>> {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let link_local_multicast = match ip {
        IpAddr::V4(ip) => matches!(ip.octets(), [224, 0, 0, _]),
        IpAddr::V6(ip) => ip.segments().first().is_some_and(|first| first & 0xff0f == 0xff02),
    };
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    Some(Value::Bool(match name {
        "family" => return Some(Value::Int(if ip.is_ipv4() { 4 } else { 6 })),
        "isUnspecified" => ip.is_unspecified(),
        "isLoopback" => ip.is_loopback(),
        "isLinkLocalMulticast" => link_local_multicast,
        "isLinkLocalUnicast" => link_local,
        "isGlobalUnicast" => {
            !(broadcast
                || ip.is_unspecified()
                || ip.is_loopback()
                || ip.is_multicast()
                || link_local)
        }
        _ => return None,
    }))
}

fn of_cidr<'v>(
    name: &str,
    (net, length): (IpAddr, u8),
    other: Option<&Value<'v>>,
) -> Option<Called<'v>> {
    let value = match (name, other) {
        ("ip", None) => Special::Ip(net).value(),
        ("masked", None) => Special::Cidr(masked(net, length), length).value(),
        ("prefixLength", None) => Value::Int(i64::from(length)),
        ("containsIP", Some(other)) => {
            let found = match (other, special(other)) {
                (Value::Text(text), _) => ip(text),
                (_, Some(Special::Ip(ip))) => Some(*ip),
                _ => None,
            };
            let Some(found) = found else { return Some(Err(format!("{other:?} is no address"))) };
            Value::Bool(contains(net, length, found))
        }
        ("containsCIDR", Some(other)) => {
            let found = match (other, special(other)) {
                (Value::Text(text), _) => cidr(text),
                (_, Some(Special::Cidr(ip, length))) => Some((*ip, *length)),
                _ => None,
            };
            let Some((inner, inner_length)) = found else {
                return Some(Err(format!("{other:?} is no range of addresses")));
            };
            Value::Bool(inner_length >= length && contains(net, length, inner))
        }
        ("string", None) => owned(format!("{net}/{length}")),
        _ => return None,
    };
    Some(Ok(value))
}

fn ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.parse().ok()?;
    // An IPv4 address in IPv6 clothes has two spellings, and Kubernetes takes neither.
    let mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    (!mapped).then_some(ip)
}

fn cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = ip(address)?;
    let plain = length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| plain)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some((address, length))
}

/// The bits of an address, at the upper end of 128.
fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0)
}

fn contains(net: IpAddr, length: u8, ip: IpAddr) -> bool {
    net.is_ipv4() == ip.is_ipv4() && (bits(net) ^ bits(ip)) & mask(length) == 0
}

fn masked(net: IpAddr, length: u8) -> IpAddr {
    let kept = bits(net) & mask(length);
    match net {
        IpAddr::V4(_) => IpAddr::V4(((kept >> 96) as u32).into()),
        IpAddr::V6(_) => IpAddr::V6(kept.into()),
    }
}
