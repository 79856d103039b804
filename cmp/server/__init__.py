"""`cmp-server` speaks the plugin's gRPC protocol: a front that transfers, a zygote that forks renders."""
