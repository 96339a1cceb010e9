uuid_identifier! {
    /// Which transaction (header `correlation-id`, section "HTTP Header"): the same in all calls that belong together.
    ///
    /// A UUID of any version; its text has 36 characters with hyphens and is sent in lower case (A-153).
    ///
    /// ```
    /// let id: aid_types::CorrelationId = "31715660-01ac-4411-8f15-6f7ad4c269be".parse()?;
    /// assert_eq!(id.encode(&mut [0; 36]), "31715660-01ac-4411-8f15-6f7ad4c269be");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    CorrelationId, "correlation-id"
}
