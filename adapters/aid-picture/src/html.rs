//! The picture as HTML, as the specification draws its sequences: a lane for each party, an arrow for each message.
//!
//! Whatever a peer has sent is [escaped](Text).

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write as _},
    sync::Arc,
};

use crate::{Event, Kind};

/// How it looks, for a file and for the live page.
pub(crate) const STYLE: &str = include_str!("../assets/picture.css");

/// How many lanes have a place of their own; who comes later shares the last.
const LANES: usize = 12;

/// What the lines mean.
const LEGEND: &str = "<p>▶ a call · ▶ with dashes: its reply · 〉 a message that waits for none · double: a redirect by a browser · \
✕ with dots: refused, or not arrived. A line opens.</p>";

/// Text in HTML, between tags or in quoted attributes.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Escaped<'a, 'f>(&'a mut fmt::Formatter<'f>);

        impl fmt::Write for Escaped<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                for piece in text.split_inclusive(is_special) {
                    let plain = piece.strip_suffix(is_special).unwrap_or(piece);
                    self.0.write_str(plain)?;
                    self.0.write_str(match piece.get(plain.len()..) {
                        Some("<") => "&lt;",
                        Some(">") => "&gt;",
                        Some("&") => "&amp;",
                        Some("\"") => "&#34;",
                        Some("'") => "&#39;",
                        // What turns the direction of writing around, and what no page may hold.
                        Some(text) if !text.is_empty() => "\u{fffd}",
                        _ => "",
                    })?;
                }
                Ok(())
            }
        }
        write!(Escaped(f), "{}", self.0)
    }
}

fn is_special(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    matches!(c, '<' | '>' | '&' | '"' | '\'') || turns || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// JSON between tags: its quotation marks need no escape there, and there are many.
struct Json<'a>(&'a str);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, piece) in self.0.split('"').enumerate() {
            if index > 0 {
                f.write_str("\"")?;
            }
            write!(f, "{}", Text(piece))?;
        }
        Ok(())
    }
}

/// The parties, in the order in which the specification draws them.
pub(crate) struct Lanes(Vec<Arc<str>>);

impl Lanes {
    pub(crate) fn of(events: &[Arc<Event>]) -> Self {
        let mut parties: Vec<Arc<str>> = Vec::new();
        for party in events.iter().flat_map(|event| [&event.from, &event.to]) {
            if !parties.contains(party) {
                parties.push(Arc::clone(party));
            }
        }
        // Stable: those of one rank as they came.
        parties.sort_by_key(|party| rank(party));
        Self(parties)
    }

    fn place(&self, party: &str) -> usize {
        let place = self.0.iter().position(|lane| &**lane == party);
        place.unwrap_or(self.0.len()).min(LANES - 1)
    }

    /// Whether the party has a lane, if one that it shares.
    #[cfg(feature = "live")]
    pub(crate) fn has(&self, party: &str) -> bool {
        self.0.len() >= LANES || self.0.iter().any(|lane| &**lane == party)
    }

    fn shown(&self) -> impl Iterator<Item = &str> {
        let names = self.0.iter().map(|lane| &**lane);
        names.take(if self.0.len() > LANES { LANES - 1 } else { LANES })
    }

    /// The number of lanes and their heads.
    pub(crate) fn heads(&self) -> (usize, String) {
        let mut heads = String::new();
        for lane in self.shown() {
            // Writing to a string cannot fail.
            let _ = write!(heads, "<b>{}</b>", Text(lane));
        }
        if self.0.len() > LANES {
            let _ = write!(heads, "<b>{} others</b>", self.0.len() - LANES + 1);
        }
        (self.0.len().clamp(1, LANES), heads)
    }
}

fn rank(party: &str) -> usize {
    const ORDER: [&str; 3] = ["CMP", "MSP", "SM-DP+"];
    match ORDER.iter().position(|known| *known == party) {
        Some(place) => place + 2,
        None if party.starts_with("vehicle") => 1,
        None if party == "somebody" => ORDER.len() + 2,
        None => 0,
    }
}

/// One message.
pub(crate) struct Row<'a>(pub(crate) &'a Event, pub(crate) &'a Lanes);

