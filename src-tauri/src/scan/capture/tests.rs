//! The capture thread on a camera that plays what it is told.

use super::*;
use std::collections::VecDeque;
use std::sync::Mutex;

struct Played(VecDeque<Result<Luma, SourceError>>);

impl FrameSource for Played {
    fn next(&mut self, _: Duration) -> Result<Luma, SourceError> {
        self.0.pop_front().unwrap_or(Err(SourceError::Gone))
    }

    fn name(&self) -> &'static str {
        "Played"
    }
}

/// A frame of this age.
fn frame(grey: u8, age: Duration) -> Luma {
    Luma::new(2, 1, vec![grey, 200], Instant::now().checked_sub(age).unwrap()).unwrap()
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// How the use of such a source ends, what is said of the camera meanwhile, and the last frame that is handed on.
fn play(frames: Vec<Result<Luma, SourceError>>) -> (Over, Vec<Option<CameraProblem>>, Option<Luma>) {
    let folder = tempfile::tempdir().unwrap();
    let sight = Sight { wanted: Wanted::Any, live_code: None, folder: folder.path().to_owned() };
    let (screen, slot, said) = (Arc::new(Screen::default()), Latest::new(), Arc::new(Mutex::new(Vec::new())));
    let (mut newest, heard) = (slot.reader(), Arc::clone(&said));
    screen.listen(Box::new(move |event| {
        if let TillEvent::Camera(camera) = event {
            heard.lock().unwrap().push(camera.problem);
        }
        true
    }));
    let mut capture = Capture::new(sight, slot, screen, Choice::default(), CancellationToken::new());
    let shown = Camera { state: CameraState::Live, name: "Played".to_owned(), problem: None };
    let over = capture.frames(&mut Played(frames.into()), &Used { shown, id: None, stands_in: false });
    let said = said.lock().unwrap().clone();
    (over, said, newest.take_newer(Duration::ZERO).ok())
}

#[test]
fn a_frozen_picture_is_said_and_the_camera_is_opened_again() {
    let (over, said, _) = play([22, 20, 18, 17].map(|age| Ok(frame(9, seconds(age)))).into());
    assert!(matches!(over, Over::Again));
    assert_eq!(said, [None, Some(CameraProblem::Frozen)]);
}

#[test]
fn a_picture_that_moves_again_is_well_again() {
    let frames = [(9, 6), (9, 4), (9, 2), (9, 1), (8, 0)].map(|(grey, age)| Ok(frame(grey, seconds(age))));
    let (over, said, newest) = play(frames.into());
    assert!(matches!(over, Over::Lost(SourceError::Gone)));
    assert_eq!(said, [None, Some(CameraProblem::Frozen), None]);
    assert_eq!(newest.unwrap().pixels(), [8, 200]);
}

#[test]
fn a_damaged_picture_and_a_short_wait_lose_nothing_and_a_camera_that_fails_is_lost() {
    let bad = SourceError::BadPicture { path: "p".into(), why: "damaged".to_owned() };
    let frames = vec![Ok(frame(1, Duration::ZERO)), Err(bad), Err(SourceError::TimedOut), Ok(frame(2, Duration::ZERO))];
    let (over, said, newest) = play([frames, vec![Err(SourceError::NoFrames)]].concat());
    assert!(matches!(over, Over::Lost(SourceError::NoFrames)));
    assert_eq!(said, [None]);
    assert_eq!(newest.unwrap().pixels(), [2, 200]);
}

#[test]
fn a_camera_that_is_silent_for_long_is_lost_whatever_its_driver_says() {
    let frames =
        vec![Ok(frame(1, SILENCE_LIMIT + seconds(1))), Err(SourceError::TimedOut), Ok(frame(2, Duration::ZERO))];
    assert!(matches!(play(frames).0, Over::Lost(SourceError::NoFrames)));
}
