//! Pictures in a folder.
use crate::frame::Luma;
use crate::source::{FrameSource, SourceError};
use std::path::PathBuf;
use std::time::Duration;
/// Pictures as a camera.
pub struct Pictures;
impl Pictures {
    /// Opens.
    pub fn open(_path: PathBuf, _fps: f32) -> Result<Self, SourceError> {
        Err(SourceError::Gone)
    }
}
impl FrameSource for Pictures {
    fn next(&mut self, _timeout: Duration) -> Result<Luma, SourceError> {
        Err(SourceError::TimedOut)
    }
    fn name(&self) -> &'static str {
        "pictures"
    }
}
