//! Reading a file of changes, whatever became of it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{
    damage::Damage,
    frame::{HEAD, Head, MAGIC, Mark, items, read_file_head},
    index::{Index, Place},
};

/// Bytes that are looked through at once.
const CHUNK: u64 = 256 * 1024;

/// What a file holds.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) index: Index,
    /// `None` if nothing in the file tells it.
    pub(super) mark: Option<Mark>,
    /// Number of the last record.
    pub(super) last: u64,
    /// Where the next record goes.
    pub(super) end: u64,
    pub(super) records: u64,
    /// Bytes of a last record that was not written to its end.
    pub(super) torn: u64,
    pub(super) damage: Option<Damage>,
}

impl Scan {
    /// Reads everything that can be read.
    ///
    /// # Errors
    ///
    /// Of the file system; [`io::ErrorKind::InvalidData`] if it is no file of ours.
    pub(super) fn read(file: impl Read + Seek) -> io::Result<Self> {
        let mut source = Source::new(file)?;
        let mut scan = Self::default();
        let mut at = scan.begin(&mut source)?;
        let mut body = Vec::new();
        while at < source.len {
            if let Some(head) = source.record(at, scan.mark, &mut body)?
                && scan.take(&head, at, &body)
            {
                at += (HEAD + body.len()) as u64;
            } else if let Some(next) = source.next_record(at + 1, scan.mark, &mut body)? {
                scan.unreadable(at, next - at);
                at = next;
            } else {
                scan.end_at(at, &mut source)?;
                return Ok(scan);
            }
        }
        scan.end = at;
        Ok(scan)
    }

