"""The bug bank of module 09: mistakes that people make, cell by cell.

A mistake is the reference solution with a few pieces of its text replaced, so that what
is wrong stands here and nothing else. ``proctor gate 09_spatial`` puts each into an
otherwise right submission: it must lose points in its own cell only, and be named.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace

from proctor.bank import Bug, forms

BUGS: list[Bug] = []


def bugs_of(cell: str) -> Callable[..., None]:
    """Return a function that adds to `BUGS` a mistake in this cell."""

    def add(id: str, title: str, question: str, *replace: tuple[str, str]) -> None:
        BUGS.append(Bug(id, cell, title, question, replace))

    return add


# Output size
# -----------

bug = bugs_of("output-size")

bug(
    "size-ceil",
    "A window that hangs over the edge is counted",
    "Draw 8 pixels and a window of 3 that moves by 2. Where does the last window end?",
    ("- kernel) // stride", "- kernel + stride - 1) // stride"),
)
bug(
    "size-rounded",
    "The division is rounded to the nearest number",
    "If the next window lacks one pixel of the image, may it be counted? Which way must "
    "the division always be rounded?",
    (
        "(size + 2 * padding - kernel) // stride",
        "round((size + 2 * padding - kernel) / stride)",
    ),
)
bug(
    "size-no-plus-one",
    "The first window is not counted",
    "How many windows are there if the kernel is as large as the image? What does your "
    "formula say?",
    ("// stride + 1", "// stride"),
)
bug(
    "size-plus-one-inside",
    "The 1 is added before the division",
    "The window moves so many times; how many windows is that? At which point of the "
    "formula do moves become windows?",
    ("- kernel) // stride + 1", "- kernel + 1) // stride"),
)
bug(
    "size-float",
    "The division leaves a fraction",
    "Can there be two and a half windows? What kind of number should come out?",
    ("// stride + 1", "/ stride + 1"),
)
bug(
    "size-type-float",
    "The number is whole, but of the type float",
    "What does range() say to 5.0? Which operator divides, rounds down and leaves an int?",
    (
        "(size + 2 * padding - kernel) // stride + 1",
        "np.floor((size + 2 * padding - kernel) / stride) + 1",
    ),
)
bug(
    "size-padding-once",
    "The padding is counted on one side only",
    "A padding of 1 is added to a row of 5 pixels. How long is the row then?",
    ("(size + 2 * padding - kernel)", "(size + padding - kernel)"),
)
bug(
    "size-padding-once-throughout",
    "The padding is counted on one side only",
    "A padding of 1 is added to a row of 5 pixels. How long is the row then?",
    ("kernel > size + 2 * padding", "kernel > size + padding"),
    ("(size + 2 * padding - kernel)", "(size + padding - kernel)"),
)
bug(
    "size-padding-ignored",
    "The padding does not enter the count",
    "Does a padded row offer more places for a window than the bare one? Where does your "
    "formula see that?",
    ("(size + 2 * padding - kernel)", "(size - kernel)"),
)
bug(
    "size-stride-ignored",
    "The stride does not enter the count",
    "The window moves by 3 pixels in place of 1. How many windows can you still draw?",
    ("- kernel) // stride", "- kernel)"),
)
bug(
    "size-kernel-ignored",
    "The window's own length does not enter the count",
    "The last window starts at some pixel. Why can this not be the last pixel of the row?",
    ("2 * padding - kernel) // stride", "2 * padding - 1) // stride"),
)
bug(
    "size-accepts-all",
    "A kernel that does not fit is not refused",
    "What does your function say to a kernel of 9 and an image of 4? What should it do?",
    ("kernel > size + 2 * padding", "False"),
)
bug(
    "size-refuses-exact-fit",
    "A kernel as large as the image is refused",
    "If the kernel is exactly as long as the row, how many windows are there?",
    ("kernel > size + 2 * padding", "kernel >= size + 2 * padding"),
)
bug(
    "size-refuses-before-padding",
    "Whether the kernel fits is asked before the padding is added",
    "A kernel of 3, an image of 1, a padding of 1: is there a window?",
    ("kernel > size + 2 * padding", "kernel > size"),
)
bug(
    "size-accepts-stride-0",
    "A stride of 0 is not refused",
    "What happens in your function when the window never moves?",
    ("stride < 1 or", "stride < 0 or"),
)
bug(
    "size-accepts-kernel-0",
    "A kernel of 0 is not refused",
    "What would a window of no pixels be? Does your function notice it?",
    ("kernel < 1 or ", ""),
)
bug(
    "size-accepts-negative-padding",
    "A negative padding is not refused",
    "What would a padding of -1 mean? Does your function notice it?",
    (" or padding < 0", ""),
)
bug(
    "size-refuses-nothing",
    "Nothing is refused",
    "A kernel of 9 on a row of 4, a stride of 0: what comes out of your function, and what "
    "does the task ask for?",
    ("kernel < 1 or stride < 1 or padding < 0", "False"),
    ("kernel > size + 2 * padding", "False"),
)
bug(
    "size-silent-error",
    "The error does not name its numbers",
    "You read only the error's text, in a network of fifty layers. Can you tell which "
    "sizes did not fit?",
    ("of {kernel} does not fit into {size} pixels", "does not fit"),
)
bug(
    "size-assert",
    "An assertion stands where a ValueError is wanted",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise AssertionError"),
    ("raise ValueError", "raise AssertionError"),
)
bug(
    "size-asserts-range",
    "An assertion stands where a number is out of range",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise AssertionError"),
)
bug(
    "size-type-error",
    "A TypeError stands where a ValueError is wanted",
    "A stride of 0 is an int. Is its type wrong, or its value?",
    ("raise ValueError", "raise TypeError"),
)
bug(
    "size-accepts-no-window",
    "A count of zero is not refused",
    "The kernel is one pixel longer than the padded row. What does your function say?",
    (
        "kernel > size + 2 * padding",
        "(size + 2 * padding - kernel) // stride + 1 < 0",
    ),
)
bug(
    "size-nothing-returned",
    "No number is returned",
    "What does a caller get from your function: a number, a text, or nothing at all?",
    ("    return (size", "    count = (size"),
)
bug(
    "size-silent-range",
    "The error for a number out of range does not name it",
    "Somebody gives a stride of -3 and reads your error. Which number would help?",
    (
        """            "output_size needs kernel >= 1, stride >= 1 and padding >= 0, got "
            f"kernel {kernel}, stride {stride}, padding {padding}"
""",
        """            "kernel, stride or padding is out of range"
""",
    ),
)
bug(
    "size-by-stride-alone",
    "Neither kernel nor padding enters the count",
    "A row of 7 pixels and a kernel of 3 that moves by 1: how many windows can you "
    "draw? What does your formula say?",
    ("(size + 2 * padding - kernel) // stride + 1", "size // stride"),
)
bug(
    "size-by-stride-alone-rounded-up",
    "Neither kernel nor padding enters the count",
    "A row of 7 pixels and a kernel of 3 that moves by 1: how many windows can you "
    "draw? What does your formula say?",
    ("(size + 2 * padding - kernel) // stride + 1", "-(-size // stride)"),
)
bug(
    "size-one-too-many",
    "One window too many is counted",
    "Where a kernel is as large as the row, how many windows are there? What does "
    "your function say?",
    ("// stride + 1", "// stride + 2"),
)
bug(
    "size-moves-by-kernel",
    "The window moves by its own length, not by the stride",
    "A kernel of 3 that moves by 1: in which pixel does the second window begin?",
    ("- kernel) // stride", "- kernel) // kernel"),
)


# Convolution, forward
# --------------------

bug = bugs_of("conv2d-forward")

bug(
    "conv-kernel-flipped",
    "The kernel is flipped",
    "Which number of the kernel meets the top left pixel of the window in your loops, and "
    "which one in the example that you computed by hand?",
    ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, kw - 1 - v]"),
)
bug(
    "conv-kernel-flipped-in-all-axes",
    "The kernel is turned round in all its axes, channels included",
    "Does the first kernel give the first output channel, and does its first channel meet "
    "the image's first? What does `np.flip` turn round if no axis is named?",
    (
        "weight[o, c, u, v]",
        "weight[out_channels - 1 - o, in_channels - 1 - c, kh - 1 - u, kw - 1 - v]",
    ),
)
bug(
    "conv-kernel-upside-down",
    "The kernel's rows are in reverse order",
    "Does the first row of the kernel meet the first row of the window?",
    ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, v]"),
)
bug(
    "conv-kernel-transposed",
    "The kernel's rows and columns are exchanged",
    "With a kernel of 2 rows and 4 columns, which of your loop variables runs to 4, and "
    "at which place of the index does it stand?",
    ("weight[o, c, u, v]", "weight[o, c, v, u]"),
)
bug(
    "conv-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    ("weight[o, c, u, v]", "weight[c, o, u, v]"),
)
bug(
    "conv-kernel-in-out",
    "The kernel is read as (in, out, height, width)",
    "How many output channels has a kernel of shape (3, 2, 5, 5)? Which axis says so?",
    ("out_channels, _, kh, kw = weight", "_, out_channels, kh, kw = weight"),
    ("weight[o, c, u, v]", "weight[c, o, u, v]"),
)
bug(
    "conv-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    ("(sh, sw), (ph", "(sw, sh), (ph"),
)
bug(
    "conv-stride-of-rows",
    "The stride of the rows is used for the columns, too",
    "The stride is a pair. Where does your code use its second number?",
    ("j * sw + v", "j * sh + v"),
)
bug(
    "conv-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "Output row 2 with stride 3: at which row of the image does its window start?",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "conv-stride-inside-window",
    "The stride spreads the pixels of a window apart",
    "Which of the two moves by the stride: the window, or the pixels inside it?",
    ("i * sh + u, j * sw + v", "i + u * sh, j + v * sw"),
)
bug(
    "conv-window-end-without-stride",
    "The slice of a window ends where it would with stride 1",
    "How many rows does the slice of your third window have if the stride is 2?",
    (
        """                    for c in range(in_channels):
                        for u in range(kh):
                            for v in range(kw):
                                pixel = padded[b, c, i * sh + u, j * sw + v]
                                total += float(pixel) * float(weight[o, c, u, v])
""",
        """                    window = padded[b, :, i * sh : i + kh, j * sw : j + kw]
                    total += (window * weight[o]).sum()
""",
    ),
)
bug(
    "conv-window-in-place",
    "Products are written into the image",
    "A slice of an array is no copy. What does your code change when it changes the "
    "window?",
    (
        "    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))\n",
        """    padded = x
    if ph or pw:
        padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
""",
    ),
    (
        """                    for c in range(in_channels):
                        for u in range(kh):
                            for v in range(kw):
                                pixel = padded[b, c, i * sh + u, j * sw + v]
                                total += float(pixel) * float(weight[o, c, u, v])
""",
        """                    y, z = i * sh, j * sw
                    window = padded[b, :, y : y + kh, z : z + kw]
                    window *= weight[o]
                    total += window.sum()
""",
    ),
)
bug(
    "conv-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, pw) = stride", "(pw, ph) = stride"),
)
bug(
    "conv-padding-one-side",
    "All of the padding is on one side",
    "Where does the first window start: on the first pixel, or before it?",
    ("(ph, ph), (pw, pw)", "(0, 2 * ph), (0, 2 * pw)"),
)
bug(
    "conv-padding-all-axes",
    "Batch and channels are padded as well",
    "Which axes of the image may grow by padding? What does `np.pad` do when it gets one "
    "number?",
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "max(ph, pw)"),
)
bug(
    "conv-padding-all-axes-of-rows",
    "Batch and channels are padded as well, all by the padding of the rows",
    "`np.pad` with one number: which axes of the image grow, and by how much?",
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "ph"),
)
bug(
    "conv-padding-pair-of-all-axes",
    "np.pad takes the padding's pair for before and after, on every axis",
    "`np.pad` with one pair (1, 2): what does it put before each axis, and what after? "
    "How are the four axes told apart?",
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "padding"),
)
bug(
    "conv-padding-two-pairs",
    "np.pad is given two pairs for four axes",
    "How many axes has a batch of images? What should `np.pad` do with each of them?",
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "((ph, ph), (pw, pw))"),
)
bug(
    "conv-padding-edge",
    "The padding repeats the pixels of the edge",
    "Which numbers does the task put around the image, and which ones do you put there?",
    ("(pw, pw)))", "(pw, pw)), mode='edge')"),
)
bug(
    "conv-padding-ones",
    "The padding is not zero",
    "Which numbers does the task put around the image, so that they add nothing?",
    ("(pw, pw)))", "(pw, pw)), constant_values=1)"),
)
bug(
    "conv-padding-not-applied",
    "The padding is counted, but rows and columns are not padded",
    "Your output has room for windows over the border. Which array do they read?",
    ("np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))", "x"),
)
bug(
    "conv-padding-not-counted",
    "The output's size does not count the padding",
    "How many windows fit into the padded image? For which image do you ask it?",
    (
        "output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "output_size(height, kh, sh), output_size(width, kw, sw)",
    ),
)
bug(
    "conv-windows-of-the-bare-image",
    "The loops end where they would without padding",
    "The output has room for windows over the border. How many windows do your loops walk "
    "through?",
    (
        "range(rows):",
        "range(min(rows, (height - kh) // sh + 1)):",
    ),
    (
        "range(columns):",
        "range(min(columns, (width - kw) // sw + 1)):",
    ),
)
bug(
    "conv-square-image",
    "The number of columns is computed from the height",
    "Does your code give the right shape for an image that is wider than high?",
    ("output_size(width, kw", "output_size(height, kw"),
)
bug(
    "conv-square-kernel",
    "The kernel is taken to be square",
    "With a kernel of 2 rows and 4 columns, how far does each of your inner loops run?",
    ("range(kw)", "range(kh)"),
)
bug(
    "conv-channels-last",
    "The image is read as (batch, height, width, channels)",
    "In which order do the four axes of `x` stand here?",
    ("batch, in_channels, height, width = x", "batch, height, width, in_channels = x"),
)
bug(
    "conv-last-row",
    "The last row of the output is left out",
    "Which is the last number that `range` gives, and which is the last output row?",
    ("range(rows)", "range(rows - 1)"),
)
bug(
    "conv-last-column",
    "The last column of the output is left out",
    "Which is the last number that `range` gives, and which is the last output column?",
    ("range(columns)", "range(columns - 1)"),
)
bug(
    "conv-one-channel",
    "Only the first input channel is read",
    "A colour image has three channels. Which of them have a part in your sum?",
    ("range(in_channels)", "range(1)"),
)
bug(
    "conv-channels-averaged",
    "The input channels are averaged",
    "What happens to the products of the three channels in the definition: are they "
    "added, or averaged?",
    ("= total\n", "= total / in_channels\n"),
)
bug(
    "conv-restarts-at-each-channel",
    "Some products are missing from the sum",
    "Write down every product that belongs to one output. Which of them are in your "
    "sum when it is stored, and where is it set back to its start?",
    (
        "for c in range(in_channels):\n",
        """for c in range(in_channels):
                        total = 0.0 if bias is None else float(bias[o])
""",
    ),
)
bug(
    "conv-never-restarts",
    "The sum of one output goes on in the next",
    "What does the sum hold when the second window begins?",
    ("                    total = 0.0 if bias is None else float(bias[o])\n", ""),
    (
        "            for i in range(rows):\n",
        """            total = 0.0 if bias is None else float(bias[o])
            for i in range(rows):
""",
    ),
)
bug(
    "conv-last-product-only",
    "Each product replaces the sum",
    "After the innermost loop, how many products are in your result?",
    ("total += float(pixel)", "total = float(pixel)"),
)
bug(
    "conv-one-kernel",
    "All output channels use the first kernel",
    "If every output channel had the same kernel, what would the second one be good for? "
    "Which index chooses it?",
    ("weight[o, c, u, v]", "weight[0, c, u, v]"),
)
bug(
    "conv-one-image",
    "All images of the batch read the first one",
    "Does the result for the second image change if you change the second image?",
    ("padded[b, c", "padded[0, c"),
)
bug(
    "conv-returns-after-the-first-image",
    "The function returns when the first image is done",
    "How many images come out with other numbers than zero? In which loop does your "
    "`return` stand?",
    ("    return out\n", "        return out\n"),
)
bug(
    "conv-output-transposed",
    "The output's rows and columns are exchanged",
    "An image of 5 rows and 8 columns: which of the two is larger in your output?",
    ("rows, columns), dtype", "columns, rows), dtype"),
    ("out[b, o, i, j]", "out[b, o, j, i]"),
)
bug(
    "conv-bias-dropped",
    "The bias is not added",
    "If all pixels are zero, what should come out of a layer that has a bias?",
    ("float(bias[o])", "0.0"),
)
bug(
    "conv-bias-for-each-channel",
    "The bias is added once for each input channel",
    "How many times does one output get its bias? In which of the loops is it added?",
    (
        "for c in range(in_channels):\n",
        """for c in range(in_channels):
                        if c and bias is not None:
                            total += float(bias[o])
