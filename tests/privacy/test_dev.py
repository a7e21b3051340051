import pickle, time
from collections import defaultdict, Counter
from tests.privacy import test_adversary as ta
from tests.privacy import reader as rd
from tests.privacy.world import World, CORRECTIONS


def test_dev(trust, monkeypatch):
    w = World(trust, CORRECTIONS[:1])
    spent = defaultdict(float)
    n = Counter()
    real = ta.read_everything

    def timed(client, role, arguments, **k):
        last = time.process_time()
        for d in real(client, role, arguments, **k):
            now = time.process_time()
            spent[role, d.name] += now - last
            n[role, d.name] += 1
            yield d
            last = time.process_time()
            spent[role, "notes"] += last - now

    monkeypatch.setattr(ta, "read_everything", timed)
    t = time.process_time()
    rs = ta.read_as_everyone(w, None)
    print("all", time.process_time() - t)
    for k in sorted(spent, key=spent.get)[-25:]:
        print(k, n[k], round(spent[k], 2))
    by = defaultdict(float)
    for (r, _), v in spent.items():
        by[r] += v
    print(dict(by))
    with open("/tmp/runtime-adversary/notes.pkl", "wb") as f:
        pickle.dump(
            (w.truth, {s.pk: s.name for s in w.schools.values()}, [(r.role, r.own, r.notes, r.papers) for r in rs]), f
        )
