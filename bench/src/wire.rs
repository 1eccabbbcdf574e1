//! HTTP/1.1 and WebSocket, as lean as a client can be: it shares the processors with what it measures.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, ensure};
use tokio::net::{TcpSocket, TcpStream};
use uuid::Uuid;

/// The largest answer that is understood.
const MAX_ANSWER: usize = 64 * 1024;

/// A connection that sends one request at a time.
pub struct Line {
    stream: TcpStream,
    head: Vec<u8>,
}

/// What is read into, kept from one answer to the next.
#[derive(Default)]
pub struct Buffer(Vec<u8>);

impl Line {
    /// Connects. Redemptions are sent as the terminal of this token.
    pub async fn connect(server: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let length = body(&Uuid::nil().to_string(), &"0".repeat(27)).len();
        let head = format!(
            "POST /api/v1/redemptions HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Ok(Self { stream, head: head.into() })
    }

    /// Sends a redemption at once: an idle connection has room for it.
    pub fn redeem(&self, id: Uuid, code: &str) -> anyhow::Result<()> {
        let mut request = Vec::with_capacity(self.head.len() + 128);
        request.extend_from_slice(&self.head);
        request.extend_from_slice(body(&id.to_string(), code).as_bytes());
        let sent = self.stream.try_write(&request)?;
        ensure!(sent == request.len(), "a request did not fit into an idle connection");
        Ok(())
    }

    /// Waits for an answer: its status, and its body in `buffer`.
    pub async fn answer<'b>(&self, Buffer(buffer): &'b mut Buffer) -> anyhow::Result<(u16, &'b [u8])> {
        buffer.clear();
        loop {
            if let Some((status, from, to)) = whole(buffer)? {
                return Ok((status, &buffer[from..to]));
            }
            ensure!(buffer.len() < MAX_ANSWER, "an answer without an end");
            read(&self.stream, buffer).await?;
        }
    }
}

fn body(id: &str, code: &str) -> String {
    format!(r#"{{"id":"{id}","code":"{code}","amount":1}}"#)
}

/// The status, and where the body begins and ends, once all of it is there.
fn whole(answer: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end])?;
    let status = head.get(9..12).context("no status")?.parse()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())?;
    let (from, to) = (end + 4, end + 4 + length);
    Ok((answer.len() >= to).then_some((status, from, to)))
}

async fn read(stream: &TcpStream, into: &mut Vec<u8>) -> io::Result<()> {
    let mut chunk = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                into.extend_from_slice(&chunk[..length]);
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// The status of a GET on a connection of its own.
pub async fn get(server: SocketAddr, path: &str) -> anyhow::Result<u16> {
    let stream = TcpStream::connect(server).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\n\r\n");
    stream.writable().await?;
    stream.try_write(request.as_bytes())?;
    let line = Line { stream, head: Vec::new() };
    Ok(line.answer(&mut Buffer::default()).await?.0)
}

/// A phone's socket.
pub struct Socket {
    stream: TcpStream,
    /// What came and is no whole frame yet.
    rest: Vec<u8>,
}

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// One JSON object.
    Text(Vec<u8>),
    /// To be answered.
    Ping,
    /// The end, with its code.
    Close(u16),
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// The bit of a frame that is whole, and that of a frame that is masked.
const HIGH: u8 = 0x80;

impl Socket {
    /// Opens a phone's socket from an address of this machine. `after` is what it has.
    pub async fn open(server: SocketAddr, from: Ipv4Addr, token: &str, query: &str) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /ws{query} HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {token}\r\nconnection: Upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.writable().await?;
        stream.try_write(request.as_bytes())?;
        let mut rest = Vec::new();
        let end = loop {
            if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            read(&stream, &mut rest).await?;
        };
        ensure!(rest.starts_with(b"HTTP/1.1 101"), "a phone was turned away: {}", String::from_utf8_lossy(&rest));
        rest.drain(..end);
        // Ten thousand phones keep no buffer each.
        Ok(Self { stream, rest: if rest.is_empty() { Vec::new() } else { rest } })
    }

    /// The next frame.
    pub async fn next(&mut self) -> anyhow::Result<Frame> {
        loop {
            if let Some((frame, length)) = frame(&self.rest)? {
                self.rest.drain(..length);
                if self.rest.is_empty() {
                    self.rest = Vec::new();
                }
                return Ok(frame);
            }
            read(&self.stream, &mut self.rest).await?;
        }
    }

    /// Answers a ping.
    pub fn pong(&self) -> io::Result<()> {
        self.send(PONG, b"")
    }

    /// Sends text of less than 126 bytes.
    pub fn text(&self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes())
    }

    fn send(&self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126);
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        // A mask of zeros is a mask.
        let mut frame = vec![HIGH | kind, HIGH | length, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        self.stream.try_write(&frame).map(|_| ())
    }
}

/// A whole frame and its length, once it is there.
fn frame(bytes: &[u8]) -> anyhow::Result<Option<(Frame, usize)>> {
    let [first, second, ..] = *bytes else { return Ok(None) };
    let (from, length) = match second {
        126 => {
            let Some(length) = bytes.get(2..4) else { return Ok(None) };
            (4, usize::from(u16::from_be_bytes([length[0], length[1]])))
        }
        length => (2, usize::from(length)),
    };
    ensure!(first & HIGH != 0 && second < 127, "a frame in parts, masked, or of over 64 KiB");
    let Some(payload) = bytes.get(from..from + length) else { return Ok(None) };
    let frame = match first & !HIGH {
        TEXT => Frame::Text(payload.to_vec()),
        PING => Frame::Ping,
        CLOSE => Frame::Close(payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))),
        other => anyhow::bail!("a frame of kind {other}"),
    };
    Ok(Some((frame, from + length)))
}

/// The value of a text member of a flat JSON object, found by its key.
pub fn member<'t>(json: &'t str, key: &str) -> Option<&'t str> {
    let from = json.find(key)? + key.len();
    let rest = &json[from..];
    Some(&rest[..rest.find(['"', ',', '}'])?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some((201, 43, 45)));
        assert_eq!(whole(&answer[..44]).unwrap(), None);
        assert_eq!(whole(b"HTTP/1.1 201").unwrap(), None);
    }

    #[test]
    fn frames_are_taken_one_by_one() {
        assert_eq!(frame(b"\x81\x02hi\x89\x00").unwrap(), Some((Frame::Text(b"hi".to_vec()), 4)));
        assert_eq!(frame(b"\x89\x00").unwrap(), Some((Frame::Ping, 2)));
        assert_eq!(frame(b"\x88\x02\x0f\xa8").unwrap(), Some((Frame::Close(4008), 4)));
        assert_eq!(frame(b"\x81\x7e\x00").unwrap(), None);
        assert!(frame(b"\x01\x02hi").is_err());
    }

    #[test]
    fn a_member_is_found_by_its_key() {
        let event = r#"{"type":"redemption","seq":2,"id":"a-b","amount":1}"#;
        assert_eq!(member(event, r#""id":""#), Some("a-b"));
        assert_eq!(member(event, r#""seq":"#), Some("2"));
        assert_eq!(member(event, r#""none":"#), None);
    }
}
