//! WebSocket frames, as RFC 6455 has them: a client's bytes to messages, and a server's messages to bytes.
//!
//! Knows no socket. It is for sockets that own no buffers while nothing happens: an idle [`Incoming`] has no
//! memory of its own, and a message is made in a buffer of the caller's. No extensions, so no compression.

use crate::session::MAX_CLIENT_FRAME;

/// The longest payload of a control frame, in bytes.
const MAX_CONTROL: usize = 125;
/// The longest head of a client's frame that is not too big, in bytes.
const MAX_HEAD: usize = 8;
/// The most that waits in an [`Incoming`] once [`Incoming::message`] has nothing more to give, in bytes.
pub const MAX_UNREAD: usize = MAX_HEAD + 2 * MAX_CLIENT_FRAME;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7F;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a client said.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes, which mean nothing here.
    Binary,
    /// Wants this back.
    Ping(Vec<u8>),
    /// It lives.
    Pong,
    /// It goes, perhaps with a code.
    Close(Option<u16>),
}

/// What breaks the protocol, and so the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A frame that may not be.
    Protocol,
    /// Text that is not UTF-8.
    NotUtf8,
    /// A message over [`MAX_CLIENT_FRAME`].
    TooBig,
}

impl Violation {
    /// The close code that says so.
    pub fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
        }
    }
}

/// A message that came in part.
#[derive(Debug)]
struct Begun {
    text: bool,
    bytes: Vec<u8>,
}

/// A client's bytes that are no whole message yet.
#[derive(Debug, Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    begun: Option<Begun>,
}

/// The head of a frame.
struct Head {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes before the payload.
    length: usize,
    /// Bytes of the payload.
    payload: usize,
}

impl Incoming {
    /// Takes in what was read. Then [`Incoming::message`] is to be asked until it has nothing more.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.begun.is_none()
    }

    /// The next message, if it is there as a whole.
    ///
    /// # Errors
    /// When the client breaks the protocol; there is no way on from that.
    pub fn message(&mut self) -> Result<Option<Message>, Violation> {
        loop {
            let Some(head) = head(&self.bytes, self.begun.is_some())? else { return Ok(None) };
            let already = self.begun.as_ref().map_or(0, |begun| begun.bytes.len());
            if head.opcode < CLOSE && already.saturating_add(head.payload) > MAX_CLIENT_FRAME {
                return Err(Violation::TooBig);
            }
            if self.bytes.len() < head.length + head.payload {
                return Ok(None);
            }
            let mut payload: Vec<u8> = self.bytes.drain(..head.length + head.payload).skip(head.length).collect();
            for (byte, mask) in payload.iter_mut().zip(head.mask.iter().cycle()) {
                *byte ^= mask;
            }
            if let Some(message) = self.completed(&head, payload)? {
                return Ok(Some(message));
            }
        }
    }

    /// The message that a frame is or completes.
    fn completed(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Message>, Violation> {
        match head.opcode {
            PING => return Ok(Some(Message::Ping(payload))),
            PONG => return Ok(Some(Message::Pong)),
            CLOSE => return goodbye(&payload).map(|code| Some(Message::Close(code))),
            _ => {}
        }
        let mut begun = match self.begun.take() {
            Some(begun) => begun,
            None => Begun { text: head.opcode == TEXT, bytes: Vec::new() },
        };
        begun.bytes.extend_from_slice(&payload);
        if !head.fin {
            self.begun = Some(begun);
            return Ok(None);
        }
        if !begun.text {
            return Ok(Some(Message::Binary));
        }
        let text = String::from_utf8(begun.bytes).map_err(|_| Violation::NotUtf8)?;
        Ok(Some(Message::Text(text)))
    }
}

