use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write as _},
    ops::Bound,
    path::PathBuf,
};

use super::{
    damage::Damage,
    frame::{HEAD, Mark, as_parts, entry_len, file_head, items, record},
    index::{Index, Key, Place},
    place::{self, Spare},
    scan::Scan,
};
use crate::{clock, store::Change};

/// Below this size a file is not worth rewriting.
const MIN_REWRITE: u64 = 256 * 1024;

/// The file, and where its values stand.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    spare: Spare,
    mark: Mark,
    /// Number of the last record.
    last: u64,
    index: Index,
    /// Bytes in the file, and those that a rewritten file would have.
    size: u64,
    live: u64,
    /// The size at which a rewrite failed.
    not_rewritten: u64,
    /// After a failed sync nothing is known of what is on the disk: the next change has to rewrite the file.
    broken: bool,
    pub(super) damage: Option<Damage>,
}

impl Log {
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let file = place::open(&path)?;
        let is_new = file.metadata()?.len() == 0;
        let scan = if is_new { Scan::default() } else { Scan::read(&file)? };
        let mut log = Self {
            spare: Spare::of(&path),
            path,
            file,
            mark: scan.mark.unwrap_or_default(),
            last: scan.last,
            size: scan.end,
            live: HEAD as u64,
            index: scan.index,
            not_rewritten: 0,
            broken: false,
            damage: scan.damage,
        };
        for (key, place) in &log.index {
            log.live += entry_len(key.as_bytes().len(), place.len as usize);
        }
        if log.damage.is_some() {
            match place::keep(&log.path).and_then(|kept| log.rewrite(&[]).map(|()| kept)) {
                Ok(kept) => log
                    .damage
                    .as_mut()
                    .into_iter()
                    .for_each(|damage| damage.kept = Some(kept.clone())),
                // Behind the damage, if later openings will find what is written there.
                Err(error) if scan.mark.is_none() => return Err(error),
                Err(_) => {}
            }
        } else if is_new {
            log.rewrite(&[]).or_else(|_| log.begin())?;
        } else {
            log.file.set_len(log.size)?;
            log.file.sync_all()?;
            place::sync_folder(&log.path)?;
            // Without it, the store is as safe as it was.
            let _ = log.spare.reserve(log.live);
        }
        Ok(log)
    }

    /// Begins a file where there can be no second one.
    fn begin(&mut self) -> io::Result<()> {
        self.mark = clock::random().to_le_bytes();
        self.file.write_all(&file_head(self.mark, self.last + 1))?;
        self.size = HEAD as u64;
        self.file.sync_all()?;
        place::sync_folder(&self.path)
    }

    /// All keys and values, in order.
    pub(super) fn entries(&mut self) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let file = &mut self.file;
        let entries = self.index.iter();
        entries
            .map(|(key, place)| Ok((key.as_bytes().to_vec(), value(file, place)?)))
            .collect()
    }

    pub(super) fn get(&mut self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let place = self.index.get(key);
        place.map(|place| value(&mut self.file, place)).transpose()
    }

    pub(super) fn keys(&self, from: &[u8], to: &[u8], limit: usize) -> Vec<Vec<u8>> {
        if from >= to {
            return Vec::new();
        }
        let range = (Bound::Included(from), Bound::Excluded(to));
        let keys = self.index.range::<[u8], _>(range);
        keys.take(limit).map(|(key, _)| key.as_bytes().to_vec()).collect()
    }

    pub(super) fn apply(&mut self, changes: &[Change], durable: bool) -> io::Result<()> {
        if changes.is_empty() {
            // A record of nothing would read like the zeros that a loss of power can leave at the end.
            return Ok(());
        }
        let after = self.live_after(changes);
        if after > self.live {
            self.spare.reserve(after)?;
        }
        if let Err(error) = self.append(changes, durable) {
            // A full disk, or one that failed once: a new file may do, and be smaller.
            return self.rewrite(changes).map_err(|_| error);
        }
        let enough = self.live.saturating_mul(4).max(self.not_rewritten.saturating_mul(2));
        if self.size > MIN_REWRITE.max(enough) && self.rewrite(&[]).is_err() {
            // The changes are in the old file all the same.
            self.not_rewritten = self.size;
        }
        Ok(())
    }

    /// The bytes of a rewritten file with these changes.
    fn live_after(&self, changes: &[Change]) -> u64 {
        let len = |key: &[u8], value: usize| entry_len(key.len(), value);
        let touched: BTreeMap<_, _> = changes.iter().map(as_parts).collect();
        touched.into_iter().fold(self.live, |live, (key, value)| {
            let before = self.index.get(key).map_or(0, |place| len(key, place.len as usize));
            live.saturating_sub(before) + value.map_or(0, |value| len(key, value.len()))
        })
    }

    fn append(&mut self, changes: &[Change], durable: bool) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier change of the store failed"));
        }
        let record = record(self.mark, self.last + 1, changes.iter().map(as_parts))?;
        let written = self
            .file
            .seek(SeekFrom::Start(self.size))
            .and_then(|_| self.file.write_all(&record));
        let synced = written.and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = synced {
            // What is there of it must not count when the file is read again.
            self.broken = self.file.set_len(self.size).is_err() || durable;
            return Err(error);
        }
        self.live = self.live_after(changes);
        self.last += 1;
        let body = record.get(HEAD..).unwrap_or_default();
        for (key, value) in items(body).unwrap_or_default() {
            match value {
                None => drop(self.index.remove(key)),
                Some(range) => {
                    let place = Place::new(self.size + HEAD as u64, body, range);
                    self.index.insert(key.into(), place);
                }
            }
        }
        self.size += record.len() as u64;
        Ok(())
    }

    /// Writes a new file with these changes, one record an entry, and puts it in the place of the old one. Whatever goes
    /// wrong before that leaves the old file in force.
    fn rewrite(&mut self, changes: &[Change]) -> io::Result<()> {
        let mark: Mark = clock::random().to_le_bytes();
        let changes: BTreeMap<_, _> = changes.iter().map(as_parts).collect();
        let (old, index, first) = (&mut self.file, &self.index, self.last + 1);
        let (mut at, mut number) = (HEAD as u64, self.last);
        let mut kept = Vec::new();
        let mut put = Vec::new();
        let file = self.spare.write(&self.path, |new| {
            new.write_all(&file_head(mark, first))?;
            let mut write = |key: &[u8], value: &[u8]| {
                number += 1;
                let record = record(mark, number, [(key, Some(value))])?;
                new.write_all(&record)?;
                let start = record.len() - value.len();
                let place = Place::new(at, &record, start..record.len());
                at += record.len() as u64;
                Ok::<_, io::Error>(place)
            };
            for (key, place) in index.iter().filter(|(key, _)| !changes.contains_key(key.as_bytes())) {
                kept.push(write(key.as_bytes(), &value(old, place)?)?);
            }
            for (key, value) in &changes {
                if let Some(value) = value {
                    put.push((Key::from(*key), write(key, value)?));
                }
            }
            Ok(())
        })?;
        self.index.retain(|key, _| !changes.contains_key(key.as_bytes()));
        self.index.values_mut().zip(kept).for_each(|(place, new)| *place = new);
        self.index.extend(put);
        (self.file, self.mark, self.last) = (file, mark, number);
        (self.size, self.live, self.not_rewritten) = (at, at, 0);
        self.broken = place::sync_folder(&self.path).is_err();
        // Without it, the store is as safe as it was.
        let _ = self.spare.reserve(self.live);
        Ok(())
    }
}

/// The value that stands there.
pub(super) fn value(file: &mut (impl Read + Seek), place: &Place) -> io::Result<Vec<u8>> {
    let mut value = vec![0; place.len as usize];
    file.seek(SeekFrom::Start(place.at))?;
    file.read_exact(&mut value)?;
    if crc32fast::hash(&value) != place.crc {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a value changed since it was written",
        ));
    }
    Ok(value)
}
