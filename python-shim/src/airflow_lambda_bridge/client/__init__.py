"""The HTTP client of the bridge: its requests, its retries, and the settings of its connection."""
