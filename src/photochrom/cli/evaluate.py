"""`photochrom evaluate`: judge models on pictures."""

from pathlib import Path

import click

from photochrom.cli.options import DEVICE, MODEL
from photochrom.cli.places import LOCAL
from photochrom.cli.progress import Counter
from photochrom.cli.say import say
from photochrom.cli.status import Status


@click.command()
@click.argument("folder", type=LOCAL, metavar="FOLDER")
@click.option(
    "-m",
    "--model",
    "models",
    type=click.Path(readable=False),
    multiple=True,
    default=(MODEL,),
    metavar="M",
    help="A name that `photochrom model list` shows, or a model file; give it again to compare "
    f"several. Without it: {MODEL}.",
)
@DEVICE
@click.option(
    "--report",
    type=LOCAL,
    metavar="DIR",
    help="Also write a page with table, swatches and pictures into this folder.",
)
@click.option("--force", is_flag=True, help="Overwrite a report that exists.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
def evaluate(
    folder: Path,
    models: tuple[str, ...],
    device: str,
    report: Path | None,
    force: bool,
    as_json: bool,
) -> Status:
    """Judge models on colour pictures, beside trivial baselines.

    The pictures are turned gray, coloured again, and compared with the truth. A FOLDER that holds
    train/ and test/ is judged on test/.

    \b
    Example:
      photochrom evaluate my-photos/ --model mine.onnx --report report/
      photochrom evaluate my-photos/ --model general --model mine.onnx --json
    """
    from photochrom.evaluation.evaluate import evaluate as judge

    with Counter("judging", None) as counter:
        outcome = judge(
            folder,
            models,
            device=device,
            report=report,
            overwrite=force,
            progress=counter.show,
        )
    click.echo(outcome.to_json() if as_json else outcome.table())
    if report is not None:
        say(f"the page is {report / 'index.html'}")
    return Status.DONE
