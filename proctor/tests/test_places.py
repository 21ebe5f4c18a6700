"""Who only waits holds no processor that another could use."""

import pytest

from proctor.grade.places import Place, Places
from proctor.sandbox.memory import available_megabytes
from proctor.tests.turns import Process


@pytest.mark.parametrize(("part", "left"), [(0.1, True), (0.4, True), (0.9, False)])
def test_who_wants_little_of_a_processor_waits(monkeypatch, part, left):
    clock = [100.0]
    monkeypatch.setattr("proctor.grade.places.time.monotonic", lambda: clock[0])
    places = Places(1, megabytes=1)
    place, process = places.take(), Process(1.0)
    for _ in range(20):
        place.look(process)
        clock[0] += 0.1
        process.wanted += part * 0.1
    places.close()
    assert places._waiting == left


def test_so_many_wait_as_there_is_memory_for():
    places = Places(1, megabytes=1 << 40)
    place = places.take()
    place.leave()
    place.end()
    again = places.take()
    assert isinstance(again, Place) and again.processor == place.processor
    places.close()
    assert places.take() is None


def test_who_waits_may_yet_take_its_memory(monkeypatch):
    monkeypatch.setattr("proctor.grade.places.available_megabytes", lambda: 350.0)
    places = Places(2, megabytes=100)
    for waiting in (1, 2, 3, 3):
        place = places.take()
        place.leave()
        assert places._waiting == waiting
    places.close()


@pytest.mark.parametrize(
    ("groups", "left"),
    [
        ({}, 1000),
        ({"memory.max": "max", "memory.current": "5"}, 1000),
        ({"memory.max": 600 << 20, "memory.current": 500 << 20}, 140),
        ({"a/memory.max": 600 << 20, "a/memory.current": 550 << 20}, 90),
        ({"memory/memory.limit_in_bytes": 9 << 20}, 1000),
        (
            {
                "memory/memory.limit_in_bytes": 600 << 20,
                "memory/memory.usage_in_bytes": 610 << 20,
            },
            30,
        ),
        (
            {
                "memory/memory.limit_in_bytes": 600 << 20,
                "memory/memory.usage_in_bytes": 700 << 20,
            },
            0,
        ),
    ],
)
def test_a_containers_memory_is_what_its_group_has(tmp_path, groups, left):
    files = {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable: 1024000 kB\n"}
    files["proc/self/cgroup"] = "3:cpu,cpuacct:/a\n2:memory:/far/away\n0::/a/b\n"
    stat = f"anon 1\ninactive_file {40 << 20}\ntotal_inactive_file {40 << 20}\n"
    for place in ("", "a/", "memory/"):
        files[f"sys/fs/cgroup/{place}memory.stat"] = stat
    files |= {f"sys/fs/cgroup/{name}": text for name, text in groups.items()}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(str(text))
    assert available_megabytes(tmp_path) == left
