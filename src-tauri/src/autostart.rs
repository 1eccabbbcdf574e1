//! Whether the till opens when its user logs in: on Linux an entry in the desktop's `autostart` folder. Elsewhere it is
//! not offered.
//!
//! Written here because the usual library puts paths into the entry as they are, and one with a space would start
//! something else.

use std::io;
use std::path::{Path, PathBuf};

use crate::options::TillOptions;

const ENTRY: &str = "org.tillbeam.till.desktop";

/// This user's, for this program as it was started.
pub struct Autostart {
    folder: PathBuf,
    text: String,
}

impl Autostart {
    /// None where the system has no such thing.
    pub fn new(options: &TillOptions) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let folder = dirs::config_dir()?.join("autostart");
        let program = std::env::current_exe().ok()?.into_os_string().into_string().ok()?;
        let mut words = vec![program];
        for word in std::env::args_os().skip(1) {
            words.push(word.into_string().ok()?);
        }
        // What the environment named then is not in it at the next login.
        if let Some(data) = &options.data
            && !words.iter().any(|word| word.starts_with("--data"))
        {
            words.push("--data".to_owned());
            words.push(data.to_str()?.to_owned());
        }
        let from = std::env::current_dir().ok()?.into_os_string().into_string().ok()?;
        Some(Self { folder, text: entry(&words, &from) })
    }

    /// Whether it opens by itself.
    pub fn is_on(&self) -> bool {
        self.path().exists()
    }

    /// From the next login on.
    pub fn set(&self, on: bool) -> io::Result<()> {
        if on {
            std::fs::create_dir_all(&self.folder)?;
            return std::fs::write(self.path(), &self.text);
        }
        match std::fs::remove_file(self.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn path(&self) -> PathBuf {
        Path::new(&self.folder).join(ENTRY)
    }
}

/// By the Desktop Entry Specification: each word quoted, and the value escaped once more.
fn entry(words: &[String], from: &str) -> String {
    let exec: Vec<String> = words.iter().map(|word| value(&quoted(word))).collect();
    format!(
        "[Desktop Entry]\nType=Application\nVersion=1.0\nName=Tillbeam\nComment=A prepaid till for small shops\n\
         Comment[zh_CN]=小店预付收银\nExec={}\nPath={}\nTerminal=false\n",
        exec.join(" "),
        value(from)
    )
}

fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for letter in word.chars() {
        match letter {
            '"' | '`' | '$' | '\\' => quoted.extend(['\\', letter]),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reaches_the_program_as_it_was() {
        let words = ["/opt/my till/tillbeam", "--data", "/home/ann/50% $a \"b\" \\c"].map(str::to_owned);
        let text = entry(&words, "/home/ann");
        let exec = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
        assert_eq!(
            exec, r#""/opt/my till/tillbeam" "--data" "/home/ann/50%% \\$a \\"b\\" \\\\c""#,
            "as the specification has it: a dollar sign is \\\\$ in the file"
        );
        assert!(text.starts_with("[Desktop Entry]\nType=Application\n") && text.contains("\nPath=/home/ann\n"));
    }

    #[test]
    fn it_is_on_while_its_entry_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let autostart = Autostart { folder: dir.path().join("autostart"), text: entry(&["till".to_owned()], "/") };
        assert!(!autostart.is_on());
        autostart.set(true).unwrap();
        autostart.set(true).unwrap();
        assert!(autostart.is_on());
        autostart.set(false).unwrap();
        autostart.set(false).unwrap();
        assert!(!autostart.is_on());
    }
}