/// The head of the frame that begins here, if it is there; `inside` a message of several frames.
fn head(bytes: &[u8], inside: bool) -> Result<Option<Head>, Violation> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (fin, opcode, short) = (first & FIN != 0, first & OPCODE, second & LENGTH);
    let allowed = match opcode {
        CONTINUATION => inside,
        TEXT | BINARY => !inside,
        CLOSE | PING | PONG => fin && usize::from(short) <= MAX_CONTROL,
        _ => false,
    };
    if !allowed || first & RESERVED != 0 || second & MASKED == 0 {
        return Err(Violation::Protocol);
    }
    let (extra, payload): (usize, usize) = match (short, rest) {
        (LENGTH_16, [high, low, ..]) => (2, u16::from_be_bytes([*high, *low]).into()),
        (LENGTH_16, _) => return Ok(None),
        // Eight bytes are for lengths that two cannot hold.
        (LENGTH_64, _) => return Err(Violation::TooBig),
        (short, _) => (0, short.into()),
    };
    if payload > MAX_CLIENT_FRAME {
        return Err(Violation::TooBig);
    }
    let Some(mask) = rest.get(extra..extra + 4).and_then(|mask| mask.try_into().ok()) else { return Ok(None) };
    Ok(Some(Head { fin, opcode, mask, length: 2 + extra + 4, payload }))
}

/// The code of a close frame.
fn goodbye(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let [a, b, reason @ ..] = payload else {
        return if payload.is_empty() { Ok(None) } else { Err(Violation::Protocol) };
    };
    let code = u16::from_be_bytes([*a, *b]);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol);
    }
    std::str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
    Ok(Some(code))
}

/// Adds a text message to what goes to a client.
pub fn text(out: &mut Vec<u8>, text: &str) {
    frame(out, TEXT, text.as_bytes());
}

/// Adds a ping.
pub fn ping(out: &mut Vec<u8>) {
    frame(out, PING, &[]);
}

/// Adds the answer to a client's ping.
pub fn pong(out: &mut Vec<u8>, payload: &[u8]) {
    frame(out, PONG, payload);
}

/// Adds a goodbye.
pub fn close(out: &mut Vec<u8>, code: Option<u16>) {
    frame(out, CLOSE, code.map(u16::to_be_bytes).as_ref().map_or(&[], <[u8; 2]>::as_slice));
}