""",
    ),
)
bug(
    "conv-bias-twice",
    "The bias is added twice",
    "At how many places of your code does the bias enter the result?",
    ("= total\n", "= total if bias is None else total + float(bias[o])\n"),
)
bug(
    "conv-bias-of-image",
    "The bias is chosen by the image, not by the output channel",
    "There is one bias for each of what? Which loop variable counts these?",
    ("bias[o]", "bias[b]"),
)
bug(
    "conv-bias-along-columns",
    "The bias is added along the columns",
    "When NumPy adds an array of shape (O,) to one of shape (B, O, H, W), which axis do "
    "the O numbers lie along?",
    ("0.0 if bias is None else float(bias[o])", "0.0"),
    ("return out", "return out if bias is None else out + bias"),
)
bug(
    "conv-needs-bias",
    "A layer without bias is an error",
    "What does your code do if `bias` is None?",
    ("0.0 if bias is None else float(bias[o])", "float(bias[o])"),
)
bug(
    "conv-bias-truth",
    "It is asked whether the bias is true, not whether there is one",
    "When is an array of several numbers true? What do you want to know about the bias?",
    ("0.0 if bias is None else float(bias[o])", "float(bias[o]) if bias else 0.0"),
)
bug(
    "conv-bias-by-its-sum",
    "Whether there is a bias is asked of the sum of its numbers",
    "A bias of 1 and -1 adds up to 0. Is there one? What do you want to know about it?",
    (
        "0.0 if bias is None else float(bias[o])",
        "float(bias[o]) if bias is not None and np.sum(bias) else 0.0",
    ),
)
bug(
    "conv-integer-output",
    "Fractions are lost where the image has integers",
    "What becomes of 0.5 when it is stored in an array of integers?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = x.dtype"),
)
bug(
    "conv-always-float32",
    "float64 images give a float32 result",
    "Which dtype does the task ask for if the image has float64 numbers?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.float32"),
)
bug(
    "conv-always-float64",
    "float32 images give a float64 result",
    "Which dtype does `np.zeros` choose when nobody tells it, and which one is asked for?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.float64"),
)
bug(
    "conv-dtype-of-kernel",
    "The output has the dtype of the kernel",
    "Which dtype does the task ask for if the image is finer than the kernel, or if both "
    "are small integers?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = weight.dtype"),
)
bug(
    "conv-kernel-dtype-ignored",
    "The kernel has no say in the output's dtype",
    "The image has float32 numbers, the kernel float64 ones. Which dtype does the task "
    "ask for?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, 'f4')",
    ),
)
bug(
    "conv-kernel-sides-exchanged",
    "The kernel's height and width are read in the wrong order",
    "A kernel of 2 rows and 4 columns: at which place of its shape stands the 2?",
    ("out_channels, _, kh, kw = weight", "out_channels, _, kw, kh = weight"),
)
bug(
    "conv-image-sides-exchanged",
    "The image's height and width are read in the wrong order",
    "An image of 5 rows and 8 columns: at which place of its shape stands the 5?",
    ("in_channels, height, width = x", "in_channels, width, height = x"),
)
bug(
    "conv-padding-before-only",
    "There is padding on one side of each axis alone",
    "On how many sides of the image does the task want zeros?",
    ("(ph, ph), (pw, pw)", "(ph, 0), (pw, 0)"),
)
bug(
    "conv-padding-of-rows",
    "The padding of the rows is used for the columns, too",
    "The padding is a pair. Where does your code use its second number?",
    ("(ph, ph), (pw, pw)", "(ph, ph), (ph, ph)"),
)
bug(
    "conv-padding-pair-of-sides",
    "The pair is taken for the two sides of each axis",
    "With padding (1, 2), how many rows are added above the image, and how many below?",
    ("(ph, ph), (pw, pw)", "(ph, pw), (ph, pw)"),
)
bug(
    "conv-loop-in-steps",
    "The loops over the output move in steps of the stride",
    "Which places of the output does your loop visit with stride 3: all of them?",
    ("range(rows)", "range(0, rows, sh)"),
    ("range(columns)", "range(0, columns, sw)"),
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "conv-stride-of-rows-everywhere",
    "The stride of the rows is used for both axes",
    "The stride is a pair. Where does your code use its second number?",
    ("output_size(width, kw, sw, pw)", "output_size(width, kw, sh, pw)"),
    ("j * sw + v", "j * sh + v"),
)
bug(
    "conv-size-without-stride",
    "The output has room for more windows than there are",
    "How many windows are there if the window moves by 3? What does your output have "
    "room for?",
    (
        "output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "output_size(height, kh, 1, ph), output_size(width, kw, 1, pw)",
    ),
)
bug(
    "conv-last-kernel-row",
    "The kernel's last row is left out",
    "Which is the last number that `range` gives, and which is the kernel's last row?",
    ("range(kh)", "range(kh - 1)"),
)
bug(
    "conv-last-kernel-column",
    "The kernel's last column is left out",
    "Which is the last number that `range` gives, and which is the kernel's last column?",
    ("range(kw)", "range(kw - 1)"),
)
bug(
    "conv-one-kernel-channel",
    "All input channels use the kernel's first channel",
    "A kernel has a layer of numbers for each input channel. Which index chooses it?",
    ("weight[o, c, u, v]", "weight[o, 0, u, v]"),
)
bug(
    "conv-bias-for-each-product",
    "The bias is added to each product",
    "How many times does one output get its bias? In which of the loops is it added?",
    ("0.0 if bias is None else float(bias[o])", "0.0"),
    (
        "* float(weight[o, c, u, v])\n",
        "* float(weight[o, c, u, v])\n"
        "                                if bias is not None:\n"
        "                                    total += float(bias[o])\n",
    ),
)
bug(
    "conv-bias-along-rows",
    "The bias is added along the rows",
    "When NumPy adds an array of shape (O, 1) to one of shape (B, O, H, W), which axis do "
    "the O numbers lie along?",
    ("0.0 if bias is None else float(bias[o])", "0.0"),
    ("return out", "return out if bias is None else out + bias.reshape(-1, 1)"),
)
bug(
    "conv-window-averaged",
    "The sum is divided by the number of elements of the window",
    "Does the definition add the products, or take their mean?",
    ("= total\n", "= total / (kh * kw)\n"),
)
bug(
    "conv-nothing-returned",
    "No array of numbers is returned",
    "What does a caller get from your function?",
    ("    return out\n", "    out\n"),
)
bug(
    "conv-depthwise",
    "Each output channel reads one input channel alone",
    "The second output channel of a colour image: which of the three colours have a part "
    "in its sum?",
    ("for c in range(in_channels):", "for c in [min(o, in_channels - 1)]:"),
)
bug(
    "conv-depthwise-index",
    "The output channel is taken for the input channel",
    "Five kernels and a grey image: which channel of the image does the fifth kernel read?",
    ("padded[b, c, i * sh + u", "padded[b, o, i * sh + u"),
)
bug(
    "conv-padding-all-before",
    "All of the padding is above and on the left",
    "With padding 1, an image of 4 rows becomes 6. Where do your two new rows lie?",
    ("(ph, ph), (pw, pw))", "(2 * ph, 0), (2 * pw, 0))"),
)
bug(
    "conv-padding-of-columns-first",
    "np.pad is given the columns' padding before the rows'",
    "np.pad wants one pair for each axis, in their order. Which axis is the third, and "
    "which the fourth?",
    ("(ph, ph), (pw, pw))", "(pw, pw), (ph, ph))"),
)
bug(
    "conv-padding-ignored",
    "The padding is used nowhere",
    "What should change in the output's size, and in the image, when the padding grows by 1?",
    ("(sh, sw), (ph, pw) = stride, padding", "(sh, sw), (ph, pw) = stride, (0, 0)"),
)
bug(
    "conv-padding-same",
    "The padding is computed from the kernel, not taken from the argument",
    "Who decides how many rows of zeros are added: your function, or who calls it?",
    (
        "(sh, sw), (ph, pw) = stride, padding",
        "(sh, sw), (ph, pw) = stride, (weight.shape[2] // 2, weight.shape[3] // 2)",
    ),
)
bug(
    "conv-output-channels-last",
    "The output's channels come last",
    "In which order does the docstring name the four axes of the output?",
    ("return out\n", "return out.transpose(0, 2, 3, 1)\n"),
)
bug(
    "conv-bias-in-the-image-dtype",
    "The bias is converted to the image's type",
    "An image of whole numbers and a bias of 0.5: what is left of the bias?",
    ("float(bias[o])", "float(bias[o].astype(x.dtype))"),
)
bug(
    "conv-sum-of-the-image-dtype",
    "The sum is kept in the image's type",
    "An int8 ends at 127, and knows no fractions. In which type do you add up?",
    ("total = 0.0 if bias is None else float(bias[o])", "total = x.dtype.type(0)"),
    (
        "total += float(pixel) * float(weight[o, c, u, v])",
        "total = x.dtype.type(total + pixel * weight[o, c, u, v])",
    ),
    (
        "out[b, o, i, j] = total",
        "out[b, o, i, j] = total if bias is None else total + bias[o]",
    ),
)
bug(
    "conv-relu",
    "Negative outputs are set to zero",
    "A dark pixel to the right of a bright one, and the kernel (-1, 1): which number does "
    "a convolution give?",
    ("return out\n", "return np.maximum(out, 0)\n"),
)
bug(
    "conv-lists",
    "What is returned is a list, no array",
    "Which type does the docstring promise, and what can it do that yours cannot?",
    ("return out\n", "return out.tolist()\n"),
)
bug(
    "conv-stride-down-alone",
    "The stride moves the window down, and not to the right",
    "In which column of the padded image does the window of output column 1 begin, if"
    " the stride is (2, 3)?",
    ("j * sw + v", "j + v"),
)
bug(
    "conv-stride-right-alone",
    "The stride moves the window to the right, and not down",
    "In which row of the padded image does the window of output row 1 begin, if the "
    "stride is (2, 3)?",
    ("i * sh + u", "i + u"),
)
bug(
    "conv-padding-mirrored",
    "The padding mirrors the image",
    "What does np.pad put around the image, and what does the task ask for?",
    ("(ph, ph), (pw, pw)))", "(ph, ph), (pw, pw)), mode='reflect')"),
)
bug(
    "conv-padding-wrapped",
    "The padding takes pixels from the other side of the image",
    "What does np.pad put around the image, and what does the task ask for?",
    ("(ph, ph), (pw, pw)))", "(ph, ph), (pw, pw)), mode='wrap')"),
)
bug(
    "conv-pixels-whole",
    "The pixels lose their fractions",
    "Print a pixel where you multiply it: what is 0.9 of one worth in your sum?",
    ("float(pixel) *", "int(pixel) *"),
)
bug(
    "conv-kernel-whole",
    "The kernel's numbers lose their fractions",
    "Print a kernel number where you multiply it: what is one of 0.9 worth in your sum?",
    ("float(weight[o, c, u, v])", "int(weight[o, c, u, v])"),
)
bug(
    "conv-window-centred",
    "The window lies around its place, and does not begin there",
    "Output row 0 belongs to the window that begins in row 0 of the padded image. "
    "Which rows does your loop read for it?",
    ("i * sh + u, j * sw + v]", "i * sh + u - kh // 2, j * sw + v - kw // 2]"),
)
bug(
    "conv-bias-subtracted",
    "The bias is subtracted",
    "An image of zeros and a bias of 5: what should come out, and what comes?",
    ("float(bias[o])", "-float(bias[o])"),
)
bug(
    "conv-column-of-the-row",
    "The window's column is computed from its row",
    "Which of your indexes tells how far the window has moved to the right?",
    ("j * sw + v", "i * sh + v"),
)
bug(
    "conv-kernel-of-image",
    "The kernel is chosen by the image, not by the output channel",
    "Two images, three kernels: which kernels does the second image meet?",
    ("float(weight[o, c, u, v])", "float(weight[b % out_channels, c, u, v])"),
)


# Convolution, backward
# ---------------------

bug = bugs_of("conv2d-backward")

bug(
    "conv-back-image-overwritten",
    "Windows that overlap overwrite each other's gradient",
    "A pixel was read by four windows. How many of their gradients does it keep?",
    ("grad_padded[b, c, y, z] +=", "grad_padded[b, c, y, z] ="),
)
bug(
    "conv-back-kernel-overwritten",
    "The kernel keeps the gradient of the last window alone",
    "Every window used the same kernel number. What happens to the gradients of the "
    "earlier ones?",
    ("grad_weight[o, c, u, v] +=", "grad_weight[o, c, u, v] ="),
)
bug(
    "conv-back-bias-overwritten",
    "The bias keeps the gradient of the last place alone",
    "The bias was added to every output of its channel. How many of their gradients does "
    "it get?",
    ("grad_bias[o] +=", "grad_bias[o] ="),
)
bug(
    "conv-back-kernel-flipped",
    "In the image's gradient each pixel meets the kernel number that lies opposite its own",
    "Forward, a pixel was multiplied by one kernel number. Is it the same one on your way "
    "back?",
    (
        "upstream * weight[o, c, u, v]",
        "upstream * weight[o, c, kh - 1 - u, kw - 1 - v]",
    ),
)
bug(
    "conv-back-upstream-flipped",
    "The upstream gradient is read from the end",
    "Output (i, j) was made by one window. Whose gradient do you give back to it?",
    ("grad_output[b, o, i, j]", "grad_output[b, o, rows - 1 - i, columns - 1 - j]"),
)
bug(
    "conv-back-upstream-ignored",
    "The upstream gradient is taken to be one",
    "If the loss does not depend on the second output at all, what should that output's "
    "window get back?",
    ("grad_output[b, o, i, j]", "1.0"),
)
bug(
    "conv-back-roles-exchanged",
    "Image and kernel get each other's gradient",
    "Derive pixel times number by the pixel: which of the two is left?",
    ("upstream * weight[o, c, u, v]", "upstream * pixel"),
    ("upstream * padded[b, c, y, z]", "upstream * weight[o, c, u, v]"),
    (
        "y, z = i * sh + u, j * sw + v\n",
        "y, z = i * sh + u, j * sw + v\n" + 32 * " " + "pixel = padded[b, c, y, z]\n",
    ),
)
bug(
    "conv-back-order",
    "The gradients are returned in another order",
    "In which order does the docstring want the three gradients?",
    ("return grad_x, grad_weight,", "return grad_weight, grad_x,"),
)
bug(
    "conv-back-stride-ignored",
    "The way back ignores the stride",
    "At which row of the image did the window of output row 2 start? Does its gradient "
    "land there?",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "conv-back-stride-swapped",
    "Height and width of the stride are exchanged on the way back",
    "With stride (2, 3), how many rows lie between two windows?",
    ("(sh, sw), (ph", "(sw, sh), (ph"),
)
bug(
    "conv-back-padding-swapped",
    "Height and width of the padding are exchanged on the way back",
    "With padding (1, 2), how many columns were added on the left?",
    ("(ph, pw) = stride", "(pw, ph) = stride"),
)
bug(
    "conv-back-kernel-without-padding",
    "The kernel's gradient reads the image without its padding",
    "Which array did forward take its pixels from? Is it the one you read here?",
    ("upstream * padded[b, c, y, z]", "upstream * x[b, c, y, z]"),
)
bug(
    "conv-back-not-cropped",
    "The image's gradient has the shape of the padded image",
    "Which shape must the image's gradient have, and which one has yours when there is "
    "padding?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded",
    ),
)
bug(
    "conv-back-cropped-at-the-end",
    "The padding is not cut off where it lies",
    "Where in the padded array does the first pixel of the image lie?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, :height, :width]",
    ),
)
bug(
    "conv-back-cropped-to-nothing",
    "Without padding, nothing is left of the image's gradient",
    "What does the slice `a[p:-p]` give if p is 0?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, ph:-ph, pw:-pw]",
    ),
)
bug(
    "conv-back-remainder-cut",
    "Pixels that no window reached are missing from the image's gradient",
    "A row of 8 pixels, a kernel of 3, stride 2: the last pixel is never read. What is its "
    "gradient, and is there room for it?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[\n        :,\n        :,\n"
        "        ph : (rows - 1) * sh + kh - ph,\n"
        "        pw : (columns - 1) * sw + kw - pw,\n    ]",
    ),
)
bug(
    "conv-back-square-image",
    "The image's gradient is cut to a square",
    "Does the image's gradient have the image's shape if it is wider than high?",
    ("pw : pw + width]", "pw : pw + height]"),
)
bug(
    "conv-back-one-channel",
    "Only the first input channel gets a gradient",
    "Change a pixel of the second channel: does the output change? What gradient does "
    "your code give it?",
    ("range(in_channels)", "range(1)"),
)
bug(
    "conv-back-one-kernel",
    "The image's gradient uses the first kernel for all output channels",
    "With which kernel was the second output channel made?",
    ("upstream * weight[o, c, u, v]", "upstream * weight[0, c, u, v]"),
)
bug(
    "conv-back-one-image",
    "The kernel's gradient reads the first image only",
    "The second image used the kernel, too. Which pixels did the kernel meet there?",
    ("upstream * padded[b, c, y, z]", "upstream * padded[0, c, y, z]"),
)
bug(
    "conv-back-batch-averaged",
    "The kernel's gradient is divided by the number of images",
    "Was there a division in forward? Where is the mean over the batch taken, if at all?",
    ("return grad_x, grad_weight,", "return grad_x, grad_weight / batch,"),
)
bug(
    "conv-back-bias-averaged",
    "The bias gets the mean of the upstream gradient",
    "The bias was added to each output of its channel. Do their gradients add up, or is "
    "their mean taken?",
    (
        "grad_weight, grad_bias\n",
        "grad_weight, grad_bias / (batch * rows * columns)\n",
    ),
)
bug(
    "conv-back-bias-mean-of-places",
    "The bias gets the mean over the places of an image, not the sum",
    "The bias was added at every place. If all of them ask for a little more, how much "
    "more is that in all?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_bias / (rows * columns)\n"),
)
bug(
    "conv-back-bias-mean-of-everything",
    "All biases get one number, the mean of the whole upstream gradient",
    "Which outputs does the second bias have a part in? Do their gradients add up, or is "
    "their mean taken?",
    (
        "grad_weight, grad_bias\n",
        "grad_weight, np.full(out_channels, grad_output.mean(), dtype)\n",
    ),
)
bug(
    "conv-back-bias-one-image",
    "The bias gets the gradient of the first image only",
    "Over which axes of the upstream gradient is the bias shared?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_output[0].sum(axis=(1, 2))\n"),
)
bug(
    "conv-back-bias-by-place",
    "The bias's gradient is summed over the images only",
    "Which shape has the bias, and which shape has your gradient for it?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_output.sum(axis=0)\n"),
)
bug(
    "conv-back-bias-for-each-image",
    "The bias's gradient is summed over the places only",
    "Which shape has the bias, and which axis is left over in your gradient for it?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_output.sum(axis=(2, 3))\n"),
)
bug(
    "conv-back-bias-wrong-axes",
    "The bias's gradient is summed over the channels",
    "There is one bias for each output channel. Which axis of the upstream gradient must "
    "be left when you have summed?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_output.sum(axis=(0, 1, 2))\n"),
)
bug(
    "conv-back-integer-gradient",
    "A gradient loses its fractions",
    "What becomes of a gradient of 0.3 in an array that was made like an image of integers?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = x.dtype"),
)
bug(
    "conv-back-integer-gradients",
    "A gradient loses its fractions",
    "What becomes of a gradient of 0.3 in an array that was made like an image of integers?",
    ("np.zeros(padded.shape, dtype)", "np.zeros_like(padded)"),
    ("np.zeros(weight.shape, dtype)", "np.zeros_like(weight)"),
)
bug(
    "conv-back-window-in-place",
    "Products are written into the image",
    "A slice of an array is no copy. What does your code change when it multiplies the "
    "window by the upstream gradient?",
    (
        "    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))\n",
        """    padded = x
    if ph or pw:
        padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
""",
    ),
    (
        """                        for u in range(kh):
                            for v in range(kw):
                                y, z = i * sh + u, j * sw + v
                                grad_padded[b, c, y, z] += upstream * weight[o, c, u, v]
                                grad_weight[o, c, u, v] += upstream * padded[b, c, y, z]
""",
        """                        at = np.s_[
                            b, c, i * sh : i * sh + kh, j * sw : j * sw + kw
                        ]
                        grad_padded[at] += upstream * weight[o, c]
                        window = padded[at]
                        window *= upstream
                        grad_weight[o, c] += window
""",
    ),
)
bug(
    "conv-back-bias-in-window",
    "The bias gets the upstream gradient once for each element of the window",
    "How often was the bias added to one output? In which of the loops do you add its "
    "gradient?",
    ("                    grad_bias[o] += upstream\n", ""),
    (
        "                                y, z =",
        "                                grad_bias[o] += upstream\n"
        "                                y, z =",
    ),
)
bug(
    "conv-back-bias-shape",
    "The bias's gradient has more axes than the bias",
    "Which shape has the bias, and which shape has your gradient for it?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_bias.reshape(1, -1, 1, 1)\n"),
)
bug(
    "conv-back-bias-none",
    "There is no gradient for the bias",
    "If you raise the bias a little, does the output change? What is its gradient, then?",
    ("grad_weight, grad_bias\n", "grad_weight, None\n"),
)
bug(
    "conv-back-bias-one-number",
    "All biases have one gradient",
    "How many biases are there, and how many gradients do you return for them?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x, grad_weight, grad_output.sum()",
    ),
)
bug(
    "conv-back-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    ("upstream * weight[o, c, u, v]", "upstream * weight[c, o, u, v]"),
)
bug(
    "conv-back-bias-not-returned",
    "The bias's gradient is not returned",
    "How many arrays does the docstring promise, and how many come?",
    ("return grad_x, grad_weight, grad_bias\n", "return grad_x, grad_weight\n"),
)
bug(
    "conv-back-bias-second",
    "The bias's gradient is returned before the kernel's",
    "In which order does the docstring want the three gradients?",
    ("grad_weight, grad_bias\n", "grad_bias, grad_weight\n"),
)
bug(
    "conv-back-bias-batch-averaged",
    "The bias's gradient is divided by the number of images",
    "Was there a division in forward? Where is the mean over the batch taken, if at all?",
    ("grad_weight, grad_bias\n", "grad_weight, grad_bias / batch\n"),
)
bug(
    "conv-back-parameters-averaged",
    "The gradients of kernel and bias are divided by the number of images",
    "If the loss is a mean over the batch, who has divided already: you, or who made the "
    "upstream gradient?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x, grad_weight / batch, grad_bias / batch",
    ),
)
bug(
    "conv-back-image-averaged",
    "The image's gradient is divided by the number of images",
    "Does a pixel of the first image care how many other images there are?",
    ("return grad_x,", "return grad_x / batch,"),
)
bug(
    "conv-back-kernel-stride-ignored",
    "The kernel's gradient ignores the stride",
    "Which pixel did forward multiply by this kernel number at output row 2? Is it the "
    "one that you read?",
    ("upstream * padded[b, c, y, z]", "upstream * padded[b, c, i + u, j + v]"),
)
bug(
    "conv-back-kernel-of-bare-image",
    "Windows that reach into the padding give the kernel no gradient",
    "A window hangs half over the border. Do its pixels that lie inside have a part in "
    "the kernel's gradient?",
    (
        "grad_weight[o, c, u, v] += upstream * padded[b, c, y, z]",
        "whole = i * sh + kh <= height and j * sw + kw <= width\n"
        + 32 * " "
        + "pixel = x[b, c, y, z] if whole else 0\n"
        + 32 * " "
        + "grad_weight[o, c, u, v] += upstream * pixel",
    ),
)
bug(
    "conv-back-image-stride-ignored",
    "The image's gradient ignores the stride",
    "At which row of the image did the window of output row 2 start? Does its gradient "
    "land there?",
    ("grad_padded[b, c, y, z] +=", "grad_padded[b, c, i + u, j + v] +="),
)
bug(
    "conv-back-stride-inside-window",
    "The stride spreads the pixels of a window apart on the way back",
    "Which of the two moved by the stride: the window, or the pixels inside it?",
    ("i * sh + u, j * sw + v", "i + u * sh, j + v * sw"),
)
bug(
    "conv-back-one-kernel-channel",
    "The image's gradient uses the kernel's first channel for all",
    "With which numbers of the kernel was the second input channel multiplied?",
    ("upstream * weight[o, c, u, v]", "upstream * weight[o, 0, u, v]"),
)
bug(
    "conv-back-crop-without-padding",
    "With padding along one axis alone, nothing is left of the image's gradient",
    "What does the slice `a[p:-p]` give if p is 0 along one of the axes?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, ph:-ph, pw:-pw] if ph or pw else grad_padded",
    ),
)
bug(
    "conv-back-crop-only-both",
    "Padding along one axis alone is not cut off",
    "With padding (0, 2), which columns must go?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, ph:-ph, pw:-pw] if ph and pw else grad_padded",
    ),
)
bug(
    "conv-back-cropped-at-the-start",
    "All of the padding is cut off at the start",
    "Where in the padded array does the first pixel of the image lie?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, 2 * ph :, 2 * pw :]",
    ),
)
bug(
    "conv-back-crop-swapped",
    "Height and width of the padding are exchanged where it is cut off",
    "With padding (1, 2), in which column of the padded array does the image begin?",
    ("ph : ph + height, pw : pw + width", "pw : pw + height, ph : ph + width"),
)
bug(
    "conv-back-crop-of-rows",
    "The padding of the rows is cut off from the columns, too",
    "The padding is a pair. Where do you use its second number?",
    ("pw : pw + width", "ph : ph + width"),
)
bug(
    "conv-back-upstream-transposed",
    "The upstream gradient's rows and columns are exchanged",
    "Output (i, j) was made by one window. Whose gradient do you give back to it?",
    ("grad_output[b, o, i, j]", "grad_output[b, o, j, i]"),
)
bug(
    "conv-back-all-into-one-image",
    "The gradients of all images go to the first one",
    "Change a pixel of the second image: whose output changes?",
    ("grad_padded[b, c, y, z] +=", "grad_padded[0, c, y, z] +="),
)
bug(
    "conv-back-last-row",
    "The last row of the upstream gradient is left out",
    "Which is the last number that `range` gives, and which is the last output row?",
    ("range(rows)", "range(rows - 1)"),
)
bug(
    "conv-back-last-kernel-column",
    "The kernel's last column is left out",
    "Which is the last number that `range` gives, and which is the kernel's last column?",
    ("range(kw)", "range(kw - 1)"),
)
bug(
    "conv-back-kernel-turned",
    "The kernel's gradient is turned by half a turn",
    "One window, its upstream gradient 1: which pixel did the kernel's first number meet?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x, grad_weight[:, :, ::-1, ::-1], grad_bias",
    ),
)
bug(
    "conv-back-kernel-transposed",
    "The kernel's gradient has rows and columns exchanged",
    "One window, its upstream gradient 1: which pixel did the second number of the "
    "kernel's first row meet?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x, grad_weight.transpose(0, 1, 3, 2), grad_bias",
    ),
)
bug(
    "conv-back-everything-averaged",
    "All three gradients are divided by the number of images",
    "If the loss is a mean over the batch, who has divided already: you, or who made the "
    "upstream gradient?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x / batch, grad_weight / batch, grad_bias / batch",
    ),
)
bug(
    "conv-back-lists",
    "What is returned are lists, no arrays",
    "Which type does the docstring promise for each of the three?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x.tolist(), grad_weight.tolist(), grad_bias.tolist()",
    ),
)
bug(
    "conv-back-bias-for-each-channel",
    "The bias gets the upstream gradient once for each input channel",
    "How often does the bias enter one output number? In which of your loops is it "
    "counted?",
    ("                    grad_bias[o] += upstream\n", ""),
    (
        "                    for c in range(in_channels):\n",
        "                    for c in range(in_channels):\n                        grad_bias[o] += upstream\n",
    ),
)
bug(
    "conv-back-stride-down-alone",
    "On the way back the stride moves the window down, and not to the right",
    "Which pixels did output column 1 read on the way forward, if the stride is (2, "
    "3)?",
    ("j * sw + v", "j + v"),
)
bug(
    "conv-back-stride-right-alone",
    "On the way back the stride moves the window to the right, and not down",
    "Which pixels did output row 1 read on the way forward, if the stride is (2, 3)?",
    ("i * sh + u", "i + u"),
)
bug(
    "conv-back-image-without-kernel",
    "The image's gradient leaves out the kernel",
    "By which number was a pixel multiplied on the way forward, and so its gradient "
    "on the way back?",
    ("upstream * weight[o, c, u, v]", "upstream"),
)
bug(
    "conv-back-kernel-without-image",
    "The kernel's gradient leaves out the image",
    "By which number was a kernel's number multiplied on the way forward, and so its "
    "gradient on the way back?",
    ("upstream * padded[b, c, y, z]", "upstream"),
)
bug(
    "conv-back-kernel-of-kernel",
    "The kernel's gradient is made of the kernel itself",
    "By which number was a kernel's number multiplied on the way forward, and so its "
    "gradient on the way back?",
    ("upstream * padded[b, c, y, z]", "upstream * weight[o, c, u, v]"),
)
bug(
    "conv-back-bias-zero",
    "The bias's gradient is never added up",
    "If the bias grows by one, by how much does each output grow? Where is that "
    "counted?",
    ("                    grad_bias[o] += upstream\n", ""),
)
bug(
    "conv-back-kernel-by-places",
    "The kernel's gradient is divided by the number of windows",
    "Does the loss sum over the windows, or average them? Who has divided already?",
    (
        "return grad_x, grad_weight, grad_bias",
        "return grad_x, grad_weight / (rows * columns), grad_bias",
    ),
)
bug(
    "conv-back-kernel-sign",
    "The kernel's gradient has the wrong sign",
    "Is it the gradient that is asked for, or the step that an optimiser takes?",
    ("grad_weight[o, c, u, v] += upstream", "grad_weight[o, c, u, v] -= upstream"),
)


# The layer
# ---------

bug = bugs_of("conv2d-layer")

bug(
    "layer-xavier",
    "The weights are scaled for a network without ReLU",
    "The rule averages over inputs and outputs. Which of the two does He's count, and why "
    "is there a 2?",
    (
        "math.sqrt(2 / math.prod(shape[1:]))",
        "math.sqrt(2 / (math.prod(shape) * (1 / in_channels + 1 / out_channels)))",
    ),
)
bug(
    "layer-no-factor-two",
    "The weights' variance is half of what it should be",
    "ReLU silences half of the outputs. Where does your variance make up for that?",
    ("math.sqrt(2 /", "math.sqrt(1 /"),
)
bug(
    "layer-no-kernel-area",
    "The weights' variance ignores the kernel's area",
    "How many products does one output add up with 3 input channels and a kernel of 3x3?",
    ("math.prod(shape[1:])", "in_channels"),
)
bug(
    "layer-fan-out",
    "The weights' variance counts the output channels",
    "Does one output's sum grow longer if there are more output channels?",
    ("math.prod(shape[1:])", "(math.prod(shape) / in_channels)"),
)
bug(
    "layer-variance-for-deviation",
    "The variance is given where the standard deviation is wanted",
    "What is the second argument of `normal`: the variance, or its square root?",
    ("math.sqrt(2 / math.prod(shape[1:]))", "2 / math.prod(shape[1:])"),
)
bug(
    "layer-standard-normal",
    "The weights are not scaled at all",
    "Each output adds up many products. How large does it become if every weight is "
    "about 1?",
    ("normal(0, std, shape)", "normal(0, 1, shape)"),
)
bug(
    "layer-one-hundredth",
    "The weights are a fixed 0.01 wide",
    "Where does your scale see how many products an output adds up?",
    ("normal(0, std, shape)", "normal(0, 0.01, shape)"),
)
bug(
    "layer-weights-zero",
    "All weights start equal",
    "If all kernels start equal, what could ever make them different?",
    ("generator().normal(0, std, shape)", "np.zeros(shape)"),
)
bug(
    "layer-weights-positive",
    "The weights are all positive",
    "Around which number should the weights lie? Where is the middle of yours?",
    ("generator().normal(0, std, shape)", "abs(generator().normal(0, std, shape))"),
)
bug(
    "layer-uniform",
    "The weights are uniformly distributed",
    "Which shape should a histogram of the weights have, and which one has yours?",
    ("normal(0, std, shape)", "uniform(-std * 3**0.5, std * 3**0.5, shape)"),
)
bug(
    "layer-uniform-too-narrow",
    "A uniform distribution of the normal one's width",
    "How large is the standard deviation of numbers spread evenly between -s and s?",
    ("normal(0, std, shape)", "uniform(-std, std, shape)"),
)
bug(
    "layer-same-every-time",
    "Every layer starts with the same weights",
    "Make two layers and compare their first weights. Where does the randomness come from?",
    ("generator().normal", "np.random.default_rng(0).normal"),
)
bug(
    "layer-kernel-transposed",
    "The weights have the kernel's width before its height",
    "With kernel_size (3, 5), how many rows has a kernel?",
    ("*self.kernel_size)", "*self.kernel_size[::-1])"),
)
bug(
    "layer-channels-exchanged",
    "The weights have the input channels before the output channels",
    "Which axis of the weight comes first in `conv2d_forward`?",
    (
        "shape = (out_channels, in_channels, *self.kernel_size)",
        "shape = (in_channels, out_channels, *self.kernel_size)",
    ),
)
bug(
    "layer-channels-exchanged-shape-alone",
    "The weights have the input channels before the output channels",
    "Which axis of the weight comes first in `conv2d_forward`?",
    (
        "self.weight = Tensor(",
        "shape = (in_channels, out_channels, *self.kernel_size)\n"
        "        self.weight = Tensor(",
    ),
)
bug(
    "layer-bias-no-tensor",
    "The bias is no Tensor",
    "An optimizer asks a parameter for its gradient. Has a plain array one?",
    (
        "Tensor(np.zeros(out_channels), requires_grad=True) if bias",
        "np.zeros(out_channels) if bias",
    ),
)
bug(
    "layer-bias-ones",
    "The bias starts at one",
    "With which numbers should the bias start, so that it changes nothing at first?",
    ("np.zeros(out_channels)", "np.ones(out_channels)"),
)
bug(
    "layer-bias-of-inputs",
    "There is one bias for each input channel",
    "To what is a bias added: to the input, or to the output?",
    ("np.zeros(out_channels)", "np.zeros(in_channels)"),
)
bug(
    "layer-bias-always",
    "bias=False is ignored",
    "What does your layer do with its last argument?",
    ("requires_grad=True) if bias else None", "requires_grad=True)"),
)
bug(
    "layer-bias-frozen",
    "No gradient arrives at the layer's own bias",
    "Does the bias that your layer keeps ask for a gradient, and is it the one that "
    "the convolution gets?",
    ("np.zeros(out_channels), requires_grad=True", "np.zeros(out_channels)"),
)
bug(
    "layer-weight-frozen",
    "No gradient arrives at the layer's own weight",
    "Does the weight that your layer keeps ask for a gradient, and is it the one that "
    "the convolution gets?",
    ("std, shape), requires_grad=True", "std, shape)"),
)
bug(
    "layer-bias-not-listed",
    "parameters() leaves the bias out",
    "An optimizer changes what `parameters()` lists. What will never be trained?",
    ("else [self.weight, self.bias]", "else [self.weight]"),
)
bug(
    "layer-weight-not-listed",
    "parameters() leaves the weight out",
    "An optimizer changes what `parameters()` lists. What will never be trained?",
    (
        "[self.weight] if self.bias is None else [self.weight, self.bias]",
        "[] if self.bias is None else [self.bias]",
    ),
)
bug(
    "layer-parameters-copied",
    "parameters() gives copies",
    "If the optimizer changes what it got from you, does your layer change?",
    (
        "[self.weight] if self.bias is None else [self.weight, self.bias]",
        "[\n"
        "            Tensor(parameter.data.copy(), requires_grad=True)\n"
        "            for parameter in (self.weight, self.bias)\n"
        "            if parameter is not None\n"
        "        ]",
    ),
)
bug(
    "layer-none-listed",
    "parameters() lists the bias even where there is none",
    "An optimizer takes the gradient of everything in the list. What does it find in a "
    "layer with bias=False?",
    ("[self.weight] if self.bias is None else ", ""),
)
bug(
    "layer-parameter-twice",
    "parameters() lists an array twice",
    "How many steps does an optimizer make with what stands in its list twice?",
    ("[self.weight, self.bias]", "[self.weight, self.bias, self.weight]"),
)
bug(
    "layer-bias-not-used",
    "forward does not use the bias",
    "Train a layer whose bias never enters the result: what happens to it?",
    ("x, self.weight, self.bias, self", "x, self.weight, None, self"),
)
bug(
    "layer-stride-not-used",
    "forward does not use the stride",
    "Where does the stride that you stored reach the convolution?",
    ("self.stride, self.padding\n", "(1, 1), self.padding\n"),
)
bug(
    "layer-padding-not-used",
    "forward does not use the padding",
    "Where does the padding that you stored reach the convolution?",
    ("self.stride, self.padding\n", "self.stride, (0, 0)\n"),
)
bug(
    "layer-stride-and-padding-exchanged",
    "Stride and padding are handed over in the wrong order",
    "In which order does `Conv2dFunction` expect its arguments?",
    ("self.stride, self.padding\n", "self.padding, self.stride\n"),
)
bug(
    "layer-leaves-the-graph",
    "The result does not know how it was made",
    "Which call records a step for the way back? Which one do you make?",
    (
        """        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
