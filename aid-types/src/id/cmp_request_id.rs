uuid_identifier! {
    /// Which HTTP request (header `CMP-request-id`, section "HTTP Header"). The caller makes it; the reply repeats it. A
    /// retry carries the same one.
    ///
    /// A UUID of any version; its text has 36 characters with hyphens and is sent in lower case (A-153).
    ///
    /// ```
    /// let id: aid_types::CmpRequestId = "14abc1e2-338f-11e6-ac61-9e71128cae77".parse()?;
    /// assert_eq!(id.encode(&mut [0; 36]), "14abc1e2-338f-11e6-ac61-9e71128cae77");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    CmpRequestId, "CMP-request-id"
}
