//! Functions of IP networks. A network stays a prefix; nobody counts its addresses.

use std::net::IpAddr;

use super::super::operators::{Fault, broken};
use super::{Answer, Args, list, text, truth};
use crate::node::Node;

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "cidrhost" => host(args),
        "cidrnetmask" => mask(args),
        "cidrsubnet" => subnet(args),
        "cidrsubnets" => subnets(args),
        "cidrcontains" => contains(args),
        _ => return None,
    })
}

/// A network of either family, its address counted from the highest of `bits` bits.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    bits: u32,
    prefix: u32,
}

fn network(text: &str) -> Result<Network, Fault> {
    let wrong = || broken(format!("`{text}` as a network"));
    let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
    let (address, bits) = match address.parse().map_err(|_| wrong())? {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= bits).ok_or_else(wrong)?;
    let mut network = Network { address, bits, prefix };
    network.address &= network.mask();
    Ok(network)
}

impl Network {
    /// Every bit of an address.
    fn all(self) -> u128 {
        if self.bits == 128 { u128::MAX } else { (1 << self.bits) - 1 }
    }

    fn mask(self) -> u128 {
        match self.prefix {
            0 => 0,
            prefix => self.all() >> (self.bits - prefix) << (self.bits - prefix),
        }
    }

    fn show(self, address: u128) -> String {
        if self.bits == 32 {
            std::net::Ipv4Addr::from_bits(address as u32).to_string()
        } else {
            std::net::Ipv6Addr::from_bits(address).to_string()
        }
    }

    /// The network with more bits of prefix and that number in them.
    fn inside(self, more: i64, number: u128) -> Result<Self, Fault> {
        let prefix = u32::try_from(more).ok().and_then(|more| self.prefix.checked_add(more));
        let prefix = prefix.filter(|prefix| *prefix <= self.bits);
        let prefix = prefix.ok_or_else(|| broken("a network with too long a prefix"))?;
        let fresh = prefix - self.prefix;
        if fresh < 128 && number >> fresh != 0 {
            return Err(broken("a network number that does not fit"));
        }
        let shifted = number.checked_shl(self.bits - prefix).unwrap_or(0);
        Ok(Self { address: self.address | shifted, prefix, ..self })
    }
}

fn host(args: &Args<'_>) -> Answer {
    let (network, number) = (network(&args.text(0)?)?, args.int(1)?);
    let free = network.bits - network.prefix;
    let size = 1_u128.checked_shl(free).unwrap_or(0);
    let size_fits = |number: u128| size == 0 || number < size;
    let number = if number < 0 {
        let back = u128::from(number.unsigned_abs());
        if size != 0 && back > size {
            return Err(broken("a host number that does not fit"));
        }
        size.wrapping_sub(back)
    } else {
        number as u128
    };
    if !size_fits(number) {
        return Err(broken("a host number that does not fit"));
    }
    text(network.show(network.address | number))
}

fn mask(args: &Args<'_>) -> Answer {
    let network = network(&args.text(0)?)?;
    if network.bits == 128 {
        return Err(broken("a netmask of IPv6"));
    }
    text(network.show(network.mask()))
}

fn subnet(args: &Args<'_>) -> Answer {
    let number = u128::try_from(args.int(2)?).map_err(|_| broken("a network number below zero"))?;
    let inner = network(&args.text(0)?)?.inside(args.int(1)?, number)?;
    text(format!("{}/{}", inner.show(inner.address), inner.prefix))
}

fn subnets(args: &Args<'_>) -> Answer {
    let whole = network(&args.text(0)?)?;
    let mut next = whole.address;
    let mut found = Vec::new();
    let last = whole.address | (whole.all() & !whole.mask());
    let mut full = false;
    for at in 1..args.nodes.len() {
        let more = args.int(at)?;
        let mut inner = whole.inside(more, 0)?;
        let step = 1_u128.checked_shl(inner.bits - inner.prefix).unwrap_or(0);
        // The next address that such a network can begin at.
        let rest = if step == 0 { 0 } else { next % step };
        if rest != 0 {
            next = next.saturating_add(step - rest);
        }
        if full || next > last {
            return Err(broken("networks that do not fit"));
        }
        inner.address = next;
        let end = next.checked_add(step).filter(|end| step != 0 && *end <= last);
        full = end.is_none();
        next = end.unwrap_or(next);
        found.push(Node::text(format!("{}/{}", inner.show(inner.address), inner.prefix), None));
    }
    list(found)
}

fn contains(args: &Args<'_>) -> Answer {
    let outer = network(&args.text(0)?)?;
    let inner = args.text(1)?;
    let suffix = match (inner.contains('/'), inner.contains(':')) {
        (true, _) => "",
        (false, true) => "/128",
        (false, false) => "/32",
    };
    let inner = network(&format!("{inner}{suffix}"))?;
    let same = outer.bits == inner.bits && inner.prefix >= outer.prefix;
    truth(same && inner.address & outer.mask() == outer.address)
}