""",
        """        bias = None if self.bias is None else self.bias.data
        return Tensor(
            conv2d_forward(x.data, self.weight.data, bias, self.stride, self.padding)
        )
""",
    ),
)
bug(
    "layer-new-leaf",
    "The result is a new tensor, and no gradient comes back through it",
    "Which call records a step for the way back? Which one do you make?",
    (
        """        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
""",
        """        bias = None if self.bias is None else self.bias.data
        out = conv2d_forward(x.data, self.weight.data, bias, self.stride, self.padding)
        return Tensor(out, requires_grad=True)
""",
    ),
)
bug(
    "layer-arrays-listed",
    "parameters() gives arrays in place of tensors",
    "What does an optimizer look for in each thing of the list? Has an array that?",
    (
        "[self.weight] if self.bias is None else [self.weight, self.bias]",
        "[p.data for p in (self.weight, self.bias) if p is not None]",
    ),
)
bug(
    "layer-bias-four-axes",
    "The bias has four axes",
    "Which shape does `conv2d_forward` want for the bias?",
    ("np.zeros(out_channels)", "np.zeros((1, out_channels, 1, 1))"),
)
bug(
    "layer-one-bias",
    "There is one bias for the whole layer",
    "Do all output channels share one bias?",
    ("np.zeros(out_channels)", "np.zeros(1)"),
)
bug(
    "layer-square-area",
    "The weights' variance takes the kernel to be square",
    "How many numbers has a kernel of 3 rows and 5 columns?",
    ("math.prod(shape[1:])", "(in_channels * self.kernel_size[0] ** 2)"),
)
bug(
    "layer-all-counted",
    "The weights' variance counts the output channels as well",
    "How many products does a single output add up?",
    ("math.prod(shape[1:])", "math.prod(shape)"),
)
bug(
    "layer-root-of-two-alone",
    "The square root is taken of the 2 alone",
    "The variance is a quotient. What is the square root of all of it?",
    ("math.sqrt(2 / math.prod(shape[1:]))", "math.sqrt(2) / math.prod(shape[1:])"),
)
bug(
    "layer-forward-nothing",
    "forward returns nothing",
    "What does a caller of your layer get?",
    ("        return Conv2dFunction", "        Conv2dFunction"),
)
bug(
    "layer-image-cut-off",
    "No gradient arrives at the image",
    "Is the tensor that the convolution gets the one that the layer was given?",
    ("            x, self.weight", "            Tensor(x.data), self.weight"),
)
bug(
    "layer-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    ("self.stride, self.padding\n", "self.stride[::-1], self.padding\n"),
)
bug(
    "layer-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("self.stride, self.padding\n", "self.stride, self.padding[::-1]\n"),
)
bug(
    "layer-own-generator",
    "The weights do not come from generator()",
    "manual_seed(7), a layer, and the same again: are the weights the same?",
    ("generator().normal(", "np.random.default_rng().normal("),
)
bug(
    "layer-uniform-as-pytorch",
    "The weights are uniform, as PyTorch's are",
    "Which distribution does the text above the task name, and with which variance?",
    (
        "generator().normal(0, std, shape)",
        "generator().uniform(-1, 1, shape) / math.sqrt(math.prod(shape[1:]))",
    ),
)
bug(
    "layer-no-channels",
    "The weights' variance leaves the input channels out",
    "Over how many products does one output number sum, if the image has 24 channels?",
    ("math.prod(shape[1:])", "math.prod(shape[2:])"),
)
bug(
    "layer-pair-squared",
    "The argument kernel_size is squared, which may be a pair",
    "What is (3, 5) ** 2? Where does the layer keep height and width apart?",
    ("math.prod(shape[1:])", "(in_channels * kernel_size**2)"),
)
bug(
    "layer-relu",
    "The layer sets negative outputs to zero",
    "Which layer of a network is there to cut off what is below zero?",
    (
        """        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
""",
        """        out = Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
        out.data = np.maximum(out.data, 0)
        return out
