"""The `quiver` command. Imports stand inside the commands, so that --help answers at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.ops.serve import Seed
    from app.ops.verify import Complaint

app = typer.Typer(no_args_is_help=True, add_completion=False)
user = typer.Typer(help="Accounts: create, reset, disable, enable, list.", no_args_is_help=True)
app.add_typer(user, name="user")
report = typer.Typer(help="Reports as CSV: questions.", no_args_is_help=True)
app.add_typer(report, name="report")


@contextmanager
def _told(code: int = 1) -> Iterator[None]:
    """Say what went wrong in a sentence and end with this code."""
    from sqlalchemy.exc import OperationalError

    from app.core.errors import AppError
    from app.ops.migrate import WrongSchema
    from app.ops.setting_faults import WrongSetting

    try:
        yield
    except WrongSetting as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    except (AppError, WrongSchema) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(code) from problem
    except OperationalError as problem:
        reason = str(problem.orig).strip().partition("\n")[0]
        typer.echo(f"The database does not answer: {reason}. If you set QUIVER_DATABASE_URL, see whether it is right.", err=True)
        raise typer.Exit(code) from problem
    except OSError as problem:
        typer.echo(f"{problem.filename or 'The disk'}: {problem.strerror}. Nothing was finished.", err=True)
        raise typer.Exit(code) from problem


def _say_version(wanted: bool) -> None:
    from app.ops.release import program_version

    if wanted:
        typer.echo(f"Quiver {program_version()}")
        raise typer.Exit


@app.callback()
def quiver(
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which Quiver this is.")] = False,
) -> None:
    """Quiver, a self-hosted sales content portal."""


@app.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Fill an empty portal with demo content.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Serving processes.")] = 1,
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
    """Bring a folder of documents in. May be repeated; what is here already stays as it is. Ends with 1 when a file was refused."""
    from app.ops.importing import import_folder as run

    with _told():
        report = run(folder, manifest, map)
    for name, reason in report.refused:
        typer.echo(f"Refused {name}: {reason}")
    for sentence in report.tell_unknown():
        typer.echo(sentence)
    for name, reason in report.drafts:
        typer.echo(f"Kept as a draft {name}: {reason}")
    typer.echo(
        f"{report.created} new, {report.newer_versions} newer versions, {report.older_versions} older versions, "
        f"{report.same_content} with the same content, {report.unchanged} here already, "
        f"{len(report.refused)} refused; {report.total} in all."
    )
    raise typer.Exit(1 if report.refused else 0)


@app.command()
def framework() -> None:
    """The keys of stages, stakeholders, kinds and the rest, as a manifest may use them."""
    from app.ops.framework_keys import list_lines

    with _told():
        for line in list_lines():
            typer.echo(line)


@app.command()
def reindex() -> None:
    """Make the search index anew from the database."""
    from app.ops.importing import reindex as run

    with _told():
        typer.echo(f"{run()} items are in the index.")


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="A new file, or a folder to put one into.")]) -> None:
    """Write everything a portal needs to come back into one file; the portal may run meanwhile. Keep the file as safe as the portal."""
    from app.ops.backup import back_up

    with _told():
        made = back_up(target)
    for sha256 in made.missing:
        typer.echo(f"missing: The portal lacks the file {sha256}, so it is not in the backup.", err=True)
    for sha256 in made.altered:
        typer.echo(f"altered: The portal's file {sha256} is damaged, and so is it in the backup.", err=True)
    typer.echo(f"{made.path} holds the database and {made.files} files, {made.size:,} bytes.")
    raise typer.Exit(1 if made.missing or made.altered else 0)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file written by `quiver backup`.")],
    into: Annotated[Path, typer.Argument(help="The data folder to make: empty, or not there yet.")],
    despite_damage: Annotated[bool, typer.Option(help="Leave damaged files out instead of refusing.")] = False,
) -> None:
    """Make a portal of a backup: hashes checked, schema brought up to date, index built anew."""
    from app.ops.restore import restore as run

    with _told():
        restored = run(backup, into, despite_damage=despite_damage)
    for sha256 in (*restored.left_out, *restored.missing):
        typer.echo(f"missing: {sha256} is named by the database and was not restored.", err=True)
    typer.echo(f"{restored.folder} holds {restored.files} files; {restored.indexed} items are in the index. Everybody signs in again.")
    typer.echo(f"Start it with QUIVER_DATA_DIR={restored.folder} quiver serve")
    raise typer.Exit(1 if restored.left_out or restored.missing else 0)


@app.command()
def verify(backup: Annotated[Path | None, typer.Argument(help="A backup; without one, the stored files of this portal.")] = None) -> None:
    """Compare every stored file, or every byte of a backup, with its hash. Ends with 0 (all is well), 1 (not) or 2 (cannot tell)."""
    from app.ops.verify import verify_backup, verify_store

    with _told(2):
        complaints = verify_store() if backup is None else verify_backup(backup)
    _complain(complaints)


@app.command()
def doctor(
    repair: Annotated[bool, typer.Option(help="Mend what can be mended.")] = False,
    backup: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Where to bring lost files back from.")] = None,
) -> None:
    """Name what is wrong with files, index, jobs and settings. Ends with 0 when all is well, 1 when not, 2 when it cannot tell."""
    from app.ops.doctor import examine, find_meaning
    from app.ops.doctor import repair as mend
    from app.ops.portal import open_desk, prepare_existing

    with _told(2):
        settings = prepare_existing()
        with open_desk(settings) as desk:
            for sentence in mend(desk, settings, backup) if repair else ():
                typer.echo(f"mended: {sentence}")
            complaints = examine(desk, settings)
            known = find_meaning(desk)
    if known:
        typer.echo(known)
    _complain(complaints)


@app.command()
def model(file: Annotated[Path, typer.Argument(help="What `make model` built.")]) -> None:
    """Let search find what means the same in other words: checks the file and puts it where the portal looks for it at its start."""
    from app.ops.meaning import install_model

    with _told():
        typer.echo(f"The model of meaning is in {install_model(file)}. A portal that runs takes it up at its next start.")


@app.command()
def judged(folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to write; made if it is missing.")]) -> None:
    """Write the judged questions with the library's passages, for `make bench-relevance DIR=FOLDER`."""
    from app.ops.judged import write_judged

    with _told():
        typer.echo(write_judged(folder))


