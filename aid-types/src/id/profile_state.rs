open_enum! {
    /// What the MSP knows about a profile (field `status` in the reply of "Request profile status").
    ///
    /// One of four distinct vocabularies for the state of a profile (A-110).
    ///
    /// ```
    /// use aid_types::ProfileState;
    ///
    /// assert_eq!("prepared".parse::<ProfileState>()?, ProfileState::Prepared);
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ProfileState, "profile state" {
        /// In use in a vehicle.
        Enabled = "enabled",
        /// In a vehicle and not in use.
        Disabled = "disabled",
        /// Downloaded to a vehicle.
        Installed = "installed",
        /// Ready for download.
        Prepared = "prepared",
    }
}
