//! CmpApi and MspApi: what an AiD1 server implements, and a total dispatcher for any HTTP server.
