//! Webcams.
use crate::frame::Luma;
use crate::source::{CameraInfo, FrameSource, SourceError};
use std::time::Duration;
/// Longest that opening takes.
pub const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// An open webcam.
pub struct Camera;
impl Camera {
    /// Opens.
    pub fn open(_id: Option<&str>) -> Result<Self, SourceError> {
        Err(SourceError::NoCamera)
    }
}
impl FrameSource for Camera {
    fn next(&mut self, _timeout: Duration) -> Result<Luma, SourceError> {
        Err(SourceError::NoCamera)
    }
    fn name(&self) -> &'static str {
        "camera"
    }
}
/// Lists.
pub fn list() -> Vec<CameraInfo> {
    Vec::new()
}
