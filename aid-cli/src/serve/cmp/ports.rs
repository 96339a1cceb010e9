//! What this CMP brings: vehicles that are away, and no use for phone numbers.

use aid_backend::cmp::{CmpPorts, FederationView, MspPartner, VehiclePort};
use aid_procedures::{Timestamp, cmp::Alarm};
use aid_types::{
    ClientId, EncryptedPhoneNumber, Msisdn, PhoneCipher,
    http::http::{Request, Response},
    phone::{DecryptedPhoneNumber, PhoneError, Random, Undecrypted},
};
use aid1_client::HttpClient;
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey},
};
use bytes::Bytes;
use uuid::Uuid;

use crate::{account_id::now, writer::LOG};

/// Whoever is admitted is the only MSP.
pub(crate) struct Ports(pub(crate) MspPartner);

impl CmpPorts for Ports {
    type Vehicles = Away;

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, _: &ClientId) -> Option<&MspPartner> {
        Some(&self.0)
    }

    fn vehicles(&self) -> &Away {
        &Away
    }

    async fn admit(&self, _: &RequestActivationCode) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        Ok(Some(RequestActivationCodeResult::UNKNOWN_USER))
    }

    fn alarm(&self, _: &FederationView, alarm: &Alarm) {
        LOG.tell(format!("alarm: {alarm:?}"));
    }
}

/// Vehicles that never answer: what is ordered is heard by nobody.
pub(crate) struct Away;

impl VehiclePort for Away {
    async fn send(&self, _: NewOrder) -> Result<(), &'static str> {
        Ok(())
    }

    async fn cancel(&self, _: OrderKey) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Calls nobody.
pub(crate) struct Nowhere;

impl HttpClient for Nowhere {
    type Error = std::io::Error;

    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, std::io::Error> {
        Err(std::io::ErrorKind::NetworkUnreachable.into())
    }
}

/// The number itself is of no use here: without a key only that somebody could read it.
pub(crate) struct Base64;

impl PhoneCipher for Base64 {
    fn encrypt(&self, _: &Msisdn, _: &mut dyn Random) -> Result<EncryptedPhoneNumber, PhoneError> {
        Err(PhoneError::Encrypt)
    }

    fn decrypt(&self, encrypted: &EncryptedPhoneNumber) -> Result<DecryptedPhoneNumber, PhoneError> {
        let decoded = encrypted.ciphertext().bytes().zip(encrypted.iv().bytes());
        decoded.ok_or(PhoneError::Decrypt(Undecrypted::Blanks("phoneNumber or iv")))?;
        DecryptedPhoneNumber::from_plaintext(b"4900000000")
    }
}
