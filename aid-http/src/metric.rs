//! How a metric is declared: once, for whoever counts and for whoever describes.

use metrics::{Label, SharedString, Unit, counter, gauge, histogram};

/// The declaration of a metric: its name follows the conventions of Prometheus, and ends with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it is measured in.
    pub unit: Unit,
    /// The names of its labels. Their values are few, and none is anything that a peer made up.
    pub labels: &'static [&'static str],
    /// What it says, in one sentence.
    pub description: &'static str,
}

/// What can be done with a [`Metric`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only rises.
    Counter,
    /// It rises and falls.
    Gauge,
    /// It tells how often there was a value of which size.
    Histogram,
}

impl Metric {
    /// A counter of things.
    #[must_use]
    pub const fn counter(name: &'static str, labels: &'static [&'static str], description: &'static str) -> Self {
        Self::new(name, Kind::Counter, Unit::Count, labels, description)
    }

    /// A number of things, or of seconds, that there are now.
    #[must_use]
    pub const fn gauge(
        name: &'static str,
        unit: Unit,
        labels: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Gauge, unit, labels, description)
    }

    /// Durations, in seconds.
    #[must_use]
    pub const fn seconds(name: &'static str, labels: &'static [&'static str], description: &'static str) -> Self {
        Self::new(name, Kind::Histogram, Unit::Seconds, labels, description)
    }

    const fn new(
        name: &'static str,
        kind: Kind,
        unit: Unit,
        labels: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            unit,
            labels,
            description,
        }
    }

    /// Tells the recorder of this process about it.
    pub fn describe(&self) {
        let (name, unit, description) = (self.name, self.unit, self.description);
        match self.kind {
            Kind::Counter => metrics::describe_counter!(name, unit, description),
            Kind::Gauge => metrics::describe_gauge!(name, unit, description),
            Kind::Histogram => metrics::describe_histogram!(name, unit, description),
        }
    }

    /// One more, if it is a counter, with these values of its labels, in their order.
    pub fn count<const N: usize>(&self, values: [SharedString; N]) {
        counter!(self.name, self.labelled(values)).increment(1);
    }

    /// So it is now, if it is a gauge.
    pub fn set<const N: usize>(&self, values: [SharedString; N], value: f64) {
        gauge!(self.name, self.labelled(values)).set(value);
    }

    /// A value, if it is a histogram.
    pub fn record<const N: usize>(&self, values: [SharedString; N], value: f64) {
        histogram!(self.name, self.labelled(values)).record(value);
    }

    fn labelled<const N: usize>(&self, values: [SharedString; N]) -> Vec<Label> {
        debug_assert_eq!(self.labels.len(), N, "{}", self.name);
        let labels = self.labels.iter().zip(values);
        labels.map(|(label, value)| Label::new(*label, value)).collect()
    }
}
