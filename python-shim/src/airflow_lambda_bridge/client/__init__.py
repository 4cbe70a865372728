"""HTTP client for the bridge: requests, retries and connection settings."""
