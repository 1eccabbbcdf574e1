//! Says on the network where a `.local` name is, by multicast DNS: phones find the till by it whatever number its
//! computer has. Nothing is announced unless such a name was chosen as the address for phones.

use std::collections::HashMap;
use std::time::Duration;

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use reqwest::Url;

/// As other devices list it.
const SERVICE: &str = "_http._tcp.local.";
const NAME: &str = "Tillbeam";
/// The library's thread has so long to say that the name is gone.
const GOODBYE: Duration = Duration::from_millis(800);

/// A name that is announced until it is told to stop.
pub struct Announced {
    daemon: ServiceDaemon,
}

impl Announced {
    /// The name of an address, if it is a `.local` one, on all of this computer's networks.
    pub fn of(url: &str) -> Option<Self> {
        Self::on(url, None)
    }

    fn on(url: &str, only: Option<IfKind>) -> Option<Self> {
        let url: Url = url.parse().ok()?;
        let host = url.host_str().filter(|host| host.to_ascii_lowercase().ends_with(".local"))?;
        let begun = announce(host, url.port_or_known_default().unwrap_or_default(), only);
        begun.inspect_err(|error| tracing::warn!(%error, "the name is not announced on the network")).ok()
    }

    /// Takes the name back; on return the library's thread has ended, or had its time.
    pub fn stop(&self) {
        if let Ok(ended) = self.daemon.shutdown() {
            let _ = ended.recv_timeout(GOODBYE);
        }
    }
}

fn announce(host: &str, port: u16, only: Option<IfKind>) -> Result<Announced, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    if let Some(only) = only {
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(only)?;
    }
    let service = ServiceInfo::new(SERVICE, NAME, &format!("{host}."), (), port, None::<HashMap<String, String>>)?
        .enable_addr_auto();
    daemon.register(service)?;
    Ok(Announced { daemon })
}

#[cfg(test)]
mod tests {
    use mdns_sd::HostnameResolutionEvent;

    use super::*;

    #[test]
    fn only_a_local_name_is_announced() {
        for none in ["http://10.0.0.5:8787", "https://till.example.org", "http://local:8787", "rubbish"] {
            assert!(Announced::on(none, Some(IfKind::LoopbackV4)).is_none(), "{none}");
        }
    }

    #[test]
    fn a_name_is_found_by_others_and_gone_with_the_till() {
        let announced = Announced::on("http://tillbeam-test.local:8787", Some(IfKind::LoopbackV4)).unwrap();
        let other = ServiceDaemon::new().unwrap();
        other.disable_interface(IfKind::All).unwrap();
        other.enable_interface(IfKind::LoopbackV4).unwrap();
        let found = other.resolve_hostname("tillbeam-test.local.", Some(10_000)).unwrap();
        let addresses = found.iter().find_map(|event| match event {
            HostnameResolutionEvent::AddressesFound(_, addresses) => Some(addresses.len()),
            HostnameResolutionEvent::SearchTimeout(_) | HostnameResolutionEvent::SearchStopped(_) => Some(0),
            _ => None,
        });
        assert!(addresses.is_some_and(|count| count > 0));
        announced.stop();
        other.shutdown().unwrap();
    }
}
