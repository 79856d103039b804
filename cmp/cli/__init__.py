"""The edge: arguments in, exit code out; the only place that prints or catches the base error."""
