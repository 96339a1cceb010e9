//! The integration tests of aid-types.

#[cfg(feature = "redirect")]
mod redirect;
#[cfg(feature = "redirect")]
mod redirect_properties;
