//! Serves the AiD1 dispatcher with axum over TLS with mandatory client certificates.
