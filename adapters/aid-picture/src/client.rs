//! A client of AiD1.

use std::{error::Error, sync::Arc};

use aid_http::{BoxError, HttpClient};
use aid_types::Role;
use bytes::Bytes;
use http::{Request, Response};

use crate::{Picture, aid1::Call};

/// An [`HttpClient`] whose calls and replies are drawn, each attempt.
///
/// ```
/// use aid_picture::{Drawn, Options, Picture, Role};
/// # use bytes::Bytes;
/// # let http = |_: http::Request<Bytes>| async { Ok::<_, std::io::Error>(http::Response::new(Bytes::new())) };
/// let picture = Picture::new(Options::default());
/// let http = Drawn::new(http, &picture, "CMP", ("MSP", Role::Msp));
/// ```
#[derive(Debug, Clone)]
pub struct Drawn<H> {
    http: H,
    picture: Picture,
    from: Arc<str>,
    to: Arc<str>,
    role: Role,
}

impl<H> Drawn<H> {
    /// Draws what `from` and `to` say to each other by `http`. The role is that of the server.
    pub fn new(http: H, picture: &Picture, from: &str, (to, role): (&str, Role)) -> Self {
        Self {
            http,
            picture: picture.clone(),
            from: from.into(),
            to: to.into(),
            role,
        }
    }
}

impl<H: HttpClient> HttpClient for Drawn<H> {
    type Error = BoxError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        // What is borrowed by the drawing is what was sent.
        let sent = request.clone();
        let call = Call::sent(&self.from, &self.to, self.role, &sent);
        let number = call.draw(&self.picture);
        let reply = self.http.send(request).await.map_err(Into::into);
        match &reply {
            Ok(reply) => call.draw_reply(&self.picture, number, reply.status().as_u16(), reply.body()),
            Err(error) => call.draw_no_reply(&self.picture, number, chain(&**error)),
        }
        reply
    }
}

/// The error with its causes: by the contract of `HttpClient` they show nothing that is secret.
fn chain(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause.filter(|_| text.len() < 1024) {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
