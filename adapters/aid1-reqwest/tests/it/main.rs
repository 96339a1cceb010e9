//! The transport over real sockets on the loopback interface, with certificates made for the occasion.

mod calls;
mod peer;
mod pki;
mod tls;
