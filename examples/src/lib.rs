//! The code of the README and of the guide, compiled.

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;

#[doc = include_str!("../../docs/guide/database.md")]
#[cfg(doctest)]
struct GuideDatabase;

#[doc = include_str!("../../docs/guide/monitor.md")]
#[cfg(doctest)]
struct GuideMonitor;
