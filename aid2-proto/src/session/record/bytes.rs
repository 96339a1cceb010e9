//! The record as bytes, for any database.

use std::{collections::BTreeMap, error::Error, fmt};

use aid_types::{Iccid, Vin};

use super::{
    Marks, Order, OrderKey, Record,
    marks::{Mark, PROFILES, RECENT},
};
use crate::{RequestId, Timestamp, binding::OutboxId};

/// First byte: the number of the format. A later one will be read by later versions, which read this one too.
const FORMAT: u8 = 1;

/// The bytes are no record, or one of a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadableRecord {
    /// The number of the format that they claim; `None` if they are empty.
    pub format: Option<u8>,
}

impl fmt::Display for UnreadableRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Some(format) if format > FORMAT => write!(f, "a record of format {format}, which is later than {FORMAT}"),
            _ => f.write_str("not the record of a vehicle"),
        }
    }
}

impl Error for UnreadableRecord {}

/// Bytes of a message that was handled. There are many, and they are read with each message: so of one length.
const MARK: usize = 16;

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// 0 for none.
    fn optional(&mut self, number: Option<u64>) {
        self.number(number.map_or(0, |number| number.saturating_add(1)));
    }

    /// Empty for none.
    fn text(&mut self, text: Option<&str>) {
        self.bytes(text.unwrap_or_default().as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn optional(&mut self) -> Option<Option<u64>> {
        let number = self.number()?;
        Some(number.checked_sub(1))
    }

    fn text(&mut self) -> Option<Option<&'a str>> {
        let text = std::str::from_utf8(self.bytes()?).ok()?;
        Some(Some(text).filter(|text| !text.is_empty()))
    }

    /// How many follow: never more than there are bytes.
    fn count(&mut self, most: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= most.min(self.0.len())).then_some(count)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn iccid(&mut self) -> Option<Option<Iccid>> {
        self.text()?.map(str::parse).transpose().ok()
    }
}

impl Record {
    /// The bytes to store; some dozen for most vehicles, and one copy of each open order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(self.most_bytes()));
        out.0.push(FORMAT);
        out.number(self.last_second);
        out.number(self.orders.len() as u64);
        for order in &self.orders {
            out.text(Some(order.key.name));
            out.number(order.key.timestamp.number());
            out.text(order.owner.as_deref());
            out.number(order.ordered_at);
            out.optional(order.expires_after.map(u64::from));
            out.text(order.installs.as_ref().map(Iccid::as_str));
            out.number(u64::from(order.copies));
            out.number(order.published_at);
            out.number(u64::from(order.again_in));
            out.bytes(&order.payload);
        }
        out.number(self.owners.len() as u64);
        for (timestamp, owner) in &self.owners {
            out.number(timestamp.number());
            out.text(Some(owner));
        }
        let marks = &self.marks;
        out.number(u64::from(marks.outbox.is_some()));
        out.0
            .extend_from_slice(&marks.outbox.map_or(0, OutboxId::bits).to_be_bytes());
        out.number(marks.newest);
        out.number(marks.profiles.len() as u64);
        for (iccid, newest) in &marks.profiles {
            out.text(Some(iccid.as_str()));
            out.number(*newest);
        }
        out.number(marks.recent.len() as u64);
        for (number, content) in &marks.recent {
            let mark = u128::from(*number) << 64 | u128::from(*content);
            out.0.extend_from_slice(&mark.to_be_bytes());
        }
        let traced = self.orders.iter().enumerate();
        let traced = traced.filter_map(|(index, order)| Some((index, order.trace_parent?)));
        let traced: Vec<_> = traced.collect();
        // Without any, the bytes are those of the release before.
        if !traced.is_empty() {
            out.number(traced.len() as u64);
        }
        for (index, trace) in traced {
            out.number(index as u64);
            out.text(Some(&trace.to_string()));
        }
        out.0
    }

    /// What the bytes will hardly exceed.
    fn most_bytes(&self) -> usize {
        let orders = self.orders.iter().map(|order| {
            let owner = order.owner.as_ref().map_or(0, String::len);
            let trace = order.trace_parent.map_or(0, |_| 64);
            96 + owner + trace + order.payload.len()
        });
        let owners = self.owners.iter().map(|(_, owner)| 12 + owner.len());
        let marks = self.marks.profiles.len() * 32 + self.marks.recent.len() * MARK;
        48 + orders.sum::<usize>() + owners.sum::<usize>() + marks
    }

    /// The record from its stored bytes.
    ///
    /// # Errors
    ///
    /// If they are none of [`to_bytes`](Self::to_bytes), or of a later version.
    pub fn from_bytes(vin: Vin, bytes: &[u8]) -> Result<Self, UnreadableRecord> {
        let format = bytes.first().copied();
        let unreadable = UnreadableRecord { format };
        let (format, body) = bytes.split_first().ok_or(unreadable)?;
        if *format != FORMAT {
            return Err(unreadable);
        }
        let mut reader = Reader(body);
        let mut record = read(vin, &mut reader).ok_or(unreadable)?;
        // Nothing depends on what is not found there: the release before leaves it out.
        let _ = read_traces(&mut record.orders, &mut reader);
        // What a later version of the same format adds at the end is passed over.
        Ok(record)
    }
}

