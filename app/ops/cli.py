"""The `quiver` command. Imports stand inside the commands, so that --help answers at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.ops.serve import Seed

app = typer.Typer(help="Quiver, a self-hosted sales content portal.", no_args_is_help=True, add_completion=False)
user = typer.Typer(help="Accounts: create, reset, disable, enable, list.", no_args_is_help=True)
app.add_typer(user, name="user")


@contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong in a sentence and end with 1."""
    from app.core.errors import AppError
    from app.ops.migrate import WrongSchema

    try:
        yield
    except (AppError, WrongSchema) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem


@app.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Fill an empty portal with demo content.")] = False,
    workers: Annotated[int, typer.Option(help="Serving processes.")] = 1,
) -> None:
    """Start the portal; migrates first."""
    gc.disable()  # what is imported now stays, and looking through it takes half a second; main.py turns it on again
    from app.ops.serve import serve as start

    with _told():
        start(load_seed=_load_seed if demo else None, workers=workers)


def _load_seed() -> "Seed":
    from app.ops.seed import seed_demo

    return seed_demo


@app.command()
def work() -> None:
    """Work off jobs in a process of its own (set QUIVER_EMBEDDED_WORKER=false for the serving ones)."""
    from app.ops.alone import work_alone

    with _told():
        work_alone()


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema; a snapshot is kept beside it."""
    from app.ops.portal import prepare_and_migrate

    with _told():
        settings = prepare_and_migrate()
        typer.echo(f"The database in {settings.data_dir} is at the newest schema.")


@app.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder with the documents.")],
    manifest: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV, one row a file.")],
    map: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="TOML: their columns and words, ours.")],
) -> None:
    """Bring a folder of documents in. May be stopped and repeated; what is here already stays as it is."""
    from app.ops.importing import import_folder as run

    with _told():
        report = run(folder, manifest, map)
    for name, reason in report.refused:
        typer.echo(f"Refused {name}: {reason}")
    for name, reason in report.drafts:
        typer.echo(f"Kept as a draft {name}: {reason}")
    typer.echo(
        f"{report.created} new, {report.older_versions} older versions, {report.same_content} with the same content, "
        f"{report.unchanged} here already, {len(report.refused)} refused; {report.total} in all."
    )


@app.command()
def reindex() -> None:
    """Make the search index anew from the database."""
    from app.ops.importing import reindex as run

    with _told():
        typer.echo(f"{run()} items are in the index.")


@app.command()
def doctor(repair: Annotated[bool, typer.Option(help="Mend what can be mended.")] = False) -> None:
    """Name what is wrong: missing, altered or orphaned files, index and database apart, stuck jobs, unknown settings."""
    from app.ops.doctor import examine
    from app.ops.doctor import repair as mend
    from app.ops.portal import open_desk, prepare

    with _told():
        settings = prepare()
        with open_desk(settings) as desk:
            if repair:
                mend(desk)
            complaints = examine(desk, settings)
    for complaint in complaints:
        typer.echo(f"{complaint.kind}: {complaint.sentence}")
    typer.echo("All is well." if not complaints else f"{len(complaints)} complaints.")
    raise typer.Exit(1 if complaints else 0)


@user.command("create")
def create_user(
    email: str,
    name: Annotated[str, typer.Option(help="As others see it.")],
    role: Annotated[str, typer.Option(help="rep, partner, marketer, manager or admin.")],
) -> None:
    """Create an account and print the one-use link with which its owner chooses a password."""
    from app.ops.accounts import create

    with _told():
        typer.echo(create(email, name, role))


@user.command("reset")
def reset_user(email: str) -> None:
    """Take the password away, end every session, print a new link."""
    from app.ops.accounts import reset

    with _told():
        typer.echo(reset(email))


@user.command("disable")
def disable_user(email: str) -> None:
    """Nobody signs in with this account from now on."""
    from app.ops.accounts import set_active

    with _told():
        typer.echo(set_active(email, active=False))


@user.command("enable")
def enable_user(email: str) -> None:
    """Let a disabled account in again."""
    from app.ops.accounts import set_active

    with _told():
        typer.echo(set_active(email, active=True))


@user.command("list")
def list_users() -> None:
    """Every account with its role."""
    from app.ops.accounts import list_lines

    with _told():
        for line in list_lines():
            typer.echo(line)


def main() -> None:
    """The entry point of the `quiver` command."""
    app(prog_name="quiver")


if __name__ == "__main__":
    main()
