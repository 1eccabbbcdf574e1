//! Frames in, digits out.