fn read(vin: Vin, reader: &mut Reader<'_>) -> Option<Record> {
    let last_second = reader.number()?;
    let orders = (0..reader.count(usize::MAX)?)
        .map(|_| read_order(vin, reader))
        .collect::<Option<_>>()?;
    let owner = |reader: &mut Reader<'_>| {
        let timestamp = Timestamp::from_number(reader.number()?);
        Some((timestamp, reader.text()?.unwrap_or_default().to_owned()))
    };
    let owners = (0..reader.count(usize::MAX)?)
        .map(|_| owner(reader))
        .collect::<Option<_>>()?;
    Some(Record {
        vin,
        marks: read_marks(reader)?,
        orders,
        last_second,
        owners,
    })
}

fn read_order(vin: Vin, reader: &mut Reader<'_>) -> Option<Order> {
    let name = reader.text()??;
    let request_id = RequestId::new(vin, Timestamp::from_number(reader.number()?));
    Some(Order {
        key: OrderKey::new(name, request_id)?,
        owner: reader.text()?.map(str::to_owned),
        ordered_at: reader.number()?,
        expires_after: reader.optional()?.map(u32::try_from).transpose().ok()?,
        installs: reader.iccid()?,
        trace_parent: None,
        copies: reader.small()?,
        published_at: reader.number()?,
        again_in: reader.small()?,
        payload: reader.bytes()?.to_vec(),
    })
}

/// The traces of the orders that have one; `None` where that is not what follows.
fn read_traces(orders: &mut [Order], reader: &mut Reader<'_>) -> Option<()> {
    for _ in 0..reader.count(orders.len())? {
        let index = usize::try_from(reader.number()?).ok()?;
        orders.get_mut(index)?.trace_parent = Some(reader.text()??.parse().ok()?);
    }
    Some(())
}

fn read_marks(reader: &mut Reader<'_>) -> Option<Marks> {
    let has_outbox = reader.number()? == 1;
    let (bits, rest) = reader.0.split_first_chunk()?;
    reader.0 = rest;
    let outbox = has_outbox.then(|| OutboxId::from_bits(u64::from_be_bytes(*bits)));
    let newest = reader.number()?;
    let mut profiles = BTreeMap::new();
    for _ in 0..reader.count(PROFILES)? {
        profiles.insert(reader.iccid()??, reader.number()?);
    }
    let recent = reader.count(RECENT)?;
    let (recent, rest) = reader.0.split_at_checked(recent * MARK)?;
    reader.0 = rest;
    let (recent, _) = recent.as_chunks::<MARK>();
    Some(Marks {
        outbox,
        recent: recent.iter().map(read_mark).collect(),
        newest,
        profiles,
    })
}

#[allow(clippy::cast_possible_truncation, reason = "one half each")]
const fn read_mark(bytes: &[u8; MARK]) -> Mark {
    let mark = u128::from_be_bytes(*bytes);
    ((mark >> 64) as u64, mark as u64)
}
