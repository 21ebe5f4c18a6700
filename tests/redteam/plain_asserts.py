"""Plain asserts on the tasks of module 09, as tests in a student's own process are."""

ASSERTS = {
    "test-output-size": """
assert output_size(7, 3) == 5, "size 7, kernel 3: five windows fit"
assert output_size(8, 3, stride=2) == 3, "size 8, kernel 3, stride 2: three windows fit"
assert output_size(224, 3, padding=1) == 224, "kernel 3, padding 1 keeps the size"
try:
    output_size(2, 3)
    raise AssertionError("a kernel of 3 does not fit into 2 pixels: raise a ValueError")
except ValueError as error:
    assert "3" in str(error) and "2" in str(error), "the error must name the numbers"
""",
    "test-conv2d-forward": """
x = np.arange(6.0).reshape(1, 1, 2, 3)
weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
y = conv2d_forward(x, weight, None, (1, 1), (0, 0))
assert np.allclose(y, [[[[27, 37]]]]), (
    "0..5 with the kernel [[1, 2], [3, 4]] gives [27, 37]: is the kernel flipped or "
    "transposed?"
)
y = conv2d_forward(np.ones((2, 3, 9, 10)), np.ones((4, 3, 2, 5)), None, (2, 3), (0, 0))
assert y.shape == (2, 4, 4, 2), (
    "stride (2, 3) is two rows down, three columns right: 9x10, kernel 2x5 gives 4x2"
)
""",
    "test-conv2d-backward": """
x = np.arange(4.0).reshape(1, 1, 2, 2)
weight = np.array([[[[5.0, 6.0], [7.0, 8.0]]]])
grad_x, grad_weight, grad_bias = conv2d_backward(
    np.ones((1, 1, 1, 1)), x, weight, (1, 1), (0, 0)
)
assert np.allclose(grad_weight, x), (
    "one window: the gradient of the kernel is the image"
)
assert np.allclose(grad_x, weight), (
    "one window: the gradient of the image is the kernel"
)
assert np.allclose(grad_bias, [1]), "one output: the gradient of the bias is 1"
grad_x, _, _ = conv2d_backward(
    np.ones((1, 1, 1, 2)), np.ones((1, 1, 2, 3)), weight, (1, 1), (0, 0)
)
assert np.allclose(grad_x, [[[[5, 11, 6], [7, 15, 8]]]]), (
    "two windows share the middle column: its gradients add up, 5 + 6 and 7 + 8"
)
""",
    "test-conv2d-layer": """
conv = Conv2d(3, 8, kernel_size=(3, 5))
assert conv.weight.shape == (8, 3, 3, 5), "weight: (out, in, kernel height, width)"
assert conv.bias.shape == (8,), "bias: one number for each output channel"
assert len(conv.parameters()) == 2, "weight and bias are trained"
assert len(Conv2d(3, 8, 3, bias=False).parameters()) == 1, "without bias: the weight"
try:
    conv(Tensor(np.zeros((3, 28, 28))))
    raise AssertionError("an image without its batch axis must be refused")
except ValueError as error:
    assert "got (3, 28, 28)" in str(error), "the error must name the shape"
""",
    "test-max-pool2d-forward": """
x = np.arange(16.0).reshape(1, 1, 4, 4)
y = max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[5, 7], [13, 15]]]]), "0..15 in windows of 2x2: 5 7 13 15"
y = max_pool2d_forward(-1 - x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[-1, -3], [-9, -11]]]]), "the largest of negatives is negative"
""",
    "test-max-pool2d-backward": """
x = np.arange(16.0).reshape(1, 1, 4, 4)
upstream = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
grad = max_pool2d_backward(upstream, x, (2, 2), (2, 2), (0, 0))
wanted = [[0, 0, 0, 0], [0, 1, 0, 2], [0, 0, 0, 0], [0, 3, 0, 4]]
assert np.allclose(grad, [[wanted]]), "0..15 in windows of 2x2: the last of each wins"
grad = max_pool2d_backward(upstream[..., :1, :1], 0 * x, (2, 2), (4, 4), (0, 0))
assert grad[0, 0, 0, 0] == 1 and grad.sum() == 1, "all equal: the first gets all of it"
""",
    "test-avg-pool2d-forward": """
x = np.arange(16.0).reshape(1, 1, 4, 4)
y = avg_pool2d_forward(x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[2.5, 4.5], [10.5, 12.5]]]]), "means of 2x2: 2.5 4.5 10.5 12.5"
y = avg_pool2d_forward(np.full((1, 1, 2, 2), 4.0), (2, 2), (2, 2), (1, 1))
assert np.allclose(y, 1.0), "one 4 and three padded zeros: the mean is 1"
""",
    "test-avg-pool2d-backward": """
x = np.zeros((1, 1, 2, 4))
grad = avg_pool2d_backward(np.array([[[[4.0, 8.0]]]]), x, (2, 2), (2, 2), (0, 0))
assert np.allclose(grad, [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]), "a quarter of 4, and of 8"
x = np.zeros((1, 1, 1, 3))
grad = avg_pool2d_backward(np.array([[[[4.0, 8.0]]]]), x, (1, 2), (1, 1), (0, 0))
assert np.allclose(grad, [[[[2, 6, 4]]]]), "the middle belongs to both windows: 2 + 4"
""",
    "test-cost": """
assert count_parameters(3, 8, 3) == 224, "8 kernels of 3x3x3, and 8 biases"
assert count_parameters(3, 8, 3, bias=False) == 216, "without bias: 8 kernels of 3x3x3"
assert count_macs((1, 1, 4, 4), 1, 3) == 36, "4 windows of 9 products"
assert activation_bytes((2, 3, 4, 5)) == 480, "120 numbers of 4 bytes"
""",
    "test-receptive-field": """
assert receptive_field([(3, 1)]) == 3, "one kernel of 3: three pixels"
assert receptive_field([(3, 1), (3, 1)]) == 5, "two kernels of 3: five pixels"
assert receptive_field([(2, 2), (2, 2)]) == 4, "two poolings by 2: four pixels"
""",
    "test-check-understanding": """
assert len(q1) == 4, "q1 is a shape: a tuple of four whole numbers"
for name, answer in {"q2": q2, "q3": q3, "q4": q4, "q5": q5}.items():
    assert answer is not None, f"{name} is not answered"
    assert answer == int(answer), f"{name} is a whole number"
""",
}
