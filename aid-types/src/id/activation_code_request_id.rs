uuid_identifier! {
    /// Which request for an activation code (field `activationCodeRequestID`). The CMP makes it; the MSP repeats it when
    /// it sends the code later.
    ///
    /// A UUID of any version; its text has 36 characters with hyphens and is sent in lower case (A-153).
    ///
    /// ```
    /// let id: aid_types::ActivationCodeRequestId = "5b0d3a4c-8c0e-4f53-9c11-2d6f0e1b7a90".parse()?;
    /// assert_eq!(id.encode(&mut [0; 36]), "5b0d3a4c-8c0e-4f53-9c11-2d6f0e1b7a90");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ActivationCodeRequestId, "activationCodeRequestID"
}