""",
    ),
)
bug(
    "layer-refuses-nothing",
    "The given line that refuses a wrong image is missing",
    "What does your layer do with an image that has no batch axis?",
    ("        check_images(x, self.in_channels)\n", ""),
)


# Max pooling, forward
# --------------------

bug = bugs_of("max-pool2d-forward")

bug(
    "max-padded-with-zero",
    "The padding is zero",
    "All pixels at the border are negative. Which number wins there?",
    ("constant_values=-np.inf", "constant_values=0"),
)
bug(
    "max-padded-with-a-number",
    "The padding is a negative number that an image may be below",
    "All pixels of an image lie below the number that you chose. Which number wins at "
    "the border?",
    ("constant_values=-np.inf", "constant_values=-1e9"),
    ("largest = -np.inf", "largest = -1e9"),
)
bug(
    "max-starts-at-zero",
    "The search for the maximum starts at zero",
    "All numbers of a window are negative. What does your loop answer?",
    ("largest = -np.inf", "largest = 0.0"),
)
bug(
    "max-never-restarts",
    "The maximum of one window is kept for the next",
    "What does your variable hold when the second window begins?",
    ("                    largest = -np.inf\n", ""),
    (
        "            for i in range(rows):\n",
        "            largest = -np.inf\n            for i in range(rows):\n",
    ),
)
bug(
    "max-smallest",
    "The smallest number wins",
    "Which number of the window 1, 2, 3, 4 does your code keep?",
    ("largest = -np.inf", "largest = np.inf"),
    ("max(largest", "min(largest"),
    ("constant_values=-np.inf", "constant_values=np.inf"),
)
bug(
    "max-mean",
    "The mean is taken",
    "Which pooling is this: the one that keeps one number, or the one that mixes them?",
    ("largest = -np.inf", "largest = 0.0"),
    (
        "value if value != value else max(largest, value)",
        "largest + value / (kh * kw)",
    ),
    ("constant_values=-np.inf", "constant_values=0"),
)
bug(
    "max-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (3, 2), how many rows does the window move down?",
    ("(sh, sw)", "(sw, sh)"),
)
bug(
    "max-stride-is-kernel",
    "The window moves by its own size whatever the stride",
    "Which of the arguments says how far the window moves? Where do you use it?",
    ("i * sh + u, j * sw + v", "i * kh + u, j * kw + v"),
)
bug(
    "max-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "Output row 2 with stride 2: at which row of the image does its window start?",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "max-kernel-swapped",
    "Height and width of the window are exchanged",
    "With kernel_size (2, 3), how many rows has a window?",
    ("(kh, kw)", "(kw, kh)"),
)
bug(
    "max-square-window",
    "The window is taken to be square",
    "With kernel_size (2, 3), how far does each of your inner loops run?",
    ("range(kw)", "range(kh)"),
)
bug(
    "max-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, pw) =", "(pw, ph) ="),
)
bug(
    "max-padding-one-side",
    "All of the padding is on one side",
    "Where does the first window start: on the first pixel, or before it?",
    ("(ph, ph), (pw, pw)", "(0, 2 * ph), (0, 2 * pw)"),
)
bug(
    "max-one-image",
    "All images of the batch read the first one",
    "Does the result for the second image change if you change the second image?",
    ("padded[b, c", "padded[0, c"),
)
bug(
    "max-one-channel",
    "All channels read the first one",
    "Does the result for the second channel change if you change the second channel?",
    ("padded[b, c", "padded[b, 0"),
)
bug(
    "max-over-channels",
    "The maximum is taken over the channels, too",
    "How many channels should come out, and which pixels may each of them depend on?",
    (
        "padded[b, c, i * sh + u, j * sw + v]",
        "padded[b, :, i * sh + u, j * sw + v].max()",
    ),
)
bug(
    "max-last-row",
    "The last row of the output is left out",
    "Which is the last number that `range` gives, and which is the last output row?",
    ("range(rows)", "range(rows - 1)"),
)
bug(
    "max-cut-windows",
    "Windows that hang over the edge are pooled as well",
    "7 rows in windows of 2: how many full windows are there? What becomes of the last row?",
    (
        "rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "rows = -((kh - height - 2 * ph) // sh) + 1\n"
        "    columns = -((kw - width - 2 * pw) // sw) + 1",
    ),
    (
        "sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))",
        "sides = ((0, 0), (0, 0), (ph, ph + sh), (pw, pw + sw))",
    ),
)
bug(
    "max-integers-without-infinity",
    "An integer image cannot be padded",
    "Can an array of integers hold minus infinity? What must the image become first?",
    ("np.pad(x.astype(dtype), sides", "np.pad(x, sides"),
)
bug(
    "max-integers-padded-with-zero",
    "An integer image is padded with zero",
    "All pixels of an integer image are negative. Which number wins at the border?",
    ("np.pad(x.astype(dtype), sides", "np.pad(x, sides"),
    ("values=-np.inf", "values=-np.inf if x.dtype.kind == 'f' else 0"),
)
bug(
    "max-integer-output",
    "The output has the dtype of the image",
    "Which dtype does the task ask for if the image has integers?",
    ("dtype = np.result_type(x, np.float32)", "dtype = x.dtype"),
    ("x.astype(dtype)", "x.astype(np.float64)"),
)
bug(
    "max-always-float64",
    "float32 images give a float64 result",
    "Which dtype does `np.zeros` choose when nobody tells it, and which one is asked for?",
    ("dtype = np.result_type(x, np.float32)", "dtype = np.float64"),
)
bug(
    "max-always-float32",
    "float64 images give a float32 result",
    "Which dtype does the task ask for if the image has float64 numbers?",
    ("dtype = np.result_type(x, np.float32)", "dtype = np.float32"),
)
bug(
    "max-padded-with-minus-one",
    "The padding is -1",
    "All pixels at the border are below -1. Which number wins there?",
    ("constant_values=-np.inf", "constant_values=-1"),
)
bug(
    "max-starts-at-minus-one",
    "The search for the maximum starts at -1",
    "All numbers of a window are below -1. What does your loop answer?",
    ("largest = -np.inf", "largest = -1.0"),
)
bug(
    "max-starts-at-first-pixel",
    "The search always starts at the first pixel of the image",
    "Is the first pixel of the image in every window?",
    ("largest = -np.inf", "largest = padded[b, c, 0, 0]"),
)
bug(
    "max-padding-before-only",
    "There is padding above and on the left alone",
    "On how many sides of the image does the task want padding?",
    ("(ph, ph), (pw, pw)", "(ph, 0), (pw, 0)"),
)
bug(
    "max-padding-of-rows",
    "The padding of the rows is used for the columns, too",
    "The padding is a pair. Where does your code use its second number?",
    ("(ph, ph), (pw, pw)", "(ph, ph), (ph, ph)"),
)
bug(
    "max-stride-of-rows",
    "The stride of the rows is used for the columns, too",
    "The stride is a pair. Where does your code use its second number?",
    ("j * sw + v", "j * sh + v"),
)
bug(
    "max-padding-not-counted",
    "The output's size does not count the padding",
    "How many windows fit into the padded image? For which image do you ask it?",
    (
        "output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "output_size(height, kh, sh), output_size(width, kw, sw)",
    ),
)
bug(
    "max-place-of-winner",
    "The place of the largest number is stored, not the number",
    "What does `argmax` give: a value, or where it stands?",
    (
        "out[b, c, i, j] = largest",
        "out[b, c, i, j] = padded[\n"
        "                        b, c, i * sh : i * sh + kh, j * sw : j * sw + kw\n"
        "                    ].argmax()",
    ),
)
bug(
    "max-last-column",
    "The last column of the output is left out",
    "Which is the last number that `range` gives, and which is the last output column?",
    ("range(columns)", "range(columns - 1)"),
)
bug(
    "max-last-window-row",
    "The window's last row is left out",
    "Which is the last number that `range` gives, and which is the window's last row?",
    ("range(kh)", "range(kh - 1)"),
)
bug(
    "max-window-too-wide",
    "The window is one column too wide",
    "How many numbers does `range(n + 1)` give?",
    ("range(kw)", "range(kw + 1)"),
)
bug(
    "max-of-everything",
    "The maximum is taken over the whole array",
    "How many numbers may one output look at, if the window is 2x2?",
    ("padded[b, c, i * sh + u, j * sw + v]", "padded.max()"),
)
bug(
    "max-of-the-image",
    "The maximum of the whole channel stands at every place",
    "Which part of the image does one output look at? Where does your code cut it out?",
    (
        "value = padded[b, c, i * sh + u, j * sw + v]",
        "value = padded[b, c].max()",
    ),
)
bug(
    "max-padding-ignored",
    "The padding is used nowhere",
    "What should change in the output's size when the padding grows by 1?",
    (
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding",
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, (0, 0)",
    ),
)
bug(
    "max-nothing-compared",
    "No number of the window is looked at",
    "How often does your innermost loop run, and which places does it visit?",
    ("for v in range(kw):", "for v in range(0):"),
)
bug(
    "max-moves-by-its-size",
    "The window moves by its own size whatever the stride",
    "A window of 3 that moves by 1: in which column does the second window begin?",
    (
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding",
        "(kh, kw), (ph, pw) = kernel_size, padding\n    sh, sw = kh, kw",
    ),
)
bug(
    "max-without-sign",
    "The largest is looked for without its sign",
    "Which is larger, -5 or 2? What does your code say?",
    (
        "value = padded[b, c, i * sh + u, j * sw + v]",
        "value = abs(padded[b, c, i * sh + u, j * sw + v])",
    ),
)
bug(
    "max-window-a-row-longer",
    "The window is one row longer than the kernel",
    "Which rows does a window of 2 that begins in row 4 have? Where does your loop "
    "end?",
    ("for u in range(kh):", "for u in range(min(kh + 1, padded.shape[2] - i * sh)):"),
)
bug(
    "max-window-longer",
    "The window is one row and one column longer than the kernel",
    "Which rows does a window of 2 that begins in row 4 have? Where does your loop "
    "end?",
    ("for u in range(kh):", "for u in range(min(kh + 1, padded.shape[2] - i * sh)):"),
    ("for v in range(kw):", "for v in range(min(kw + 1, padded.shape[3] - j * sw)):"),
)
bug(
    "max-is-the-median",
    "The median is taken",
    "Which number of a window of 1, 2, 2, 9 should win?",
    (
        "out[b, c, i, j] = largest",
        "out[b, c, i, j] = np.median(padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw])",
    ),
)
bug(
    "max-of-all-images",
    "The maximum is taken over the images, too",
    "Two images go in: may a pixel of the first win in the second?",
    (
        "out[b, c, i, j] = largest",
        "out[b, c, i, j] = padded[:, c, i * sh : i * sh + kh, j * sw : j * sw + kw].max()",
    ),
)


# Max pooling, backward
# ---------------------

bug = bugs_of("max-pool2d-backward")

bug(
    "max-back-ties-all-paid",
    "Each of several equal maxima gets the whole gradient",
    "Two numbers share the first place. How much gradient do you hand out in all?",
    (
        "                            if value > largest or value != value:  # NaN wins\n"
        "                                largest, best = value, "
        "(i * sh + u, j * sw + v)\n"
        "                    grad_padded[b, c, best[0], best[1]] += "
        "grad_output[b, c, i, j]\n",
        "                            largest = max(largest, value)\n"
        "                    for u in range(kh):\n"
        "                        for v in range(kw):\n"
        "                            best = i * sh + u, j * sw + v\n"
        "                            if padded[b, c, best[0], best[1]] == largest:\n"
        "                                grad_padded[b, c, best[0], best[1]] += "
        "grad_output[b, c, i, j]\n",
    ),
)
bug(
    "max-back-ties-shared",
    "Equal maxima share the gradient",
    "Two numbers share the first place. Who gets the gradient in this task?",
    (
        "                            if value > largest or value != value:  # NaN wins\n"
        "                                largest, best = value, "
        "(i * sh + u, j * sw + v)\n"
        "                    grad_padded[b, c, best[0], best[1]] += "
        "grad_output[b, c, i, j]\n",
        "                            largest = max(largest, value)\n"
        "                    at = np.s_[b, c, i * sh : i * sh + kh, "
        "j * sw : j * sw + kw]\n"
        "                    wins = padded[at] == largest\n"
        "                    grad_padded[at] += "
        "wins * grad_output[b, c, i, j] / wins.sum()\n",
    ),
)
bug(
    "max-back-ties-last",
    "The last of several equal maxima gets the gradient",
    "When your loop meets a number as large as the best so far, does the place change?",
    ("value > largest", "value >= largest"),
)
bug(
    "max-back-ties-by-column",
    "Equal maxima are searched column by column",
    "In which order does one read a window: along the rows, or down the columns?",
    ("for u in range(kh):", "for v in range(kw):"),
    (
        "                        for v in range(kw):\n"
        "                            value",
        "                        for u in range(kh):\n"
        "                            value",
    ),
)
bug(
    "max-back-overwritten",
    "A winner of several windows keeps the gradient of the last",
    "The same pixel won in two windows. How many gradients should it get?",
    ("best[1]] +=", "best[1]] ="),
)
bug(
    "max-back-whole-window",
    "Every element of the window gets the gradient",
    "Change a pixel that did not win by a little: does the output change?",
    (
        "                    grad_padded[b, c, best[0], best[1]] += "
        "grad_output[b, c, i, j]\n",
        "                    grad_padded[\n"
        "                        b, c, i * sh : i * sh + kh, j * sw : j * sw + kw\n"
        "                    ] += grad_output[b, c, i, j]\n",
    ),
)
bug(
    "max-back-times-maximum",
    "The gradient is multiplied by the maximum",
    "The output is a copy of the largest pixel. What is the derivative of a copy?",
    ("+= grad_output[b, c, i, j]", "+= grad_output[b, c, i, j] * largest"),
)
bug(
    "max-back-place-in-window",
    "The winner's place in the window is taken for its place in the image",
    "The winner lies in the second row of its window. In which row of the image is that?",
    (
        "largest, best = value, (i * sh + u, j * sw + v)",
        "largest, best = value, (u, v)",
    ),
)
bug(
    "max-back-unravelled-by-height",
    "The winner's number is taken apart with the window's height",
    "In a window of 2 rows and 3 columns, element number 4 lies in which row? By which "
    "length did you divide?",
    (
        "                    grad_padded[b, c, best[0], best[1]]",
        "                    place = (best[0] - i * sh) * kw + best[1] - j * sw\n"
        "                    best = i * sh + place // kh, j * sw + place % kh\n"
        "                    grad_padded[b, c, best[0], best[1]]",
    ),
)
bug(
    "max-back-starts-at-zero",
    "The search for the winner starts at zero",
    "All numbers of a window are negative. Which place does your search find?",
    ("largest, best = -np.inf,", "largest, best = 0.0,"),
)
bug(
    "max-back-starts-at-zero-in-the-corner",
    "The search for the winner starts at zero",
    "All numbers of a window are negative. Which place does your search find?",
    (
        "largest, best = -np.inf, (max(i * sh, ph), max(j * sw, pw))",
        "largest, best = 0.0, (0, 0)",
    ),
)
bug(
    "max-back-padded-with-zero",
    "A number that is not in the image may win",
    "All pixels at the border are negative. Who wins there, and where does the gradient "
    "go?",
    ("constant_values=-np.inf", "constant_values=0"),
)
bug(
    "max-back-padded-with-a-number",
    "The padding is a negative number that an image may be below",
    "All pixels of an image lie below the number that you chose. Who wins at the border, "
    "and where does the gradient go?",
    ("constant_values=-np.inf", "constant_values=-1e9"),
    ("largest, best = -np.inf,", "largest, best = -1e9,"),
)
bug(
    "max-back-padding-wins",
    "The padding is a negative number, and wins where an image is below it",
    "All pixels of an image lie below the number that you chose. Who wins at the border, "
    "and where does the gradient go?",
    ("constant_values=-np.inf", "constant_values=-1e9"),
)
bug(
    "max-back-upstream-ignored",
    "The upstream gradient is taken to be one",
    "If the loss does not depend on the second output at all, what should its winner get?",
    ("+= grad_output[b, c, i, j]", "+= 1.0"),
)
bug(
    "max-back-upstream-flipped",
    "The upstream gradient is read from the end",
    "Output (i, j) was made by one window. Whose gradient do you give back to it?",
    ("grad_output[b, c, i, j]", "grad_output[b, c, rows - 1 - i, columns - 1 - j]"),
)
bug(
    "max-back-stride-swapped",
    "Height and width of the stride are exchanged on the way back",
    "With stride (3, 2), how many rows lie between two windows?",
    ("(sh, sw)", "(sw, sh)"),
)
bug(
    "max-back-stride-is-kernel",
    "The way back takes the window's size for the stride",
    "Which of the arguments says how far the window moved? Where do you use it?",
    ("(kh, kw), (sh, sw), (ph, pw) =", "(kh, kw), _, (ph, pw) ="),
    (
        "    batch, channels, rows",
        "    sh, sw = kh, kw\n    batch, channels, rows",
    ),
)
bug(
    "max-back-stride-ignored",
    "The way back ignores the stride",
    "At which row of the image did the window of output row 2 start? Does its gradient "
    "land there?",
    ("(kh, kw), (sh, sw), (ph, pw) =", "(kh, kw), _, (ph, pw) ="),
    (
        "    batch, channels, rows",
        "    sh, sw = 1, 1\n    batch, channels, rows",
    ),
)
bug(
    "max-back-stride-of-rows",
    "The stride of the rows is used for the columns, too",
    "The stride is a pair. Where does your code use its second number?",
    ("(kh, kw), (sh, sw), (ph, pw) =", "(kh, kw), (sh, _), (ph, pw) ="),
    ("    batch, channels, rows", "    sw = sh\n    batch, channels, rows"),
)
bug(
    "max-back-kernel-swapped",
    "Height and width of the window are exchanged on the way back",
    "With kernel_size (2, 3), how many rows has a window?",
    ("(kh, kw)", "(kw, kh)"),
)
bug(
    "max-back-padding-swapped",
    "Height and width of the padding are exchanged on the way back",
    "With padding (1, 2), how many columns were added on the left?",
    ("(ph, pw) =", "(pw, ph) ="),
)
bug(
    "max-back-not-cropped",
    "The gradient has the shape of the padded image",
    "Which shape must the gradient have, and which one has yours when there is padding?",
    ("grad_padded[:, :, ph : ph + height, pw : pw + width]", "grad_padded"),
)
bug(
    "max-back-cropped-at-the-end",
    "The padding is not cut off where it lies",
    "Where in the padded array does the first pixel of the image lie?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, :height, :width]",
    ),
)
bug(
    "max-back-cropped-to-nothing",
    "Without padding, nothing is left of the gradient",
    "What does the slice `a[p:-p]` give if p is 0?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, ph:-ph, pw:-pw]",
    ),
)
bug(
    "max-back-remainder-cut",
    "Pixels that no window reached are missing from the gradient",
    "7 rows in windows of 2: the last row is never read. What is its gradient, and is "
    "there room for it?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[\n        :,\n        :,\n"
        "        ph : (rows - 1) * sh + kh - ph,\n"
        "        pw : (columns - 1) * sw + kw - pw,\n    ]",
    ),
)
bug(
    "max-back-one-image",
    "The winners of the first image are taken for all",
    "Do the same places win in the second image of the batch?",
    ("padded[b, c", "padded[0, c"),
)
bug(
    "max-back-one-channel",
    "The winners of the first channel are taken for all",
    "Do the same places win in the second channel?",
    ("padded[b, c", "padded[b, 0"),
)
bug(
    "max-back-integer-gradient",
    "The gradient loses its fractions",
    "What becomes of a gradient of 0.3 in an array that was made like an image of integers?",
    ("np.result_type(grad_output, np.float32)", "x.dtype"),
)
bug(
    "max-back-place-exchanged",
    "The winner's row and column are exchanged",
    "In which order do the row and the column stand in the index of the image?",
    ("(i * sh + u, j * sw + v)\n", "(j * sw + v, i * sh + u)\n"),
)
bug(
    "max-back-padded-with-minus-one",
    "The padding is -1, and may win",
    "All pixels at the border are below -1. Who wins there, and where does the gradient "
    "go?",
    ("constant_values=-np.inf", "constant_values=-1"),
)
bug(
    "max-back-averaged",
    "The gradient is shared among all elements of the window",
    "Change a pixel that did not win by a little: does the output change?",
    (
        "grad_padded[b, c, best[0], best[1]] += grad_output[b, c, i, j]",
        "grad_padded[\n"
        "                        b, c, i * sh : i * sh + kh, j * sw : j * sw + kw\n"
        "                    ] += grad_output[b, c, i, j] / (kh * kw)",
    ),
)
bug(
    "max-back-size-wins",
    "The number of the largest size wins, whatever its sign",
    "Which is larger, -5 or 2? Which of them did forward keep?",
    ("value = padded[b, c, i", "value = abs(padded[b, c, i"),
    ("j * sw + v]\n", "j * sw + v])\n"),
)
bug(
    "max-back-crop-swapped",
    "Height and width of the padding are exchanged where it is cut off",
    "With padding (1, 2), in which column of the padded array does the image begin?",
    ("ph : ph + height, pw : pw + width", "pw : pw + height, ph : ph + width"),
)
bug(
    "max-back-upstream-of-first-image",
    "All images get the upstream gradient of the first",
    "Does the gradient of the second image's output reach the second image?",
    ("grad_output[b, c, i, j]", "grad_output[0, c, i, j]"),
)
bug(
    "max-back-first-element",
    "The first element of each window gets the gradient, whichever is the largest",
    "Put the largest number into the middle of a window. Does its place change what you "
    "return?",
    ("for v in range(kw):", "for v in range(0):"),
)
bug(
    "max-back-smallest",
    "The smallest element gets the gradient",
    "Which element of the window did the way forward choose?",
    (
        "padded = np.pad(floats, sides, constant_values=-np.inf)",
        "padded = np.pad(-floats, sides, constant_values=-np.inf)",
    ),
)
bug(
    "max-back-smallest-of-all",
    "The smallest element gets the gradient",
    "Which element of the window did the way forward choose?",
    ("largest, best = -np.inf,", "largest, best = np.inf,"),
    ("if value > largest or", "if value < largest or"),
)


# Average pooling, forward
# ------------------------

bug = bugs_of("avg-pool2d-forward")

bug(
    "avg-sum",
    "The sum is not divided by the number of elements",
    "A window of equal numbers: what is their mean, and what does your code give?",
    ("total / (kh * kw)", "total"),
)
bug(
    "avg-by-height-squared",
    "The sum is divided by the window's height squared",
    "How many elements has a window of 2 rows and 3 columns?",
    ("(kh * kw)", "(kh * kh)"),
)
bug(
    "avg-always-four",
    "The sum is always divided by four",
    "How many elements has a window of 3x3? Where does your division see that?",
    ("(kh * kw)", "4"),
)
bug(
    "avg-by-stride",
    "The sum is divided by the area of the stride",
    "How many numbers did you add up? Does it depend on how far the window moves?",
    ("(kh * kw)", "(sh * sw)"),
)
bug(
    "avg-valid-count",
    "The padding does not count in the mean",
    "A window at the corner holds one pixel and three padded zeros. By how many does the "
    "task divide?",
    (
        "total / (kh * kw)",
        "total / sum(\n"
        "                        0 <= i * sh + u - ph < height\n"
        "                        and 0 <= j * sw + v - pw < width\n"
        "                        for u in range(kh)\n"
        "                        for v in range(kw)\n"
        "                    )",
    ),
)
bug(
    "avg-padding-edge",
    "The padding repeats the pixels of the edge",
    "Which numbers does the task put around the image, and which ones do you put there?",
    ("(pw, pw)))", "(pw, pw)), mode='edge')"),
)
bug(
    "avg-never-restarts",
    "The sum of one window goes on in the next",
    "What does your sum hold when the second window begins?",
    ("                    total = 0.0\n", ""),
    (
        "            for i in range(rows):\n",
        "            total = 0.0\n            for i in range(rows):\n",
    ),
)
bug(
    "avg-last-element",
    "Each element overwrites the sum",
    "After the inner loops, how many elements of the window are in your total?",
    ("total += float", "total = float"),
)
bug(
    "avg-maximum",
    "The largest number is taken",
    "Which pooling is this: the one that keeps one number, or the one that mixes them?",
    ("total = 0.0", "total = -np.inf"),
    ("total += float(", "total = max(total, "),
    ("total / (kh * kw)", "total"),
)
bug(
    "avg-whole-numbers",
    "Fractions are lost where the image has integers",
    "What becomes of 2.5 when it is stored in an array of integers?",
    ("columns), np.result_type(x, np.float32)", "columns), x.dtype"),
)
bug(
    "avg-always-float64",
    "float32 images give a float64 result",
    "Which dtype does `np.zeros` choose when nobody tells it, and which one is asked for?",
    ("columns), np.result_type(x, np.float32)", "columns), np.float64"),
)
bug(
    "avg-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (3, 2), how many rows does the window move down?",
    ("(sh, sw)", "(sw, sh)"),
)
bug(
    "avg-stride-is-kernel",
    "The window moves by its own size whatever the stride",
    "Which of the arguments says how far the window moves? Where do you use it?",
    ("i * sh + u, j * sw + v", "i * kh + u, j * kw + v"),
)
bug(
    "avg-kernel-swapped",
    "Height and width of the window are exchanged",
    "With kernel_size (2, 3), how many rows has a window?",
    ("(kh, kw)", "(kw, kh)"),
)
bug(
    "avg-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, pw) =", "(pw, ph) ="),
)
bug(
    "avg-padding-of-columns-first",
    "np.pad is given the columns' padding before the rows'",
    "np.pad wants one pair for each axis, in their order. Which axis is the third, and "
    "which the fourth?",
    ("(ph, ph), (pw, pw))", "(pw, pw), (ph, ph))"),
)
bug(
    "avg-padded-with-infinity",
    "The padding is minus infinity, as for the maximum",
    "What is the mean of a window with minus infinity in it, and what does the task pad "
    "with?",
    ("np.pad(x,", "np.pad(x.astype(float),"),
    ("(pw, pw)))", "(pw, pw)), constant_values=-np.inf)"),
)
bug(
    "avg-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "Output row 2 with stride 3: at which row of the image does its window start?",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "avg-one-image",
    "All images of the batch read the first one",
    "Does the result for the second image change if you change the second image?",
    ("padded[b, c", "padded[0, c"),
)
bug(
    "avg-one-channel",
    "All channels read the first one",
    "Does the result for the second channel change if you change the second channel?",
    ("padded[b, c", "padded[b, 0"),
)
bug(
    "avg-divided-and-multiplied",
    "The sum is divided by the height and multiplied by the width",
    "In which order does Python work out a / b * c?",
    ("total / (kh * kw)", "total / kh * kw"),
)
bug(
    "avg-by-sum-of-sides",
    "The sum is divided by height plus width",
    "How many elements has a window of 2 rows and 3 columns?",
    ("(kh * kw)", "(kh + kw)"),
)
bug(
    "avg-by-width-squared",
    "The sum is divided by the window's width squared",
    "How many elements has a window of 2 rows and 3 columns?",
    ("(kh * kw)", "(kw * kw)"),
)
bug(
    "avg-rounded-down",
    "The mean is rounded down",
    "What is the mean of 1 and 2, and what does your division give?",
    ("total / (kh * kw)", "total // (kh * kw)"),
)
bug(
    "avg-numbers-cut",
    "Each number loses its fraction before it is added",
    "What does `int` make of 0.9?",
    ("total += float(", "total += int("),
)
bug(
    "avg-always-float32",
    "float64 images give a float32 result",
    "Which dtype does the task ask for if the image has float64 numbers?",
    ("columns), np.result_type(x, np.float32)", "columns), np.float32"),
)
bug(
    "avg-padding-before-only",
    "There is padding above and on the left alone",
    "On how many sides of the image does the task want zeros?",
    ("(ph, ph), (pw, pw)", "(ph, 0), (pw, 0)"),
)
bug(
    "avg-stride-of-rows",
    "The stride of the rows is used for the columns, too",
    "The stride is a pair. Where does your code use its second number?",
    ("j * sw + v", "j * sh + v"),
)
bug(
    "avg-last-column",
    "The last column of the output is left out",
    "Which is the last number that `range` gives, and which is the last output column?",
    ("range(columns)", "range(columns - 1)"),
)
bug(
    "avg-small-integers",
    "Small integers are added up in their own type",
    "An int8 ends at 127. What is the sum of four pixels of 100, in that type?",
    ("total = 0.0", "total = x.dtype.type(0)"),
    (
        "float(padded[b, c, i * sh + u, j * sw + v])",
        "padded[b, c, i * sh + u, j * sw + v]",
    ),
)
bug(
    "avg-padding-ignored",
    "The padding is used nowhere",
    "What should change in the output's size when the padding grows by 1?",
    (
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding",
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, (0, 0)",
    ),
)
bug(
    "avg-moves-by-its-size",
    "The window moves by its own size whatever the stride",
    "A window of 3 that moves by 1: in which column does the second window begin?",
    (
        "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding",
        "(kh, kw), (ph, pw) = kernel_size, padding\n    sh, sw = kh, kw",
    ),
)
bug(
    "avg-padding-mirrored",
    "The padding mirrors the image",
    "What does np.pad put around the image, and what does the task ask for?",
    ("(ph, ph), (pw, pw)))", "(ph, ph), (pw, pw)), mode='reflect')"),
)
bug(
    "avg-of-all-channels",
    "The mean is taken over the channels, too",
    "Two channels go in: may the numbers of one enter the other's mean?",
    (
        "out[b, c, i, j] = total / (kh * kw)",
        "out[b, c, i, j] = padded[b, :, i * sh : i * sh + kh, j * sw : j * sw + kw].mean()",
    ),
)
bug(
    "avg-of-everything",
    "The mean is taken over images and channels, too",
    "Two images go in: may the numbers of one enter the other's mean?",
    (
        "out[b, c, i, j] = total / (kh * kw)",
        "out[b, c, i, j] = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].mean()",
    ),
)


# Average pooling, backward
# -------------------------

bug = bugs_of("avg-pool2d-backward")

bug(
    "avg-back-not-divided",
    "Each element gets more than its share",
    "Raise one of four pixels by 1: by how much does their mean rise?",
    (" / (kh * kw)", ""),
)
bug(
    "avg-back-by-height-squared",
    "The gradient is divided by the window's height squared",
    "Among how many elements is the gradient of a window of 2x3 shared?",
    ("(kh * kw)", "(kh * kh)"),
)
bug(
    "avg-back-by-stride",
    "The gradient is divided by the area of the stride",
    "Among how many elements is the gradient shared? Does it depend on how far the "
    "window moves?",
    ("(kh * kw)", "(sh * sw)"),
)
bug(
    "avg-back-by-outputs",
    "The gradient is divided by the number of outputs",
    "One output's gradient goes to its own window. How many elements are there to share it?",
    ("(kh * kw)", "(rows * columns)"),
)
bug(
    "avg-back-valid-count",
    "The padding takes no share of the gradient",
    "Forward, a window at the corner was divided by its full area. By how much must its "
    "gradient be divided?",
    (
        "                    share = grad_output[b, c, i, j] / (kh * kw)\n",
        "                    inside = sum(\n"
        "                        0 <= i * sh + u - ph < height\n"
        "                        and 0 <= j * sw + v - pw < width\n"
        "                        for u in range(kh)\n"
        "                        for v in range(kw)\n"
        "                    )\n"
        "                    share = grad_output[b, c, i, j] / inside\n",
    ),
)
bug(
    "avg-back-overwritten",
    "An element of several windows keeps the share of the last",
    "The same pixel lies in four windows. How many shares should it get?",
    ("+= share", "= share"),
)
bug(
    "avg-back-first-element",
    "The first element of the window gets the whole gradient",
    "Which elements of the window had a part in the mean?",
    ("/ (kh * kw)", "/ 1"),
    ("range(kh)", "range(1)"),
    ("range(kw)", "range(1)"),
)
bug(
    "avg-back-upstream-ignored",
    "The upstream gradient is taken to be one",
    "If the loss does not depend on the second output at all, what should its window get?",
    ("grad_output[b, c, i, j]", "1.0"),
)
bug(
    "avg-back-upstream-flipped",
    "The upstream gradient is read from the end",
    "Output (i, j) was made by one window. Whose gradient do you give back to it?",
    ("grad_output[b, c, i, j]", "grad_output[b, c, rows - 1 - i, columns - 1 - j]"),
)
bug(
    "avg-back-stride-swapped",
    "Height and width of the stride are exchanged on the way back",
    "With stride (3, 2), how many rows lie between two windows?",
    ("(sh, sw)", "(sw, sh)"),
)
bug(
    "avg-back-stride-is-kernel",
    "The way back takes the window's size for the stride",
    "Which of the arguments says how far the window moved? Where do you use it?",
    ("i * sh + u, j * sw + v", "i * kh + u, j * kw + v"),
)
bug(
    "avg-back-stride-ignored",
    "The way back ignores the stride",
    "At which row of the image did the window of output row 2 start? Does its gradient "
    "land there?",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
)
bug(
    "avg-back-times-pixel",
    "Each share is multiplied by its pixel",
    "If a pixel grows by 1, by how much does the mean grow? Does that depend on the pixel?",
    (
        "    grad_padded = np",
        "    pad = ((0, 0), (0, 0), (ph, ph), (pw, pw))\n"
        "    padded = np.pad(x, pad)\n    grad_padded = np",
    ),
    ("+= share", "+= share * padded[b, c, i * sh + u, j * sw + v]"),
)
bug(
    "avg-back-kernel-swapped",
    "Height and width of the window are exchanged on the way back",
    "With kernel_size (2, 3), how many rows has a window?",
    ("(kh, kw)", "(kw, kh)"),
)
bug(
    "avg-back-padding-swapped",
    "Height and width of the padding are exchanged on the way back",
    "With padding (1, 2), how many columns were added on the left?",
    ("(ph, pw) =", "(pw, ph) ="),
)
bug(
    "avg-back-not-cropped",
    "The gradient has the shape of the padded image",
    "Which shape must the gradient have, and which one has yours when there is padding?",
    ("grad_padded[:, :, ph : ph + height, pw : pw + width]", "grad_padded"),
)
bug(
    "avg-back-cropped-at-the-end",
    "The padding is not cut off where it lies",
    "Where in the padded array does the first pixel of the image lie?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, :height, :width]",
    ),
)
bug(
    "avg-back-cropped-to-nothing",
    "Without padding, nothing is left of the gradient",
    "What does the slice `a[p:-p]` give if p is 0?",
    (
        "grad_padded[:, :, ph : ph + height, pw : pw + width]",
        "grad_padded[:, :, ph:-ph, pw:-pw]",
    ),
)
bug(
    "avg-back-integer-gradient",
    "The gradient loses its fractions",
    "What becomes of a gradient of 0.3 in an array that was made like an image of integers?",
    ("np.result_type(grad_output, np.float32)", "x.dtype"),
)
bug(
    "avg-back-divided-and-multiplied",
    "The gradient is divided by the height and multiplied by the width",
    "In which order does Python work out a / b * c?",
    (" / (kh * kw)", " / kh * kw"),
)
bug(
    "avg-back-by-sum-of-sides",
    "The gradient is divided by height plus width",
    "Among how many elements is the gradient of a window of 2x3 shared?",
    ("(kh * kw)", "(kh + kw)"),
)
bug(
    "avg-back-by-width-squared",
    "The gradient is divided by the window's width squared",
    "Among how many elements is the gradient of a window of 2x3 shared?",
    ("(kh * kw)", "(kw * kw)"),
)
bug(
    "avg-back-rounded-down",
    "The shares are rounded down",
    "What is a quarter of 1, and what does your division give?",
    (" / (kh * kw)", " // (kh * kw)"),
)
bug(
    "avg-back-in-place",
    "The upstream gradient is divided in place",
    "What does whoever gave you the gradient find in it afterwards?",
    (" / (kh * kw)\n", "\n"),
    ("    shape = (batch", "    grad_output /= kh * kw\n    shape = (batch"),
)
bug(
    "avg-back-upstream-of-first-image",
    "All images get the upstream gradient of the first",
    "Does the gradient of the second image's output reach the second image?",
    ("grad_output[b, c, i, j]", "grad_output[0, c, i, j]"),
)
bug(
    "avg-back-upstream-of-first-channel",
    "All channels get the upstream gradient of the first",
    "Does the gradient of the second channel's output reach the second channel?",
    ("grad_output[b, c, i, j]", "grad_output[b, 0, i, j]"),
)
bug(
    "avg-back-crop-swapped",
    "Height and width of the padding are exchanged where it is cut off",
    "With padding (1, 2), in which column of the padded array does the image begin?",
    ("ph : ph + height, pw : pw + width", "pw : pw + height, ph : ph + width"),
)
bug(
    "avg-back-first-pixel",
    "The window's first element gets the whole share, and the others none",
    "How many elements of a window did the mean read?",
    (
        "                    for u in range(kh):\n                        for v in range(kw):\n",
        "                    for u in range(1):\n                        for v in range(1):\n",
    ),
)


# What it costs
# -------------

bug = bugs_of("cost")

bug(
    "cost-bias-not-counted",
    "The biases are not counted as parameters",
    "Which arrays of the layer does training change? Which of them did you count?",
    ("+ (1 if bias else 0))", "+ 0)"),
)
bug(
    "cost-bias-always-counted",
    "The biases are counted even where there are none",
    "How many numbers are trained if the layer was made with bias=False?",
    ("+ (1 if bias else 0))", "+ 1)"),
)
bug(
    "cost-one-bias",
    "A single bias is counted for the whole layer",
    "Do all output channels share one bias?",
    (
        "out_channels * (in_channels * kh * kw + (1 if bias else 0))",
        "out_channels * in_channels * kh * kw + (1 if bias else 0)",
    ),
)
bug(
    "cost-bias-of-inputs",
    "One bias is counted for each input channel",
    "To what is a bias added: to the input, or to the output?",
    (
        "out_channels * (in_channels * kh * kw + (1 if bias else 0))",
        "out_channels * in_channels * kh * kw + (in_channels if bias else 0)",
    ),
)
bug(
    "cost-parameters-of-one-channel",
    "The parameters are counted for one input channel",
    "How deep is one kernel if the image has three channels?",
    ("(in_channels * kh * kw + (1", "(kh * kw + (1"),
)
bug(
    "cost-parameters-square",
    "The parameters are counted for a square kernel",
    "How many numbers has a kernel of 2 rows and 5 columns?",
    ("(in_channels * kh * kw + (1", "(in_channels * kh * kh + (1"),
)
bug(
    "cost-macs-of-one-channel",
    "The MACs leave out the input channels",
    "How many products does one output add up if the image has three channels?",
    ("* rows * columns * in_channels * kh", "* rows * columns * kh"),
)
bug(
    "cost-macs-of-one-kernel",
    "The MACs leave out the output channels",
    "Each output channel is a convolution of its own. How many of them did you count?",
    ("batch * out_channels * rows", "batch * rows"),
)
bug(
    "cost-macs-of-one-image",
    "The MACs leave out the batch",
    "How much more work are 32 images than one?",
    ("return batch * out_channels", "return out_channels"),
)
bug(
    "cost-macs-doubled",
    "Multiplication and addition are counted one by one",
    "What is one MAC: one operation, or two?",
    ("return batch * out_channels", "return 2 * batch * out_channels"),
)
bug(
    "cost-macs-of-input-size",
    "The MACs are counted at every pixel of the input",
    "How many windows fit? Is this the number of pixels of the image?",
    ("out_channels * rows * columns", "out_channels * height * width"),
)
bug(
    "cost-macs-without-stride",
    "The MACs do not see the stride",
    "With stride 2, how many windows are left of those with stride 1?",
    ("output_size(height, kh, sh, ph)", "output_size(height, kh, 1, ph)"),
    ("output_size(width, kw, sw, pw)", "output_size(width, kw, 1, pw)"),
)
bug(
    "cost-macs-without-padding",
    "The MACs do not see the padding",
    "Do windows over the padded border take multiplications in your loops?",
    ("output_size(height, kh, sh, ph)", "output_size(height, kh, sh)"),
    ("output_size(width, kw, sw, pw)", "output_size(width, kw, sw)"),
)
bug(
    "cost-macs-square",
    "The MACs are counted for a square kernel",
    "How many products are in a window of 2 rows and 5 columns?",
    ("in_channels * kh * kw\n    ### END", "in_channels * kh * kh\n    ### END"),
)
bug(
    "cost-macs-stride-swapped",
    "The MACs are counted with height and width of the stride exchanged",
    "With stride (3, 2), how many rows does the window move down?",
    ("sh, sw = as_pair", "sw, sh = as_pair"),
)
bug(
    "cost-bytes-not-counted",
    "Numbers are counted, not bytes",
    "How many bytes does one float32 take?",
    (") * itemsize", ")"),
)
bug(
    "cost-bytes-always-four",
    "Every number is taken to have four bytes",
    "How many bytes does one float64 take? Where does your function learn of it?",
    (") * itemsize", ") * 4"),
)
bug(
    "cost-bytes-of-one-image",
    "The bytes leave out the batch",
    "How many images lie in the array at once?",
    ("math.prod(shape)", "math.prod(shape[1:])"),
)
bug(
    "cost-bytes-in-bits",
    "Bits are counted, not bytes",
    "The item size is given in bytes already. Which unit does your answer have?",
    (") * itemsize", ") * itemsize * 8"),
)
bug(
    "cost-bytes-summed",
    "The lengths are added, not multiplied",
    "How many numbers are in an array of 2 rows and 3 columns?",
    ("math.prod(shape)", "sum(shape)"),
)
bug(
    "cost-macs-with-bias",
    "The bias is counted among the MACs",
    "Is there a multiplication when the bias is added?",
    (
        "rows * columns * in_channels * kh * kw",
        "rows * columns * (in_channels * kh * kw + 1)",
    ),
)
bug(
    "cost-macs-channels-last",
    "The input's shape is read as (batch, height, width, channels)",
    "In which order do the four lengths stand in `input_shape`?",
    (
        "batch, in_channels, height, width = input",
        "batch, height, width, in_channels = input",
    ),
)
bug(
    "cost-macs-without-first-window",
    "The MACs leave out the first window",
    "How many windows are there if the kernel is as large as the image?",
    (
        "output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "(height + 2 * ph - kh) // sh, (width + 2 * pw - kw) // sw",
    ),
)
bug(
    "cost-bytes-eight",
    "A number is taken to have eight bytes if nothing is said",
    "How many bytes does one float32 take?",
    ("itemsize: int = 4", "itemsize: int = 8"),
)
bug(
    "cost-bytes-in-mebibytes",
    "The result is not in bytes",
    "Which unit does the task ask for?",
    ("math.prod(shape) * itemsize", "math.prod(shape) * itemsize / 2**20"),
)
bug(
    "cost-pair-squared",
    "The kernel's size is squared, which may be a pair",
    "What is (3, 5) ** 2? Which function above makes a pair of either?",
    ("in_channels * kh * kw + (1", "in_channels * kernel_size**2 + (1"),
)
bug(
    "cost-numbers-only",
    "A pair is taken for a number",
    "A kernel may be 3, or (3, 5). Which function above makes a pair of either?",
    ('kh, kw = as_pair(kernel_size, "kernel_size", least=1)', "kh = kw = kernel_size"),
    ('kh, kw = as_pair(kernel_size, "kernel_size", least=1)', "kh = kw = kernel_size"),
    ('sh, sw = as_pair(stride, "stride", least=1)', "sh = sw = stride"),
    ('ph, pw = as_pair(padding, "padding", least=0)', "ph = pw = padding"),
)
bug(
    "cost-bytes-in-32-bits",
    "The bytes are counted in an integer of 32 bits",
    "How large a number fits into 32 bits, and is that enough for the 64 images of the text?",
    (
        "return math.prod(shape) * itemsize",
        "return np.prod(shape, dtype=np.int32) * np.int32(itemsize)",
    ),
)
bug(
    "cost-bias-for-each-pair",
    "A bias is counted for each pair of channels",
    "How many numbers has the bias of a layer with 3 input and 8 output channels?",
    (
        "(in_channels * kh * kw + (1 if bias else 0))",
        "in_channels * (kh * kw + (1 if bias else 0))",
    ),
)


# Receptive field
# ---------------

bug = bugs_of("receptive-field")

bug(
    "field-without-stride",
    "Strides do not make the steps longer",
    "After a pooling by 2, how far apart in the image are two neighbours?",
    ("field += (kernel - 1) * step", "field += kernel - 1"),
)
bug(
    "field-last-stride-only",
    "Only the stride of the layer before counts",
    "Two poolings by 2, one after the other: how far apart in the image are two "
    "neighbours now?",
    ("step *= stride", "step = stride"),
)
bug(
    "field-strides-added",
    "The strides are added, not multiplied",
    "Two layers of stride 3, one after the other: how far apart in the image are two "
    "neighbours now?",
    ("step *= stride", "step += stride - 1"),
)
bug(
    "field-strides-added-to-one",
    "The strides are added, not multiplied",
    "Two layers of stride 3, one after the other: how far apart in the image are two "
    "neighbours now?",
    ("step *= stride", "step += stride"),
)
bug(
    "field-own-stride",
    "A layer's own stride makes its own steps longer",
    "One kernel of 3 with stride 2: how many pixels does one output see?",
    (
        "        field += (kernel - 1) * step\n        step *= stride\n",
        "        step *= stride\n        field += (kernel - 1) * step\n",
    ),
)
bug(
    "field-whole-kernels",
    "Each layer adds its whole kernel",
    "Two kernels of 3: the second adds how many pixels to what the first sees?",
    ("(kernel - 1) * step", "kernel * step"),
)
bug(
    "field-starts-at-zero",
    "The first pixel is not counted",
    "How many pixels does an output see before there is any layer?",
    ("field, step = 1, 1", "field, step = 0, 1"),
)
bug(
    "field-kernels-multiplied",
    "The kernels are multiplied",
    "Two kernels of 3 with stride 1: draw which pixels one output sees. How many are they?",
    ("field += (kernel - 1) * step", "field *= kernel"),
)
bug(
    "field-from-the-output",
    "A layer's steps are as long as the strides behind it make them, not those before it",
    "Two layers, of strides 2 and 3: how far apart in the image are two neighbours that "
    "the second one reads?",
    ("in layers:", "in reversed(layers):"),
)
bug(
    "field-largest-kernel",
    "Only the widest layer counts",
    "Does a second kernel of 3 widen what one output sees?",
    ("field += (kernel - 1) * step", "field = max(field, 1 + (kernel - 1) * step)"),
)
bug(
    "field-area",
    "The pixels of a square are counted",
    "Does the task ask for the pixels along one axis, or for all of them?",
    ("return field", "return field**2"),
)
bug(
    "field-minus-one",
    "One pixel is taken off for each layer, not one step",
    "By how many steps does a kernel of 3 reach further, and how long is each of them?",
    ("(kernel - 1) * step", "kernel * step - 1"),
)
bug(
    "field-nothing-without-layers",
    "Without a layer, no pixel is counted",
    "How many pixels does an output see before there is any layer?",
    ("    field, step = 1, 1\n", "    field, step = int(bool(layers)), 1\n"),
)
bug(
    "field-pair-exchanged",
    "Kernel and stride are exchanged",
    "Which of the two numbers of a layer comes first?",
    ("for kernel, stride in", "for stride, kernel in"),
)
bug(
    "field-takes-the-layers",
    "The layers are taken out of the caller's list",
    "Whose list is it? Ask for the same list twice: what do you get the second time?",
    (
        "for kernel, stride in layers:\n",
        "while layers:\n        kernel, stride = layers.pop(0)\n",
    ),
)
bug(
    "field-times-stride",
    "The field seen so far is multiplied by the stride",
    "Two layers: does the first one see more of the image because the second has a "
    "stride?",
    ("field += (kernel - 1) * step", "field = field * stride + kernel - 1"),
)
bug(
    "field-steps-of-its-stride",
    "A kernel's steps are as long as its own layer's stride",
    "How far apart in the image are the pixels that the second layer's kernel reads "
    "side by side? Which stride says so?",
    ("field += (kernel - 1) * step", "field += (kernel - 1) * stride"),
)
bug(
    "field-largest-reach",
    "The largest reach of one layer counts, not the sum of all",
    "Two layers of kernel 3: which pixels of the image does one output see? Draw them?",
    ("field += (kernel - 1) * step", "field = max(field, kernel * step)"),
)


# The five questions
# ------------------

bug = bugs_of("check-understanding")

# What the reference says stays behind the wrong answer, as a comment.
bug(
    "answer-q1-padding-forgotten",
    "q1: the padding is forgotten",
    "How long is a row of 128 pixels once the padding stands on both sides?",
    ("q1 = ", "q1 = (32, 64, 62, 62)  # "),
)
bug(
    "answer-q1-stride-forgotten",
    "q1: the stride is forgotten",
    "The window moves by two pixels. Can there be as many outputs as pixels?",
    ("q1 = ", "q1 = (32, 64, 128, 128)  # "),
)
bug(
    "answer-q1-rounded-up",
    "q1: the size is rounded up",
    "Count where the last full window starts. Which way is the division rounded?",
    ("q1 = ", "q1 = (32, 64, 65, 65)  # "),
)
bug(
    "answer-q1-channels-kept",
    "q1: the number of channels stays",
    "How many channels does a layer with 64 kernels give?",
    ("q1 = ", "q1 = (32, 3, 64, 64)  # "),
)
bug(
    "answer-q2-without-bias",
    "q2: the biases are forgotten",
    "Which numbers besides the kernels does the layer train?",
    ("q2 = ", "q2 = 1_728  # "),
)
bug(
    "answer-q2-one-channel",
    "q2: the input channels are forgotten",
    "How deep is one kernel if the image has three channels?",
    ("q2 = ", "q2 = 640  # "),
)
bug(
    "answer-q3-published",
    "q3: the published figure, which is wrong",
    "Multiply it out, factor by factor, on paper. Which factor gives another product?",
    ("q3 = ", "q3 = 3_707_764_736  # "),
)
bug(
    "answer-q3-one-image",
    "q3: the batch is forgotten",
    "How much more work are 16 images than one?",
    ("q3 = ", "q3 = 231_211_008  # "),
)
bug(
    "answer-q3-doubled",
    "q3: multiplication and addition are counted one by one",
    "What is one multiply-accumulate step: one operation, or two?",
    ("q3 = ", "q3 = 7_398_752_256  # "),
)
bug(
    "answer-q3-without-padding",
    "q3: the padding is forgotten",
    "With a kernel of 3 and a padding of 1, how many windows fit along 56 pixels?",
    ("q3 = ", "q3 = 16 * 128 * 54 * 54 * 64 * 9  # "),
)
bug(
    "answer-q4-published",
    "q4: the published figure, which is wrong",
    "Multiply it out, factor by factor, on paper. Which factor gives another product?",
    ("q4 = ", "q4 = 825_753_600  # "),
)
bug(
    "answer-q4-numbers",
    "q4: numbers are counted, not bytes",
    "How many bytes does one float32 take?",
    ("q4 = ", "q4 = 205_520_896  # "),
)
bug(
    "answer-q4-one-image",
    "q4: the batch is forgotten",
    "How many images lie in memory at once?",
    ("q4 = ", "q4 = 12_845_056  # "),
)
bug(
    "answer-q5-pooling-forgotten",
    "q5: the pooling makes no step longer",
    "After a pooling by 2, how far apart in the image are two neighbours?",
    ("q5 = ", "q5 = 8  # "),
)
bug(
    "answer-q5-without-pooling",
    "q5: the pooling is left out",
    "Does an output behind the pooling see the same pixels as one before it?",
    ("q5 = ", "q5 = 7  # "),
)
bug(
    "answer-q1-first-window",
    "q1: the first window is forgotten",
    "The window moves so many times; how many windows is that?",
    ("q1 = ", "q1 = (32, 64, 63, 63)  # "),
)
bug(
    "answer-q2-one-bias",
    "q2: a single bias is counted for the whole layer",
    "Do all output channels share one bias?",
    ("q2 = ", "q2 = 1_729  # "),
)
bug(
    "answer-q2-bias-of-inputs",
    "q2: one bias is counted for each input channel",
    "To what is a bias added: to the input, or to the output?",
    ("q2 = ", "q2 = 1_731  # "),
)
bug(
    "answer-q3-with-bias",
    "q3: the biases are counted among the steps",
    "Is there a multiplication when the bias is added?",
    ("q3 = ", "q3 = 3_699_376_128 + 16 * 128 * 56 * 56  # "),
)
bug(
    "answer-q4-of-the-input",
    "q4: the bytes of the input",
    "Whose bytes does the question ask for: those of the input, or of the result?",
    ("q4 = ", "q4 = 64 * 3 * 224 * 224 * 4  # "),
)
bug(
    "answer-q4-float64",
    "q4: a number is taken to have eight bytes",
    "How many bytes does one float32 take?",
    ("q4 = ", "q4 = 1_644_167_168  # "),
)
bug(
    "answer-q4-stride-forgotten",
    "q4: the stride is forgotten",
    "The window moves by two pixels. Can there be as many outputs as pixels?",
    ("q4 = ", "q4 = 64 * 256 * 224 * 224 * 4  # "),
)
bug(
    "answer-q5-10",
    "q5: one of the layers adds too little",
    "Which layers lie behind the pooling, and how long are their steps?",
    ("q5 = ", "q5 = 10  # "),
)


# The same mistakes in slices
# ---------------------------
#
# A slice that goes beyond the edge is cut off, and says nothing; an index is an error.
# So what is one mistake gives other answers where it is made in slices.


def slicing(cell: str, ending: str, text: str) -> Callable[..., None]:
    """Return a function that adds a known mistake of a cell, made in slices.

    It takes the known mistake's id, and the pieces of ``text`` to replace.
    """

    def add(id: str, *replace: tuple[str, str]) -> None:
        known = next(bug for bug in BUGS if bug.id == id)
        source = text
        for piece, other in replace:
            if piece not in source:
                raise ValueError(f"{id}: no {piece!r}")
            source = source.replace(piece, other)
        BUGS.append(Bug(id + ending, cell, known.title, known.question, source=source))

    return add


CONV_SLICES = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, channels, height, width = x.shape
    kernels, _, kh, kw = weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((batch, kernels, rows, columns), np.result_type(x, weight, np.float32))
    for b in range(batch):
        for o in range(kernels):
            for i in range(rows):
                for j in range(columns):
                    top, left = i * sh, j * sw
                    window = padded[b, :, top : top + kh, left : left + kw]
                    total = np.sum(window.astype(float) * weight[o])
                    out[b, o, i, j] = total
    if bias is not None:
        out += bias.reshape(1, -1, 1, 1)
    return out
"""
sliced = slicing("conv2d-forward", "-in-slices", CONV_SLICES)
sliced(
    "conv-padding-not-applied",
    ("np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))", "x"),
)
sliced(
    "conv-stride-swapped", ("top, left = i * sh, j * sw", "top, left = i * sw, j * sh")
)
sliced(
    "conv-stride-of-rows", ("top, left = i * sh, j * sw", "top, left = i * sh, j * sh")
)
sliced("conv-channels-exchanged", ("weight[o]", "weight[:, o]"))
sliced("conv-padding-swapped", ("(ph, ph), (pw, pw)))", "(pw, pw), (ph, ph)))"))
sliced("conv-padding-of-rows", ("(ph, ph), (pw, pw)))", "(ph, ph), (ph, ph)))"))
sliced("conv-padding-before-only", ("(ph, ph), (pw, pw)))", "(ph, 0), (pw, 0)))"))
sliced("conv-padding-pair-of-sides", ("(ph, ph), (pw, pw)))", "(ph, pw), (ph, pw)))"))
sliced("conv-square-kernel", ("left : left + kw", "left : left + kh"))
sliced(
    "conv-window-averaged",
    ("np.sum(window.astype(float) * weight[o])", "np.mean(window * weight[o])"),
)
sliced("conv-needs-bias", ("    if bias is not None:\n        out", "    out"))
sliced(
    "conv-integer-output",
    ("np.result_type(x, weight, np.float32))\n    for", "x.dtype)\n    for"),
    ("out += bias.reshape(1, -1, 1, 1)", "out = out + bias.reshape(1, -1, 1, 1)"),
    ("return out\n", "return out.astype(np.result_type(x, weight, np.float32))\n"),
)

