//! Who is at fault.

/// Who is at fault for a call without success, and so what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing was sent: the source of credentials failed.
    Credentials,
    /// No reply: the connection failed. The request may have had its effect nevertheless.
    Transport,
    /// No reply in time. The request may have had its effect nevertheless.
    Timeout,
    /// The peer refused. The error says with what.
    Api,
    /// The peer reports success, but what it sent cannot be used. The error says where, and keeps the body.
    Unreadable,
    /// The peer reports success with a body that exceeds the limit of the client's options.
    TooLarge,
}
