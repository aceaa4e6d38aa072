"""The command that measures whether the model tells who somebody is."""

from pathlib import Path
from typing import Annotated

import typer

from age_model.cli.options import CacheDir, Sources, Workers, read_sources

app = typer.Typer()


@app.command("verification")
def verification(
    *,
    source: Sources,
    learn_from: Annotated[
        Path,
        typer.Option(metavar="DIR", help="photos of other people, named, to learn from"),
    ],
    reference: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=FILE",
            default_factory=list,
            show_default=False,
            help="face recognition network (TorchScript) to compare with; repeatable",
        ),
    ],
    workers: Workers = None,
    cache_dir: CacheDir,
) -> int:
    """Measure how far the released model tells people apart.

    Writes the result beside its evaluation, the model card and docs/privacy.
    """
    sources, files = read_sources(source), read_sources(reference, "--reference")
    if not sources:
        raise typer.BadParameter("give at least one NAME=FOLDER", param_hint="--source")

    from age_model.evaluation.descriptors import load_reference
    from age_model.evaluation.verification_sources import measure_verification
    from age_model.model.json_files import write_json
    from age_model.release import released
    from age_model.reports.card_verification import VERIFICATION_FILE
    from age_model.reports.readme import write_texts

    references = {file.name: load_reference(file.folder) for file in files}
    model = released().model()
    metrics = measure_verification(model, sources, learn_from, references, cache_dir, workers)
    file = released().evaluation_dir / VERIFICATION_FILE
    write_json(file, metrics)
    write_texts()
    print(f"Written: {file} and the model card.")
    return 0
