"""The interface for machines as tables: its calls, what they answer and refuse, and examples of both."""
