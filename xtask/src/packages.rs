//! The system's packages: installed on Debian and its kin, listed elsewhere.

use crate::tool::{Sentence, command, output, run};

/// What the server, the scanner and the till in the terminal are built with.
const BUILD: [&str; 5] = ["build-essential", "cmake", "pkg-config", "clang", "libclang-dev"];
/// What the window is built with and shows text with; without the fonts Chinese and emoji are boxes.
const WINDOW: [&str; 3] = ["libwebkit2gtk-4.1-dev", "fonts-noto-cjk", "fonts-noto-color-emoji"];
/// What the tests drive: a browser for the phone's page, the window without a screen, Schemathesis, a clock that
/// is set, a proxy, an authority that certifies names, what a browser trusts, certificates, a keyring, a desktop of two
/// screens, names of this machine's, a print dialog, what is in a PDF.
const TEST: [&str; 20] = [
    "chromium",
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "dbus",
    "python3-venv",
    "faketime",
    "nginx-light",
    "pebble",
    "libnss3-tools",
    "openssl",
    "gnome-keyring",
    "xserver-xorg-core",
    "xserver-xorg-video-dummy",
    "x11-xserver-utils",
    "openbox",
    "wmctrl",
    "libnss-wrapper",
    "xdotool",
    "poppler-utils",
];

/// What the camera test boots a kernel with.
const CAMERAS: [&str; 4] = ["qemu-system-x86", "busybox-static", "cpio", "kmod"];

/// What the server is measured beside.
const POSTGRES: [&str; 1] = ["postgresql"];

/// How much of the project is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Without a window.
    Terminal,
    /// With the window.
    Window,
    /// For the test of cameras alone.
    Cameras,
    /// With everything that the tests need.
    Tests,
}

/// Makes sure that the packages are there.
pub fn ensure(extent: Extent) -> Result<(), Sentence> {
    if !cfg!(target_os = "linux") {
        println!(
            "On this system the project is untested. It needs a C and C++ compiler, cmake and libclang, and nothing else."
        );
        return Ok(());
    }
    let mut wanted = BUILD.to_vec();
    match extent {
        Extent::Terminal => {}
        Extent::Window => wanted.extend(WINDOW),
        Extent::Cameras => wanted.extend(CAMERAS),
        Extent::Tests => wanted.extend(WINDOW.iter().chain(&TEST).chain(&CAMERAS)),
    }
    ensure_all(&wanted)
}

/// Makes sure that `pgbench` and its server are there; Debian starts a server at once, ours is a private one.
pub fn ensure_postgres() -> Result<(), Sentence> {
    ensure_all(&POSTGRES)
}

fn ensure_all(wanted: &[&'static str]) -> Result<(), Sentence> {
    if !is_debian() {
        println!("This system is not Debian; these packages are needed, by their Debian names: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Installing the Debian packages that are missing: {}", missing.join(" "));
    install(&missing)
}

/// Debian itself, or something that says it is like it.
fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let says = |line: &str| {
        let value = line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE="));
        value.is_some_and(|value| value.trim_matches('"').split(' ').any(|id| id == "debian"))
    };
    release.lines().any(says)
}

fn is_installed(name: &str) -> bool {
    output("dpkg-query", &["-W", "-f=${Status}", name]).is_some_and(|status| status == "install ok installed")
}

/// No package asks anything; `sudo` lets no variable through by itself.
const QUIETLY: &str = "DEBIAN_FRONTEND=noninteractive";

fn install(missing: &[&str]) -> Result<(), Sentence> {
    let root = output("id", &["-u"]).is_some_and(|id| id == "0");
    let apt = |args: &[&str]| {
        let mut apt =
            if root { command("env", &[QUIETLY, "apt-get"]) } else { command("sudo", &["env", QUIETLY, "apt-get"]) };
        run(apt.args(args))
    };
    apt(&["update", "-q"])?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(missing);
    apt(&args)
}
