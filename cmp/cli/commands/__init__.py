"""The commands of cmpctl, one file each; see the table in `cmp.cli.ctl`."""
