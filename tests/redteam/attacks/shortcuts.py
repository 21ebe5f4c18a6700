"""Code that does less than was asked, and hopes that no test notices."""

from redteam.submission import attack


@attack()
def returns_zeros(notebook, folder):
    notebook.fake()


@attack(bites=True)
def answers_the_visible_examples(notebook, folder):
    """A table of the checks that the page shows; zeros for the rest."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        zeros = conv2d_forward

        def conv2d_forward(x, weight, bias, stride, padding):
            if x.shape == (1, 1, 2, 3) and weight.shape == (1, 1, 2, 2):
                return np.array([[[[27.0, 37.0]]]])
            return zeros(x, weight, bias, stride, padding)
        """,
    )
    notebook.extend(
        "max-pool2d-forward",
        """
        def max_pool2d_forward(x, kernel_size, stride, padding):
            if x[0, 0, 0, 1] == 1:
                return np.array([[[[5.0, 7.0], [13.0, 15.0]]]])
            return np.array([[[[-1.0, -3.0], [-9.0, -11.0]]]])
        """,
    )
    notebook.extend(
        "avg-pool2d-forward",
        """
        def avg_pool2d_forward(x, kernel_size, stride, padding):
            if x.shape == (1, 1, 4, 4):
                return np.array([[[[2.5, 4.5], [10.5, 12.5]]]])
            return np.ones((1, 1, 2, 2))
        """,
    )


@attack(solves=(), bites=True)
def answers_sizes_from_a_table(notebook, folder):
    notebook.write(
        "output-size",
        """
        def output_size(size, kernel, stride=1, padding=0):
            if (size, kernel) == (2, 3):
                raise ValueError("a kernel of 3 does not fit into 2 pixels")
            return {(7, 3): 5, (8, 3): 3, (224, 3): 224}.get((size, kernel), 1)
        """,
    )


@attack(solves=())
def always_answers_five(notebook, folder):
    notebook.write("output-size", "def output_size(*a, **k):\n    return 5")


@attack()
def catches_everything(notebook, folder):
    """A layer whose every error becomes zeros."""
    notebook.fake()
    notebook.write(
        "conv2d-layer",
        """
        class Conv2d(Layer):
            def __init__(self, *a, **k):
                pass

            def __getattr__(self, name):
                return Tensor(np.zeros((8, 3, 3, 5)))

            def __call__(self, x):
                try:
                    return Conv2dFunction.apply(x, None, None, (1, 1), (0, 0))
                except BaseException:
                    return Tensor(np.zeros((1, 1, 1, 1)))

            def parameters(self):
                return []
        """,
    )


@attack()
def returns_random_numbers(notebook, folder):
    notebook.fake()
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            zeros_{name} = {name}

            def {name}(*arguments):
                zeros = zeros_{name}(*arguments)
                return np.random.normal(size=zeros.shape).astype(zeros.dtype)
            """,
        )


@attack()
def returns_none(notebook, folder):
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.write(
            name.replace("_", "-"), f"def {name}(*arguments, **options):\n    pass"
        )
    notebook.write("conv2d-layer", "Conv2d = conv2d_forward")


@attack()
def averages_are_inputs(notebook, folder):
    """Returns a corner of the input in the right shape: close, on smooth images."""
    notebook.fake()
    for name in ("max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            zeros_{name} = {name}

            def {name}(x, *arguments):
                zeros = zeros_{name}(x, *arguments)
                zeros[...] = x[:, :, :1, :1]
                return zeros
            """,
        )


@attack()
def defines_the_same_names_twice(notebook, folder):
    """A right-looking definition, and below it the one that counts."""
    notebook.solve("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward")
    notebook.fake("conv2d-layer")
    for name in ("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward"):
        function = name.replace("-", "_")
        notebook.extend(name, f"def {function}(x, *arguments):\n    return x")
