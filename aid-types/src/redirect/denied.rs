//! Why a URI is refused.

/// Declares [`RedirectDenied`] once: variant, stable short name, text.
macro_rules! reasons {
    ($($variant:ident = $name:literal: $text:literal,)+) => {
        /// Why no redirect to a URI happens.
        ///
        /// Neither the text nor the short name contains any of the URI: it is an attacker's text, and it may carry
        /// the state of a user's session.
        ///
        /// ```
        /// use aid_types::redirect::{RedirectDenied, RedirectPolicy};
        ///
        /// let policy = RedirectPolicy::to_cmp().allow_domain("*.cmp.de")?;
        /// let denied = policy.check("https://www.cmp.de@evil.example/").unwrap_err();
        /// assert_eq!(denied, RedirectDenied::UserInfo);
        /// assert_eq!(denied.name(), "user_info");
        /// # Ok::<(), aid_types::redirect::PolicyError>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum RedirectDenied {
            $(
                #[doc = concat!("`", $name, "`: ", $text, ".")]
                #[error($text)]
                $variant,
            )+
        }

        impl RedirectDenied {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The reason's stable short name, for metrics and for comparing with other implementations.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

reasons! {
    Empty = "empty": "the URI is empty",
    TooLong = "too_long": "the URI is longer than 4096 bytes",
    NotAscii = "not_ascii": "the URI contains a character outside ASCII",
    WhiteSpace = "white_space": "the URI contains white space",
    ControlCharacter = "control_character": "the URI contains a control character",
    Backslash = "backslash": "the URI contains a backslash",
    NotUriCharacter = "not_uri_character": "the URI contains a character that URIs only carry percent-encoded",
    NoScheme = "no_scheme": "the URI has no scheme",
    SchemeNotAgreed = "scheme_not_agreed": "the scheme is neither https nor an agreed custom scheme",
    NoAuthority = "no_authority": "the scheme is not followed by exactly two slashes and a host",
    UserInfo = "user_info": "the URI has user information before the host",
    InvalidPort = "invalid_port": "the port is not a plain decimal number from 1 to 65535",
    PortNotAgreed = "port_not_agreed": "the port is not agreed for this host",
    TrailingDot = "trailing_dot": "the host ends with a dot",
    PercentInHost = "percent_in_host": "the host contains a percent sign",
    IpAddress = "ip_address": "the host is an IP address or reads like one",
    InvalidHost = "invalid_host": "the host is not a valid domain name",
    HostNotAgreed = "host_not_agreed": "the host is not in an agreed domain",
    ReadDifferently = "read_differently": "a URL parser reads the URI differently from how it looks",
    ReservedParameter = "reserved_parameter": "the URI already has a parameter that the redirect adds",
}
