"""The load verb against the embedded server, good and faulted, in processes of their own."""