fn frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(FIN | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < LENGTH_16 => out.push(short),
        (_, Ok(long)) => {
            out.push(LENGTH_16);
            out.extend_from_slice(&long.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(LENGTH_64);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// How many bytes the first frame has; `out` begins with a whole frame of ours.
pub fn length(out: &[u8]) -> usize {
    match out {
        [_, LENGTH_16, a, b, ..] => 4 + usize::from(u16::from_be_bytes([*a, *b])),
        [_, short, ..] if *short < LENGTH_16 => 2 + usize::from(*short),
        _ => out.len(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame as a client sends it.
    fn client(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        frame(&mut out, 0, payload);
        out[0] = first;
        out[1] |= MASKED;
        out.truncate(out.len() - payload.len());
        let mask = [1, 2, 3, 4];
        out.extend_from_slice(&mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        out
    }

    fn all(bytes: &[u8]) -> Result<Vec<Message>, Violation> {
        let mut incoming = Incoming::default();
        incoming.push(bytes);
        let mut messages = Vec::new();
        while let Some(message) = incoming.message()? {
            messages.push(message);
        }
        Ok(messages)
    }

    #[test]
    fn messages_come_whole_in_parts_and_with_pings_between() {
        let text = |text: &str| Message::Text(text.into());
        assert_eq!(all(&client(FIN | TEXT, b"hello")), Ok(vec![text("hello")]));
        assert_eq!(all(&client(FIN | TEXT, b"")), Ok(vec![text("")]));
        assert_eq!(all(&client(FIN | BINARY, b"\xFF")), Ok(vec![Message::Binary]));
        assert_eq!(all(&client(FIN | PONG, b"x")), Ok(vec![Message::Pong]));
        let parts = [
            client(TEXT, "会".as_bytes().split_at(1).0),
            client(FIN | PING, b"ping"),
            client(CONTINUATION, b""),
            client(FIN | CONTINUATION, "会".as_bytes().split_at(1).1),
        ];
        assert_eq!(all(&parts.concat()), Ok(vec![Message::Ping(b"ping".to_vec()), text("会")]));
        let longest = "x".repeat(MAX_CLIENT_FRAME);
        assert_eq!(all(&client(FIN | TEXT, longest.as_bytes())), Ok(vec![text(&longest)]));
    }

    #[test]
    fn what_may_not_be_ends_the_connection_with_its_code() {
        let unmasked = {
            let mut out = Vec::new();
            super::text(&mut out, "hello");
            out
        };
        let big = [0; MAX_CLIENT_FRAME];
        let cases = [
            (unmasked, Violation::Protocol),
            (client(FIN | TEXT | 0x40, b"x"), Violation::Protocol),
            (client(FIN | TEXT | 0x10, b"x"), Violation::Protocol),
            (client(FIN | 3, b"x"), Violation::Protocol),
            (client(FIN | 0xB, b"x"), Violation::Protocol),
            (client(PING, b"x"), Violation::Protocol),
            (client(FIN | PING, &[0; 126]), Violation::Protocol),
            (client(FIN | CONTINUATION, b"x"), Violation::Protocol),
            ([client(TEXT, b"x"), client(FIN | TEXT, b"x")].concat(), Violation::Protocol),
            (client(FIN | CLOSE, b"\x03"), Violation::Protocol),
            (client(FIN | CLOSE, &1005u16.to_be_bytes()), Violation::Protocol),
            (client(FIN | CLOSE, &5000u16.to_be_bytes()), Violation::Protocol),
            (client(FIN | CLOSE, b"\x03\xE8\xFF"), Violation::NotUtf8),
            (client(FIN | TEXT, b"\xC3\x28"), Violation::NotUtf8),
            (client(FIN | TEXT, &[0; MAX_CLIENT_FRAME + 1]), Violation::TooBig),
            (vec![FIN | TEXT, MASKED | LENGTH_64, 0xFF], Violation::TooBig),
            ([client(TEXT, &big), client(FIN | CONTINUATION, b"x")].concat(), Violation::TooBig),
        ];
        for (bytes, violation) in cases {
            assert_eq!(all(&bytes), Err(violation), "{:02x?}", bytes.get(..8.min(bytes.len())));
        }
    }

    #[test]
    fn a_goodbye_has_its_code_or_none() {
        assert_eq!(all(&client(FIN | CLOSE, b"")), Ok(vec![Message::Close(None)]));
        assert_eq!(all(&client(FIN | CLOSE, b"\x03\xE8bye")), Ok(vec![Message::Close(Some(1000))]));
        let mut out = Vec::new();
        close(&mut out, Some(4008));
        close(&mut out, None);
        assert_eq!(out, [FIN | CLOSE, 2, 0x0F, 0xA8, FIN | CLOSE, 0]);
    }

    #[test]
    fn a_frames_length_can_be_told() {
        for payload in [0, 1, 125, 126, 4000, 65_535] {
            let mut out = Vec::new();
            text(&mut out, &"x".repeat(payload));
            let length = out.len();
            text(&mut out, "next");
            assert_eq!(super::length(&out), length);
        }
    }

    proptest! {
        #[test]
        fn bytes_that_come_one_by_one_mean_the_same(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4),
            firsts in prop::collection::vec(any::<u8>(), 4),
        ) {
            let bytes: Vec<u8> = payloads.iter().zip(&firsts).flat_map(|(payload, first)| client(*first, payload)).collect();
            let mut incoming = Incoming::default();
            let mut slowly = Ok(Vec::new());
            for byte in &bytes {
                incoming.push(&[*byte]);
                match (incoming.message(), &mut slowly) {
                    (Ok(Some(message)), Ok(messages)) => messages.push(message),
                    (Ok(None), _) | (_, Err(_)) => {}
                    (Err(violation), slowly) => *slowly = Err(violation),
                }
                if slowly.is_err() {
                    break;
                }
                prop_assert!(incoming.bytes.len() <= MAX_UNREAD);
            }
            prop_assert_eq!(all(&bytes), slowly);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = all(&bytes);
        }
    }
}
