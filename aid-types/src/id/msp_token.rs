uuid_identifier! {
    /// The federated ID by which MSP and CMP refer to a user and their subscription (section "MSP Token"; in places
    /// the document calls it federated id, A-29).
    ///
    /// The MSP makes it. A UUID of any version; its text has 36 characters with hyphens and is sent in lower case (A-30).
    ///
    /// Whoever knows it can act on the subscription: `Debug` hides it; `Display`, `encode` and serde give it.
    ///
    /// ```
    /// let token: aid_types::MspToken = "25BCA1E2-338F-11D6-AC61-9E71138FD521".parse()?;
    /// assert_eq!(token.to_string(), "25bca1e2-338f-11d6-ac61-9e71138fd521");
    /// assert_eq!(format!("{token:?}"), "MspToken(redacted)");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    // R-158
    secret MspToken, "msp_token"
}
