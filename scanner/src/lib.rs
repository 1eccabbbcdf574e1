//! Frames in, digits out: what the camera sees, as luma pictures, and the codes that are read in them.
//!
//! In the order in which a frame flows:
//!
//! * [`source`] opens one of three sources behind one type: a webcam ([`camera`]), pictures on disk
//!   ([`pictures`], [`folder`]) or the demo camera ([`demo`]).
//! * [`frame`] is what a source yields: 8-bit luma with the moment it was captured.
//! * [`still`] tells a camera whose picture has frozen.
//! * [`slot`] hands the newest frame to whoever looks next; older ones are dropped, never queued.
//! * [`decode`] finds QR codes in a frame, with a bound on its work.
//! * [`flaw`] says what a person can mend where none is read.
//! * [`digits`] says whether a text has the form of a member's code.
//! * [`reading`] turns the texts of successive frames into one scan per presented code.
//!
//! Nothing here knows a window, a server or an amount. The binary `tillbeam-scan` and the till use it.

pub mod camera;
pub mod decode;
pub mod demo;
pub mod digits;
pub mod flaw;
pub mod folder;
pub mod frame;
mod jpeg;
pub mod pictures;
pub mod reading;
pub mod slot;
pub mod source;
pub mod still;
