//! A picture for rqrr that counts what is done to it, and stops the whole pass when a picture has cost too much.
//!
//! rqrr takes any picture type, clones the picture for every three finder patterns that might belong together,
//! and walks lines whose length follows from a guess. All of that goes through this type, which unwinds when
//! the work is spent. Counting work and not time alone makes a picture read the same on a busy machine.

use super::effort::{Effort, count};
use image::{GenericImage, GenericImageView, Luma};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Pixel accesses a picture may cost for each of its pixels, all passes together. An ordinary one needs 3 to 5
/// a pass.
const WORK_PER_PIXEL: u64 = 20;
/// Pixel accesses that a picture may always cost: the search around a few finder patterns costs the same in
/// a small one.
const LEAST_WORK: u64 = 2_000_000;
/// Pixels that are copied in the time of one access.
const PIXELS_COPIED_PER_WORK: u64 = 16;
/// The clock ends a picture after this in any case: there are steps between the counted ones.
const TIME_LIMIT: Duration = Duration::from_millis(20);
/// Units of an access.
const PER_ACCESS: u64 = 2;
/// Accesses between two looks at the clock.
const WORK_PER_LOOK: u64 = 1 << 16;

/// What the pass is unwound with.
struct WorkSpent;

/// What one picture may cost.
pub(super) struct Budget {
    /// Left until the next look at the clock.
    slice: Cell<u64>,
    /// Left after that.
    rest: Cell<u64>,
    effort: Effort,
}

impl Budget {
    /// The budget of a picture of this size, beginning now.
    pub(super) fn of(width: u32, height: u32) -> Rc<Self> {
        let work = u64::from(width) * u64::from(height) * WORK_PER_PIXEL;
        Rc::new(Self { slice: Cell::new(0), rest: Cell::new(work.max(LEAST_WORK)), effort: Effort::begun() })
    }

    /// Whether a pass was stopped by it: then no other is worth beginning.
    pub(super) fn is_spent(&self) -> bool {
        self.rest.get() == 0
    }

    #[inline]
    fn spend(&self, work: u64) {
        match self.slice.get().checked_sub(work) {
            Some(left) => self.slice.set(left),
            None => self.refill(work),
        }
    }

    #[cold]
    fn refill(&self, work: u64) {
        let wanted = work + WORK_PER_LOOK - self.slice.get();
        count(1, wanted.saturating_mul(PER_ACCESS));
        let Some(rest) = self.rest.get().checked_sub(wanted).filter(|_| self.effort.so_far() < TIME_LIMIT) else {
            self.rest.set(0);
            self.slice.set(0);
            // Not `panic!`: this is no fault to be reported by the panic hook.
            std::panic::resume_unwind(Box::new(WorkSpent));
        };
        self.rest.set(rest);
        self.slice.set(WORK_PER_LOOK);
    }
}

/// A picture with a budget that it shares with its clones.
pub(super) struct Bitmap {
    width: u32,
    height: u32,
    pixels: Vec<Luma<u8>>,
    budget: Rc<Budget>,
}

impl Bitmap {
    /// `pixels` holds width × height bytes, 0 white and 1 black.
    pub(super) fn new(pixels: Vec<u8>, width: u32, height: u32, budget: &Rc<Budget>) -> Self {
        let pixels = pixels.into_iter().map(|p| Luma([p])).collect();
        Self { width, height, pixels, budget: Rc::clone(budget) }
    }

    #[inline]
    fn index(&self, x: u32, y: u32) -> usize {
        y as usize * self.width as usize + x as usize
    }
}

impl Clone for Bitmap {
    fn clone(&self) -> Self {
        // Each clone looks at the clock: between two of them rqrr ranks finder patterns, which touches no pixel.
        self.budget.refill(u64::from(self.width) * u64::from(self.height) / PIXELS_COPIED_PER_WORK);
        Self { width: self.width, height: self.height, pixels: self.pixels.clone(), budget: Rc::clone(&self.budget) }
    }
}

impl GenericImageView for Bitmap {
    type Pixel = Luma<u8>;

    fn dimensions(&self) -> (u32, u32) {
        // rqrr asks for the size at every step of its search for an alignment pattern, also where that search
        // has left the picture and reads no pixel.
        self.budget.spend(1);
        (self.width, self.height)
    }

    #[inline]
    fn get_pixel(&self, x: u32, y: u32) -> Luma<u8> {
        self.budget.spend(1);
        self.pixels[self.index(x, y)]
    }
}

impl GenericImage for Bitmap {
    fn get_pixel_mut(&mut self, x: u32, y: u32) -> &mut Luma<u8> {
        let index = self.index(x, y);
        &mut self.pixels[index]
    }

    #[inline]
    fn put_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        let index = self.index(x, y);
        self.pixels[index] = pixel;
    }

    fn blend_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        self.put_pixel(x, y, pixel);
    }
}
