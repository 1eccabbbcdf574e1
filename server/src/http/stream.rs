//! Server-Sent Events: the phone's socket for where sockets are blocked.
//!
//! The same session and the same rule: take a seat in the hub, then replay,
//! then live. A reader that stops reading is cut by the hub when its queue is
//! full; it comes back with the id of the last event it got.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde::Deserialize;
use tokio_util::task::task_tracker::TaskTrackerToken;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::parts::Query;
use crate::event::Told;
use crate::hub::Listener;
use crate::park::lot::GOING_AWAY;
use crate::session::{Cursor, Do, Session};
use crate::store;
use crate::store::phone::Phone;

/// Time between comments on a silent stream: nginx cuts one after 60 s.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// Where a reconnecting `EventSource` says what it has.
const LAST_EVENT_ID: &str = "last-event-id";
/// Asks nginx not to hold events back.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The query of `GET /me/stream`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// The last event that the phone has; left out: live only.
    after: Option<i64>,
    /// The epoch in which it had it; may be left out with `after=0`.
    epoch: Option<String>,
}

/// One event of the stream, field by field.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `axum::response::sse::Event` writes")]
pub struct StreamEvent {
    /// `EPOCH.SEQ`: where the phone is after it.
    id: Option<String>,
    /// Left out, or `close`.
    event: Option<String>,
    /// One JSON object.
    data: String,
}

/// Events as they happen, as Server-Sent Events
///
/// The data are the same objects as on the socket: hello first, with `reset` when the cursor is void, then every
/// event after it. Each has the id `EPOCH.SEQ`, which comes back as `Last-Event-ID`. An event named `close` with
/// the socket's close code as `code` ends the stream; at 4009 the client stays away.
#[utoipa::path(
    get, path = "/api/v1/me/stream", tag = "me", operation_id = "stream_events",
    security(("phone" = []), ("page" = [])),
    params(
        Since,
        ("Last-Event-ID" = Option<String>, Header, description = "`EPOCH.SEQ` of the last event; goes before the query.")
    ),
    responses((
        status = 200,
        description = "A stream; the schema is one event's.",
        content_type = "text/event-stream",
        body = StreamEvent
    ))
)]
pub async fn get(
    State(app): State<App>,
    Caller(phone): Caller,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let last_id = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let cursor = last_id.and_then(cursor).unwrap_or(Cursor { after: since.after, epoch: since.epoch });
    // Listening before looking, so that nothing falls between the two.
    let listener = app.hub.listen(phone.customer, phone.credential, Some(phone.shop));
    let (epoch, last) = app.reader.stands(phone.customer).await?;
    let (session, hello) = Session::open(&cursor, &epoch, last, (app.clock)());
    let open = app.sockets.token();
    let mut feed = Feed {
        app,
        phone,
        listener: Some(listener),
        session,
        epoch,
        behind: true,
        ready: VecDeque::new(),
        _open: open,
    };
    feed.push(hello);
    let events = stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// The cursor of an event's id; what is none of ours is void in every epoch.
fn cursor(id: &str) -> Option<Cursor> {
    if id.is_empty() {
        return None;
    }
    let (epoch, seq) = id.rsplit_once('.').unwrap_or((id, ""));
    Some(Cursor { after: Some(seq.parse().unwrap_or(-1)), epoch: Some(epoch.to_owned()) })
}

/// One open stream.
struct Feed {
    app: App,
    phone: Phone,
    /// None once the last event is on its way.
    listener: Option<Listener<Told>>,
    session: Session,
    epoch: String,
    /// Whether the books have to be looked at before listening goes on.
    behind: bool,
    ready: VecDeque<Event>,
    /// Lets a stop wait for the goodbye.
    _open: TaskTrackerToken,
}

impl Feed {
    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let app = self.app.clone();
            let listener = self.listener.as_mut()?;
            if self.behind {
                if let Err(error) = self.replay().await {
                    tracing::error!(%error, "a stream ended because the books could not be read");
                    self.end(GOING_AWAY);
                }
                continue;
            }
            tokio::select! {
                told = listener.next() => match told {
                    Ok(told) => match self.session.on_numbered(told.seq, &told.json) {
                        Do::Send(text) => {
                            self.push(text);
                            app.metrics.pushed(&told);
                        }
                        Do::Replay(_) => self.behind = true,
                        Do::Nothing | Do::Ack { .. } | Do::Ping | Do::Drop => {}
                    },
                    Err(cut) => {
                        app.metrics.cut(cut);
                        self.end(cut.close_code());
                    }
                },
                () = app.shutdown.cancelled() => self.end(GOING_AWAY),
            }
        }
    }

    /// One page out of the books; up to date when there is none.
    async fn replay(&mut self) -> Result<(), store::Error> {
        let page = self.app.reader.events(self.phone.customer, self.session.sent()).await?;
        self.behind = !page.is_empty();
        for told in page {
            if let Do::Send(text) = self.session.on_replayed(told.seq, &told.json) {
                self.push(text);
            }
        }
        Ok(())
    }

    /// Makes text the next event, with the number up to which the session has sent.
    fn push(&mut self, text: String) {
        self.ready.push_back(Event::default().id(format!("{}.{}", self.epoch, self.session.sent())).data(text));
    }

    fn end(&mut self, code: u16) {
        self.listener = None;
        self.ready.push_back(Event::default().event("close").data(format!(r#"{{"code":{code}}}"#)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_id_is_a_cursor_and_anything_else_is_void() {
        let known = cursor("E.7").unwrap();
        assert_eq!((known.after, known.epoch.as_deref()), (Some(7), Some("E")));
        for junk in ["E", "E.", "E.x", ".", "E.-3", "7"] {
            assert_eq!(cursor(junk).unwrap().in_epoch("E", 9), None, "{junk}");
        }
        assert_eq!(cursor(""), None);
    }
}
