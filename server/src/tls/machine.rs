//! By which names and addresses this machine is reached.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::LOCAL_NAME;

/// The names and addresses by which this machine is reached, for a certificate and for `Host`.
pub fn machine_names() -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        LOCAL_NAME.to_owned(),
        Ipv4Addr::LOCALHOST.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
    ];
    names.extend(lan_address().map(|address| address.to_string()));
    if let Some(host) = machine_name() {
        names.push(format!("{host}.local"));
        names.push(host);
    }
    names
}

/// The machine's own name, if it is a plain one.
pub fn machine_name() -> Option<String> {
    let name = fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok())?;
    let name = name.trim().to_ascii_lowercase();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some(name)
}

/// The address that other devices on the network see. Nothing is sent: connecting a datagram socket only
/// asks the system which of its addresses it would use (the target is a documentation address, RFC 5737).
pub fn lan_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}
