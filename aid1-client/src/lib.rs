//! Typed AiD1 calls in both directions (CmpClient, MspClient) over any HTTP client.
