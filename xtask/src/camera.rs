//! The camera test: Debian's own kernel in a virtual machine, with two virtual cameras, and our programs inside.
//!
//! `v4l2loopback` plays frames with codes in them, `vivid` has the faults. The kernel and its headers are downloaded and
//! unpacked below the target folder, never installed. Without hardware virtualisation, which a machine may claim and
//! not have: the processor is emulated.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::tool::{Sentence, built, command, output, root, run, target};

/// The whole run, within the machine.
const LIMIT_S: &str = "280";
/// The driver whose modules and what they need are taken along.
const FAULTY: &str = "vivid";
/// What `init` calls.
const APPLETS: [&str; 18] = [
    "sh", "mount", "insmod", "rmmod", "usleep", "cat", "grep", "rm", "kill", "su", "chmod", "echo", "poweroff", "test",
    "[", "wait", "true", "tail",
];

/// Runs it with the programs that were built.
pub fn test() -> Result<(), Sentence> {
    let kernel = Kernel::fetch()?;
    let image = pack(&kernel)?;
    boot(&kernel, &image)
}

/// A kernel with its modules, unpacked.
struct Kernel {
    version: String,
    /// What is kept of it.
    folder: PathBuf,
}

impl Kernel {
    /// From the cache, or from Debian.
    fn fetch() -> Result<Self, Sentence> {
        let depends = output("apt-cache", &["depends", "linux-image-amd64"]).ok_or("apt-cache says nothing")?;
        let version = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-image-"));
        let version = version.ok_or("Debian names no kernel: run apt-get update")?.to_owned();
        let folder = target().join("camera-vm").join(&version);
        let kernel = Self { version, folder };
        if !kernel.folder.join("complete").exists() {
            let _ = fs::remove_dir_all(&kernel.folder);
            kernel.unpack()?;
            write(&kernel.folder.join("complete"), b"")?;
        }
        Ok(kernel)
    }

    /// Downloads and unpacks, and keeps the kernel and the modules.
    fn unpack(&self) -> Result<(), Sentence> {
        let (folder, version) = (&self.folder, &self.version);
        let unpacked = folder.join("unpacked");
        make(&unpacked)?;
        let common = version.rsplit_once('-').map_or(version.as_str(), |(common, _)| common);
        let base: Vec<&str> = version.splitn(3, '.').collect();
        let packages = [
            format!("linux-image-{version}"),
            format!("linux-headers-{version}"),
            format!("linux-headers-{common}-common"),
            format!("linux-kbuild-{}.{}", base[0], base.get(1).unwrap_or(&"")),
            "v4l2loopback-dkms".to_owned(),
        ];
        println!("Downloading {} into {}", packages.join(" "), folder.display());
        run(command("apt-get", &["download", "-q"]).args(&packages).current_dir(folder).stderr(Stdio::null()))?;
        for package in files(folder, "deb")? {
            run(command("dpkg-deb", &["-x"]).arg(&package).arg(&unpacked))?;
            fs::remove_file(&package).map_err(|error| format!("{} stays: {error}", package.display()))?;
        }
        run(command("depmod", &["-b"]).arg(&unpacked).arg(version))?;
        copy(&unpacked.join("boot").join(format!("vmlinuz-{version}")), &folder.join("vmlinuz"))?;
        self.keep_modules(&unpacked)?;
        copy(&self.build_loopback(&unpacked)?, &folder.join("modules/loopback.last"))?;
        fs::remove_dir_all(&unpacked).map_err(|error| format!("{} stays: {error}", unpacked.display()))
    }

    /// The modules that `vivid` needs, numbered in the order of loading, and itself under a name that `init` loads later.
    fn keep_modules(&self, unpacked: &Path) -> Result<(), Sentence> {
        let modules = self.folder.join("modules");
        make(&modules)?;
        let dir = unpacked.display().to_string();
        let loads = output("/sbin/modprobe", &["-d", &dir, "-S", &self.version, "--show-depends", FAULTY]);
        let loads = loads.ok_or("modprobe does not know the modules of the kernel")?;
        let paths = loads.lines().filter_map(|line| line.strip_prefix("insmod ")).map(|path| Path::new(path.trim()));
        for (number, path) in paths.enumerate() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let last = name.starts_with(FAULTY);
            copy(path, &modules.join(if last { "vivid.last".to_owned() } else { format!("{number:02}-{name}") }))?;
        }
        Ok(())
    }

    /// Against the unpacked headers, which look for each other where they would be installed.
    fn build_loopback(&self, unpacked: &Path) -> Result<PathBuf, Sentence> {
        let sources = unpacked.join("usr/src");
        let headers = sources.join(format!("linux-headers-{}", self.version));
        let makefile = fs::read_to_string(headers.join("Makefile")).map_err(|error| format!("no headers: {error}"))?;
        let here = makefile.replace("include /usr/src", &format!("include {}", sources.display()));
        write(&headers.join("Makefile"), here.as_bytes())?;
        let names = fs::read_dir(&sources).map_err(|error| format!("{}: {error}", sources.display()))?;
        let is_it =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("v4l2loopback"));
        let module =
            names.filter_map(|entry| Some(entry.ok()?.path())).find(is_it).ok_or("v4l2loopback has no source")?;
        let mut build = command("make", &["--silent", "-C"]);
        run(build.arg(&headers).arg(format!("M={}", module.display())).arg("modules"))?;
        Ok(module.join("v4l2loopback.ko"))
    }
}

