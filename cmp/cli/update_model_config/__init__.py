"""`update-model-config.py`: model URIs, weights and resource figures, in a ConfigMap or a ModelConfig.

Only the named values change; comments, order, quotes and line ends stay. Never touches git or a cluster.
"""

from __future__ import annotations

import os
import sys

import click

from cmp.cli.commands.models.finish import EditOptions
from cmp.cli.edge import run_click
from cmp.cli.update_model_config.names import DEFAULT_CONFIG, OVERLAYS
from cmp.cli.update_model_config.place import place_of
from cmp.cli.update_model_config.promotion import promote
from cmp.cli.update_model_config.request import request_of
from cmp.cli.update_model_config.update import update
from cmp.cli.update_model_config.uris import Rules, check_uri, is_production

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--v1-uri", help="URI of the baseline model.")
@click.option("--v2-uri", help="URI of the candidate model.")
@click.option("--v1-uri-file", metavar="FILE", help="Read the baseline's URI from a file.")
@click.option("--v2-uri-file", metavar="FILE", help="Read the candidate's URI from a file.")
@click.option("--baseline-weight", metavar="N", help="Percent of the traffic; the candidate gets the rest.")
@click.option("--candidate-weight", metavar="N", help="Percent of the traffic; the baseline gets the rest.")
@click.option("--cpu-request", metavar="Q", help="Such as 250m.")
@click.option("--memory-request", metavar="Q", help="Such as 1Gi.")
@click.option("--cpu-limit", metavar="Q", help="Not below the request.")
@click.option("--memory-limit", metavar="Q", help="Not below the request.")
@click.option("-c", "--config", "--config-file", "config", metavar="FILE", help=f"Default: {DEFAULT_CONFIG}.")
@click.option(
    "--env", type=click.Choice(["staging", "production"]), help=f"Edit the file below {OVERLAYS}/ENV."
)
@click.option("--init", is_flag=True, help="Create a missing file from its .example.")
@click.option(
    "--promote-from", type=click.Choice(["staging"]), help="Make that overlay's candidate the baseline here."
)
@click.option(
    "--allow-prefix", "prefixes", multiple=True, metavar="URI", help="URIs must be below one of these."
)
@click.option("--allow-https", is_flag=True, help="Take https:// URIs, too.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print a diff.")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something would change.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(**options: Any) -> int:
    """Update model URIs, traffic weights and resource figures.

    Works on a ConfigMap with the keys of fraud-model-config, and on a ModelConfig. Prints a diff and which
    objects of which overlays change. Exit codes: 0 done, 1 refused, 2 wrong usage.

    \b
    Examples:
      update-model-config.py --v1-uri s3://mlflow-prod/e1/r1/artifacts --v2-uri s3://mlflow-prod/e2/r2/artifacts
      update-model-config.py --env staging --baseline-weight 50 --candidate-weight 50
      update-model-config.py --dry-run --v2-uri models:/fraud-detector@challenger
      update-model-config.py --env production --promote-from staging --dry-run
    """
    edit_options = EditOptions(options["dry_run"], options["check"], options["output"] == "json")
    request = request_of(options)
    if options["promote_from"]:
        return promote(options, request, edit_options)
    if request.nothing():
        raise click.UsageError("nothing to do: give a URI, a weight or a resource figure")
    path, notes = place_of(options)
    rules = Rules(is_production(options["env"], path), tuple(options["prefixes"]), options["allow_https"])
    warnings: list[str] = []
    for which, uri in request.uris.items():
        check_uri(uri, f"--{which}-uri", rules, warnings)
    return update(path, request, edit_options, warnings, notes)


def main(argv: list[str] | None = None) -> int:
    """Run it; 0 done, 1 refused, 2 wrong usage."""
    return run_click(command, argv, "update-model-config.py", os.environ)


if __name__ == "__main__":
    sys.exit(main())
