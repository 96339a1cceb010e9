//! What every message can do, and the macro that declares one.

mod requests;
mod responses;
mod to_cmp;
mod to_vehicle;

pub use requests::{RequestActivationCode, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile};
pub use responses::{
    RequestActivationCodeError, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse,
};
pub use to_cmp::{
    SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};
pub use to_vehicle::SendActivationCode;

use aid_types::Shown;

use crate::{
    RequestId,
    decode::{DecodeError, DecodeOptions, Decoded},
};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A message of AiD2, to and from its bytes.
///
/// Implemented by the messages of this crate only.
///
/// ```
/// use aid_types::Leniency;
/// use aid2_proto::{Payload as _, RequestCsimInfo, RequestId, Timestamp};
///
/// let request = RequestCsimInfo::new(RequestId::new("WBAUX11030A334483".parse()?, Timestamp::from_secs(1_700_000_000)));
/// let payload = request.encode();
/// assert_eq!(RequestCsimInfo::decode(&payload, Leniency::Strict)?.value, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Payload: sealed::Sealed + Sized {
    /// The protobuf package of Annex D: `cmp_backend` for what vehicles send and its replies, `cmp_vehicle` for what the
    /// CMP backend sends and its replies.
    const PACKAGE: &'static str;

    /// The name within the package: `SendCSIMStatus`, `RequestDeleteProfile.Response`.
    const NAME: &'static str;

    /// Appends the bytes to `out`.
    fn encode_into(&self, out: &mut Vec<u8>);

    /// Bytes that [`encode_into`](Self::encode_into) appends.
    fn encoded_len(&self) -> usize;

    /// The bytes: those that any protobuf implementation writes for Annex D, fields in the order of their numbers.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.encode_into(&mut out);
        out
    }

    /// Writes it for people: fields by their names in Annex D, secrets and personal data hidden, enums by name.
    fn show(&self, shown: &mut Shown<'_>);

    /// Reads the bytes of one message; a [`Leniency`](aid_types::Leniency) will do as options.
    ///
    /// Unknown fields are passed over, unknown enum numbers kept.
    ///
    /// # Errors
    ///
    /// If the bytes exceed a limit, are malformed, or lack a mandatory field, if a field is not what its type allows, and
    /// in strict mode for any deviation. Malformed protobuf is reported before anything else.
    fn decode(payload: &[u8], options: impl Into<DecodeOptions>) -> Result<Decoded<Self>, DecodeError>;
}

/// A message that stands by itself. The nested responses do not: they carry no request id.
///
/// An empty payload is refused, because every message has mandatory fields.
pub trait Message: Payload {
    /// Which sequence of messages it belongs to.
    fn request_id(&self) -> RequestId;
}

/// A message with a nested response in Annex D.
///
/// The response carries neither name nor request id (A-119), and an empty one means something: `UNKNOWN_VIN` (A-120) or
/// success (A-122). So decode one only from the place where the answer to this very request is due.
pub trait Request: Message {
    /// The nested response.
    type Response: Payload;
}