/// The machine's only disk: busybox, our programs with their libraries, and the modules.
fn pack(kernel: &Kernel) -> Result<PathBuf, Sentence> {
    let disk = kernel.folder.join("disk");
    let _ = fs::remove_dir_all(&disk);
    for folder in ["bin", "etc", "proc", "sys", "dev", "m"] {
        make(&disk.join(folder))?;
    }
    copy(Path::new("/bin/busybox"), &disk.join("bin/busybox"))?;
    for applet in APPLETS {
        symlink("busybox", disk.join("bin").join(applet)).map_err(|error| format!("{applet}: {error}"))?;
    }
    let programs = [built("tillbeam-scan"), built("examples").join("virtual_camera")];
    for program in &programs {
        let name = program.file_name().unwrap_or_default();
        run(command("strip", &["-o"]).arg(disk.join("bin").join(name)).arg(program))?;
        for library in libraries(program)? {
            let place = disk.join(library.strip_prefix("/").unwrap_or(&library));
            make(place.parent().unwrap_or(&disk))?;
            copy(&library, &place)?;
        }
    }
    for module in files(&kernel.folder.join("modules"), "")? {
        copy(&module, &disk.join("m").join(module.file_name().unwrap_or_default()))?;
    }
    copy(&root().join("xtask/camera/init"), &disk.join("init"))?;
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(disk.join("init"), executable).map_err(|error| format!("init: {error}"))?;
    let image = kernel.folder.join("disk.cpio.gz");
    let pack = format!("find . | cpio -o -H newc --quiet | gzip -1 > {}", image.display());
    run(command("sh", &["-c", &pack]).current_dir(&disk))?;
    Ok(image)
}

/// What the program is linked with, loader included.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, Sentence> {
    let listed = output("ldd", &[&program.display().to_string()]).ok_or("ldd fails")?;
    let words = listed.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(PathBuf::from).collect())
}

/// Boots it, prints what it says, and judges that.
fn boot(kernel: &Kernel, image: &Path) -> Result<(), Sentence> {
    let mut machine = command("timeout", &[LIMIT_S, "qemu-system-x86_64"]);
    machine.args(["-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "q35", "-smp", "2", "-m", "512"]);
    machine.args(["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"]);
    machine.arg("-kernel").arg(kernel.folder.join("vmlinuz")).arg("-initrd").arg(image);
    machine.args(["-append", "console=ttyS0 quiet loglevel=3 panic=-1"]);
    println!("Booting Linux {} in qemu; up to {LIMIT_S} s.", kernel.version);
    let started = machine.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("qemu cannot be started: {error}"))?;
    let mut said = Vec::new();
    let read = child.stdout.take().map_or(Ok(0), |mut out| out.read_to_end(&mut said));
    read.and_then(|_| child.wait()).map_err(|error| format!("qemu cannot be read: {error}"))?;
    let said = String::from_utf8_lossy(&said);
    println!("{}", said.trim());
    let count = |word: &str| said.lines().filter(|line| line.contains(word)).count();
    let (passed, failed) = (count("PASS "), count("FAIL "));
    if !said.contains("DONE") {
        return Err("the virtual machine did not get to its end; what it said is above".to_owned());
    }
    if failed == 0 { Ok(()) } else { Err(format!("{failed} cases of {} failed; see above", passed + failed)) }
}

fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Sentence> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| ending.is_empty() || path.extension().is_some_and(|end| end == ending)).collect())
}

fn make(folder: &Path) -> Result<(), Sentence> {
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), Sentence> {
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("{} cannot be copied: {error}", from.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Sentence> {
    fs::write(path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
