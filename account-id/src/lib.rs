//! Mint and verify the account_id of automotive identity (AiD): an HS256 JWT that travels in a redirect URL.
