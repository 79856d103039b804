"""Speed and memory, measured side by side with the real tools."""