/// Declares a struct with its fields on the wire: `field: Type = number "path in Annex D"`.
///
/// `keep unreadable = number` adds a field for elements of the list with this number that could not be read (A-170). `check`
/// names a function that looks at the value as a whole once its fields are valid.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $Name:ident { $( $(#[$field_doc:meta])* $field:ident: $Type:ty = $number:literal $path:literal, )+ }
        $(keep $unreadable:ident = $list:literal)?
        $(check $check:path)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct $Name {
            $( $(#[$field_doc])* pub $field: $Type, )+
            $(
                /// Elements of the list that could not be read, with their bytes in hexadecimal digits as text (A-170).
                /// Where there is one, the list is not complete: nothing follows from what is not in it.
                pub $unreadable: Vec<aid_types::Unreadable>,
            )?
        }

        impl $crate::field::Record for $Name {
            type Raw<'a> = ($(<$Type as $crate::field::Field>::Raw<'a>,)+);

            #[inline]
            fn merge<'a>(
                raw: &mut Self::Raw<'a>,
                reader: &mut $crate::wire::Reader<'a>,
            ) -> Result<(), $crate::wire::WireError> {
                let ($($field,)+) = raw;
                while let Some((number, wire_type)) = reader.key()? {
                    match number {
                        $( $number => <$Type as $crate::field::Field>::merge($field, reader, wire_type)?, )+
                        _ => reader.skip(number, wire_type)?,
                    }
                }
                Ok(())
            }

            #[inline]
            fn validate(
                raw: Self::Raw<'_>,
                cx: &mut $crate::decode::Context,
                at: $crate::decode::At<'_>,
            ) -> Result<Self, $crate::decode::DecodeError> {
                let ($($field,)+) = raw;
                let value = Self {
                    $( $field: <$Type as $crate::field::Field>::validate($field, cx, at.field($path))?, )+
                    $( $unreadable: std::mem::take(&mut cx.unreadable), )?
                };
                $( $check(&value, cx, at)?; )?
                Ok(value)
            }

            #[inline]
            fn encoded_len(&self) -> usize {
                0 $( + $crate::field::Field::encoded_len(&self.$field, $number) )+
                    $( + $crate::field::unreadable_len(&self.$unreadable, $list) )?
            }

            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                $( $crate::field::Field::put(&self.$field, $number, out); )+
                $( $crate::field::put_unreadable(&self.$unreadable, $list, out); )?
            }

            fn show(&self, shown: &mut aid_types::Shown<'_>) {
                $( if shown.key($path) {
                    $crate::field::Field::show(&self.$field, shown);
                } )+
            }
        }
    };
}
pub(crate) use record;

/// Makes a record a [`Payload`] with the given package and name, and whether an empty one means something.
macro_rules! payload {
    ($Name:ident, $package:literal, $name:literal, empty: $empty:ident) => {
        impl $crate::message::sealed::Sealed for $Name {}

        impl $crate::Payload for $Name {
            const PACKAGE: &'static str = $package;
            const NAME: &'static str = $name;

            fn encode_into(&self, out: &mut Vec<u8>) {
                $crate::field::Record::put(self, out);
            }

            fn encoded_len(&self) -> usize {
                $crate::field::Record::encoded_len(self)
            }

            fn show(&self, shown: &mut aid_types::Shown<'_>) {
                $crate::field::Field::show(self, shown);
            }

            fn decode(
                payload: &[u8],
                options: impl Into<$crate::DecodeOptions>,
            ) -> Result<$crate::Decoded<Self>, $crate::DecodeError> {
                $crate::decode::payload(payload, options.into(), $crate::decode::EmptyPayload::$empty)
            }
        }
    };
}
pub(crate) use payload;

/// Declares a message that stands by itself.
macro_rules! message {
    ($(#[$doc:meta])* $Name:ident = $package:literal $name:literal { $($fields:tt)+ } $($check:tt)*) => {
        $crate::message::record! { $(#[$doc])* $Name { $($fields)+ } $($check)* }
        $crate::message::payload! { $Name, $package, $name, empty: Refused }

        impl $crate::Message for $Name {
            fn request_id(&self) -> $crate::RequestId {
                self.request_id
            }
        }
    };
}
pub(crate) use message;

/// Declares the nested response of a request.
macro_rules! response {
    (
        $(#[$doc:meta])* $Name:ident = $package:literal $name:literal to $Request:ty { $($fields:tt)+ } $($check:tt)*
    ) => {
        $crate::message::record! { $(#[$doc])* #[derive(Copy)] $Name { $($fields)+ } $($check)* }
        $crate::message::payload! { $Name, $package, $name, empty: Meaningful }

        impl $crate::Request for $Request {
            type Response = $Name;
        }
    };
}
pub(crate) use response;