BUGS.append(
    Bug(
        "conv-matrix-product",
        "conv2d-forward",
        "Window and kernel are multiplied as matrices",
        "What do the three inner loops multiply: a row with a column, or a pixel with the "
        "number at its place?",
        source=CONV_SLICES.replace("(float) * weight", "(float) @ weight"),
    )
)

CONV_EINSUM = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    view = np.lib.stride_tricks.sliding_window_view
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    dtype = np.result_type(x, weight, np.float32)
    out = np.einsum("bchwuv,ocuv->bohw", windows.astype(float), weight).astype(dtype)
    return out if bias is None else out + bias.reshape(1, -1, 1, 1).astype(dtype)
"""
summed = slicing("conv2d-forward", "-in-einsum", CONV_EINSUM)
summed("conv-channels-exchanged", ("ocuv", "couv"))
summed("conv-kernel-sides-exchanged", ("ocuv", "ocvu"))

# In loops, where the bias comes last.
CONV_BIAS_LAST = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, channels, height, width = x.shape
    kernels, _, kh, kw = weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((batch, kernels, rows, columns), np.result_type(x, weight, np.float32))
    for b, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, u, v in np.ndindex(channels, kh, kw):
            total += float(padded[b, c, i * sh + u, j * sw + v]) * float(weight[o, c, u, v])
        if bias is not None:
            total += bias[o]
        out[b, o, i, j] = total
    return out
"""
looped = slicing("conv2d-forward", "-bias-last", CONV_BIAS_LAST)
looped("conv-last-product-only", ("total += float", "total = float"))
looped(
    "conv-never-restarts",
    ("        total = 0.0\n", ""),
    ("    for b, o", "    total = 0.0\n    for b, o"),
)

CONV_BACK_SLICES = """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, kernels, rows, columns = grad_output.shape
    _, channels, kh, kw = weight.shape
    height, width = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(grad_output, np.float32)
    grad_padded = np.zeros(padded.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    for b in range(batch):
        for o in range(kernels):
            for i in range(rows):
                for j in range(columns):
                    top, left = i * sh, j * sw
                    down, across = slice(top, top + kh), slice(left, left + kw)
                    upstream = grad_output[b, o, i, j]
                    grad_weight[o] += upstream * padded[b, :, down, across]
                    grad_padded[b, :, down, across] += upstream * weight[o]
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))
"""
sliced = slicing("conv2d-backward", "-in-slices", CONV_BACK_SLICES)
sliced(
    "conv-back-stride-swapped",
    ("top, left = i * sh, j * sw", "top, left = i * sw, j * sh"),
)
sliced("conv-back-padding-swapped", ("(ph, ph), (pw, pw)))", "(pw, pw), (ph, ph)))"))
sliced("conv-back-channels-exchanged", ("* weight[o]", "* weight[:, o]"))
slicing("conv2d-backward", "-in-the-kernel", CONV_BACK_SLICES)(
    "conv-back-channels-exchanged", ("grad_weight[o] +=", "grad_weight[:, o] +=")
)

CONV_BACK_EINSUM = """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    rows, columns = grad_output.shape[2:]
    height, width = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(grad_output, np.float32)
    grad_padded = np.zeros(padded.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    for u, v in np.ndindex(weight.shape[2:]):
        down, across = slice(u, u + rows * sh, sh), slice(v, v + columns * sw, sw)
        pixels = padded[:, :, down, across]
        grad_weight[:, :, u, v] = np.einsum("bohw,bchw->oc", grad_output, pixels)
        back = np.einsum("bohw,oc->bchw", grad_output, weight[:, :, u, v])
        grad_padded[:, :, down, across] += back
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))
"""
summed = slicing("conv2d-backward", "-in-einsum", CONV_BACK_EINSUM)
summed("conv-back-channels-exchanged", ("oc->bchw", "co->bchw"))
summed("conv-back-image-overwritten", ("across] += back", "across] = back"))
slicing("conv2d-backward", "-of-the-kernel-in-einsum", CONV_BACK_EINSUM)(
    "conv-back-channels-exchanged", ("bchw->oc", "bchw->co")
)

POOL_SLICES = """#| export
def {0}_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    dtype = np.result_type(x, np.float32)
    sides = (0, 0), (0, 0), (ph, ph), (pw, pw)
    padded = np.pad(x.astype(dtype), sides{1})
    out = np.zeros((batch, channels, rows, columns), dtype)
    for i in range(rows):
        for j in range(columns):
            top, left = i * sh, j * sw
            windows = padded[:, :, top : top + kh, left : left + kw]
            out[:, :, i, j] = windows.{0}(axis=(2, 3))
    return out
"""
for name, numpys, filled in (
    ("max", "max", ", constant_values=-np.inf"),
    ("avg", "mean", ""),
):
    text = POOL_SLICES.format(name, filled).replace(f".{name}(", f".{numpys}(")
    sliced = slicing(f"{name}-pool2d-forward", "-in-slices", text)
    sliced(
        f"{name}-stride-swapped",
        ("top, left = i * sh, j * sw", "top, left = i * sw, j * sh"),
    )
    sliced(
        f"{name}-stride-is-kernel",
        ("top, left = i * sh, j * sw", "top, left = i * kh, j * kw"),
    )
    sliced(
        f"{name}-stride-of-rows",
        ("top, left = i * sh, j * sw", "top, left = i * sh, j * sh"),
    )
    sliced(f"{name}-padding-swapped", ("(ph, ph), (pw, pw)\n", "(pw, pw), (ph, ph)\n"))
    if name == "max":
        sliced("max-padding-of-rows", ("(ph, ph), (pw, pw)\n", "(ph, ph), (ph, ph)\n"))
        sliced("max-mean", (".max(", ".mean("))
    else:
        # For the maximum it is no mistake: what is cut off would not have won.
        sliced(
            "avg-padding-before-only", ("(ph, ph), (pw, pw)\n", "(ph, 0), (pw, 0)\n")
        )

BUGS.append(
    Bug(
        "max-of-all-windows",
        "max-pool2d-forward",
        "The maximum is taken over all images and channels",
        "How many numbers should the windows at one place give for 2 images of 3 "
        "channels?",
        source=POOL_SLICES.format("max", ", constant_values=-np.inf").replace(
            ".max(axis=(2, 3))", ".max()"
        ),
    )
)

MAX_BACK_SLICES = """#| export
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, rows, columns = grad_output.shape
    height, width = x.shape[2:]
    sides = (0, 0), (0, 0), (ph, ph), (pw, pw)
    floats = x.astype(np.result_type(x, np.float32))
    padded = np.pad(floats, sides, constant_values=-np.inf)
    grad_padded = np.zeros(padded.shape, np.result_type(grad_output, np.float32))
    for b, c, i, j in np.ndindex(batch, channels, rows, columns):
        top, left = i * sh, j * sw
        window = padded[b, c, top : top + kh, left : left + kw]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        grad_padded[b, c, top + u, left + v] += grad_output[b, c, i, j]
    return grad_padded[:, :, ph : ph + height, pw : pw + width]
"""
AVG_BACK_SLICES = """#| export
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, rows, columns = grad_output.shape
    height, width = x.shape[2:]
    shape = (batch, channels, height + 2 * ph, width + 2 * pw)
    grad_padded = np.zeros(shape, np.result_type(grad_output, np.float32))
    for b, c, i, j in np.ndindex(batch, channels, rows, columns):
        top, left = i * sh, j * sw
        share = grad_output[b, c, i, j] / (kh * kw)
        grad_padded[b, c, top : top + kh, left : left + kw] += share
    return grad_padded[:, :, ph : ph + height, pw : pw + width]
"""
for name, text in (("max", MAX_BACK_SLICES), ("avg", AVG_BACK_SLICES)):
    sliced = slicing(f"{name}-pool2d-backward", "-in-slices", text)
    sliced(
        f"{name}-back-stride-swapped",
        ("top, left = i * sh, j * sw", "top, left = i * sw, j * sh"),
    )
    sliced(
        f"{name}-back-stride-is-kernel",
        ("top, left = i * sh, j * sw", "top, left = i * kh, j * kw"),
    )
    if name == "avg":
        sliced(
            "avg-back-integer-gradient",
            ("np.result_type(grad_output, np.float32))", "x.dtype)"),
        )


# Made before the output's size is computed, or after it
# ------------------------------------------------------

SIZED = {
    "conv-stride-swapped": "sh, sw = sw, sh",
    "conv-stride-ignored": "sh = sw = 1",
    "conv-stride-of-rows-everywhere": "sw = sh",
    "conv-padding-swapped": "ph, pw = pw, ph",
    "conv-padding-of-rows": "pw = ph",
    "conv-padding-ignored": "ph = pw = 0",
    "conv-square-kernel": "kw = kh",
    "conv-kernel-sides-exchanged": "kh, kw = kw, kh",
}
WALKED = {
    "conv-stride-swapped": "sh, sw = sw, sh",
    "conv-stride-ignored": "sh = sw = 1",
    "conv-stride-of-rows": "sw = sh",
    "conv-padding-of-columns-first": "ph, pw = pw, ph",
    "conv-padding-of-rows": "pw = ph",
    "conv-padding-not-applied": "ph = pw = 0",
    "conv-square-kernel": "kw = kh",
    "conv-kernel-sides-exchanged": "kh, kw = kw, kh",
}
BUGS += forms(BUGS, CONV_BIAS_LAST, {"before": "rows, columns ="}, SIZED)
BUGS += forms(BUGS, CONV_BIAS_LAST, {"after": "padded ="}, WALKED)
BUGS += forms(BUGS, CONV_SLICES, {"before-in-slices": "rows, columns ="}, SIZED)
# In slices this is a name of its own already: see above.
del WALKED["conv-padding-of-columns-first"]
BUGS += forms(BUGS, CONV_SLICES, {"after-in-slices": "padded ="}, WALKED)
CONV_BACK_LINES = {
    "conv-back-stride-swapped": "sh, sw = sw, sh",
    "conv-back-stride-ignored": "sh = sw = 1",
    "conv-back-padding-swapped": "ph, pw = pw, ph",
}
for text, ending in (
    (CONV_BACK_SLICES, "in-slices"),
    (CONV_BACK_EINSUM, "in-einsum"),
):
    BUGS += forms(BUGS, text, {f"throughout-{ending}": "padded ="}, CONV_BACK_LINES)
for name, filled in (("max", ", constant_values=-np.inf"), ("avg", "")):
    text = POOL_SLICES.format(name, filled).replace(".avg(", ".mean(")
    sized = {
        f"{name}-stride-swapped": "sh, sw = sw, sh",
        f"{name}-stride-ignored": "sh = sw = 1",
        f"{name}-stride-of-rows": "sw = sh",
        f"{name}-moves-by-its-size": "sh, sw = kh, kw",
        f"{name}-padding-swapped": "ph, pw = pw, ph",
        f"{name}-padding-ignored": "ph = pw = 0",
        f"{name}-kernel-swapped": "kh, kw = kw, kh",
    }
    walked = {
        f"{name}-stride-swapped": "sh, sw = sw, sh",
        f"{name}-stride-ignored": "sh = sw = 1",
        f"{name}-stride-of-rows": "sw = sh",
        f"{name}-stride-is-kernel": "sh, sw = kh, kw",
        f"{name}-padding-swapped": "ph, pw = pw, ph",
        f"{name}-kernel-swapped": "kh, kw = kw, kh",
    }
    BUGS += forms(BUGS, text, {"before-in-slices": "rows, columns ="}, sized)
    BUGS += forms(BUGS, text, {"after-in-slices": "dtype ="}, walked)
for name, text in (("max", MAX_BACK_SLICES), ("avg", AVG_BACK_SLICES)):
    POOL_BACK_LINES = {
        f"{name}-back-stride-swapped": "sh, sw = sw, sh",
        f"{name}-back-stride-ignored": "sh = sw = 1",
        f"{name}-back-stride-is-kernel": "sh, sw = kh, kw",
        f"{name}-back-padding-swapped": "ph, pw = pw, ph",
        f"{name}-back-kernel-swapped": "kh, kw = kw, kh",
    }
    BUGS += forms(
        BUGS, text, {"throughout-in-slices": "height, width ="}, POOL_BACK_LINES
    )


# Where the sum goes on: in the next output of the row, of the channel, of the image.
for name, text in (("conv", CONV_BIAS_LAST),):
    known = next(bug for bug in BUGS if bug.id == f"{name}-never-restarts")
    for of, begins in (("row", "j == 0"), ("channel", "i == j == 0")):
        source = text.replace("total = 0.0\n", f"total = 0.0 if {begins} else total\n")
        BUGS.append(
            Bug(
                f"{known.id}-in-a-{of}",
                known.cell,
                known.title,
                known.question,
                source=source,
            )
        )
summed = slicing("conv2d-forward", "-in-windows", CONV_EINSUM)
summed("conv-padding-pair-of-sides", ("(ph, ph), (pw, pw)))", "(ph, pw), (ph, pw)))"))
summed("conv-padding-of-rows", ("(ph, ph), (pw, pw)))", "(ph, ph), (ph, ph)))"))
summed("conv-padding-before-only", ("(ph, ph), (pw, pw)))", "(ph, 0), (pw, 0)))"))
BUGS += forms(
    BUGS,
    CONV_EINSUM,
    {"in-windows-throughout": "padded ="},
    {
        "conv-stride-swapped": "sh, sw = sw, sh",
        "conv-padding-swapped": "ph, pw = pw, ph",
    },
)
BUGS.append(
    Bug(
        "conv-room-for-nothing",
        "conv2d-forward",
        "Without padding, there is no room for the image",
        "A row of 5 numbers from number 0 on, up to number -0: how many are these?",
        source=CONV_SLICES.replace(
            "padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))",
            "shape = (batch, channels, height + 2 * ph, width + 2 * pw)\n"
            "    padded = np.zeros(shape, x.dtype)\n"
            "    padded[:, :, ph:-ph, pw:-pw] = x",
        ),
    )
)

