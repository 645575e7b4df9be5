"""What has happened in the sandbox before an operator opens the console: applications in every
state, traffic from several countries, reports, strikes, signals, notices; and what goes on."""

import itertools
import threading

from abuse import put_back, report, rob
from checks import eventually
from receiver import Receiver
from world import CHECKS, Box, World, new_mail, new_phone, new_user

SETTINGS = {
    "GLADOS_VERIFICATION_WAIT_SCALE": "0", "GLADOS_CLUSTER_SILENCE": "3s",
    "GLADOS_SIGNALS_WINDOW": "24h", "GLADOS_SIGNALS_MIN_LOOKUPS": "20",
    "GLADOS_SIGNALS_MIN_CODES": "1000", "GLADOS_SIGNALS_MIN_REGISTRATIONS": "1000",
    "GLADOS_SIGNALS_THROTTLE_AFTER": "1",
}
# Numbers of people, by country: a beginning, and how many digits follow.
COUNTRIES = {"US": ("+1415555", 4), "FR": ("+33612", 6), "GB": ("+447700", 6), "IN": ("+919845", 6),
             "BR": ("+551199", 7)}
SHARES = {"US": (9, 8), "FR": (7, 6), "GB": (6, 5), "IN": (8, 3), "BR": (4, 3)}
PAUSE = 0.02
_numbers = itertools.count(1)

EVIDENCE = {
    "business": "Extract of the commercial register HRB 20411 of 3 November, same name as the"
                " imprint. Confirmed by phone with the managing director over the register's"
                " number.",
    "availability": "Both apps are in their stores without a waiting list. Two fresh accounts, one"
                    " on a mobile network, worked within two minutes.",
    "messaging": "Messages both ways in 4 s. A stranger's first message waits for consent.",
    "reputation": "No standing finding by court, regulator or store since November 2024.",
    "spam": "Terms section 7 forbids unsolicited bulk messages. Report button in every chat; the"
            " abuse desk answered a test report within six hours.",
}


def number_in(country):
    start, digits = COUNTRIES[country]
    return f"tel:{start}{next(_numbers):0{digits}d}"


def open_box():
    world = World(False)
    box = Box(world, SETTINGS, words=("cluster", "3"))
    world.boxes["main"] = box
    box.open()
    return box