    /// The head of the file; gives where the first record should be.
    fn begin(&mut self, source: &mut Source<impl Read + Seek>) -> io::Result<u64> {
        let mut head = [0; HEAD];
        let whole = source.fill(0, &mut head)?;
        if whole && let Some((mark, first)) = read_file_head(&head) {
            self.mark = Some(mark);
            self.last = first.saturating_sub(1);
            return Ok(HEAD as u64);
        }
        let (name, version) = MAGIC.split_at(MAGIC.len() - 1);
        let named = head.starts_with(name);
        // A good checksum over another version is no damage.
        let other_version = named && whole && !head.starts_with(MAGIC) && Head::read(&head).is_some();
        let recognised = named || source.record(HEAD as u64, None, &mut Vec::new())?.is_some();
        if other_version || !recognised {
            let text = if other_version {
                format!("a store of AiD2 messages in another format than {version:?}")
            } else {
                "not a store of AiD2 messages".to_owned()
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let bytes = source.len.min(HEAD as u64);
        self.unreadable(0, bytes);
        Ok(bytes)
    }

    /// Takes over a whole record. Whether it is one that is to follow.
    fn take(&mut self, head: &Head, at: u64, body: &[u8]) -> bool {
        let Some(items) = items(body) else { return false };
        if self.mark.is_none() {
            self.last = head.number.saturating_sub(1);
        }
        let Some(lost) = head
            .number
            .checked_sub(self.last)
            .and_then(|ahead| ahead.checked_sub(1))
        else {
            return false;
        };
        if lost > 0 {
            self.damage(at).records_lost += lost;
        }
        self.mark = Some(head.mark);
        self.last = head.number;
        self.records += 1;
        for (key, value) in items {
            match value {
                None => drop(self.index.remove(key)),
                Some(range) => {
                    let place = Place::new(at + HEAD as u64, body, range);
                    self.index.insert(key.into(), place);
                }
            }
        }
        true
    }

    /// No whole record follows: a torn one, or damage up to the end.
    fn end_at(&mut self, at: u64, source: &mut Source<impl Read + Seek>) -> io::Result<()> {
        let left = source.len - at;
        let mut head = [0; HEAD];
        let torn = !source.fill(at, &mut head)?
            || Head::read(&head).is_some_and(|head| {
                self.mark.is_none_or(|mark| mark == head.mark) && left < HEAD as u64 + u64::from(head.len)
            })
            || source.only_zeros(at)?;
        if torn {
            self.torn = left;
            self.end = at;
        } else {
            self.unreadable(at, left);
            self.damage(at).records_lost += 1;
            self.end = source.len;
        }
        Ok(())
    }

    fn damage(&mut self, at: u64) -> &mut Damage {
        self.damage.get_or_insert_with(|| Damage::at(at))
    }

    fn unreadable(&mut self, at: u64, bytes: u64) {
        self.damage(at).bytes += bytes;
    }
}

/// A file that is read here and there, mostly forward.
struct Source<R> {
    file: BufReader<R>,
    at: u64,
    len: u64,
}

impl<R: Read + Seek> Source<R> {
    fn new(mut file: R) -> io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        let mut file = BufReader::with_capacity(1024 * 1024, file);
        let at = file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, at, len })
    }

    fn go_to(&mut self, at: u64) -> io::Result<()> {
        if self.at != at {
            match i64::try_from(i128::from(at) - i128::from(self.at)) {
                Ok(offset) => self.file.seek_relative(offset)?,
                Err(_) => drop(self.file.seek(SeekFrom::Start(at))?),
            }
            self.at = at;
        }
        Ok(())
    }

    /// Fills the buffer from here; `false`, with what there is, if the file is too short.
    fn fill(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<bool> {
        self.go_to(at)?;
        let there = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let whole = there >= buffer.len();
        let there = there.min(buffer.len());
        self.file.read_exact(buffer.get_mut(..there).unwrap_or_default())?;
        self.at += there as u64;
        Ok(whole)
    }

    /// The record that stands here, if a whole one does.
    fn record(&mut self, at: u64, mark: Option<Mark>, body: &mut Vec<u8>) -> io::Result<Option<Head>> {
        let mut bytes = [0; HEAD];
        if !self.fill(at, &mut bytes)? {
            return Ok(None);
        }
        let head = Head::read(&bytes).filter(|head| mark.is_none_or(|mark| mark == head.mark));
        let start = at + HEAD as u64;
        let Some(head) = head.filter(|head| u64::from(head.len) <= self.len - start) else {
            return Ok(None);
        };
        body.resize(usize::try_from(head.len).map_err(io::Error::other)?, 0);
        self.fill(start, body)?;
        Ok(head.fits(body).then_some(head))
    }

    /// Where the next whole record stands.
    fn next_record(&mut self, from: u64, mark: Option<Mark>, body: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let mut chunk = Vec::new();
        let mut from = from;
        while from + HEAD as u64 <= self.len {
            let there = (self.len - from).min(CHUNK);
            chunk.resize(usize::try_from(there).map_err(io::Error::other)?, 0);
            self.fill(from, &mut chunk)?;
            let heads = chunk.windows(HEAD).zip(from..);
            for (bytes, at) in heads {
                if mark.is_none_or(|mark| bytes.starts_with(&mark)) && self.is_record(bytes, at, mark, body)? {
                    return Ok(Some(at));
                }
            }
            from += there - (HEAD as u64 - 1);
        }
        Ok(None)
    }

    fn is_record(&mut self, bytes: &[u8], at: u64, mark: Option<Mark>, body: &mut Vec<u8>) -> io::Result<bool> {
        let is_head = bytes.first_chunk().and_then(Head::read).is_some();
        Ok(is_head && self.record(at, mark, body)?.is_some() && items(body).is_some())
    }

    /// Space that the file was given and that nothing was written to, as a loss of power leaves it.
    fn only_zeros(&mut self, from: u64) -> io::Result<bool> {
        let mut chunk = [0; 4096];
        let mut from = from;
        while from < self.len {
            let there = usize::try_from(self.len - from).unwrap_or(usize::MAX).min(chunk.len());
            let chunk = chunk.get_mut(..there).unwrap_or_default();
            self.fill(from, chunk)?;
            if chunk.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            from += there as u64;
        }
        Ok(true)
    }
}
