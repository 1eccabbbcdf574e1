//! Programs from `PyPI`, each in a virtual environment of its own in the target folder, with fixed versions; says that it
//! installs them.

use std::fs;
use std::path::PathBuf;

use crate::tool::{Sentence, command, run, target};

/// The program `name`, installed if it is not there in the versions of `wanted`, a text of requirements.
pub fn program(name: &str, called: &str, wanted: &str) -> Result<PathBuf, Sentence> {
    let folder = target().join(name);
    let (mark, list) = (folder.join("installed.txt"), folder.join("wanted.txt"));
    let program = |name: &str| folder.join("bin").join(name);
    if fs::read_to_string(&mark).is_ok_and(|known| known == wanted) {
        return Ok(program(name));
    }
    println!("Installing {called} (PyPI) into {}", folder.display());
    run(command("python3", &["-m", "venv", "--clear"]).arg(&folder))?;
    fs::write(&list, wanted).map_err(|error| format!("{} cannot be written: {error}", list.display()))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(command(program("python"), &pip).arg(&list))?;
    fs::write(&mark, wanted).map_err(|error| format!("{} cannot be written: {error}", mark.display()))?;
    Ok(program(name))
}
