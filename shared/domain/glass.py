"""Breaking the glass: what may not wait starts without its approvals, and stays under review until somebody else closes it."""

from shared.domain.base import short_id
from shared.domain.book import AuditLine, Case, Decision, Record, minute
from shared.domain.comparing import changes_since, must_be_settled
from shared.domain.deployments import Removing
from shared.domain.effects import Post, ShowCard, StartWork
from shared.domain.moving import already, moved, still_there
from shared.domain.operations import Approval, Approved, Operation, Proposed, Review, Stale
from shared.domain.records import Words
from shared.domain.reminding import mentions
from shared.errors import Refused


def break_glass(case: Case, operation: Operation, why: str) -> Decision:
    """Approve it alone. What is compared at an approval is compared here too."""
    ask, policy = operation.ask, case.terms.policy
    if not policy.break_glass:
        raise Refused(
            "no_glass", "The policy lets nobody start anything without its approvals (`break_glass` names nobody)."
        )
    if not case.terms.members.includes(policy.break_glass, case.by):
        raise Refused(
            "may_not_break_glass", f"Only {mentions(policy.break_glass)} may start something without its approvals."
        )
    if not isinstance(operation.state, Proposed):
        raise Refused("already_decided", already(operation))
    if not why.strip():
        raise Refused("no_reason", "Say why it can't wait: every approver is told, and it is reviewed.")
    if case.now >= ask.expires:
        raise Refused(
            "expired", f"This request expired, {minute(ask.expires)}. Ask again, and break the glass on the new one."
        )
    still_there(case, operation)
    must_be_settled(case, ask)
    changes = changes_since(case, ask)
    if changes:
        return moved(case, operation, Stale(at=case.now, changes=changes), "changed_since_asked")
    words = Words(ref=short_id("w", case.message.id), text=why.strip()[:500])
    reviewed = operation.model_copy(update={"review": Review(by=case.by, at=case.now, why=words.ref)})
    puts: tuple[Record, ...] = (words,)
    if ask.step == "remove":
        puts = (words, case.book.deployment(str(ask.deployment)).to(Removing(operation=operation.id)))
    cost = f" It costs {ask.amount}." if ask.amount else ""
    told = Post(
        channel=case.book.known_avatar().channel,
        text=(
            f":rotating_light: <@{case.by}> started *{ask.step} {ask.model}* without its approvals.{cost} {mentions(ask.rule.approve)}: "
            "please look at the reason on the card above, and close the review."
        ),
        under=operation.card,
    )
    approval = Approval(by=case.by, at=case.now, digest=ask.digest)
    return moved(
        case, reviewed, Approved(at=case.now), "glass_broken", *puts, effects=(StartWork(operation=operation.id), told),
        approvals=(approval,), data={"why": words.ref},
    )  # fmt: skip


def close_review(case: Case, operation: Operation, finding: str) -> Decision:
    """An approver who did not break it says what came of it."""
    ask, review = operation.ask, operation.review
    if review is None:
        raise Refused("no_review", "This was approved in the usual way: there is nothing to review.")
    if review.closed:
        raise Refused("review_closed", f"<@{review.closed_by}> closed this review, {minute(review.closed)}.")
    if case.by == review.by:
        raise Refused("own_review", "You started it, so somebody else has to close the review.")
    if not case.terms.members.includes(ask.rule.approve, case.by):
        raise Refused("not_an_approver", f"The policy does not name you as an approver for this ({ask.step}).")
    if not finding.strip():
        raise Refused("no_reason", "Say in a few words what came of it.")
    words = Words(ref=short_id("w", case.message.id), text=finding.strip()[:500])
    closed = review.model_copy(update={"closed_by": case.by, "closed": case.now, "finding": words.ref})
    after = operation.model_copy(update={"review": closed, "revision": operation.revision + 1})
    line = AuditLine(action=f"{ask.step}_review_closed", by=case.by, subject=operation.id, data={"why": words.ref})
    return Decision(puts=(after, words), audit=(line,), effects=(ShowCard(card=operation.card),))