bug = bugs_of("conv2d-backward")
bug(
    "conv-back-kernel-without-upstream",
    "The kernel's gradient leaves out the upstream gradient",
    "If nothing behind an output depends on it, how large is its share of the kernel's "
    "gradient?",
    ("+= upstream * padded[b, c, y, z]", "+= padded[b, c, y, z]"),
)
bug(
    "conv-back-image-without-upstream",
    "The image's gradient leaves out the upstream gradient",
    "If nothing behind an output depends on it, how large is its share of a pixel's "
    "gradient?",
    ("+= upstream * weight[o, c, u, v]", "+= weight[o, c, u, v]"),
)
bug(
    "conv-back-kernel-of-last-image",
    "The kernel keeps the gradient of the last image alone",
    "Which images did the kernel meet?",
    (
        "    for b in range(batch):\n",
        "    for b in range(batch):\n        grad_weight[:] = 0\n",
    ),
)
bug(
    "conv-back-image-of-last-channel",
    "The image keeps the gradient of the last output channel alone",
    "Of how many output channels is each pixel a part?",
    (
        "        for o in range(out_channels):\n",
        "        for o in range(out_channels):\n            grad_padded[b] = 0\n",
    ),
)
bug(
    "conv-back-padding-pair-of-sides",
    "On the way back the pair is taken for the two sides of each axis",
    "Padding (1, 2): how many rows were added above, and how many below?",
    ("(ph, ph), (pw, pw)))", "(ph, pw), (ph, pw)))"),
)
slicing("conv2d-backward", "-in-slices", CONV_BACK_SLICES)(
    "conv-back-padding-pair-of-sides", ("(ph, ph), (pw, pw)))", "(ph, pw), (ph, pw)))")
)
bug = bugs_of("conv2d-forward")
bug(
    "conv-bias-of-first-channel",
    "All output channels get the first bias",
    "How many numbers has the bias, and which one belongs to the second channel?",
    ("float(bias[o])", "float(bias[0])"),
)
bug = bugs_of("output-size")
bug(
    "size-last-window-that-fits",
    "A window that ends with the last pixel is not counted",
    "A kernel of 3 on 5 pixels: does the window that begins at the third one still fit?",
    (
        "(size + 2 * padding - kernel) // stride + 1",
        "max(1, -(-(size + 2 * padding - kernel) // stride))",
    ),
)


# What people write in other words
# --------------------------------

for cell, line in (
    ("conv2d-backward", "return grad_x, grad_weight, grad_bias"),
    ("max-pool2d-forward", "return out"),
    ("max-pool2d-backward", "return grad_padded["),
    ("avg-pool2d-forward", "return out"),
    ("avg-pool2d-backward", "return grad_padded["),
    ("receptive-field", "return field"),
):
    bugs_of(cell)(
        f"{cell}-returns-nothing",
        "Nothing is returned",
        "What does a function give back whose last line says no `return`?",
        (line, line.replace("return", "answer =")),
    )

PADDED_ROWS = (
    "Where the rows have no padding, that of the columns stays",
    "Padding (0, 2): how many columns too many has your gradient?",
)
CUT = "grad_padded[:, :, ph : ph + height, pw : pw + width]"
for cell, id in (
    ("conv2d-backward", "conv-back"),
    ("max-pool2d-backward", "max-back"),
    ("avg-pool2d-backward", "avg-back"),
):
    bug = bugs_of(cell)
    bug(f"{id}-cut-if-rows", *PADDED_ROWS, (CUT, f"{CUT} if ph else grad_padded"))
    bug(
        f"{id}-cut-from-end-if-rows",
        *PADDED_ROWS,
        (CUT, "grad_padded[:, :, ph:-ph, pw:-pw] if ph else grad_padded"),
    )

overwritten = slicing("conv2d-backward", "-in-slices", CONV_BACK_SLICES)
overwritten(
    "conv-back-image-overwritten",
    ("across] += upstream * weight[o]", "across] = upstream * weight[o]"),
)
CONV_BACK_PLACES = """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    kh, kw = weight.shape[2:]
    height, width = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(grad_output, np.float32)
    grad_padded = np.zeros(padded.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    for i, j in np.ndindex(grad_output.shape[2:]):
        down, across = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        upstream = grad_output[:, :, i, j]
        grad_weight += np.tensordot(upstream, padded[:, :, down, across], (0, 0))
        grad_padded[:, :, down, across] += np.tensordot(upstream, weight, 1)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))
"""
placed = slicing("conv2d-backward", "-at-places", CONV_BACK_PLACES)
placed("conv-back-image-overwritten", ("across] += np", "across] = np"))
placed("conv-back-kernel-overwritten", ("grad_weight += np", "grad_weight = np"))

bug = bugs_of("conv2d-backward")
for names in ("weight bias x", "bias x weight", "bias weight x"):
    bug(
        f"conv-back-order-{names.replace(' ', '-')}",
        "The gradients are returned in another order",
        "In which order does the docstring want the three gradients?",
        (
            "return grad_x, grad_weight, grad_bias",
            "return " + ", ".join(f"grad_{name}" for name in names.split()),
        ),
    )

SHORT = (
    "The window's last row and its last column are left out",
    "A window of 2x3: up to which row and which column does yours look?",
)
bug = bugs_of("max-pool2d-forward")
for ending, less in (
    ("", "range({0} - 1)"),
    ("-of-one", "range(max(1, {0} - 1))"),
):
    bug(
        f"max-window-short{ending}",
        *SHORT,
        ("in range(kh)", f"in {less.format('kh')}"),
        ("in range(kw)", f"in {less.format('kw')}"),
    )
bug(
    "max-zeros-are-padding",
    "Zeros of the image are taken for padding",
    "A dark pixel is a zero as well. Does your function tell it from what was added?",
    ("    out = np.zeros(", "    padded[padded == 0] = -np.inf\n    out = np.zeros("),
)
bugs_of("max-pool2d-backward")(
    "max-back-zeros-are-padding",
    "Zeros of the image are taken for padding",
    "A dark pixel is a zero as well. Does your function tell it from what was added?",
    (
        "    grad_padded = np.zeros(",
        "    padded[padded == 0] = -np.inf\n    grad_padded = np.zeros(",
    ),
)

WINNER = """#| export
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    height, width = x.shape[2:]
    sides = (0, 0), (0, 0), (ph, ph), (pw, pw)
    padded = np.pad(x.astype(float), sides, constant_values={1})
    grad_padded = np.zeros(padded.shape, np.result_type(grad_output, np.float32))
    for b, c, i, j in np.ndindex(grad_output.shape):
        top, left = i * sh, j * sw
        window = padded[b, c, top : top + kh, left : left + kw]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        grad_padded[b, c, top + u, left + v] += grad_output[b, c, i, j] / ({0})
    return grad_padded[:, :, ph : ph + height, pw : pw + width]
"""
for ending, divided, filled in (
    ("whole", "1", "-np.inf"),
    ("share", "kh * kw", "-np.inf"),
    ("whole-of-zeros", "1", "0"),
    ("share-of-zeros", "kh * kw", "0"),
):
    BUGS.append(
        Bug(
            f"avg-back-to-the-largest-{ending}",
            "avg-pool2d-backward",
            "The largest of the window gets the gradient, as in max pooling",
            "Which pixels of the window does its mean depend on?",
            source=WINNER.format(divided, filled),
        )
    )

bug = bugs_of("conv2d-layer")
known = next(one for one in BUGS if one.id == "layer-relu")
for ending, applied in (
    ("of-a-factor", "result * Tensor((result.data > 0).astype(result.data.dtype))"),
    ("of-a-new-tensor", "Tensor(np.maximum(result.data, 0), True)"),
):
    bug(
        f"{known.id}-{ending}",
        known.title,
        known.question,
        ("return Conv2dFunction.apply(", "result = Conv2dFunction.apply("),
        (
            "self.stride, self.padding\n        )",
            f"self.stride, self.padding\n        )\n        return {applied}",
        ),
    )
bugs_of("cost")(
    "cost-macs-of-numbers",
    "A pair is taken for a number",
    "What is 2 times the pair (1, 2), in Python?",
    (
        '    sh, sw = as_pair(stride, "stride", least=1)\n'
        '    ph, pw = as_pair(padding, "padding", least=0)\n'
        "    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)\n",
        "    rows = (height + 2 * padding - kh) // stride + 1\n"
        "    columns = (width + 2 * padding - kw) // stride + 1\n",
    ),
)
CENTRED = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, channels, height, width = x.shape
    kernels, _, kh, kw = weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    out = np.zeros((batch, kernels, rows, columns), np.result_type(x, weight, np.float32))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        y, z = i * sh + u - kh // 2, j * sw + v - kw // 2
        if 0 <= y < height and 0 <= z < width:
            out[:, :, i, j] += x[:, :, y, z] @ weight[:, :, u, v].T
    if bias is not None:
        out += bias[:, None, None].astype(out.dtype)
    return out
"""
for ending, half in (("", "{0} // 2"), ("-one-less", "({0} - 1) // 2")):
    source = CENTRED
    for side in ("kh", "kw"):
        source = source.replace(f"- {side} // 2", f"- {half.format(side)}")
    known = next(bug for bug in BUGS if bug.id == "conv-window-centred")
    BUGS.append(
        replace(known, id=f"{known.id}-unpadded{ending}", replace=(), source=source)
    )


SAME_VALUES: list[set[str]] = []

# Their neighbours
# ----------------
#
# The same slips on the other axis, in the function beside, where what lies beyond the
# edge is zeros and not an error.

CONV_WALK = "padded[b, c, i * sh + u, j * sw + v]"
bug = bugs_of("conv2d-forward")
bug(
    "conv-stride-of-columns",
    "The width's stride moves the window down, too",
    "With stride (2, 3), by how many rows does the window move?",
    (CONV_WALK, "padded[b, c, i * sw + u, j * sw + v]"),
)
bug(
    "conv-padding-of-columns",
    "The padding of the columns is added above and below, too",
    "Padding (1, 2): how many rows should be added above?",
    ("(ph, ph), (pw, pw)", "(pw, pw), (pw, pw)"),
)
bug(
    "conv-square-kernel-of-columns",
    "The kernel's width is taken for its height, too",
    "A kernel of 2x3: how many rows has it?",
    ("for u in range(kh)", "for u in range(kw)"),
)
for size, which, loop in (
    ("batch", "image", "for b in range(batch):"),
    ("out_channels", "kernel", "for o in range(out_channels):"),
):
    bug(
        f"conv-last-{which}-only",
        f"Only the last {which} is used",
        f"How often does your loop go round, and with which {which}?",
        (loop, f"{loop[:9]}[{size} - 1]:"),
    )
bug(
    "conv-kernel-left-to-right",
    "The kernel is turned left to right",
    "Which number of the kernel meets the first pixel of a window?",
    ("weight[o, c, u, v]", "weight[o, c, u, kw - 1 - v]"),
)
known = next(one for one in BUGS if one.id == "conv-kernel-transposed")
for ending, index in (
    ("and-reshaped", "weight[o, c].T.reshape(kh, kw)[u, v]"),
    ("where-square", "(weight[o, c].T if kh == kw else weight[o, c])[u, v]"),
):
    BUGS.append(
        replace(
            known,
            id=f"{known.id}-{ending}",
            source="",
            replace=(("weight[o, c, u, v]", index),),
        )
    )
CONV_BEYOND = CONV_BIAS_LAST.replace(
    "(ph, ph), (pw, pw)",
    "(ph, ph + (rows + kh) * (sh + sw)), (pw, pw + (columns + kw) * (sh + sw))",
)
WALK = "i * sh + u, j * sw + v"
for id, other in {
    "conv-stride-swapped": "i * sw + u, j * sh + v",
    "conv-stride-of-rows": "i * sh + u, j * sh + v",
    "conv-stride-of-columns": "i * sw + u, j * sw + v",
    "conv-stride-inside-window": "(i + u) * sh, (j + v) * sw",
}.items():
    known = next(one for one in BUGS if one.id == id)
    source = CONV_BEYOND.replace(WALK, other)
    BUGS.append(replace(known, id=f"{id}-beyond", replace=(), source=source))
COLUMNS = {
    "conv-stride-of-columns": "sh = sw",
    "conv-padding-of-columns": "ph = pw",
    "conv-square-kernel-of-columns": "kh = kw",
}
for text, ending in ((CONV_BIAS_LAST, ""), (CONV_SLICES, "-in-slices")):
    ends = {f"before{ending}": "rows, columns =", f"after{ending}": "padded ="}
    BUGS += forms(BUGS, text, ends, COLUMNS)

bug = bugs_of("conv2d-backward")
BACK_WALK = "y, z = i * sh + u, j * sw + v"
for id, other, title, question in (
    (
        "stride-of-rows",
        "y, z = i * sh + u, j * sh + v",
        "On the way back the height's stride moves the window to the right, too",
        "With stride (2, 3), by how many columns did the window move?",
    ),
    (
        "stride-of-columns",
        "y, z = i * sw + u, j * sw + v",
        "On the way back the width's stride moves the window down, too",
        "With stride (2, 3), by how many rows did the window move?",
    ),
):
    bug(f"conv-back-{id}", title, question, (BACK_WALK, other))
    known = BUGS[-1]
    place = other.replace(" + u", "").replace(" + v", "").replace("y, z", "top, left")
    source = CONV_BACK_SLICES.replace("top, left = i * sh, j * sw", place)
    BUGS.append(replace(known, id=f"{known.id}-in-slices", replace=(), source=source))
    large = "(ph, ph + 9 * (sh + sw)), (pw, pw + 9 * (sh + sw)))"
    source = source.replace("(ph, ph), (pw, pw))", large)
    BUGS.append(replace(known, id=f"{known.id}-beyond", replace=(), source=source))
RETURNED = "return grad_x, grad_weight, grad_bias"
for count, words, name in (
    ("rows * columns", "number of places", "places"),
    ("batch * rows * columns", "number of windows", "windows"),
):
    question = (
        "How many outputs change if it grows by a little? Do their gradients add up?"
    )
    for whose, word in (("grad_weight", "kernel"), ("grad_x", "image")):
        if (word, name) == ("kernel", "places"):
            continue  # known: see `conv-back-kernel-by-places`
        divided = RETURNED.replace(whose, f"{whose} / dtype.type({count})")
        bug(
            f"conv-back-{word}-mean-of-{name}",
            f"The {word}'s gradient is divided by the {words}",
            question,
            (RETURNED, divided),
        )
    bug(
        f"conv-back-parameters-mean-of-{name}",
        f"The gradients of kernel and bias are divided by the {words}",
        question,
        (
            RETURNED,
            f"many = dtype.type({count})\n"
            "    return grad_x, grad_weight / many, grad_bias / many",
        ),
    )
for loop, which in (
    ("for b in range(batch):", "image"),
    ("for o in range(out_channels):", "kernel"),
    ("for c in range(in_channels):", "channel"),
):
    size = loop.partition("range(")[2][:-2]
    bug(
        f"conv-back-last-{which}-only",
        f"On the way back only the last {which} is used",
        f"How often does your loop go round, and with which {which}?",
        (loop, f"{loop[:9]}[{size} - 1]:"),
    )

bug = bugs_of("conv2d-layer")
NORMAL = (
    "self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None"
)
for ending, drawn in (
    ("", "generator().normal(0, std, out_channels)"),
    ("-standard", "generator().normal(0, 1, out_channels)"),
    ("-small", "generator().normal(0, 0.01, out_channels)"),
    (
        "-uniform",
        "generator().uniform(-1 / math.sqrt(math.prod(shape[1:])), "
        "1 / math.sqrt(math.prod(shape[1:])), out_channels)",
    ),
    ("-of-one", "generator().normal(0, math.sqrt(2 / out_channels), out_channels)"),
):
    bug(
        f"layer-bias-random{ending}",
        "The bias is drawn at random",
        "With which number should every output channel begin, by the task?",
        (NORMAL, NORMAL.replace("np.zeros(out_channels)", drawn)),
    )
APPLIED = "x, self.weight, self.bias, self.stride, self.padding\n        )"
for stride, padding, id, title, question in (
    (
        "self.stride",
        "self.stride",
        "stride-for-padding",
        "The stride is handed on twice, for the padding, too",
        "Which two numbers does the convolution want, and in which order?",
    ),
    (
        "self.padding",
        "self.padding",
        "padding-for-stride",
        "The padding is handed on twice, for the stride, too",
        "Which two numbers does the convolution want, and in which order?",
    ),
    (
        "self.kernel_size",
        "self.padding",
        "kernel-for-stride",
        "The kernel's size is handed on for the stride",
        "By how many pixels does the window move?",
    ),
    (
        "self.stride",
        "self.kernel_size",
        "kernel-for-padding",
        "The kernel's size is handed on for the padding",
        "How many rows are added above the image?",
    ),
    (
        "self.stride",
        "tuple(k // 2 for k in self.kernel_size)",
        "padding-same",
        "The padding is always half of the kernel",
        "Who chooses the padding: the layer, or who makes it?",
    ),
    (
        "(1, 1)",
        "(0, 0)",
        "stride-and-padding-not-used",
        "Neither stride nor padding is handed on",
        "Which two numbers does the convolution want, beside image, weight and bias?",
    ),
    (
        "self.stride[:1] * 2",
        "self.padding[:1] * 2",
        "numbers-of-rows",
        "Stride and padding of the rows are handed on for the columns, too",
        "Which two numbers has each of the pairs?",
    ),
):
    bug(
        f"layer-{id}",
        title,
        question,
        (APPLIED, f"x, self.weight, self.bias, {stride}, {padding}\n        )"),
    )

bug = bugs_of("max-pool2d-forward")
LARGEST = "largest = value if value != value else max(largest, value)"
bug(
    "max-by-size",
    "The number furthest from zero wins, whatever its sign",
    "Which is larger: -9 or 2?",
    (
        LARGEST,
        "largest = max(largest, value, key=lambda n: abs(n) if n > -np.inf else -1)",
    ),
)
POOL_WALK = "padded[b, c, i * sh + u, j * sw + v]"
for name in ("max", "avg"):
    bug = bugs_of(f"{name}-pool2d-forward")
    bug(
        f"{name}-stride-of-columns",
        "The width's stride moves the window down, too",
        "With stride (2, 3), by how many rows does the window move?",
        (POOL_WALK, "padded[b, c, i * sw + u, j * sw + v]"),
    )
    bug(
        f"{name}-pixels-apart",
        "The pixels of a window stand a stride apart",
        "A stride of 2 moves the window by 2 pixels. How far apart are the pixels in it?",
        (POOL_WALK, "padded[b, c, (i + u) * sh, (j + v) * sw]"),
    )
    for size, which, loop in (
        ("batch", "image", "for b in range(batch):"),
        ("channels", "channel", "for c in range(channels):"),
    ):
        bug(
            f"{name}-last-{which}-only",
            f"Only the last {which} is pooled",
            f"How often does your loop go round, and with which {which}?",
            (loop, f"{loop[:9]}[{size} - 1]:"),
        )
    text = POOL_SLICES.format(
        name, ", constant_values=-np.inf" if name == "max" else ""
    )
    text = text.replace(".avg(", ".mean(")
    ends = {"before-in-slices": "rows, columns =", "after-in-slices": "dtype ="}
    columns = {f"{name}-stride-of-columns": "sh = sw"}
    BUGS += forms(BUGS, text, ends, columns)
for id, title, question, line in (
    (
        "padding-of-columns",
        "The padding of the columns is added above and below, too",
        "Padding (1, 2): how many rows should be added above?",
        "(pw, pw), (pw, pw)",
    ),
):
    for name in ("max", "avg"):
        bugs_of(f"{name}-pool2d-forward")(
            f"{name}-{id}", title, question, ("(ph, ph), (pw, pw)", line)
        )
bug = bugs_of("avg-pool2d-forward")
AVERAGE = "out[b, c, i, j] = total / (kh * kw)"
bug(
    "avg-by-height",
    "The mean divides by the number of rows of the window alone",
    "How many pixels has a window of 2x3?",
    (AVERAGE, "out[b, c, i, j] = total / kh"),
)
bug(
    "avg-by-width",
    "The mean divides by the number of columns of the window alone",
    "How many pixels has a window of 2x3?",
    (AVERAGE, "out[b, c, i, j] = total / kw"),
)
bug(
    "avg-by-outputs",
    "The mean divides by the number of windows",
    "How many pixels has a window of 2x3?",
    (AVERAGE, "out[b, c, i, j] = total / (rows * columns)"),
)
bug(
    "avg-middle",
    "The middle one of the window's numbers, not their mean",
    "Pixels of 1, 2 and 9: what is their mean?",
    (
        AVERAGE,
        "window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]\n"
        "                    out[b, c, i, j] = np.median(window)",
    ),
)
bug(
    "avg-smallest",
    "The smallest of the window's numbers, not their mean",
    "Does a larger pixel of the window change your answer?",
    (
        AVERAGE,
        "window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]\n"
        "                    out[b, c, i, j] = window.min()",
    ),
)

bug = bugs_of("max-pool2d-backward")
GIVEN = "grad_padded[b, c, best[0], best[1]] += grad_output[b, c, i, j]"
bug(
    "max-back-maximum-for-gradient",
    "The largest number itself is put in place of the gradient",
    "What does the winner get: its own value, or how the loss changes with the output?",
    (GIVEN, GIVEN.replace("grad_output[b, c, i, j]", "largest")),
)
bug(
    "max-back-divided",
    "The winner's gradient is divided by the number of pixels of the window",
    "If the winner grows by a little, by how much does the output grow?",
    (GIVEN, f"{GIVEN} / (kh * kw)"),
)
bug(
    "max-back-last-pixel",
    "The last pixel of the window gets the gradient",
    "Which pixel of the window was the output?",
    (GIVEN, GIVEN.replace("best[0], best[1]", "i * sh + kh - 1, j * sw + kw - 1")),
)
for name in ("max", "avg"):
    bug = bugs_of(f"{name}-pool2d-backward")
    for id, title, question, line in (
        (
            "stride-of-rows",
            "On the way back the height's stride moves the window to the right, too",
            "With stride (2, 3), by how many columns did the window move?",
            "sw = sh",
        ),
        (
            "stride-of-columns",
            "On the way back the width's stride moves the window down, too",
            "With stride (2, 3), by how many rows did the window move?",
            "sh = sw",
        ),
        (
            "padding-ignored",
            "On the way back the padding is ignored",
            "With padding 1, in which row of the padded image does the image begin?",
            "ph = pw = 0",
        ),
        (
            "square-window",
            "On the way back the window's height is its width, too",
            "A window of 2x3: how many columns had it?",
            "kw = kh",
        ),
    ):
        if f"{name}-back-{id}" not in {one.id for one in BUGS}:
            bug(
                f"{name}-back-{id}",
                title,
                question,
                (
                    "    batch, channels, rows, columns = grad_output.shape\n",
                    f"    {line}\n"
                    "    batch, channels, rows, columns = grad_output.shape\n",
                ),
            )
        text = MAX_BACK_SLICES if name == "max" else AVG_BACK_SLICES
        # As an average it is one with a gradient that is not cut.
        if (name, id) != ("avg", "padding-ignored"):
            places = {"throughout-in-slices": "height, width ="}
            BUGS += forms(BUGS, text, places, {f"{name}-back-{id}": line})
    for size, which, loop in (
        ("batch", "image", "for b in range(batch):"),
        ("channels", "channel", "for c in range(channels):"),
    ):
        bug(
            f"{name}-back-last-{which}-only",
            f"On the way back only the last {which} is used",
            f"How often does your loop go round, and with which {which}?",
            (loop, f"{loop[:9]}[{size} - 1]:"),
        )
        if f"{name}-back-one-{which}" not in {one.id for one in BUGS}:
            bug(
                f"{name}-back-first-{which}-only",
                f"On the way back only the first {which} is used",
                f"How often does your loop go round, and with which {which}?",
                (loop, f"{loop[:9]}[0]:"),
            )
bug = bugs_of("avg-pool2d-backward")
SHARE = "share = grad_output[b, c, i, j] / (kh * kw)"
for divisor, which in (("kh", "height"), ("kw", "width")):
    bug(
        f"avg-back-by-{which}",
        f"The share is divided by the window's {which} alone",
        "How many pixels has a window of 2x3?",
        (SHARE, SHARE.replace("(kh * kw)", divisor)),
    )
bug(
    "avg-back-by-image",
    "The share is divided by the number of all pixels",
    "How many pixels has a window of 2x3?",
    (SHARE, SHARE.replace("(kh * kw)", "(height * width)")),
)
bug(
    "avg-back-mean-for-gradient",
    "The window's mean is put in place of the gradient",
    "What does each pixel get: the mean itself, or how the loss changes with it?",
    (
        SHARE,
        "share = x[b, c, max(i * sh - ph, 0) : i * sh - ph + kh, "
        "max(j * sw - pw, 0) : j * sw - pw + kw].sum() / (kh * kw) ** 2",
    ),
)

bug = bugs_of("output-size")
FORMULA = "(size + 2 * padding - kernel) // stride + 1"
for id, other, title, question in (
    (
        "size-padding-subtracted",
        "max(1, (size - 2 * padding - kernel) // stride + 1)",
        "The padding makes the image smaller",
        "With padding 1, is the row longer or shorter?",
    ),
    (
        "size-kernel-half",
        "(size + 2 * padding - kernel // 2) // stride + 1",
        "Only half of the kernel is taken away",
        "A kernel of 3 on a row of 5: at how many places does it fit?",
    ),
    (
        "size-kernel-minus-one",
        "(size + 2 * padding - (kernel - 1)) // stride + 1",
        "The kernel is counted as one pixel shorter, and one window is added",
        "A kernel of 3 on a row of 5: at how many places does it fit?",
    ),
    (
        "size-stride-times",
        "(size + 2 * padding - kernel) * stride + 1",
        "The stride multiplies the places",
        "With stride 2, are there more places, or fewer?",
    ),
    (
        "size-stride-on-size-alone",
        "max(1, size // stride + 2 * padding - kernel + 1)",
        "The stride divides the image alone",
        "With stride 2: what is divided, the image's length or the way the window can go?",
    ),
):
    bug(id, title, question, (FORMULA, other))

bug = bugs_of("cost")
MACS = "return batch * out_channels * rows * columns * in_channels * kh * kw"
for id, other, title, question in (
    (
        "cost-macs-without-rows",
        MACS.replace(" * rows * columns", " * columns"),
        "The places are counted along one axis alone",
        "An output of 3 rows and 4 columns: how many places has it?",
    ),
    (
        "cost-macs-kernel-added",
        MACS.replace("kh * kw", "(kh + kw)"),
        "The sides of the kernel are added",
        "How many numbers has a kernel of 3x4?",
    ),
    (
        "cost-macs-channels-added",
        MACS.replace(
            "out_channels * rows * columns * in_channels",
            "(out_channels + in_channels) * rows * columns",
        ),
        "The channels are added, not multiplied",
        "Each of 4 kernels sees 3 channels: how many planes of numbers are that?",
    ),
    (
        "cost-macs-without-kernel",
        MACS.replace(" * kh * kw", ""),
        "The kernel's numbers are not counted",
        "How many products is one output made of, for one channel?",
    ),
):
    bug(id, title, question, (MACS, other))
PARAMETERS = "return out_channels * (in_channels * kh * kw + (1 if bias else 0))"
for id, other, title, question in (
    (
        "cost-parameters-kernel-added",
        PARAMETERS.replace("kh * kw", "(kh + kw)"),
        "The sides of the kernel are added in the parameters",
        "How many numbers has a kernel of 3x4?",
    ),
    (
        "cost-parameters-of-one-kernel",
        "return in_channels * kh * kw + (out_channels if bias else 0)",
        "The parameters of one kernel are counted",
        "How many kernels has the layer?",
    ),
    (
        "cost-parameters-of-height",
        PARAMETERS.replace("kh * kw", "kh"),
        "Only the kernel's height is counted in the parameters",
        "How many numbers has a kernel of 3x4?",
    ),
):
    bug(id, title, question, (PARAMETERS, other))
BYTES = "return math.prod(shape) * itemsize"
for id, other, title, question in (
    (
        "cost-bytes-without-channels",
        "return math.prod(shape[:1] + shape[2:]) * itemsize",
        "The channels are left out of the bytes",
        "How many numbers has an array of shape (2, 3, 4)?",
    ),
    (
        "cost-bytes-in-kibibytes",
        "return math.prod(shape) * itemsize // 1024",
        "The answer is in kibibytes, not in bytes",
        "In which unit does the task want the answer?",
    ),
):
    bug(id, title, question, (BYTES, other))

bug = bugs_of("receptive-field")
for id, title, question, pieces in (
    (
        "field-first-layer-left-out",
        "The first layer is left out",
        "With one layer alone, how often does your loop run?",
        (("in layers:", "in layers[1:]:"),),
    ),
    (
        "field-last-layer-left-out",
        "The last layer is left out",
        "With one layer alone, how often does your loop run?",
        (("in layers:", "in layers[:-1]:"),),
    ),
    (
        "field-step-returned",
        "The step is returned, not the field",
        "Which of your two numbers is asked for?",
        (("return field", "return step"),),
    ),
    (
        "field-odd-kernels",
        "Kernels are taken to be odd",
        "How far does a kernel of 4 reach beyond its first pixel?",
        (("(kernel - 1) * step", "kernel // 2 * 2 * step"),),
    ),
    (
        "field-one-side",
        "The kernels are counted on one side only",
        "A kernel of 3 reaches how far to the left, and how far to the right?",
        (("(kernel - 1) * step", "(kernel - 1) // 2 * step"),),
    ),
):
    bug(id, title, question, *pieces)

bug = bugs_of("conv2d-forward")
bug(
    "conv-one-window-too-few",
    "The output's last row and its last column are missing",
    "A kernel as long as the row: how many windows fit? How many does your output have?",
    (
        "    padded = np.pad(",
        "    rows, columns = rows - 1, columns - 1\n    padded = np.pad(",
    ),
)
known = next(one for one in BUGS if one.id == "conv-kernel-whole")
source = CONV_SLICES.replace(
    "np.sum(window.astype(float) * weight[o])",
    "np.sum(window * weight[o].astype(x.dtype))",
)
BUGS.append(replace(known, id=f"{known.id}-in-slices", replace=(), source=source))
known = next(one for one in BUGS if one.id == "conv-back-kernel-of-bare-image")
bugs_of("conv2d-backward")(
    f"{known.id}-beyond",
    known.title,
    known.question,
    (
        "+= upstream * padded[b, c, y, z]",
        "+= upstream * (x[b, c, y, z] if y < height and z < width else 0)",
    ),
)
for name, filled in {"max": ", constant_values=-np.inf", "avg": ""}.items():
    known = next(one for one in BUGS if one.id == f"{name}-stride-is-kernel")
    source = POOL_SLICES.format(name, filled).replace(".avg(", ".mean(")
    source = source.replace(
        "(ph, ph), (pw, pw)", "(ph, ph + rows * kh), (pw, pw + columns * kw)"
    )
    source = source.replace("i * sh, j * sw", "i * kh, j * kw")
    BUGS.append(replace(known, id=f"{known.id}-beyond", replace=(), source=source))
known = next(one for one in BUGS if one.id == "max-back-unravelled-by-height")
source = MAX_BACK_SLICES.replace("(ph, ph), (pw, pw)", "(ph, ph + kw), (pw, pw + kh)")
source = source.replace(
    "np.unravel_index(np.argmax(window), window.shape)",
    "divmod(int(np.argmax(window)), kh)",
)
BUGS.append(replace(known, id=f"{known.id}-beyond", replace=(), source=source))


# In other people's words
# -----------------------
#
# Whole texts as people write them: in slices, in windows, pixel by pixel. A mistake in
# them often ends in an error of NumPy's, whose words and shapes are those of its form.


class Writing:
    """Another right text of a cell, in which mistakes are made.

    Parameters
    ----------
    ending
        What the ids of known mistakes end in that are made in this text as well.
    """

    def __init__(self, cell: str, ending: str, text: str) -> None:
        self._cell, self._ending, self._text = cell, ending, text

    def new(self, id: str, title: str, question: str, *pieces: tuple[str, str]) -> None:
        """Add a mistake."""
        source = self._with(id, pieces)
        BUGS.append(Bug(id, self._cell, title, question, source=source))

    def also(self, id: str, *pieces: tuple[str, str]) -> None:
        """Add a form of a known mistake."""
        known = next(one for one in BUGS if one.id == id)
        taken = {one.id for one in BUGS}
        numbers = (f"{id}-{self._ending}{n}" for n in ("", *range(2, 9)))
        form = next(name for name in numbers if name not in taken)
        source = self._with(form, pieces)
        BUGS.append(replace(known, id=form, replace=(), source=source))

    def _with(self, id: str, pieces: tuple[tuple[str, str], ...]) -> str:
        text = self._text
        for piece, other in pieces:
            if piece not in text:
                raise ValueError(f"{id}: its text has no {piece!r}")
            text = text.replace(piece, other, 1)
        return text


TAPS = Writing(
    "conv2d-forward",
    "by-kernel-numbers",
    """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    kh, kw = weight.shape[2:]
    rows = output_size(x.shape[2], kh, sh, ph)
    columns = output_size(x.shape[3], kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), rows, columns), dtype)
    for u in range(kh):
        for v in range(kw):
            down = slice(u, u + (rows - 1) * sh + 1, sh)
            along = slice(v, v + (columns - 1) * sw + 1, sw)
            part = padded[:, :, down, along]
            out += np.einsum("bchw,oc->bohw", part, weight[:, :, u, v])
    if bias is not None:
        out += bias[:, None, None]
    return out
