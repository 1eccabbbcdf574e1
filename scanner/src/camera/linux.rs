//! Cameras of Linux: which nodes are cameras, and which library takes one.
//!
//! nokhwa lists nodes that are no cameras, and has no names that stay with one when it is plugged in again.

mod direct;
mod offer;
mod release;

use super::{Device, Grab, Library, stream};
use crate::source::{CameraInfo, SourceError};
use nokhwa::utils::CameraIndex;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use v4l::capability::Flags;

/// In the order in which they are tried.
pub(super) const LIBRARIES: &[Library] = &[Library::Nokhwa, Library::V4l];
/// Names that stay with a camera when it is plugged in again, the best first.
const STABLE_NAMES: [&str; 2] = ["/dev/v4l/by-id", "/dev/v4l/by-path"];

/// The cameras that are plugged in, by the number of their node.
pub(super) fn devices() -> Vec<Device> {
    nodes().into_iter().filter(|node| is_camera(*node)).map(device).collect()
}

/// What may be a camera, by name: cheap enough to ask often.
pub(super) fn plugged() -> Vec<String> {
    nodes().into_iter().map(path).collect()
}

/// Opens the camera in the best mode that this library takes.
pub(super) fn open(index: &CameraIndex, library: Library) -> Result<Grab, SourceError> {
    let node = index.as_index().map_err(|error| stream::failed(&error))?;
    match library {
        Library::Nokhwa => stream::open(index, offer::prepare(node)?),
        Library::V4l => direct::open(node),
    }
}

/// Frees the camera from a thread of ours that waits for its next frame.
pub(super) fn release(index: &CameraIndex) {
    if let Ok(node) = index.as_index() {
        release::stop_streams(&path(node));
    }
}

fn nodes() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/dev") else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut nodes: Vec<u32> = names.filter_map(|name| name.strip_prefix("video")?.parse().ok()).collect();
    nodes.sort_unstable();
    nodes
}

fn path(node: u32) -> String {
    format!("/dev/video{node}")
}

/// Whether it captures video. One that cannot be asked (busy, denied) is taken for a camera: opening it will
/// say what is wrong.
fn is_camera(node: u32) -> bool {
    // v4l panics on a driver's name that is no UTF-8.
    let asked = catch_unwind(|| v4l::Device::with_path(path(node)).and_then(|device| device.query_caps()));
    !matches!(asked, Ok(Ok(caps)) if !caps.capabilities.contains(Flags::VIDEO_CAPTURE))
}

fn device(node: u32) -> Device {
    let mut aliases: Vec<String> = STABLE_NAMES.iter().flat_map(|folder| links_to(folder, &path(node))).collect();
    aliases.extend([format!("video{node}"), path(node), node.to_string()]);
    let name = fs::read_to_string(format!("/sys/class/video4linux/video{node}/name"));
    let name = name.map_or_else(|_| path(node), |name| name.trim().to_owned());
    Device { info: CameraInfo { id: aliases[0].clone(), name }, aliases, index: CameraIndex::Index(node) }
}

/// The names in a folder of links that lead to `target`.
fn links_to(folder: &str, target: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let leads_there = |path: &Path| fs::canonicalize(path).is_ok_and(|end| end == Path::new(target));
    let links = entries.filter_map(Result::ok).filter(|entry| leads_there(&entry.path()));
    let mut names: Vec<String> = links.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}
