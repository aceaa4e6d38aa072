"""The command that writes the model for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from age_model.cli.options import ModelDir

app = typer.Typer()


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="to write, such as model.onnx")],
    *,
    model_dir: ModelDir,
) -> int:
    """Write the model as one ONNX file."""
    from age_model.model.onnx_file import export_onnx
    from age_model.model.saved_model import load_model

    model = load_model(model_dir)
    export_onnx(model, file)
    print(f"{file}: {model.version}, {file.stat().st_size / 2**20:.0f} MB")
    return 0
