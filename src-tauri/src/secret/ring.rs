//! The system's keyring: on Linux the Secret Service (GNOME's and KDE's), in a build with the window. Elsewhere there is
//! none yet. Its calls block.

#[cfg(all(feature = "window", target_os = "linux"))]
pub(super) use system::ask;

/// Whoever is asked for the keyring's password has so long to give it.
pub(super) const PROMPT_LIMIT_S: u64 = 12;

#[cfg(all(feature = "window", target_os = "linux"))]
mod system {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use dbus_secret_service::{EncryptionType, Error, SecretService};

    use super::super::{Name, Shut};
    use super::PROMPT_LIMIT_S;

    /// Where a session has a bus. Without one, the library would try to start one.
    const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
    const RUNTIME: &str = "XDG_RUNTIME_DIR";

    /// One question at a time: nobody is asked twice for the same password, and what one set late is never the newer.
    static ASKED: Mutex<()> = Mutex::new(());

    /// Keeps the secret that is given, and says what is kept under that name.
    pub(in crate::secret) fn ask(name: &Name, secret: Option<&str>) -> Result<Option<String>, Shut> {
        if !has_bus() {
            return Err(Shut::Absent);
        }
        let Ok(_alone) = ASKED.try_lock() else {
            return Err(Shut::Closed("it has not answered an earlier question".to_owned()));
        };
        // Without encryption on the way: the bus is this account's own, and whoever may listen there may ask, too.
        let service = SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, PROMPT_LIMIT_S)
            .map_err(|error| absent_or_closed(&error))?;
        let closed = |error: Error| Shut::Closed(error.to_string());
        if let Some(secret) = secret {
            keep(&service, name, secret).map_err(closed)?;
        }
        read(&service, name).map_err(closed)
    }

    fn has_bus() -> bool {
        let named = std::env::var_os(BUS).is_some_and(|bus| !bus.is_empty());
        let usual = || std::env::var_os(RUNTIME).is_some_and(|dir| std::path::Path::new(&dir).join("bus").exists());
        named || usual()
    }

    /// Nobody has the service's name on the bus, or nobody has the bus.
    fn absent_or_closed(error: &Error) -> Shut {
        const NOBODY: [&str; 3] = [
            "org.freedesktop.DBus.Error.ServiceUnknown",
            "org.freedesktop.DBus.Error.NoServer",
            "org.freedesktop.DBus.Error.FileNotFound",
        ];
        let nobody = match error {
            Error::Dbus(error) => error.name().is_some_and(|name| NOBODY.contains(&name)),
            Error::Unavailable => true,
            _ => false,
        };
        if nobody { Shut::Absent } else { Shut::Closed(error.to_string()) }
    }

    fn attributes(name: &Name) -> HashMap<&str, &str> {
        HashMap::from([("application", "tillbeam"), ("secret", &name.secret), ("till", &name.till)])
    }

    /// In the keyring that outlives the session, and in no other.
    fn keep(service: &SecretService, name: &Name, secret: &str) -> Result<(), Error> {
        let keyring = service.get_default_collection()?;
        keyring.unlock()?;
        let label = format!("Tillbeam: {} ({})", name.secret, name.till);
        keyring.create_item(&label, attributes(name), secret.as_bytes(), true, "text/plain")?;
        Ok(())
    }

    fn read(service: &SecretService, name: &Name) -> Result<Option<String>, Error> {
        let found = service.search_items(attributes(name))?;
        let Some(item) = found.unlocked.first().or(found.locked.first()) else { return Ok(None) };
        item.unlock()?;
        String::from_utf8(item.get_secret()?).map(Some).map_err(|_| Error::Parse)
    }
}

#[cfg(not(all(feature = "window", target_os = "linux")))]
pub(super) fn ask(_: &super::Name, _: Option<&str>) -> Result<Option<String>, super::Shut> {
    Err(super::Shut::Absent)
}