@app.command("mail-test")
def mail_test(address: Annotated[str, typer.Argument(help="Who gets the mail.")]) -> None:
    """Send a mail through the mail server of the settings, and say whether it was taken."""
    from app.ops.mailing import send_test

    with _told():
        typer.echo(send_test(address))


def _complain(complaints: "list[Complaint]") -> None:
    """One line each, then how many, and how many of them `doctor --repair` takes care of."""
    for complaint in complaints:
        typer.echo(f"{complaint.kind}: {complaint.sentence}")
    if not complaints:
        typer.echo("All is well.")
        return
    mendable = sum(bool(complaint.remedy) for complaint in complaints)
    if len(complaints) == 1:
        typer.echo(f"1 complaint; `quiver doctor --repair` {'mends' if mendable else 'does not mend'} it.")
    else:
        typer.echo(f"{len(complaints)} complaints; `quiver doctor --repair` mends {mendable or 'none'} of them.")
    raise typer.Exit(1)


@app.command()
def settings() -> None:
    """Every setting as a table, the one in README."""
    from app.ops.reference import settings_table

    typer.echo(settings_table(), nl=False)


@report.command("questions")
def report_questions(days: Annotated[int, typer.Option(min=1, max=3650, help="Asked within so many days.")] = 30) -> None:
    """How questions did: what people asked and what they did with the answers, the worst first."""
    from app.ops.reporting import report_questions as run

    with _told():
        typer.echo(run(days), nl=False)


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
