//! The demo camera.
use crate::frame::Luma;
use crate::source::{FrameSource, SourceError};
use std::time::Duration;
/// Demo camera.
pub struct DemoCamera;
impl DemoCamera {
    /// Makes one.
    pub fn new(_code: Box<dyn FnMut() -> Option<String> + Send>) -> Self {
        Self
    }
}
impl FrameSource for DemoCamera {
    fn next(&mut self, _timeout: Duration) -> Result<Luma, SourceError> {
        Err(SourceError::TimedOut)
    }
    fn name(&self) -> &'static str {
        "demo"
    }
}