class Story:
    """Told once when it is entered; its traffic ends when it is left."""

    def __init__(self, box):
        self.box = box
        self.facts = {}
        self._stop = threading.Event()
        self._callers = []
        self._receiver = None

    def __enter__(self):
        self.enrolment()
        self.proofs()
        self.abuse()
        self.scan()
        self.notices()
        self.go_on()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for caller in self._callers:
            caller.join()
        if self._receiver:
            self._receiver.close()

    # --- enrolment -----------------------------------------------------------------------------

    def apply(self, provider, name, website, scopes=("lookup", "map", "events")):
        made = self.box.admin().need(201, "POST", "/admin/v1/applications", {
            "provider_id": provider, "name": name, "contact": f"trust desk of {name}",
            "website": website, "apps": [f"{name} for Android", f"{name} for iOS"],
            "scopes": list(scopes)}).json()
        return f"/admin/v1/applications/{made['id']}"

    def check(self, page, which, result="pass", by="operator", note=""):
        self.box.admin(by).need(201, "POST", f"{page}/checks", {
            "check": which, "result": result, "evidence": EVIDENCE[which], "note": note})

    def enrolment(self):
        nimbus = self.apply("nimbus", "Nimbus Talk", "https://nimbus.example/imprint",
                            ("lookup", "map", "events", "bulk"))
        for which in CHECKS[:4]:
            self.check(nimbus, which, by="second" if which == "reputation" else "operator")
        self.facts["application"] = nimbus.rsplit("/", 1)[1]
        fern = self.apply("fern", "Fern Mail", "https://fern.example/about")
        self.check(fern, "business")
        self.check(fern, "availability", "fail", note="Closed beta until spring; asked for a date.")
        shady = self.apply("quickreach", "QuickReach", "https://quickreach.example")
        self.check(shady, "business", "fail", note="A mailbox company; nobody to reach.")
        self.box.admin("second").need(200, "POST", f"{shady}/reject", {
            "reason": "business: the register knows no such entity. An extract with the name of the"
                      " imprint would pass."})
        self.apply("lumen", "Lumen", "https://lumen.example")

    # --- traffic -------------------------------------------------------------------------------

    def proofs(self):
        self.box.admin().need(200, "PATCH", "/admin/v1/providers/alpha", {
            "overrides": {"lookup_daily": 20_000, "sends_daily": 1_000}})
        alpha, beta = self.box.known("alpha"), self.box.known("beta")
        self.known = []
        for country, (sent, confirmed) in SHARES.items():
            for at in range(sent):
                sii, user = number_in(country), new_user()
                if at >= confirmed:
                    alpha.open(sii, user)
                    continue
                alpha.prove(sii, user)
                self.known.append(sii)
        for _ in range(6):
            sii = new_mail()
            beta.prove(sii, new_user())
            self.known.append(sii)

    def go_on(self):
        """Lookups and some proofs, until the story ends."""
        def lookups():
            callers = [self.box.known(name).again() for name in ("alpha", "beta", "beta")]
            for at, sii in enumerate(itertools.cycle([*self.known, *self.known, new_phone()])):
                if self._stop.wait(PAUSE):
                    return
                callers[at % len(callers)].lookup(sii)

        def proofs():
            caller = self.box.known("alpha").again()
            for at in itertools.count():
                if self._stop.wait(15 * PAUSE):
                    return
                sii, user = number_in("FR" if at % 2 else "US"), new_user()
                opened = caller.open(sii, user)
                if at % 5:
                    caller.check(opened, caller.code(sii), user)
        for work in (lookups, proofs):
            self._callers.append(threading.Thread(target=work))
            self._callers[-1].start()

    # --- abuse, signals, notices ---------------------------------------------------------------

    def abuse(self):
        victim, thief = self.box.known("alpha"), self.box.provider("vortex")
        sii, user, change = rob(victim, thief)
        report(victim, change, note="The user never heard of this provider.")
        put_back(victim, sii, user, change)
        notes = ("Two users of ours lost their number within an hour.",
                 "No consent was shown to us.")
        for note in notes:
            _, _, change = rob(victim, thief)
            self.facts["report"] = report(victim, change, note=note).json()["report_id"]
        _, _, change = rob(self.box.known("beta"), thief)
        filed = report(self.box.known("beta"), change, "recycled",
                       "The number was given to somebody else.").json()["report_id"]
        resolved = {"outcome": "dismissed", "note": "The operator confirms the new holder."}
        eventually("the last report reaches the desk", lambda: self.box.admin("second").call(
            "POST", f"/admin/v1/reports/{filed}/resolve", resolved).status == 200, 10)

    def scan(self):
        caller = self.box.provider("harvest")
        for at in range(24):
            caller.lookup(f"tel:+4915190{at:06d}")
        def found():
            page = self.box.admin().need(200, "GET", "/admin/v1/signals?provider=harvest").json()
            return len(page["signals"]) >= 2
        eventually("the scan is found", found, 10)

    def notices(self):
        caller = self.box.known("alpha")
        self._receiver = Receiver(self.box, "alpha")
        answers = itertools.chain([204, 503], itertools.repeat(204))
        self._receiver.answer = lambda got: next(answers)
        caller.need(200, "PUT", "/v1/webhook", {
            "url": self._receiver.url, "event_types": ["mapping.demoted", "mapping.removed",
                                                       "report.resolved", "standing.changed"]})
        for _ in range(3):
            caller.need(202, "POST", "/v1/webhook/test")
        eventually("the notices arrive", lambda: len(self._receiver.got) >= 2, 10)
