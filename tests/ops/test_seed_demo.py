"""The demo has a past: what its people did lies on different days, in the order in which it could happen."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, select

from app.activity.queries import list_question_figures
from app.core.paging import PageRequest
from app.core.work import Work
from app.deals.models import Opportunity
from app.identity.models import AuditEntry, Role, UserActor
from app.identity.queries import list_users
from app.library.events import AssetChanged
from app.library.models import Asset, Version
from app.library.queries.lists import list_changed
from app.messaging.jobs import follow_versions
from app.messaging.models import BuyerQuestion, QuestionAsked
from app.ops.migrate import migrate
from app.ops.portal import open_desk
from app.ops.seed import seed_demo
from app.plays.models import ItemKind
from app.plays.queries import get_kit, list_recent
from app.search.queries.judged import group_by_question, list_gradables, list_judgements, still_counting
from app.settings import Settings

WAREHOUSE = "Does it work with the warehouse system we already have?"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A portal that holds the demo, on disk."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(data_dir=folder)
    migrate(settings.url)
    with open_desk(settings) as desk:
        assert seed_demo(desk.open_work, desk.blobs, folder / "sign-ins.txt")
        assert not seed_demo(desk.open_work, desk.blobs, folder / "sign-ins.txt"), "an inhabited portal is left alone"
    return settings


def test_the_audit_log_runs_in_the_order_of_time(demo: Settings) -> None:
    with open_desk(demo) as desk, desk.open_work(read_only=True) as work:
        moments = work.session.exec(select(AuditEntry.at).order_by(col(AuditEntry.id))).all()
        assert all(earlier <= later for earlier, later in pairwise(moments))
        assert moments[-1] - moments[0] > timedelta(days=300)


def test_what_is_released_was_filed_before_and_only_the_latest_changed_this_week(demo: Settings) -> None:
    with open_desk(demo) as desk, desk.open_work(read_only=True) as work:
        released = work.session.exec(select(Asset, Version).where(col(Version.id) == col(Asset.released_version_id))).all()
        assert len(released) >= 40
        for asset, version in released:
            assert version.released_at is not None and version.created_at <= version.released_at
            assert asset.confirmed_on == version.released_at.date(), asset.title
        changed, _ = list_changed(work, work.now - timedelta(days=7), 10)
        assert 0 < changed < 10


def test_buyers_asked_on_many_days_and_never_before_a_question_was_known(demo: Settings) -> None:
    with open_desk(demo) as desk, desk.open_work(read_only=True) as work:
        questions = work.session.exec(select(BuyerQuestion)).all()
        assert len({question.text for question in questions}) == len(questions) >= 40
        most = max(questions, key=lambda question: question.times_asked)
        days = [asked.asked_at.date() for asked in _asked(work, most)]
        assert len(days) == most.times_asked == 14 and len(set(days)) > 10
        for question in questions:
            asked = [one.asked_at for one in _asked(work, question)]
            assert max(asked, default=None) == question.last_asked_at
            assert all(question.created_at <= at for at in asked)


def _asked(work: Work, question: BuyerQuestion) -> list[QuestionAsked]:
    return list(work.session.exec(select(QuestionAsked).where(col(QuestionAsked.question_id) == question.id)).all())


def test_the_rep_has_opportunities_and_kits_of_what_there_is(demo: Settings) -> None:
    with open_desk(demo) as desk, desk.open_work() as work:
        assert len(work.session.exec(select(Opportunity)).all()) == 8
        rep = next(user for user in list_users(work) if user.role == Role.REP)
    with open_desk(demo) as desk, desk.open_work(read_only=True) as work:
        own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
        kits = [get_kit(own, brief.id) for brief in list_recent(own, 10)]
        assert sorted(kit.account for kit in kits) == ["Alder Foods", "Calder Automotive"]
        states = {(entry.title, entry.card.freshness.state) for kit in kits for entry in kit.entries if entry.card is not None}
        assert len(states) == 11 and any(state == "expired" for _, state in states), "one is shown as what it is"
        assert all(entry.card is not None or entry.kind == ItemKind.NOTE for kit in kits for entry in kit.entries)


def test_marketing_sees_how_questions_did_and_what_was_graded(demo: Settings) -> None:
    with open_desk(demo) as desk, desk.open_work(read_only=True) as work:
        figures = {one.question: one for one in list_question_figures(work, work.now - timedelta(days=30), PageRequest()).items}
        assert figures["SAP EWM"].nothing_found == figures["SAP EWM"].asked_again == 3
        assert figures["reference with rail access"].said_no == 2
        assert (figures["How quickly does it pay back?"].copied, figures["How quickly does it pay back?"].not_used) == (5, 0)
        judged = group_by_question(list_judgements(work))
        gradables = list_gradables(work, {one.asset_id for some in judged.values() for one in some})
        assert len(judged) == 4
        assert all(len(still_counting(some, gradables)) == len(some) >= 3 for some in judged.values())


def test_what_was_graded_early_keeps_the_best_answers_where_they_are(demo: Settings) -> None:
    with open_desk(demo) as desk:
        with desk.open_work(read_only=True) as work:
            graded = {one.asset_id for one in list_judgements(work)}
        follow_versions(desk, [AssetChanged(asset_id) for asset_id in graded])
        with desk.open_work(read_only=True) as work:
            best = work.session.exec(select(BuyerQuestion).where(BuyerQuestion.text == WAREHOUSE)).one()
            shown = work.session.get_one(Asset, best.asset_id).released_version_id
        assert (best.anchor, best.anchor_version_id) == ("slide-9", shown), "followed from the first version into the released one"
