//! Carries AiD1 calls over reqwest and rustls with a client certificate.
