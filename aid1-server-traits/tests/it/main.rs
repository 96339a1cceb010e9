//! The dispatcher through real `http` messages.

mod bodies;
mod late;
mod observed;
mod operations;
mod order;
mod partners;
mod properties;
mod refusals;
mod support;