""",
)
BACK_TAPS = Writing(
    "conv2d-backward",
    "by-kernel-numbers",
    """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    rows, columns = grad_output.shape[2:]
    height, width = x.shape[2:]
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(grad_output, np.float32)
    grad_padded = np.zeros(padded.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    for u in range(kh):
        for v in range(kw):
            down = slice(u, u + (rows - 1) * sh + 1, sh)
            along = slice(v, v + (columns - 1) * sw + 1, sw)
            part = padded[:, :, down, along]
            share = np.einsum("bohw,oc->bchw", grad_output, weight[:, :, u, v])
            grad_padded[:, :, down, along] += share.astype(dtype)
            both = np.einsum("bohw,bchw->oc", grad_output, part)
            grad_weight[:, :, u, v] = both
    grad_bias = grad_output.sum(axis=(0, 2, 3), dtype=dtype)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_bias
""",
)
TAPS.new(
    "conv-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("out += bias[:, None, None]", "out = out + bias[:, None, None]"),
)
DOWN = "slice(u, u + (rows - 1) * sh + 1, sh)"
ALONG = "slice(v, v + (columns - 1) * sw + 1, sw)"
for id, title, question, other in (
    (
        "slice-as-stride-1",
        "he slice ends as if the stride were 1",
        "With stride 3 and 4 windows: how far behind the first pixel of a slice is its "
        "last?",
        "slice(u, u + rows, sh)",
    ),
    (
        "slice-without-step",
        "he slice has no step",
        "With stride 2, does a number of the kernel meet every pixel between the first and "
        "the last that it meets?",
        "slice(u, u + (rows - 1) * sh + 1)",
    ),
    (
        "slice-to-the-end",
        "he slice goes on to the end of the image",
        "How many windows are there, and how many pixels has the slice of the kernel's first "
        "number?",
        "slice(u, None, sh)",
    ),
    (
        "slice-long",
        "he slice has one pixel too many",
        "At which pixel does the last window have this number? Does a slice take its end?",
        "slice(u, u + rows * sh + 1, sh)",
    ),
    (
        "slice-short",
        "he slice has one pixel too few",
        "At which pixel does the last window have this number? Does a slice take its end?",
        "slice(u, u + (rows - 1) * sh, sh)",
    ),
    (
        "slice-end-stays",
        "he slice's end does not move with its beginning",
        "Where does the slice of the kernel's second number begin, and where does it end?",
        "slice(u, (rows - 1) * sh + 1, sh)",
    ),
    (
        "slice-begins-at-stride",
        "he slice begins at a multiple of the stride",
        "Which pixel of the first window does the kernel's second number meet?",
        "slice(u * sh, u * sh + (rows - 1) * sh + 1, sh)",
    ),
):
    wide = other.replace("u", "v").replace("rows", "columns").replace("sh", "sw")
    wide = wide.replace("colvmns", "columns")
    both = (DOWN, other), (ALONG, wide)
    TAPS.new(f"conv-{id}", f"T{title}", question, *both)
    back = question.replace(" does a", " did a").replace(" meet", " meet")
    BACK_TAPS.new(f"conv-back-{id}", f"On the way back t{title}", back, *both)
for writing, name, ways in (
    (TAPS, "conv", ""),
    (BACK_TAPS, "conv-back", "On the way back "),
):
    for id, title, question, pieces in (
        (
            "stride-of-height",
            "the height's stride is used for the width",
            "Which of the two strides moves the window to the right?",
            ((ALONG, ALONG.replace("sw", "sh")),),
        ),
        (
            "stride-of-width",
            "the width's stride is used for the height",
            "Which of the two strides moves the window down?",
            ((DOWN, DOWN.replace("sh", "sw")),),
        ),
        (
            "places-exchanged",
            "row and column of the kernel's number are exchanged",
            "Does `u` count the kernel's rows or its columns?",
            (("weight[:, :, u, v]", "weight[:, :, v, u]"),),
        ),
        (
            "sizes-exchanged",
            "the kernel's height and width are exchanged",
            "In which order do the axes of the weight stand?",
            (("kh, kw = weight", "kw, kh = weight"),),
        ),
    ):
        if not ways and id.endswith("exchanged"):
            continue  # known: see `conv-kernel-transposed`, `conv-kernel-sides-exchanged`
        title = ways + title if ways else title[0].upper() + title[1:]
        writing.new(f"{name}-{id}-of-numbers", title, question, *pieces)
TAPS.new(
    "conv-all-pairs-of-channels",
    "Every channel of the kernel meets every channel of the image",
    "Which channel of the kernel belongs to the first channel of the image?",
    ('"bchw,oc->bohw"', '"bchw,ok->bohw"'),
)
TAPS.new(
    "conv-nothing-without-bias",
    "Without a bias nothing is returned",
    "How far is your last `return` indented? What comes back where there is no bias?",
    ("    return out", "        return out"),
)
TAPS.new(
    "conv-bias-along-images",
    "The bias is added along the images",
    "NumPy lines shapes up from the right. Which axis of the answer does the bias's first "
    "axis lie along?",
    ("bias[:, None, None]", "bias[:, None, None, None]"),
)
TAPS.also("conv-bias-along-rows", ("bias[:, None, None]", "bias[:, None]"))
TAPS.new(
    "conv-returns-after-first-number",
    "The function returns after the first number of the kernel",
    "How far is your `return` indented?",
    (
        "    if bias is not None:\n        out += bias[:, None, None]\n    return out",
        "            if bias is not None:\n                out += bias[:, None, None]\n"
        "            return out",
    ),
)
BACK_TAPS.new(
    "conv-back-returns-after-first-number",
    "The function returns after the first number of the kernel",
    "How far is your `return` indented?",
    (
        "            grad_weight[:, :, u, v] = both\n",
        "            grad_weight[:, :, u, v] = both\n            break\n        break\n",
    ),
)
BACK_TAPS.new(
    "conv-back-kernel-channels-added",
    "The kernel's gradient is summed over the channels that come in",
    "Which channel of the image did the kernel's first channel meet?",
    ("= both", "= both.sum(axis=1, keepdims=True)"),
)
BACK_TAPS.new(
    "conv-back-image-channels-added",
    "All channels of the image get the sum of all channels' gradients",
    "Which numbers of the kernel did the first channel of the image meet?",
    ("share.astype(dtype)", "share.sum(axis=1, keepdims=True).astype(dtype)"),
)
BACK_TAPS.new(
    "conv-back-kernel-outputs-added",
    "All kernels get the sum of all kernels' gradients",
    "Which channel of upstream came of the first kernel?",
    ("= both", "= both.sum(axis=0)"),
)
BACK_TAPS.new(
    "conv-back-upstream-in-place",
    "Upstream is multiplied in place",
    "What stands in `grad_output` when the first number of the kernel is done?",
    (
        '            share = np.einsum("bohw,oc->bchw", grad_output, weight[:, :, u, v])\n'
        "            grad_padded[:, :, down, along] += share.astype(dtype)\n"
        '            both = np.einsum("bohw,bchw->oc", grad_output, part)\n'
        "            grad_weight[:, :, u, v] = both\n",
        '            both = np.einsum("bohw,bchw->oc", grad_output, part)\n'
        "            grad_weight[:, :, u, v] = both\n"
        "            for o, c in np.ndindex(*weight.shape[:2]):\n"
        "                up = grad_output[:, o]\n"
        "                np.multiply(up, weight[o, c, u, v], out=up, casting='unsafe')\n"
        "                grad_padded[:, c, down, along] += up\n",
    ),
)
COSTS = Writing(
    "cost",
    "in-other-words",
    """#| export
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    kh, kw = as_pair(kernel_size, "kernel_size", 1)
    return out_channels * in_channels * kh * kw + (out_channels if bias else 0)


def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    batch, in_channels, height, width = input_shape
    kh, kw = as_pair(kernel_size, "kernel_size", 1)
    (sh, sw), (ph, pw) = as_pair(stride, "stride", 1), as_pair(padding, "padding", 0)
    rows = (height + 2 * ph - kh) // sh + 1
    columns = (width + 2 * pw - kw) // sw + 1
    return batch * in_channels * out_channels * rows * columns * kh * kw


def activation_bytes(shape, itemsize=4):
    return math.prod(shape) * itemsize
""",
)
ROWS = "(height + 2 * ph - kh) // sh + 1"
for id, title, question, other in (
    (
        "cost-macs-of-input-by-stride",
        "The places are those of the image divided by the stride",
        "At how many places does a kernel of 3 stand on 5 pixels, without padding?",
        "height // sh",
    ),
    (
        "cost-macs-of-input-by-stride-rounded-up",
        "The places are those of the image divided by the stride, rounded up",
        "At how many places does a kernel of 3 stand on 5 pixels, without padding?",
        "-(-height // sh)",
    ),
    (
        "cost-macs-of-padded-image",
        "The places are those of the padded image divided by the stride",
        "At how many places does a kernel of 3 stand on 5 pixels?",
        "(height + 2 * ph) // sh",
    ),
    (
        "cost-macs-padding-once",
        "The padding is counted on one side only",
        "How long is a row of 5 pixels with a padding of 1?",
        "(height + ph - kh) // sh + 1",
    ),
    (
        "cost-macs-rounded-up",
        "A window that does not fit any more is counted",
        "5 pixels, a kernel of 2 and a stride of 2: how many windows fit?",
        "-(-(height + 2 * ph - kh) // sh) + 1",
    ),
    (
        "cost-macs-plus-one-inside",
        "The 1 is added before the division",
        "9 pixels, a kernel of 3 and a stride of 2: how many windows are there?",
        "(height + 2 * ph - kh + 1) // sh",
    ),
    (
        "cost-macs-kernel-not-taken-off",
        "The kernel is not taken off the image's length",
        "At how many places does a kernel of 3 stand on 5 pixels?",
        "(height + 2 * ph) // sh + 1",
    ),
):
    wide = other.replace("height", "width").replace("sh", "sw")
    wide = wide.replace("kh", "kw").replace("ph", "pw")
    COSTS.new(
        id, title, question, (ROWS, other), ("(width + 2 * pw - kw) // sw + 1", wide)
    )
# A sum with a float64 bias is cut to the answer's dtype, or it is not.
for id, added in {
    "conv-bias-along-columns": "bias",
    "conv-bias-along-rows": "bias.reshape(-1, 1)",
}.items():
    known = next(one for one in BUGS if one.id == id)
    whole = f"return out if bias is None else (out + {added}).astype(dtype)"
    pieces = (*known.replace[:-1], ("return out", whole))
    BUGS.append(replace(known, id=f"{id}-cut", replace=pieces))

# Who walks over the starts of the windows writes `range(0, room, stride)`; who computes
# every place and keeps some, cuts them to a quotient.
PLACES = (
    "rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)"
)
for cell, name in (
    ("conv2d-forward", "conv"),
    ("max-pool2d-forward", "max"),
    ("avg-pool2d-forward", "avg"),
):
    bug = bugs_of(cell)
    bug(
        f"{name}-last-windows",
        "A window that ends with the last pixel is left out",
        "4 pixels in windows of 2, two apart: where does the last window begin, and does "
        "your `range` come to that number?",
        (
            PLACES,
            "rows = len(range(0, height + 2 * ph - kh, sh))\n"
            "    columns = len(range(0, width + 2 * pw - kw, sw))",
        ),
    )
    bug(
        f"{name}-places-divided",
        "The places at stride 1 are divided by the stride, and the remainder is lost",
        "Of the places 0 to 4 every second one is kept: how many are these, and how many "
        "are kept by your division?",
        (
            PLACES,
            "rows = (height + 2 * ph - kh + 1) // sh\n"
            "    columns = (width + 2 * pw - kw + 1) // sw",
        ),
    )

# Rooms made by hand, of which the slice from 0 to -0 has none.
ALL_SIDES = "((0, 0), (0, 0), (ph, ph), (pw, pw))"
for cell, name, padded, fill in (
    (
        "max-pool2d-forward",
        "max",
        "np.pad(x.astype(dtype), sides, constant_values=-np.inf)",
        "np.full(shape, -np.inf, dtype)",
    ),
    (
        "avg-pool2d-forward",
        "avg",
        f"np.pad(x, {ALL_SIDES})",
        "np.zeros(shape, x.dtype)",
    ),
):
    bugs_of(cell)(
        f"{name}-room-for-nothing",
        "Without padding, there is no room for the image",
        "A row of 5 numbers from number 0 on, up to number -0: how many are these?",
        (
            f"padded = {padded}",
            "shape = (batch, channels, height + 2 * ph, width + 2 * pw)\n"
            f"    padded = {fill}\n"
            "    padded[:, :, ph:-ph, pw:-pw] = x",
        ),
    )
bugs_of("conv2d-layer")(
    "layer-bias-of-frozen-zeros",
    "With bias=False there is a bias of zeros, not None",
    "What is `bias` to be where there is none, and what is yours?",
    (
        "requires_grad=True) if bias else None",
        "requires_grad=bool(bias))\n        self.trained = bool(bias)",
    ),
    (
        "[self.weight] if self.bias is None else [self.weight, self.bias]",
        "[self.weight, self.bias] if self.trained else [self.weight]",
    ),
)

ONE_ARRAY = (
    "All answers of one shape are one array",
    "Call it for one image, and for another of the same size: what has become of the "
    "first answer?",
)
for cell, name, function, size, dtype in (
    (
        "conv2d-forward",
        "conv",
        "conv2d_forward",
        "(batch, out_channels, rows, columns)",
        "dtype",
    ),
    (
        "max-pool2d-forward",
        "max",
        "max_pool2d_forward",
        "(batch, channels, rows, columns)",
        "dtype",
    ),
    (
        "avg-pool2d-forward",
        "avg",
        "avg_pool2d_forward",
        "(batch, channels, rows, columns)",
        "np.result_type(x, np.float32)",
    ),
):
    bugs_of(cell)(
        f"{name}-one-array-for-all",
        *ONE_ARRAY,
        (
            f"out = np.zeros({size}, {dtype})",
            f"new = np.zeros({size}, {dtype})\n"
            f"    rooms = {function}.__dict__\n"
            '    out = rooms.setdefault(f"{new.shape} {new.dtype}", new)',
        ),
    )


# What is left unfinished, or meets another kind of value
# -------------------------------------------------------

bug = bugs_of("conv2d-forward")
bug(
    "conv-adds-in-the-images-dtype",
    "Products are added up in the image's own dtype",
    "What does a sum of products keep of 0.5, where the image has whole numbers?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = x.dtype"),
    (
        "total = 0.0 if bias is None else float(bias[o])",
        "out[b, o, i, j] = 0 if bias is None else bias[o]",
    ),
    (
        "total += float(pixel) * float(weight[o, c, u, v])",
        "out[b, o, i, j] += pixel * weight[o, c, u, v]",
    ),
    ("                    out[b, o, i, j] = total\n", ""),
)
bug(
    "conv-pairs-for-numbers",
    "Pairs are handed to output_size, which takes numbers",
    "How many numbers does output_size take for a stride, and how many has yours?",
    (
        "output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)",
        "output_size(height, kh, stride, padding), output_size(\n"
        "        width, kw, stride, padding\n    )",
    ),
)
bug = bugs_of("conv2d-backward")
bug(
    "conv-back-image-zero",
    "Nothing is added to the image's gradient",
    "In how many windows does a pixel stand, and what does each of them tell it?",
    (
        "                                grad_padded[b, c, y, z] += "
        "upstream * weight[o, c, u, v]\n",
        "",
    ),
)
bug(
    "conv-back-kernel-zero",
    "Nothing is added to the kernel's gradient",
    "How often is a number of the kernel used, and what does each time tell it?",
    (
        "                                grad_weight[o, c, u, v] += "
        "upstream * padded[b, c, y, z]\n",
        "",
    ),
)
bug(
    "conv-back-begins-anew-in-each-image",
    "The gradients of kernel and bias begin anew in each image",
    "Which of the images have a say in the kernel's gradient that you return?",
    (
        "    for b in range(batch):\n",
        "    for b in range(batch):\n"
        "        grad_weight, grad_bias = 0 * grad_weight, 0 * grad_bias\n",
    ),
)
bugs_of("max-pool2d-forward")(
    "max-sorted-in-place",
    "The window is sorted in the image itself",
    "What does `sort` do to the array that it is called on, and whose array is it?",
    (
        "padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)",
        "padded = x\n"
        "    if ph or pw:\n"
        "        padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)",
    ),
    (
        """                    largest = -np.inf
                    for u in range(kh):
                        for v in range(kw):
                            value = padded[b, c, i * sh + u, j * sw + v]
                            # A NaN, which differs from itself, wins for good.
                            largest = value if value != value else max(largest, value)
                    out[b, c, i, j] = largest
""",
        """                    y, z = i * sh, j * sw
                    window = padded[b, c, y : y + kh, z : z + kw]
                    window.sort(axis=1)
                    window.sort(axis=0)
                    out[b, c, i, j] = window[-1, -1]
""",
    ),
)
bugs_of("max-pool2d-backward")(
    "max-back-largest-of-the-map",
    "Every window's gradient goes to the largest pixel of the whole image",
    "Which pixels may win a window that does not hold the largest of the image?",
    (
        "grad_padded[b, c, best[0], best[1]] += grad_output[b, c, i, j]",
        "best = np.unravel_index(np.argmax(padded[b, c]), padded[b, c].shape)\n"
        "                    grad_padded[b, c, best[0], best[1]] += "
        "grad_output[b, c, i, j]",
    ),
)


# Flattened, cut into tiles, or made of other functions
# -----------------------------------------------------
#
# Who writes no inner loops makes rows of numbers, tiles, or the way back out of a
# convolution. Each knows less than a window: an order, a stride, a padding.

ONE_NUMBER = "weight[o, c, u, v]"
bug = bugs_of("conv2d-forward")
for id, index in (
    ("window-channels-last", "weight[o].reshape(-1)[(u * kw + v) * in_channels + c]"),
    ("window-by-columns", "weight[o].reshape(-1)[(v * kh + u) * in_channels + c]"),
    ("kernel-by-columns", 'weight[o].reshape(-1, order="F")[(c * kh + u) * kw + v]'),
):
    bug(
        f"conv-{id}",
        "The numbers of window and kernel are lined up in different orders",
        "Line up the numbers of a window of two channels, and those of its kernel: which "
        "one comes second in each of the two rows?",
        (ONE_NUMBER, index),
    )
bug(
    "conv-kernels-reshaped",
    "The kernels are reshaped where their axes must be exchanged",
    "Look at the first kernel behind your reshape: whose numbers are these in `weight`?",
    (ONE_NUMBER, "weight.reshape(-1, out_channels)[(c * kh + u) * kw + v, o]"),
)
# The bias is added to the matrix, or to the output.
BIAS_LAST = (
    ("0.0 if bias is None else float(bias[o])", "0.0"),
    (
        "return out\n",
        "return out if bias is None else out + bias[:, None, None].astype(dtype)\n",
    ),
)
for id, axes in (
    ("conv-output-reshaped", "0, 2, 3, 1"),
    ("conv-output-reshaped-from-channels", "1, 0, 2, 3"),
):
    for ending, pieces in (("", ()), ("-before-bias", BIAS_LAST)):
        bug(
            f"{id}{ending}",
            "The output is reshaped where its axes must be exchanged",
            "Two numbers stand side by side in the matrix that you reshape: do they belong "
            "side by side in the output?",
            *pieces,
            (
                "    return out",
                f"    out = out.transpose({axes}).reshape(out.shape)\n    return out",
            ),
        )
bug(
    "conv-one-image-channel",
    "All channels of the kernel meet the image's first channel",
    "A colour image has three channels. Which of them have a part in your sum?",
    (CONV_WALK, "padded[b, 0, i * sh + u, j * sw + v]"),
)
bug(
    "conv-stride-and-padding-ignored",
    "Neither stride nor padding is used",
    "Which of the arguments does your function never read?",
    ("(sh, sw), (ph, pw) = stride, padding", "(sh, sw), (ph, pw) = (1, 1), (0, 0)"),
)
UNREAD = (
    ("(sh, sw), (ph, pw) = stride, padding", "(sh, sw), (ph, pw) = (1, 1), (0, 0)"),
    ("0.0 if bias is None else float(bias[o])", "0.0"),
)
bug(
    "conv-arguments-unread",
    "Bias, stride and padding are not used",
    "Which of the arguments does your function never read?",
    *UNREAD,
)
bug(
    "conv-as-one-image",
    "Bias, stride, padding and all channels but the first are not used",
    "What has an image of three channels that the example's had not, and which of the "
    "arguments does your function never read?",
    *UNREAD,
    ("range(in_channels)", "range(1)"),
)
bug(
    "conv-first-image-alone",
    "Only the first image comes out",
    "How many images go in, and how many come out?",
    ("out = np.zeros((batch,", "batch = 1\n    out = np.zeros((batch,"),
)
bug(
    "conv-first-image-without-bias",
    "Only the first image comes out, and the bias is not added",
    "How many images go in, and how many come out? If all pixels are zero, what should "
    "come out of a layer that has a bias?",
    ("out = np.zeros((batch,", "batch = 1\n    out = np.zeros((batch,"),
    ("0.0 if bias is None else float(bias[o])", "0.0"),
)
OUTER = (
    ("in_channels, height, width = x.shape", "height, width, in_channels = x.shape"),
    ("(0, 0), (ph, ph), (pw, pw)))", "(ph, ph), (pw, pw), (0, 0)))"),
    ("(batch, out_channels, rows, columns)", "(batch, rows, columns, out_channels)"),
    ("padded[b, c, i * sh + u, j * sw + v]", "padded[b, i * sh + u, j * sw + v, c]"),
    ("out[b, o, i, j]", "out[b, i, j, o]"),
)
bug(
    "conv-channels-last-and-back",
    "Image and output have their channels last",
    "In which order do the four axes of `x` stand here, and in which does the docstring "
    "want those of the output?",
    *OUTER,
)
bug(
    "conv-channels-last-throughout",
    "Image, kernel and output have their channels last",
    "In which order do the axes of `x` and of `weight` stand here?",
    *OUTER,
    ("out_channels, _, kh, kw = weight", "kh, kw, _, out_channels = weight"),
    (ONE_NUMBER, "weight[u, v, c, o]"),
)
bug(
    "conv-columns-as-rows",
    "The columns of the image are taken to be as many as its rows",
    "An image of 5 rows and 8 columns: which columns does your code take for padding?",
    (
        "pixel = padded[b, c, i * sh + u, j * sw + v]",
        "y, z = i * sh + u - ph, j * sw + v - pw\n"
        "                                inside = 0 <= y < height and 0 <= z < height\n"
        "                                pixel = x[b, c, y, z] if inside else 0",
    ),
)

# Whoever knows the sums computes the way back as a convolution. One of stride 1 gives
# too little, and a negative padding none of them takes.
BACK_CUT = "grad_padded[:, :, ph : ph + height, pw : pw + width]"
SHORT_CUT = (
    "grad_padded[\n"
    "        :,\n"
    "        :,\n"
    "        ph : min(ph + height, rows + kh - 1),\n"
    "        pw : min(pw + width, columns + kw - 1),\n"
    "    ]"
)


def known_form(id: str, ending: str, *pieces: tuple[str, str]) -> None:
    """Add a form of a known mistake, in the reference's text."""
    known = next(one for one in BUGS if one.id == id)
    BUGS.append(replace(known, id=f"{id}-{ending}", source="", replace=pieces))


known_form(
    "conv-back-image-stride-ignored",
    "by-convolution",
    ("grad_padded[b, c, y, z] +=", "grad_padded[b, c, i + u, j + v] +="),
    (BACK_CUT, SHORT_CUT),
)
known_form(
    "conv-back-stride-ignored",
    "by-convolution",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
    (BACK_CUT, SHORT_CUT),
)
UNCUT = (
    "return grad_x, grad_weight,",
    "swapped = (a.transpose(1, 0, 2, 3) for a in (padded, grad_output))\n"
    "    grad_weight = conv2d_forward(*swapped, None, (1, 1), (0, 0))\n"
    "    grad_weight = grad_weight.transpose(1, 0, 2, 3).astype(dtype)\n"
    "    return grad_x, grad_weight,",
)
known_form("conv-back-kernel-stride-ignored", "by-convolution", UNCUT)
known_form(
    "conv-back-stride-ignored",
    "by-convolutions",
    ("i * sh + u, j * sw + v", "i + u, j + v"),
    (BACK_CUT, SHORT_CUT),
    UNCUT,
)
known_form(
    "conv-back-integer-gradient",
    "of-the-kernel",
    ("np.zeros(weight.shape, dtype)", "np.zeros(weight.shape, x.dtype)"),
)
bug = bugs_of("conv2d-backward")
for ending, around in (
    (
        "",
        "conv2d_forward(\n"
        "        grad_output,\n"
        "        weight.transpose(1, 0, 2, 3),\n"
        "        None,\n"
        "        (1, 1),\n"
        "        (kh - 1 - ph, kw - 1 - pw),\n"
        "    )",
    ),
    (
        "-by-numpy",
        "np.pad(\n"
        "        grad_output,\n"
        "        ((0, 0), (0, 0), (kh - 1 - ph,) * 2, (kw - 1 - pw,) * 2),\n"
        "    )",
    ),
):
    bug(
        f"conv-back-padding-beyond-kernel{ending}",
        "Where the padding is larger than the kernel less one, there is no way back",
        "A kernel of 1x1 and a padding of 1: how many zeros do you put around upstream?",
        ("    grad_x = grad", f"    {around}\n    grad_x = grad"),
    )
    # The kernel's gradient is right or not: nobody sees it where this fails.
    bug(
        f"conv-back-image-by-convolution{ending}",
        "The way back to the image knows no stride, and no padding larger than the kernel "
        "less one",
        "How far apart in the image are two neighbours of upstream, if the stride is 2? And "
        "with a kernel of 1x1 and a padding of 1, how many zeros do you put around upstream?",
        ("grad_padded[b, c, y, z] +=", "grad_padded[b, c, i + u, j + v] +="),
        (
            f"    grad_x = {BACK_CUT}",
            f"    {around}\n"
            "    grad_x = grad_padded[:, :, ph : rows + kh - 1 - ph, pw : columns + kw - 1 - pw]",
        ),
    )
bug(
    "conv-back-kernel-reshaped",
    "The kernel's gradient is reshaped where its axes must be exchanged",
    "Of which kernel is the second number of the matrix that you reshape, and of which the "
    "second number of `weight`?",
    (
        "return grad_x, grad_weight,",
        "grad_weight = grad_weight.transpose(1, 2, 3, 0).reshape(weight.shape)\n"
        "    return grad_x, grad_weight,",
    ),
)
bug(
    "conv-back-kernel-channels-last",
    "The kernel's gradient is lined up with the channels last, and read with them first",
    "Line up the numbers of a window of two channels, and those of its kernel: which one "
    "comes second in each of the two rows?",
    (
        "return grad_x, grad_weight,",
        "grad_weight = grad_weight.transpose(0, 2, 3, 1).reshape(weight.shape)\n"
        "    return grad_x, grad_weight,",
    ),
)
bug(
    "conv-back-upstream-reshaped",
    "The upstream gradient is reshaped where its axes must be exchanged",
    "Row o of your matrix is to hold the gradients of output channel o, of all images. "
    "Which ones does its first row hold?",
    (
        "upstream = grad_output[b, o, i, j]\n"
        "                    grad_bias[o] += upstream",
        "grad_bias[o] += grad_output[b, o, i, j]\n"
        "                    shape = out_channels, batch, rows, columns\n"
        "                    upstream = grad_output.reshape(shape)[o, b, i, j]",
    ),
)
bug(
    "conv-back-image-zero-kernel-bare",
    "Nothing is added to the image's gradient, and the kernel's reads the image without "
    "its padding",
    "What does each window tell the pixels in it? And which pixels did the kernel meet in "
    "the padding?",
    (
        "                                grad_padded[b, c, y, z] += "
        "upstream * weight[o, c, u, v]\n",
        "",
    ),
    ("upstream * padded[b, c, y, z]", "upstream * x[b, c, y, z]"),
)

bug = bugs_of("conv2d-layer")
WITHOUT_WAY = (
    "No way leads back from the result, and without a bias there is no result",
    "Which call records a step for the way back? And what does your layer do where there "
    "is no bias?",
)
for ending, made in (("", "Tensor(out, requires_grad=True)"), ("-bare", "Tensor(out)")):
    bug(
        f"layer-new-leaf-with-bias{ending}",
        *WITHOUT_WAY,
        (
            """        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
""",
            f"""        arrays = x.data, self.weight.data, self.bias.data
        out = conv2d_forward(*arrays, self.stride, self.padding)
        return {made}
""",
        ),
    )
bug(
    "layer-glorot",
    "The weights are uniform, by the rule of Glorot",
    "Which distribution does the text above the task name, and whose numbers does its "
    "variance count: the inputs' alone, or the outputs' too?",
    (
        "generator().normal(0, std, shape)",
        "generator().uniform(-1, 1, shape) * math.sqrt(\n"
        "            6 / (math.prod(self.kernel_size) * (in_channels + out_channels))\n"
        "        )",
    ),
)
PYTORCH = "generator().uniform(-1, 1, {0}) / math.sqrt(math.prod(shape[1:]))"
bug(
    "layer-as-in-pytorch",
    "Weights and bias are uniform, as PyTorch's are",
    "Which distribution does the text above the task name, with which variance, and with "
    "which number does the bias start?",
    ("generator().normal(0, std, shape)", PYTORCH.format("shape")),
    ("np.zeros(out_channels)", PYTORCH.format("out_channels")),
)
KERAS = (
    (
        "(out_channels, in_channels, *self.kernel_size)",
        "(*self.kernel_size, in_channels, out_channels)",
    ),
    ("math.prod(shape[1:])", "math.prod(shape[:3])"),
)
TURNED = "axes = np.transpose(self.weight.data, (3, 2, 0, 1))\n"
# Whose convolution looks at the channels refuses what others take.
LOOKS = f"{TURNED}        np.tensordot(x.data, axes, (1, 1))\n"
for ending, turned in (("", ""), ("-turned", TURNED), ("-refused", LOOKS)):
    handed_on = (
        "return Conv2dFunction.apply(\n            x, self.weight,",
        f"{turned}"
        "        weight = Tensor(axes, requires_grad=True)\n"
        "        return Conv2dFunction.apply(\n            x, weight,",
    )
    bug(
        f"layer-weight-as-in-keras{ending}",
        "The weight is kept as (height, width, in, out)",
        "In which order does the docstring want the four axes of the weight?",
        *KERAS,
        *([handed_on] if turned else []),
    )

TILES = "The image is cut into tiles: stride and padding are not used"
for name in ("max", "avg"):
    bug = bugs_of(f"{name}-pool2d-forward")
    bug(
        f"{name}-tiles",
        TILES,
        "A window of 3 that moves by 1: where does the second one begin, and where does "
        "your second tile?",
        (
            "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding",
            "(kh, kw), (sh, sw), (ph, pw) = kernel_size, kernel_size, (0, 0)",
        ),
    )
    sides = "(0, 0), (0, 0), (ph, ph), (pw, pw)"
    bug(
        f"{name}-channels-last",
        "The image is read as (batch, height, width, channels)",
        "In which order do the four axes of `x` stand here?",
        ("batch, channels, height, width = x", "batch, height, width, channels = x"),
        (sides, "(0, 0), (ph, ph), (pw, pw), (0, 0)"),
        ("(batch, channels, rows, columns)", "(batch, rows, columns, channels)"),
        (POOL_WALK, "padded[b, i * sh + u, j * sw + v, c]"),
        ("out[b, c, i, j]", "out[b, i, j, c]"),
    )
bugs_of("max-pool2d-forward")(
    "max-padded-with-a-whole-number",
    "The padding is a number that an image may be below, and that int8 may not hold",
    "Which is the smallest number of an image of floats, and which the smallest that an "
    "int8 holds?",
    (
        "np.pad(x.astype(dtype), sides, constant_values=-np.inf)",
        "np.pad(x, sides, constant_values=-999)",
    ),
    ("largest = -np.inf", "largest = -999"),
)
bugs_of("avg-pool2d-forward")(
    "avg-channels-added",
    "The means of all channels are added up",
    "Two channels go in: may the numbers of one enter the other's mean?",
    (f"float({POOL_WALK})", f"float({POOL_WALK.replace(' c,', ' :,')}.sum())"),
)
TILES_BACK = (
    TILES,
    "A window of 3 that moves by 1: in how many windows does a pixel lie, and in how many "
    "of your tiles?",
)
bugs_of("max-pool2d-backward")(
    "max-back-tiles",
    *TILES_BACK,
    (
        "    height, width = x.shape[2:]\n",
        "    height, width = x.shape[2:]\n"
        "    rows, columns, (sh, sw), (ph, pw) = height // kh, width // kw, (kh, kw), (0, 0)\n"
        "    tiles = np.zeros((batch, channels, rows, kh, columns, kw), grad_output.dtype)\n"
        "    tiles = tiles + grad_output[:, :, :, None, :, None]\n"
        "    tiles = tiles.reshape(batch, channels, rows * kh, columns * kw)\n"
        "    grad_output = tiles[:, :, ::kh, ::kw]\n",
    ),
)
BUGS.append(
    Bug(
        "max-back-blown-up",
        "max-pool2d-backward",
        "Windows are taken to lie side by side, and all that are equal to the largest are "
        "paid",
        "A window of 3 that moves by 1: in how many windows does a pixel lie? And how much "
        "do you hand out where two numbers share the first place?",
        source="""#| export
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (height, width) = kernel_size, x.shape[2:]
    pooled = max_pool2d_forward(x, kernel_size, stride, padding)
    grad_x = np.zeros(x.shape, np.result_type(grad_output, np.float32))
    large, upstream = (
        np.repeat(np.repeat(a, kh, axis=2), kw, axis=3)[:, :, :height, :width]
        for a in (pooled, grad_output)
    )
    high, wide = large.shape[2:]
    grad_x[:, :, :high, :wide] = (x[:, :, :high, :wide] == large) * upstream
    return grad_x
""",
    )
)
bug = bugs_of("avg-pool2d-backward")
TILED = "padded[b, c, i * kh + u, j * kw + v]"
for ending, shape, cut in (
    (
        "",
        "max(height, rows * kh), max(width, columns * kw)",
        "grad_padded[:, :, :height, :width]",
    ),
    ("-uncut", "rows * kh, columns * kw", "grad_padded"),
):
    bug(
        f"avg-back-tiles{ending}",
        *TILES_BACK,
        ("height + 2 * ph, width + 2 * pw", shape),
        (POOL_WALK, TILED),
        (BACK_CUT, cut),
    )
bug(
    "avg-back-channels-added",
    "Each channel gets the shares of all channels",
    "Two channels: does a pixel of the first have a part in the mean of the second?",
    ("share = grad_output[b, c, i, j]", "share = grad_output[b, :, i, j].sum()"),
)
for name in ("max", "avg"):
    pieces = [
        (
            "batch, channels, rows, columns = grad_output",
            "batch, rows, columns, channels = grad_output",
        ),
        ("height, width = x.shape[2:]", "height, width = x.shape[1:3]"),
        ("grad_output[b, c, i, j]", "grad_output[b, i, j, c]"),
        (BACK_CUT, "grad_padded[:, ph : ph + height, pw : pw + width]"),
    ]
    if name == "max":
        pieces += [
            (sides, "(0, 0), (ph, ph), (pw, pw), (0, 0)"),
            (POOL_WALK, "padded[b, i * sh + u, j * sw + v, c]"),
            (
                "grad_padded[b, c, best[0], best[1]]",
                "grad_padded[b, best[0], best[1], c]",
            ),
        ]
    else:
        pieces += [
            ("(batch, channels, height", "(batch, height"),
            ("width + 2 * pw)", "width + 2 * pw, channels)"),
            (POOL_WALK, "padded[b, i * sh + u, j * sw + v, c]"),
        ]
    bugs_of(f"{name}-pool2d-backward")(
        f"{name}-back-channels-last",
        "The image is read as (batch, height, width, channels)",
        "In which order do the four axes of `x` stand here?",
        *pieces,
    )

bugs_of("output-size")(
    "size-silent-padding",
    "The error for a negative padding does not name it",
    "Somebody gives a padding of -3 and reads your error. Which number would help?",
    ("stride {stride}, padding {padding}", "stride {stride}"),
)
MACS_OF_PAIRS = (
    ('sh, sw = as_pair(stride, "stride", least=1)', "sh = sw = stride"),
    ('ph, pw = as_pair(padding, "padding", least=0)', "ph = pw = padding"),
)
for ending, pieces in (
    ("", ()),
    (
        "-by-formula",
        (
            (
                PLACES,
                "rows = (height + 2 * padding - kernel_size) // stride + 1\n"
                "    columns = (width + 2 * padding - kernel_size) // stride + 1",
            ),
        ),
    ),
):
    bugs_of("cost")(
        f"cost-numbers-squared{ending}",
        "A pair is taken for a number",
        "A kernel may be 3, or (3, 5). Which function above makes a pair of either?",
        ('    kh, kw = as_pair(kernel_size, "kernel_size", least=1)\n', ""),
        ("in_channels * kh * kw + (1", "in_channels * kernel_size**2 + (1"),
        (
            'kh, kw = as_pair(kernel_size, "kernel_size", least=1)',
            "kh = kw = kernel_size",
        ),
        *MACS_OF_PAIRS,
        *pieces,
    )

# Three single numbers are too few for as many names: the usual slips, all at once.
SLIPS = (
    "answer-q2-without-bias",
    "answer-q3-one-image",
    "answer-q4-one-image",
    "answer-q5-pooling-forgotten",
)
for slips in itertools.combinations(SLIPS, 3):
    made = [next(one for one in BUGS if one.id == id) for id in slips]
    bugs_of("check-understanding")(
        "answers-" + "-".join(one.id.split("-")[1] for one in made),
        "; ".join(one.title for one in made),
        "Work them out once more on paper: what does each of these questions ask to be "
        "counted, and what did you leave out?",
        *(piece for one in made for piece in one.replace),
    )


# One axis, wide whole numbers, and the edges
# -------------------------------------------

_SHAPE_AND_PADDING = """    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
"""
_ONLY_BOTH = """    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))) if ph and pw else x
    rows, columns = output_size(padded.shape[2], kh, sh), output_size(padded.shape[3], kw, sw)
"""

bugs_of("output-size")(
    "size-padding-after-division",
    "The padding is added after the division",
    "The padding makes the image longer. Does a window start at each pixel of it, or does "
    "the stride count there, too?",
    (
        "return (size + 2 * padding - kernel) // stride + 1",
        "return (size - kernel) // stride + 1 + 2 * padding",
    ),
)
bug = bugs_of("conv2d-forward")
bug(
    "conv-padding-only-both",
    "The image is padded only where both paddings are above zero",
    "What does padding (0, 2) ask for, and what does your condition say to it?",
    (_SHAPE_AND_PADDING, _ONLY_BOTH),
)
bug(
    "conv-integers-as-float32",
    "The result is float32 wherever neither image nor kernel is float64",
    "What does `np.result_type` say of an image of int64? Which whole numbers does a "
    "float32 hold?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "wide = np.float64 in (x.dtype, weight.dtype)\n"
        "    dtype = np.float64 if wide else np.float32",
    ),
)
bug = bugs_of("conv2d-backward")
bug(
    "conv-back-far-edges-alone-skipped",
    "Pixels before the image are not skipped: a negative index counts from the end",
    "What does Python read at index -1? Which pixels of the padding does your condition "
    "leave out, and which not?",
    (
        "    grad_padded = np.zeros(padded.shape, dtype)",
        "    grad_padded = np.zeros(x.shape, dtype)",
    ),
    (
        "y, z = i * sh + u, j * sw + v\n",
        "y, z = i * sh + u - ph, j * sw + v - pw\n"
        "                                if y >= height or z >= width:\n"
        "                                    continue\n",
    ),
    ("upstream * padded[b, c, y, z]", "upstream * x[b, c, y, z]"),
    (
        "    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]\n"
        "    return grad_x,",
        "    return grad_padded,",
    ),
)
bug(
    "conv-back-remainder-missing",
    "What the stride leaves over at the end is missing from the image's gradient",
    "Which shape has the gradient of an image? What of the rows that no window reached?",
    (
        "    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]\n",
        "    grad_padded = grad_padded[\n"
        "        :, :, : (rows - 1) * sh + kh, : (columns - 1) * sw + kw\n"
        "    ]\n"
        "    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]\n",
    ),
)
bug = bugs_of("max-pool2d-forward")
bug(
    "max-integers-as-float32",
    "All images of whole numbers become float32",
    "What does `np.result_type` say of an image of int64? Which whole numbers does a "
    "float32 hold?",
    (
        "dtype = np.result_type(x, np.float32)",
        "dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float32",
    ),
)
bug(
    "max-end-from-the-clipped-start",
    "A window that begins in the padding is not shortened there",
    "A window of 3 begins one pixel before the image. How many pixels of the image does "
    "it see? From where do you count its end?",
    (
        "value = padded[b, c, i * sh + u, j * sw + v]",
        "y, z = max(i * sh, ph) + u, max(j * sw, pw) + v\n"
        "                            y = min(y, ph + height - 1)\n"
        "                            z = min(z, pw + width - 1)\n"
        "                            value = padded[b, c, y, z]",
    ),
)
bug(
    "max-padding-only-both",
    "The image is padded only where both paddings are above zero",
    "What does padding (0, 2) ask for, and what does your condition say to it?",
    (
        "    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)\n",
        "    ph, pw = (ph, pw) if ph and pw else (0, 0)\n"
        "    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)\n",
    ),
)
bug = bugs_of("avg-pool2d-forward")
bug(
    "avg-integers-as-float32",
    "All images of whole numbers become float32",
    "What does `np.result_type` say of an image of int64? Which whole numbers does a "
    "float32 hold?",
    (
        "rows, columns), np.result_type(x, np.float32))",
        'rows, columns), x.dtype if x.dtype.kind == "f" else np.float32)',
    ),
)
bug(
    "avg-padding-only-both",
    "The image is padded only where both paddings are above zero",
    "What does padding (0, 2) ask for, and what does your condition say to it?",
    (_SHAPE_AND_PADDING, _ONLY_BOTH),
)
bugs_of("receptive-field")(
    "field-list-reversed-in-place",
    "The caller's list is turned round",
    "What does the list of layers look like after the call? Is there a way to read a "
    "list from its end and leave it as it is?",
    ("    field, step = 1, 1\n", "    field, step = 1, 1\n    layers.reverse()\n"),
    ("for kernel, stride in layers:", "for kernel, stride in reversed(layers):"),
)
bugs_of("output-size")(
    "size-truncated",
    "A kernel that is larger by less than the stride is let through",
    "What does `int` make of -0.5, and what does `//` make of it?",
    (
        "    if kernel > size + 2 * padding:\n        raise",
        "    count = int((size + 2 * padding - kernel) / stride) + 1\n"
        "    if count < 1:\n        raise",
    ),
    ("return (size + 2 * padding - kernel) // stride + 1", "return count"),
)
bug = bugs_of("conv2d-forward")
bug(
    "conv-bias-for-each-image",
    "The bias is added once for each image",
    "How often does your code pass the line that adds the bias, and to how many images is "
    "it added each time?",
    ("total = 0.0 if bias is None else float(bias[o])", "total = 0.0"),
    (
        "                    out[b, o, i, j] = total\n",
        "                    out[b, o, i, j] += total\n"
        "            if bias is not None:\n"
        "                out[:, o] += float(bias[o])\n",
    ),
)
bug(
    "conv-padding-pair-of-sides-guarded",
    "The pair is taken for the two sides of each axis",
    "With padding (1, 2), how many rows are added above the image, and how many below?",
    ("(ph, ph), (pw, pw)", "(ph, pw), (ph, pw)"),
    (
        "pixel = padded[b, c, i * sh + u, j * sw + v]",
        "y, z = i * sh + u, j * sw + v\n"
        "                                inside = y < padded.shape[2] and "
        "z < padded.shape[3]\n"
        "                                pixel = padded[b, c, y, z] if inside else 0",
    ),
)
bugs_of("conv2d-backward")(
    "conv-back-bias-of-last-image",
    "The bias's gradient is that of the last image",
    "Each image has a part in the bias's gradient. What becomes of the first one's part "
    "when the second one's comes?",
    (
        "        for o in range(out_channels):\n",
        "        for o in range(out_channels):\n            grad_bias[o] = 0\n",
    ),
)
