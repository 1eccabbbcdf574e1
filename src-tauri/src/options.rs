//! The command line and the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tillbeam_server::tls::acme::Authority;
use tillbeam_server::{DEFAULT_LISTEN, Tls};

use crate::scan::Wanted;

/// Pictures a second where none is named.
const PICTURES_FPS: f32 = 10.0;

/// Tillbeam, a prepaid till: scans customers' codes and shows the result on both screens.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Options {
    /// What to do in place of opening the till.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The till's own.
    #[command(flatten)]
    pub till: TillOptions,
}

/// What else the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole job by itself, on a temporary data directory; exit code 0 only if all of it held
    Demo(DemoOptions),
}

/// Of the till.
#[derive(Debug, Args)]
pub struct TillOptions {
    /// The data directory: books, keys, journal [default: the system's folder for data, tillbeam in it]
    #[arg(long, env = "TILLBEAM_DATA")]
    pub data: Option<PathBuf>,
    /// Where the server listens for phones
    #[arg(long, env = "TILLBEAM_LISTEN", default_value = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    /// off, own-ca, acme:NAME[,NAME], or CERT,KEY [default: what was chosen in the window, else off]
    #[arg(long, env = "TILLBEAM_TLS")]
    pub tls: Option<Tls>,
    /// Whose certificate a public name gets
    #[command(flatten)]
    pub authority: Authority,
    /// The address that phones use, if a proxy or a name stands before this computer
    #[arg(long, env = "TILLBEAM_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Where pictures come from: demo, camera, camera:ID, or a picture or folder, with @N for N a second [default: a camera, or demo]
    #[arg(long, env = "TILLBEAM_SOURCE", value_parser = wanted)]
    pub source: Option<Wanted>,
    /// Open the practice shop where no shop was chosen yet, in place of asking
    #[arg(long, env = "TILLBEAM_PRACTICE")]
    pub practice: bool,
    /// Do the job in the terminal, without a window
    #[arg(long)]
    pub text: bool,
}

/// Of the demo.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// The program tillbeam-server
    #[arg(long)]
    pub server: PathBuf,
    /// Leave the data directory and the server's log where they are
    #[arg(long)]
    pub keep: bool,
}

impl TillOptions {
    /// The data directory, where none was named the system's own place for it.
    pub fn data_dir(&self) -> Option<PathBuf> {
        self.data.clone().or_else(|| Some(dirs::data_dir()?.join("tillbeam")))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a clap parser")]
fn wanted(text: &str) -> Result<Wanted, String> {
    Ok(match text.split_once(':') {
        None if text == "demo" => Wanted::Demo,
        None if text == "camera" => Wanted::Camera(None),
        Some(("camera", id)) => Wanted::Camera(Some(id.to_owned())),
        _ => {
            let rated = text.rsplit_once('@').and_then(|(path, fps)| Some((path, fps.parse().ok()?)));
            let (path, fps) = rated.unwrap_or((text, PICTURES_FPS));
            Wanted::Pictures { path: PathBuf::from(path), fps }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_as_documented() {
        let parse = |source: &str| Options::try_parse_from(["tillbeam", "--source", source]).unwrap().till.source;
        assert_eq!(parse("demo"), Some(Wanted::Demo));
        assert_eq!(parse("camera"), Some(Wanted::Camera(None)));
        assert_eq!(parse("camera:/dev/video2"), Some(Wanted::Camera(Some("/dev/video2".to_owned()))));
        let pictures = |path: &str, fps| Some(Wanted::Pictures { path: path.into(), fps });
        assert_eq!(parse("/tmp/spool"), pictures("/tmp/spool", PICTURES_FPS));
        assert_eq!(parse("/tmp/spool@30"), pictures("/tmp/spool", 30.0));
        assert_eq!(parse("/tmp/me@shop"), pictures("/tmp/me@shop", PICTURES_FPS));
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Options::command().debug_assert();
    }
}
