open_enum! {
    /// Whether the user's contract is a private one (field `subscriptionType` of "Send MSP token" and "Update
    /// subscription information"). Shown to the user, to tell subscriptions apart.
    ///
    /// ```
    /// use aid_types::SubscriptionType;
    ///
    /// assert_eq!("business".parse::<SubscriptionType>()?, SubscriptionType::Business);
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    SubscriptionType, "subscriptionType" {
        /// A private contract.
        Private = "private",
        /// A business contract.
        Business = "business",
        /// The MSP does not know. Not to be confused with [`SubscriptionType::Other`].
        Unknown = "unknown",
    }
}
