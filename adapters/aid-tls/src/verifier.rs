//! Keeps the name of who was turned away.
//!
//! The TLS library's errors do not say whose certificate it was, and a failed handshake gives it to nobody. So the verifier
//! notes the subject for the task in whose poll it is called.

use std::{
    cell::Cell,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use crate::{certificate, name};

thread_local! {
    /// Whose certificate was refused in the poll that is under way on this thread.
    static REFUSED: Cell<Option<String>> = const { Cell::new(None) };
}

/// A handshake, and the subject of the certificate that was refused in it, if one was; made by [`named`].
#[derive(Debug)]
pub struct Named<F> {
    handshake: Pin<Box<F>>,
}

/// Drives a server's handshake with a configuration of [`ServerTls::from_pem`](crate::ServerTls::from_pem).
///
/// With it comes the subject of the client's certificate where that was refused, as RFC 4514 writes it. It is what a
/// stranger claims: something to print, not to rely on.
pub fn named<F: Future>(handshake: F) -> Named<F> {
    Named {
        handshake: Box::pin(handshake),
    }
}

impl<F: Future> Future for Named<F> {
    type Output = (F::Output, Option<String>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        REFUSED.take();
        let poll = pin!(&mut self.handshake).poll(context);
        poll.map(|output| (output, REFUSED.take()))
    }
}

/// Verifies as another does, and notes whom that one refuses.
#[derive(Debug)]
pub(crate) struct Noting(pub(crate) Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for Noting {
    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0
            .verify_client_cert(end_entity, intermediates, now)
            .inspect_err(|_| {
                let subject = certificate::parsed(end_entity).map(|certificate| name::text(certificate.subject()));
                REFUSED.set(subject);
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.0.requires_raw_public_keys()
    }
}
