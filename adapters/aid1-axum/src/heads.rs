//! The heads of requests as they came, of which hyper passes on what it understood.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body::Body;
use memchr::memchr;

/// What is known of the stream by both sides: the one that reads it, and the one that gets requests from hyper.
#[derive(Clone, Default)]
pub(crate) struct Heads(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The target of the head that was read last has a fragment, which `http::Uri` drops silently.
    fragment: AtomicBool,
    /// How much of a body comes before the next head; `UNKNOWN` until hyper has parsed the head.
    body: AtomicU64,
}

const UNKNOWN: u64 = u64::MAX;

impl Heads {
    /// hyper has parsed the head that was read last: whether its target has a fragment, which no request may send (RFC 9112,
    /// section 3.2).
    pub(crate) fn parsed<B: Body>(&self, request: &Request<B>) -> bool {
        if let Some(length) = request.body().size_hint().exact() {
            self.0.body.store(length, Ordering::Relaxed);
        }
        self.0.fragment.swap(false, Ordering::Relaxed)
    }
}

/// Follows a stream, and hands over no more at a time than one head or one body: what is read together with a head would
/// otherwise be taken for what follows.
pub(crate) struct Follower {
    heads: Heads,
    at: At,
    held: BytesMut,
}

#[derive(Clone, Copy)]
enum At {
    /// In the first line, or in blank ones in front of it.
    Target {
        blank: bool,
    },
    /// Behind it, in a line that is blank so far or is not.
    Fields {
        blank: bool,
    },
    /// Behind the head, of which hyper has not told how long its body is.
    Head,
    Body(u64),
    /// Behind a head whose body has no length: from here on only hyper knows where heads begin.
    Somewhere,
}

impl Follower {
    pub(crate) fn new(heads: Heads) -> Self {
        Self {
            heads,
            at: At::Target { blank: true },
            held: BytesMut::new(),
        }
    }

    /// What was read and not handed over: at most `room` bytes of it.
    pub(crate) fn held(&mut self, room: usize) -> Option<Bytes> {
        let length = self.held.len().min(room);
        (length > 0).then(|| self.held.split_to(length).freeze())
    }

    /// How many of these bytes, which come next, are to be handed over; the others are held back.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() {
            return 0;
        }
        let length = self.step(bytes);
        if let Some(rest) = bytes.get(length..).filter(|rest| !rest.is_empty()) {
            // In front of what is held already: that was behind it.
            let behind = self.held.split();
            self.held.extend_from_slice(rest);
            self.held.unsplit(behind);
        }
        length
    }

    fn step(&mut self, bytes: &[u8]) -> usize {
        if matches!(self.at, At::Head) {
            match self.heads.0.body.swap(UNKNOWN, Ordering::Relaxed) {
                UNKNOWN => self.at = At::Somewhere,
                0 => self.at = At::Target { blank: true },
                length => self.at = At::Body(length),
            }
        }
        match self.at {
            At::Somewhere => bytes.len(),
            At::Body(length) => {
                let taken = usize::try_from(length).map_or(bytes.len(), |length| length.min(bytes.len()));
                let left = length - taken as u64;
                self.at = if left == 0 {
                    At::Target { blank: true }
                } else {
                    At::Body(left)
                };
                taken
            }
            _ => self.head(bytes),
        }
    }

    /// As much as belongs to the head.
    fn head(&mut self, bytes: &[u8]) -> usize {
        let mut length = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (content, ended) = match memchr(b'\n', rest) {
                Some(end) => (rest.get(..end).unwrap_or_default(), true),
                None => (rest, false),
            };
            length += content.len() + usize::from(ended);
            rest = bytes.get(length..).unwrap_or_default();
            let is_blank = content.iter().all(|byte| *byte == b'\r');
            self.at = match self.at {
                At::Target { blank } => {
                    if memchr(b'#', content).is_some() {
                        self.heads.0.fragment.store(true, Ordering::Relaxed);
                    }
                    let blank = blank && is_blank;
                    if ended && !blank {
                        At::Fields { blank: true }
                    } else {
                        At::Target { blank }
                    }
                }
                At::Fields { blank } if ended && blank && is_blank => {
                    self.heads.0.body.store(UNKNOWN, Ordering::Relaxed);
                    self.at = At::Head;
                    return length;
                }
                At::Fields { blank } => At::Fields {
                    blank: ended || blank && is_blank,
                },
                at => at,
            };
        }
        length
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that goes wrong shall panic")]
mod tests {
    use aid1_server_traits::ReplyBody;

    use super::*;

    /// Reads `stream` in pieces of `size`, as hyper does: what it is handed over, and which heads have a fragment.
    fn read(stream: &[u8], size: usize) -> (Vec<u8>, Vec<bool>) {
        let heads = Heads::default();
        let mut follower = Follower::new(heads.clone());
        let (mut all, mut message, mut fragments) = (Vec::new(), Vec::new(), Vec::new());
        let mut pieces = stream.chunks(size);
        let mut body = 0;
        loop {
            let piece = match follower.held(size) {
                Some(held) => held,
                None => match pieces.next() {
                    Some(piece) => Bytes::copy_from_slice(piece),
                    None => break,
                },
            };
            let taken = piece.get(..follower.follow(&piece)).unwrap().to_vec();
            all.extend_from_slice(&taken);
            if body > 0 {
                body -= taken.len();
                continue;
            }
            message.extend_from_slice(&taken);
            if message.trim_ascii_start().ends_with(b"\r\n\r\n") {
                let head = String::from_utf8(std::mem::take(&mut message)).unwrap();
                body = head
                    .split_once("length: ")
                    .map_or(0, |(_, rest)| rest.split_once('\r').unwrap().0.parse().unwrap());
                let body = ReplyBody::new(Bytes::from(vec![b'x'; body]));
                fragments.push(heads.parsed(&Request::new(body)));
            }
        }
        assert!(message.is_empty(), "a head was split wrongly");
        (all, fragments)
    }

    /// However the bytes come, each head is looked at, and nothing else is.
    #[test]
    fn fragments_are_seen_in_targets_only() {
        let stream = b"GET /a HTTP/1.1\r\nx: #\r\n\r\n\
            \r\nPOST /b HTTP/1.1\r\nlength: 9\r\n\r\n#\r\n\r\n#\r\n\r\
            GET /c#d HTTP/1.1\r\n\r\n\
            POST /e HTTP/1.1\r\nx: #\r\nlength: 1\r\n\r\n#\
            GET /#f HTTP/1.1\r\nx: y\r\n\r\n";
        for size in 1..=stream.len() {
            let (all, fragments) = read(stream, size);
            assert_eq!(all, stream, "{size}");
            assert_eq!(fragments, [false, false, true, false, true], "{size}");
        }
    }
}
