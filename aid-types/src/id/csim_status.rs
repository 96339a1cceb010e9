open_enum! {
    /// What became of a profile in the vehicle (field `status` of "Send CSIM status").
    ///
    /// One of four distinct vocabularies for the state of a profile (A-110).
    ///
    /// ```
    /// use aid_types::{CsimStatus, Identifier as _};
    ///
    /// assert_eq!("enabled".parse::<CsimStatus>()?, CsimStatus::Enabled);
    /// assert!("paused".parse::<CsimStatus>().is_err());
    /// let status = CsimStatus::from_peer("paused")?;
    /// assert!(!status.is_listed());
    /// assert_eq!(status.as_str(), "paused");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    CsimStatus, "CSIM status" {
        /// The profile was deleted.
        Deleted = "deleted",
        /// The profile is in use.
        Enabled = "enabled",
        /// The profile is on the eUICC and not in use.
        Disabled = "disabled",
        /// The profile was downloaded to the eUICC.
        Installed = "installed",
        /// The download or the installation failed.
        InstallationFailed = "installation_failed",
    }
}
