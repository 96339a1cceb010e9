//! AiD2 messages between vehicle and CMP backend: wire-identical protobuf behind validated domain types.
