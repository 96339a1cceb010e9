open_enum! {
    /// What the MSP says about a profile (field `status` of "Send profile information").
    ///
    /// One of four distinct vocabularies for the state of a profile (A-110).
    ///
    /// ```
    /// use aid_types::ProfileInformationStatus;
    ///
    /// assert_eq!("suspended".parse::<ProfileInformationStatus>()?, ProfileInformationStatus::Suspended);
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ProfileInformationStatus, "profile information status" {
        /// The profile can no longer be used.
        Invalid = "invalid",
        /// The profile can be used.
        Valid = "valid",
        /// The profile cannot be used for the time being.
        Suspended = "suspended",
    }
}
