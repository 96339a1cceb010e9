//! The code of the README, compiled; the programs stand beside this folder.

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
