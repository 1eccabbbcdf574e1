//! The pages are built by npm; a fresh clone compiles without them.
//!
//! The server then says at `/` that they are missing and what to run.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    // A failure shows up as a clear error of the embedding itself.
    let _ = std::fs::create_dir_all(&dist);
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=../migrations");
}