impl Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(event, lanes) = self;
        let (from, to) = (lanes.place(&event.from), lanes.place(&event.to));
        let (start, width) = (from.min(to), from.abs_diff(to));
        write!(f, "<details class=\"s{start} w{width}")?;
        if width > 0 {
            f.write_str(if from < to { " r" } else { " l" })?;
        }
        f.write_str(match event.kind {
            Kind::Request => "",
            Kind::Reply => " y",
            Kind::Message => " a",
            Kind::Redirect => " d",
        })?;
        f.write_str(if event.has_failed() { " f" } else { "" })?;
        // A paragraph ends where the element ends that it is in.
        write!(f, "\"><summary>{}</summary><p>", Text(event.label()))?;
        opened(f, event)?;
        f.write_str("</details>\n")
    }
}

fn opened(f: &mut fmt::Formatter<'_>, event: &Event) -> fmt::Result {
    let Event {
        number, at, from, to, ..
    } = event;
    write!(f, "{number} · {} · {} → {}", Clock(*at), Text(from), Text(to))?;
    // The rest is that of what it answers.
    if let Some(answers) = event.answers {
        write!(f, " · answers {answers}")?;
    } else {
        if let Some(user) = event.user {
            write!(f, " · user {user}")?;
        }
        if let Some(vehicle) = event.vehicle {
            write!(f, " · vehicle {vehicle}")?;
        }
        for (name, id) in &event.ids {
            write!(f, "<br>{name} {}", Text(id))?;
        }
    }
    for tolerated in &event.tolerated {
        write!(f, "<br>{}", Text(tolerated))?;
    }
    if let Some(problem) = &event.problem {
        write!(f, "<br>{}", Text(problem))?;
    }
    if let Some(body) = &event.body {
        write!(f, "<pre>{}</pre>", Json(body.get()))?;
    }
    if event.left_out > 0 {
        write!(f, "{} more members, too long to be shown", event.left_out)?;
    }
    Ok(())
}

/// The time of a day in UTC.
struct Clock(u64);

impl Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000 % 86_400, self.0 % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{hour:02}:{minute:02}:{second:02}.{millis:03}")
    }
}

/// All of it in one page that needs nothing else.
pub(crate) fn file(events: &[Arc<Event>]) -> String {
    let mut page = String::with_capacity(events.len() * 300 + 8192);
    begin(&mut page, &format_args!("<style>{STYLE}</style>"), events);
    rows(&mut page, events);
    about(&mut page, events);
    page.push_str("</body></html>\n");
    page
}

/// Up to the first message. `head` is ours.
pub(crate) fn begin(page: &mut String, head: &dyn Display, events: &[Arc<Event>]) {
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>What happened</title>{head}</head><body>\n<h1>What happened</h1>\n{LEGEND}\n"
    );
    let before = events.first().map_or(0, |event| event.number.saturating_sub(1));
    let day = events.first().map_or(0, |event| event.at / 86_400_000);
    let (year, month, date) = civil(day);
    match events.is_empty() {
        true => page.push_str("<p>Nothing yet.</p>\n"),
        false => {
            let _ = writeln!(page, "<p>Times are UTC, from {year}-{month:02}-{date:02} on.</p>");
        }
    }
    if before > 0 {
        let _ = writeln!(page, "<p>{before} messages that came before are not shown.</p>");
    }
}

/// Heads and messages.
pub(crate) fn rows(page: &mut String, events: &[Arc<Event>]) {
    let lanes = Lanes::of(events);
    let (count, heads) = lanes.heads();
    let _ = writeln!(page, "<div id=lanes class=n{count}><div id=heads>{heads}</div>");
    for event in events {
        let _ = write!(page, "{}", Row(event, &lanes));
    }
    page.push_str("</div>\n");
}

/// What the operations are about.
pub(crate) fn about(page: &mut String, events: &[Arc<Event>]) {
    let requirements: BTreeMap<&str, &str> = events
        .iter()
        .filter(|event| !event.requirements.is_empty())
        .map(|event| (&*event.name, event.requirements))
        .collect();
    if requirements.is_empty() {
        return;
    }
    page.push_str("<h2>Requirements</h2><table>");
    for (name, requirements) in requirements {
        let _ = write!(page, "<tr><th>{}<td>{}", Text(name), Text(requirements));
    }
    page.push_str("</table>\n");
}

/// Year, month and day of the Gregorian calendar, `days` after 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that a leap day is the last.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{Text, civil};

    #[test]
    fn days_are_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_784), (2026, 11, 27));
    }

    #[test]
    fn texts_are_escaped() {
        let hostile = "<img src=x onerror='1'>&\"\u{202e}\0";
        let escaped = "&lt;img src=x onerror=&#39;1&#39;&gt;&amp;&#34;\u{fffd}\u{fffd}";
        assert_eq!(Text(hostile).to_string(), escaped);
        assert_eq!(Text("plain · text").to_string(), "plain · text");
    }
}
