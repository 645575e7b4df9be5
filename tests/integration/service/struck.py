"""Providers that get strikes."""

from abuse import report, rob
from checks import eventually


def strikes(box, provider):
    told = box.admin().need(200, "GET", f"/admin/v1/providers/{provider}/strikes").json()
    return sorted(one["report_id"] for one in told["strikes"])


def settle_report(box, report_id, outcome):
    """Once it has reached the desk."""
    page = f"/admin/v1/reports/{report_id}/resolve"
    word = {"outcome": outcome, "note": "looked at"}
    eventually("the report is settled",
               lambda: box.admin().call("POST", page, word).status == 200)


def struck(box, victim, thief):
    """A change of the thief's that an operator found malicious: the report."""
    _, _, change = rob(victim, thief)
    found = report(victim, change).json()["report_id"]
    settle_report(box, found, "upheld")
    eventually("the strike is there", lambda: found in strikes(box, thief.provider))
    return found
