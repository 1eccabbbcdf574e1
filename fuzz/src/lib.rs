//! The fuzz targets' entry functions; `cargo xtask fuzz` runs the targets.

pub mod entry;
pub mod sight;
