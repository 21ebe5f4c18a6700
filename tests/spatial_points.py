"""What students write in module 09, and the points of each."""

TASKS = {
    "output-size": 5,
    "conv2d-forward": 20,
    "conv2d-backward": 15,
    "conv2d-layer": 10,
    "max-pool2d-forward": 10,
    "max-pool2d-backward": 10,
    "avg-pool2d-forward": 5,
    "avg-pool2d-backward": 5,
    "cost": 5,
    "receptive-field": 5,
    "check-understanding": 5,
    "reflection": 5,
}
# What a person grades: no submission has points for it from the machine.
BY_HAND = {"reflection": 5}
# The cells that the machine grades.
TESTS = {f"test-{name}": TASKS[name] for name in TASKS if name not in BY_HAND}
