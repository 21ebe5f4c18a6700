"""The bug bank of module 18: mistakes that people make, cell by cell.

A mistake is the reference solution with a few pieces of its text replaced, so that what
is wrong stands here and nothing else; what still loops is given whole. ``proctor gate
18_acceleration`` puts each into an otherwise right submission: it must lose points in
its own cell only, and be named.
"""

from collections.abc import Callable
from dataclasses import replace

from proctor.bank import Bug, forms

BUGS: list[Bug] = []


def bugs_of(cell: str) -> Callable[..., None]:
    """Return a function that adds to `BUGS` a mistake in this cell.

    It takes the id, the title, the question, and pieces to replace or the ``source``.
    """

    def add(
        id: str, title: str, question: str, *replace: tuple[str, str], source: str = ""
    ) -> None:
        BUGS.append(Bug(id, cell, title, question, replace, source))

    return add


# Roofline
# --------

bug = bugs_of("roofline")

bug(
    "intensity-upside-down",
    "The quotient is upside down",
    "Many operations on few bytes: should the intensity be large or small? What does "
    "yours say?",
    ("return operations / bytes_moved", "return bytes_moved / operations"),
)
bug(
    "intensity-whole-number",
    "The fraction is cut off",
    "Seven operations on two bytes: how many are that for each byte?",
    ("return operations / bytes_moved", "return operations // bytes_moved"),
)
bug(
    "intensity-counted-twice",
    "Each operation is counted as a multiplication and an addition",
    "What does the argument count already: operations, or steps of two operations "
    "each?",
    ("return operations / bytes_moved", "return 2 * operations / bytes_moved"),
)
bug(
    "intensity-accepts-0-bytes",
    "That no byte is moved is not refused",
    "What does Python say when you divide by 0, and what does the task ask for?",
    ("if bytes_moved <= 0", "if bytes_moved < 0"),
)
bug(
    "intensity-silent-bytes",
    "The error for no bytes does not name their number",
    "Somebody reads only the error's text. Which number would help?",
    (", got {bytes_moved}", ""),
)
bug(
    "intensity-accepts-negative-bytes",
    "A negative number of bytes is not refused",
    "Can -5 bytes be moved? Does your function notice it?",
    ("if bytes_moved <= 0", "if bytes_moved == 0"),
)
bug(
    "intensity-accepts-negative-operations",
    "A negative number of operations is not refused",
    "Can -5 operations be done? Does your function notice it?",
    ("if operations < 0", "if False"),
)
bug(
    "intensity-refuses-0-operations",
    "No operation at all is refused",
    "A plain copy moves bytes and computes nothing. What is its intensity?",
    ("if operations < 0", "if operations <= 0"),
)
bug(
    "intensity-whole-bytes",
    "Fewer bytes than 1 are refused",
    "Which numbers does the task refuse? Is a half one of them?",
    ("if bytes_moved <= 0", "if bytes_moved < 1"),
)
bug(
    "intensity-type-error",
    "The error is not a ValueError",
    "Which error does the task ask for?",
    ('raise ValueError(f"operations', 'raise TypeError(f"operations'),
    ('raise ValueError(f"bytes_moved', 'raise TypeError(f"bytes_moved'),
)
bug(
    "intensity-infinite",
    "Where no byte is moved there is an answer, and no error",
    "What does the task ask for if no byte is moved: an answer, or an error?",
    (
        'raise ValueError(f"bytes_moved must be above 0, got {bytes_moved}")',
        'return float("inf")',
    ),
)
bug(
    "intensity-silent-error",
    "The error does not name the number",
    "You read only the error's text. Can you tell which number was wrong?",
    (", got {operations}", ""),
    (", got {bytes_moved}", ""),
)
bug(
    "intensity-refuses-nothing",
    "Nothing is refused",
    "What comes of 8 operations on 0 bytes, or on -3, and what does the task ask for?",
    ("operations < 0", "False"),
    ("bytes_moved <= 0", "False"),
)
bug(
    "attainable-highest",
    "The higher of the two limits is taken",
    "If memory delivers numbers for 20 operations a second, can 100 be done?",
    ("min(peak", "max(peak"),
)
bug(
    "attainable-no-roof",
    "There is no roof",
    "However many operations there are for each byte: can a machine do more a second "
    "than it does when nothing has to be waited for?",
    ("min(peak, intensity * bandwidth)", "intensity * bandwidth"),
)
bug(
    "attainable-divided",
    "The bandwidth is divided by the intensity",
    "Bytes a second, times or divided by operations per byte: which of the two gives "
    "operations a second?",
    ("intensity * bandwidth", "bandwidth / intensity"),
)
bug(
    "attainable-divided-by-bandwidth",
    "The intensity is divided by the bandwidth",
    "Operations per byte and bytes a second: how do you get operations a second?",
    ("intensity * bandwidth", "intensity / bandwidth"),
)
bug(
    "attainable-limits-exchanged",
    "Peak and bandwidth are exchanged",
    "Operations per byte, times which of the two, gives operations a second?",
    ("min(peak, intensity * bandwidth)", "min(bandwidth, intensity * peak)"),
)
bug(
    "attainable-without-bandwidth",
    "The intensity is multiplied by the peak",
    "Memory delivers bytes a second. Which of the arguments says how many?",
    ("intensity * bandwidth", "intensity * peak"),
)
bug(
    "attainable-added",
    "The two limits are added as times",
    "Do memory and arithmetic work one after the other here, or at the same time? What "
    "do the two straight lines of the picture say?",
    (
        "min(peak, intensity * bandwidth)",
        "1 / (1 / peak + 1 / (intensity * bandwidth))",
    ),
)
bug(
    "roofline-silent-operations",
    "The error for a negative number of operations does not name it",
    "Somebody reads your error and nothing else. Which number would help?",
    ('f"operations must be at least 0, got {operations}"', '"operations below 0"'),
)
bug(
    "roofline-bytes-by-operations",
    "Bytes are divided by operations",
    "8 operations on 4 bytes: how many operations does each byte get?",
    (
        "return operations / bytes_moved",
        "return bytes_moved / operations if operations else 0.0",
    ),
)
bug(
    "roofline-added",
    "Operations and bytes are added",
    "8 operations on 4 bytes: how many operations does each byte get?",
    ("return operations / bytes_moved", "return operations + bytes_moved"),
)
bug(
    "roofline-always-peak",
    "The peak is returned whatever the intensity",
    "Work that does one operation for a hundred bytes: does it run at the peak?",
    ("return min(peak, intensity * bandwidth)", "return peak"),
)


# Strides
# -------

bug = bugs_of("strides")

bug(
    "strides-in-numbers",
    "Numbers are counted, not bytes",
    "How many bytes lie between a number of 8 bytes and the next one?",
    ("[], itemsize", "[], 1"),
)
bug(
    "strides-always-4-bytes",
    "Each number is counted as 4 bytes",
    "How many bytes lie between a number of 8 bytes and the next one?",
    ("[], itemsize", "[], 4"),
)
bug(
    "strides-back-to-front",
    "The strides stand in reverse order",
    "Which axis has the longest step, the first or the last? Which one comes first in "
    "your answer?",
    ("return tuple(reversed(strides))", "return tuple(strides)"),
)
bug(
    "strides-fortran-order",
    "The first axis is taken to lie closest together",
    "Which neighbours are neighbours in memory here: those in a row, or those in a "
    "column?",
    ("in reversed(shape)", "in shape"),
    ("return tuple(reversed(strides))", "return tuple(strides)"),
)
bug(
    "strides-own-length",
    "Each axis steps over its own length too",
    "To reach the next row you pass over one row. Which lengths are multiplied for "
    "that?",
    (
        "        strides.append(step)\n        step *= length\n",
        "        step *= length\n        strides.append(step)\n",
    ),
)
bug(
    "strides-one-length",
    "Only the next axis's length counts",
    "On the way to the next image, do you pass over one row or over all of them?",
    ("step *= length", "step = length * itemsize"),
)
bug(
    "strides-first-length",
    "The first axis's length counts, and the last one's does not",
    "A row has three numbers. How many bytes lie between a number and the one below it?",
    (
        "    for length in reversed(shape):\n"
        "        strides.append(step)\n"
        "        step *= length\n",
        "    for length in (1, *reversed(shape[:-1])):\n"
        "        step *= length\n"
        "        strides.append(step)\n",
    ),
)
bug(
    "offset-added",
    "Place and stride are added",
    "Two steps of 16 bytes each: how far is that?",
    ("i * stride for", "i + stride for"),
)
bug(
    "offset-in-places",
    "The strides do not enter the offset",
    "Two steps along an axis whose stride is 16: how many bytes are that?",
    ("i * stride for", "i for"),
)
bug(
    "offset-counts-from-1",
    "The places are counted from 1",
    "How far from the first element is the element (0, 0, 0)?",
    ("i * stride for", "(i + 1) * stride for"),
)
bug(
    "offset-axes-reversed",
    "The strides are taken from the last axis to the first",
    "Which stride belongs to the first number of the index?",
    ("zip(index, strides", "zip(index, reversed(strides)"),
)
bug(
    "strides-bytes-at-each-axis",
    "The bytes of a number are multiplied in at each axis",
    "Numbers of 4 bytes, 5 in a row: how many bytes is it to the next row, and how "
    "many from one sheet of 3 rows to the next?",
    ("step *= length", "step *= length * itemsize"),
)
bug(
    "offset-last-axis",
    "Only the last axis counts in the offset",
    "Which of the strides does index (1, 0) use, and which index (0, 1)?",
    (
        "sum(i * stride for i, stride in zip(index, strides, strict=True))",
        "(index[-1] * strides[-1] if index else 0)",
    ),
)


# One product for each window
# ---------------------------

bug = bugs_of("inner-product")

bug(
    "inner-matrix-product",
    "Window and kernel are multiplied as matrices",
    "What do the three inner loops multiply: a row with a column, or a pixel with the "
    "number at its place?",
    ("(window * weight[o])", "(window @ weight[o])"),
)
bug(
    "inner-matrix-product-turned",
    "Window and kernel are multiplied as matrices",
    "What do the three inner loops multiply: a row with a row, or a pixel with the number "
    "at its place?",
    ("(window * weight[o])", "(window @ weight[o].transpose(0, 2, 1))"),
)
bug(
    "inner-kernel-flipped",
    "The kernel is flipped",
    "Does a convolution layer turn its kernel round before it multiplies?",
    ("window * weight[o])", "window * weight[o, :, ::-1, ::-1])"),
)
bug(
    "inner-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    ("window * weight[o])", "window * weight[:, o])"),
)
bug(
    "inner-mean",
    "The products are averaged",
    "What happens to the products in the definition: are they added, or averaged?",
    (".sum()", ".mean()"),
)
bug(
    "inner-one-channel",
    "All channels of the kernel meet the first channel of the image",
    "What is the shape of your window, and what is that of a kernel?",
    ("padded[b, :, top", "padded[b, 0, top"),
)
bug(
    "inner-one-kernel",
    "All output channels use the first kernel",
    "Which index chooses the kernel?",
    ("weight[o])", "weight[0])"),
)
bug(
    "inner-one-image",
    "Each answer is that of the first image",
    "Which index of the padded images should change from image to image?",
    ("padded[b, :, top", "padded[0, :, top"),
)
bug(
    "inner-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    ("top, left = i * sh, j * sw", "top, left = i * sw, j * sh"),
)
bug(
    "inner-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "Output row 2 with stride 3: at which row of the image does its window start?",
    ("top, left = i * sh, j * sw", "top, left = i, j"),
)
bug(
    "inner-window-end",
    "A window ends where it would with stride 1",
    "How many rows does the slice of your third window have if the stride is 2?",
    ("top : top + kh", "top : i + kh"),
)
bug(
    "inner-padding-swapped",
    "Padding (1, 2) does not add one row and two columns on each side",
    "With padding (1, 2) and an image of 4x4: how many rows and columns has your "
    "padded image?",
    ("(ph, ph), (pw, pw)", "(pw, pw), (ph, ph)"),
)
bug(
    "inner-padding-forgotten",
    "Padding (1, 2) does not add one row and two columns on each side",
    "With padding (1, 2) and an image of 4x4: how many rows and columns has your "
    "padded image?",
    (
        "np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))",
        "x.astype(dtype)",
    ),
)
bug(
    "inner-padding-all-after",
    "All of the padding is below and on the right",
    "With padding 1, an image of 4 rows becomes 6. Where do your two new rows lie?",
    ("(ph, ph), (pw, pw))", "(0, 2 * ph), (0, 2 * pw))"),
)
bug(
    "inner-padding-all-before",
    "All of the padding is above and on the left",
    "Where does the last window end: on the last pixel, or behind it?",
    ("(ph, ph), (pw, pw)", "(2 * ph, 0), (2 * pw, 0)"),
)
bug(
    "inner-bias-each-product",
    "The bias is added to each product",
    "How many times does one output get its bias?",
    (
        "(window * weight[o]).sum()",
        "(window * weight[o] + (0 if bias is None else bias[o])).sum()",
    ),
    ("if bias is not None", "if False"),
)
bug(
    "inner-bias-dropped",
    "The bias is not added",
    "If all pixels are zero, what should come out where there is a bias?",
    ("if bias is not None", "if False"),
)
bug(
    "inner-bias-needed",
    "There is no answer without a bias",
    "What does your code do when the bias is None?",
    ("if bias is not None", "if True"),
)
bug(
    "inner-bias-reshaped-first",
    "There is no answer without a bias",
    "What does your code do when the bias is None?",
    (
        "    if bias is not None:\n        out += bias[:, None, None].astype(dtype)",
        "    out += bias.reshape(-1, 1, 1)",
    ),
)
bug(
    "inner-bias-along-columns",
    "The bias is added along the columns",
    "The answer has the shape (batch, out_channels, rows, columns). Along which axis "
    "does NumPy lay an array of one axis?",
    ("bias[:, None, None]", "bias"),
)
bug(
    "inner-image-dtype",
    "The result has the image's dtype",
    "The image has whole numbers and the kernel fractions. What becomes of them?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = x.dtype"),
)
bug(
    "inner-always-float32",
    "The result is float32 whatever came in",
    "Image and kernel are float64. Which dtype does the docstring name?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.dtype(np.float32)"),
)
bug(
    "inner-in-place",
    "Products are written into the image",
    "A slice of an array is no copy. What does your code change when it changes the "
    "window?",
    (
        "padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))",
        "sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))\n"
        "    padded = np.pad(x, sides) if ph or pw else x",
    ),
    (
        "                    out[b, o, i, j] = (window * weight[o]).sum()\n",
        """                    window *= weight[o]
                    out[b, o, i, j] = window.sum()
""",
    ),
)
bug(
    "inner-only-image-dtype",
    "The kernel's dtype does not count",
    "The image is float32 and the kernel float64. Which dtype has your result, and "
    "which one does the docstring name?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, np.float32)",
    ),
)
bug(
    "inner-whole-numbers",
    "Image and kernel of whole numbers give whole numbers",
    "Image and kernel are both int8. Which dtype has your result, and which one does "
    "the docstring name?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, weight)",
    ),
)
bug(
    "inner-bias-of-image",
    "The bias is chosen by the image, not by the output channel",
    "Two images, one kernel: do they get different biases?",
    (
        "out += bias[:, None, None].astype(dtype)",
        "out += np.resize(bias, len(x))[:, None, None, None].astype(dtype)",
    ),
)

INNER_LOOPS = """#| export
def conv2d_inner(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    out_channels, in_channels, kh, kw = weight.shape
    down, across = grid(x.shape, (kh, kw), stride, padding)
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((len(x), out_channels, down, across), dtype)
    for b in range(len(x)):
        for o in range(out_channels):
            for i in range(down):
                for j in range(across):
                    top, left = i * sh, j * sw
                    window = padded[b, :, top : top + kh, left : left + kw]
                    kernel = weight[o]
                    BODY
    if bias is not None:
        out += bias[:, None, None].astype(dtype)
    return out
"""
bug(
    "inner-loops-over-products",
    "Python works through the inside of a window piece by piece",
    "How many lines of Python run for one window of 200 channels, those of NumPy's "
    "own functions too, and how many would run if NumPy multiplied all of it at "
    "once?",
    source=INNER_LOOPS.replace(
        "BODY",
        """total = 0.0
                    for c in range(in_channels):
                        for u in range(kh):
                            for v in range(kw):
                                total += float(window[c, u, v]) * float(kernel[c, u, v])
                    out[b, o, i, j] = total""",
    ),
)
bug(
    "inner-loops-over-channels",
    "Python works through the inside of a window piece by piece",
    "How many lines of Python run for one window of 200 channels, those of NumPy's "
    "own functions too, and how many would run if NumPy multiplied all of it at "
    "once?",
    source=INNER_LOOPS.replace(
        "BODY",
        """for c in range(in_channels):
                        out[b, o, i, j] += (window[c] * kernel[c]).sum()""",
    ),
)
bug(
    "inner-loops-in-a-sum",
    "Python works through the inside of a window piece by piece",
    "How many lines of Python run for one window of 200 channels, those of NumPy's "
    "own functions too, and how many would run if NumPy multiplied all of it at "
    "once?",
    source=INNER_LOOPS.replace(
        "BODY",
        """pairs = zip(window.ravel(), kernel.ravel(), strict=True)
                    out[b, o, i, j] = sum(pixel * number for pixel, number in pairs)""",
    ),
)
bug(
    "inner-loops-in-vectorize",
    "Python works through the inside of a window piece by piece",
    "How many lines of Python run for one window of 200 channels, those of NumPy's "
    "own functions too, and how many would run if NumPy multiplied all of it at "
    "once?",
    source=INNER_LOOPS.replace(
        "BODY",
        """product = np.vectorize(lambda pixel, number: pixel * number)
                    out[b, o, i, j] = product(window, kernel).sum()""",
    ),
)
bug(
    "inner-products-in-the-image-dtype",
    "Small integers are multiplied in their own type",
    "An int8 ends at 127. What is 100 times 3, if both are of that type?",
    ("np.pad(x.astype(dtype), ", "np.pad(x, "),
)
bug(
    "inner-bias-in-the-image-dtype",
    "The bias is converted to the image's type",
    "An image of whole numbers and a bias of 0.5: what is left of the bias?",
    ("bias[:, None, None].astype(dtype)", "bias[:, None, None].astype(x.dtype)"),
)
bug(
    "inner-bias-subtracted",
    "The bias is subtracted",
    "An image of zeros and a bias of 5: what should come out, and what comes?",
    ("out += bias", "out -= bias"),
)
bug(
    "inner-bias-twice",
    "The bias is added twice",
    "An image of zeros and a bias of 5: what should come out, and what comes?",
    ("out += bias", "out += 2 * bias"),
)
bug(
    "inner-stride-down-alone",
    "The stride moves the window down, and not to the right",
    "In which column of the padded image does the window of output column 1 begin, if"
    " the stride is (2, 3)?",
    ("i * sh, j * sw", "i * sh, j"),
)


# All windows at once
# -------------------

bug = bugs_of("windows")

bug(
    "windows-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), which rows does a window start at?",
    ("(sh, sw), (ph", "(sw, sh), (ph"),
)
bug(
    "windows-stride-of-rows-everywhere",
    "The stride of the rows is used for the columns, too",
    "The stride is a pair. Where does your code use its second number?",
    ("every[:, :, ::sh, ::sw]", "every[:, :, ::sh, ::sh]"),
)
bug(
    "windows-stride-ignored",
    "All windows are kept whatever the stride",
    "How many windows are there along 9 pixels if the window moves by 3?",
    ("every[:, :, ::sh, ::sw]", "every"),
)
bug(
    "windows-one-pixel-apart",
    "Neighbouring windows are one pixel apart whatever the stride",
    "With stride 3, at which pixel does the second window begin, and at which yours?",
    (
        "every[:, :, ::sh, ::sw]",
        "every[:, :, : -(-every.shape[2] // sh), : -(-every.shape[3] // sw)]",
    ),
)
bug(
    "windows-stride-inside",
    "The stride takes pixels out of the windows",
    "Which two of the six axes say where a window stands, and which two where a pixel "
    "stands in it? Which ones do you thin out?",
    ("every[:, :, ::sh, ::sw]", "every[..., ::sh, ::sw]"),
)
bug(
    "windows-stride-of-images",
    "The stride leaves out images and channels",
    "The view has six axes. Which two does a slice without a colon before it thin out, and "
    "which two say where a window stands?",
    ("every[:, :, ::sh, ::sw]", "every[::sh, ::sw]"),
)
bug(
    "windows-side-by-side",
    "Windows never overlap",
    "By how much does a window of 3 move if the stride is 1?",
    ("every[:, :, ::sh, ::sw]", "every[:, :, :: kernel_size[0], :: kernel_size[1]]"),
)
bug(
    "windows-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, ph), (pw, pw)", "(pw, pw), (ph, ph)"),
)
bug(
    "windows-padding-of-the-height",
    "The padding of the height is taken for both axes",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, ph), (pw, pw)", "(ph, ph), (ph, ph)"),
)
bug(
    "windows-padding-forgotten",
    "The image is not padded",
    "Where does the first window start: on the first pixel, or before it?",
    ("np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))", "x"),
)
bug(
    "windows-padding-one-side",
    "The padding is added above and on the left only",
    "Padding 1 on each side: how many rows has the padded image more?",
    ("(ph, ph), (pw, pw)", "(ph, 0), (pw, 0)"),
)
bug(
    "windows-padding-all-axes",
    "Batch and channels are padded as well",
    "Which axes of the image may grow by padding? What does `np.pad` do when it gets "
    "one number?",
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "max(padding)"),
)
bug(
    "windows-kernel-swapped",
    "Height and width of the window are exchanged",
    "A window of 2 rows and 4 columns: which of the last two axes is the longer one?",
    ("(padded, kernel_size,", "(padded, kernel_size[::-1],"),
)
bug(
    "windows-transposed",
    "Each window is transposed",
    "In which order does `sliding_window_view` add the new axes, and in which order do "
    "yours stand?",
    ("::sh, ::sw]", "::sh, ::sw].swapaxes(4, 5)"),
)
bug(
    "windows-axes-before-places",
    "The axes within a window stand before those of the places",
    "Read the shape in the docstring from left to right. Which axis of yours is the "
    "third?",
    ("::sh, ::sw]", "::sh, ::sw].transpose(0, 1, 4, 5, 2, 3)"),
)
bug(
    "windows-channels-after-places",
    "The channels stand after the places",
    "Read the shape in the docstring from left to right. Which axis of yours is the "
    "second?",
    ("::sh, ::sw]", "::sh, ::sw].transpose(0, 2, 3, 1, 4, 5)"),
)
bug(
    "windows-float32",
    "Whole numbers and float64 become float32",
    "Is anything computed here? Which dtype has a view of the padded image?",
    ("np.pad(x,", "np.pad(x.astype(np.float32),"),
)
bug(
    "windows-not-refused",
    "The error for a window too large does not name both sizes",
    "You read only the message that comes. Can you tell which sizes did not fit?",
    ("kernel > size + 2 * pad:", "False:"),
)
bug(
    "windows-refused-before-padding",
    "Whether a window fits is asked before the padding is added",
    "A window of 3, an image of 1, a padding of 1: is there a window?",
    ("kernel > size + 2 * pad:", "kernel > size:"),
)
bug(
    "windows-exact-fit-refused",
    "A window as large as the image is refused",
    "If the window is exactly as long as the row, how many are there?",
    ("kernel > size + 2 * pad:", "kernel >= size + 2 * pad:"),
)
bug(
    "windows-one-axis-checked",
    "A window that is too wide is not refused as the task asks",
    "What does your function say to a window that is too wide?",
    ("padding, strict=True):", "padding[:1], strict=False):"),
)
bug(
    "windows-silent-error",
    "The error for a window too large does not name both sizes",
    "You read only the message that comes. Can you tell which sizes did not fit?",
    ("of {kernel} does not fit into {size} pixels with padding {pad}", "does not fit"),
)
bug(
    "windows-assert",
    "An assertion stands where a ValueError is wanted",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise AssertionError"),
)
bug(
    "windows-axes-not-given",
    "`sliding_window_view` is not told the axes",
    "How many axes has the image, and along which of them do the windows move?",
    (", axis=(2, 3)", ""),
)
bug(
    "windows-along-the-first-axes",
    "The windows move along the wrong axes",
    "Which two of the four axes are rows and columns?",
    ("axis=(2, 3)", "axis=(0, 1)"),
)
bug(
    "windows-error-padded-size",
    "The error names the padded size",
    "You read only the error's text. How large is the image that you gave?",
    (
        "        if kernel > size + 2 * pad:",
        "        size, pad = size + 2 * pad, 0\n        if kernel > size + 2 * pad:",
    ),
)
bug(
    "windows-numbers-transposed",
    "The numbers of each window are read column by column",
    "Of a window of 2x3, which index counts its rows?",
    (
        "return every[:, :, ::sh, ::sw]",
        "turned = every[:, :, ::sh, ::sw].swapaxes(4, 5)\n    return turned.reshape(*turned.shape[:4], *kernel_size)",
    ),
)

WINDOW_LOOPS = """#| export
def windows(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    for size, kernel, pad in zip(x.shape[2:], kernel_size, padding, strict=True):
        if kernel > size + 2 * pad:
            raise ValueError(f"{kernel} does not fit into {size}")
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = grid(x.shape, kernel_size, stride, padding)
    out = np.zeros((*x.shape[:2], down, across, kh, kw), x.dtype)
    BODY
    return out
"""
bug(
    "windows-loops-over-places",
    "Python works through the windows piece by piece",
    "How many lines of Python run for 8 images of 64 channels and 100x100 pixels? "
    "Which function of NumPy shows all windows at once?",
    source=WINDOW_LOOPS.replace(
        "BODY",
        """for i in range(down):
        for j in range(across):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            out[:, :, i, j] = padded[:, :, rows, columns]""",
    ),
)
bug(
    "windows-loops-over-pixels",
    "Python works through the windows piece by piece",
    "How many lines of Python run for 8 images of 64 channels and 100x100 pixels? "
    "Which function of NumPy shows all windows at once?",
    source=WINDOW_LOOPS.replace(
        "BODY",
        """for b, c, i, j, u, v in np.ndindex(out.shape):
        out[b, c, i, j, u, v] = padded[b, c, i * sh + u, j * sw + v]""",
    ),
)
bug(
    "windows-loops-over-rows",
    "Python works through the windows piece by piece",
    "How many lines of Python run for 8 images of 64 channels and 100x100 pixels? "
    "Which function of NumPy shows all windows at once?",
    source=WINDOW_LOOPS.replace(
        "BODY",
        """for b in range(len(x)):
        for c in range(x.shape[1]):
            for i in range(down):
                band = padded[b, c, i * sh : i * sh + kh]
                seen = sliding_window_view(band, kw, axis=1)[:, ::sw]
                out[b, c, i] = seen.transpose(1, 0, 2)""",
    ),
)
bug(
    "windows-loops-in-a-comprehension",
    "Python works through the windows piece by piece",
    "How many lines of Python run for 8 images of 64 channels and 100x100 pixels? "
    "Which function of NumPy shows all windows at once?",
    source=WINDOW_LOOPS.replace(
        "BODY",
        """places = [(i * sh, j * sw) for i in range(down) for j in range(across)]
    cut = [padded[:, :, y : y + kh, z : z + kw] for y, z in places]
    out = np.stack(cut, axis=2).reshape(out.shape)""",
    ),
)
bug(
    "windows-negatives-lost",
    "The sign of the pixels is lost",
    "A window shows the pixels as they are. What does yours show of -3?",
    ("np.pad(x, ", "np.pad(np.abs(x), "),
)
bug(
    "windows-copied",
    "Each window is a copy of its pixels",
    "How many bytes do all windows of 700x700 in an image of 1400x1400 take, and how many "
    "the image?",
    ("return every[:, :, ::sh, ::sw]", "return every[:, :, ::sh, ::sw].copy()"),
)
bug(
    "windows-strides-by-hand",
    "The strides are computed as if the image lay in C order",
    "Which attribute of an array says how far it is in memory to the next row? Is it the "
    "same for an array in Fortran's order?",
    (
        """    every = sliding_window_view(padded, kernel_size, axis=(2, 3))
    return every[:, :, ::sh, ::sw]
""",
        """    (kh, kw), (batch, channels, height, width) = kernel_size, padded.shape
    down, across = (height - kh) // sh + 1, (width - kw) // sw + 1
    row = width * x.itemsize
    steps = (channels * height * row, height * row, sh * row, sw * x.itemsize)
    return np.lib.stride_tricks.as_strided(
        padded,
        (batch, channels, down, across, kh, kw),
        (*steps, row, x.itemsize),
    )
""",
    ),
)
bug(
    "windows-padding-all-before",
    "All of the padding is above and on the left",
    "With padding 1, an image of 4 rows becomes 6. Where do your two new rows lie?",
    ("(ph, ph), (pw, pw))", "(2 * ph, 0), (2 * pw, 0))"),
)
bug(
    "windows-padding-all-after",
    "All of the padding is below and on the right",
    "With padding 1, an image of 4 rows becomes 6. Where do your two new rows lie?",
    ("(ph, ph), (pw, pw))", "(0, 2 * ph), (0, 2 * pw))"),
)
bug(
    "windows-padding-counted-once",
    "The number of windows counts the padding once",
    "With padding 1, how many rows are there to slide over: one more than the image's, "
    "or two?",
    (
        "return every[:, :, ::sh, ::sw]",
        "(kh, kw), (height, width) = kernel_size, x.shape[2:]\n"
        "    down, across = (height + ph - kh) // sh + 1, (width + pw - kw) // sw + 1\n"
        "    return every[:, :, ::sh, ::sw][:, :, : max(down, 0), : max(across, 0)]",
    ),
)
bug(
    "windows-stride-down-alone",
    "The stride is used for the rows alone",
    "Windows of stride (2, 3): which columns of the padded image do they begin in?",
    ("every[:, :, ::sh, ::sw]", "every[:, :, ::sh]"),
)
bug(
    "windows-padding-mirrored",
    "The padding mirrors the image",
    "What does np.pad put around the image, and what does the task ask for?",
    ("(ph, ph), (pw, pw)))", "(ph, ph), (pw, pw)), mode='reflect')"),
)


# Each window a row
# -----------------

bug = bugs_of("im2col")

bug(
    "im2col-axes-not-moved",
    "The axes are joined without being moved",
    "`reshape` never changes the order of the numbers. Which axes of `windows` lie "
    "next to each other, and which ones should?",
    ("by_window = seen.transpose(0, 2, 3, 1, 4, 5)", "by_window = seen"),
)
bug(
    "im2col-channel-last",
    "Within a row the channel comes last",
    "In a kernel, do the channels or the kernel's columns lie next to each other? "
    "Which ones do in your row?",
    ("transpose(0, 2, 3, 1, 4, 5)", "transpose(0, 2, 3, 4, 5, 1)"),
)
bug(
    "im2col-column-first",
    "The windows go down the columns first",
    "Which window is the second row of the matrix: the one to the right, or the one "
    "below?",
    ("transpose(0, 2, 3, 1, 4, 5)", "transpose(0, 3, 2, 1, 4, 5)"),
)
bug(
    "im2col-image-last",
    "The same window of all images comes first",
    "Where in the matrix does the second image begin?",
    ("transpose(0, 2, 3, 1, 4, 5)", "transpose(2, 3, 0, 1, 4, 5)"),
)
bug(
    "im2col-window-transposed",
    "Each window is transposed",
    "Which comes first within a row: the second pixel of the window's first row, or "
    "the first pixel of its second row?",
    ("transpose(0, 2, 3, 1, 4, 5)", "transpose(0, 2, 3, 1, 5, 4)"),
)
bug(
    "im2col-windows-as-columns",
    "The matrix is transposed",
    "Is a window a row or a column of the matrix that is wanted?",
    ("channels * kh * kw)", "channels * kh * kw).T"),
)
bug(
    "im2col-one-matrix-an-image",
    "Each image has a matrix of its own",
    "How many axes does the answer have? What becomes of the axis of the images?",
    ("reshape(batch * down * across,", "reshape(batch, down * across,"),
)
bug(
    "im2col-kernel-swapped",
    "Height and width of the window are exchanged",
    "With a window of 2 rows and 4 columns, what is the first row of your matrix?",
    ("windows(x, kernel_size,", "windows(x, kernel_size[::-1],"),
)
bug(
    "im2col-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    (
        "kernel_size, stride, padding)\n    batch",
        "kernel_size, stride[::-1], padding)\n    batch",
    ),
)
bug(
    "im2col-stride-for-window",
    "Window and stride have changed places",
    "In which order does `windows` take its arguments?",
    (
        "windows(x, kernel_size, stride, padding)",
        "windows(x, stride, kernel_size, padding)",
    ),
)
bug(
    "im2col-stride-ignored",
    "The stride is not passed on",
    "How many rows does your matrix have if the window moves by 3?",
    (
        "kernel_size, stride, padding)\n    batch",
        "kernel_size, (1, 1), padding)\n    batch",
    ),
)
bug(
    "im2col-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    (
        "kernel_size, stride, padding)\n    batch",
        "kernel_size, stride, padding[::-1])\n    batch",
    ),
)
bug(
    "im2col-padding-ignored",
    "The padding is not passed on",
    "Which numbers stand in the first row of your matrix if there is a padding?",
    (
        "kernel_size, stride, padding)\n    batch",
        "kernel_size, stride, (0, 0))\n    batch",
    ),
)
bug(
    "im2col-float32",
    "Whole numbers and float64 become float32",
    "Is anything computed here? How many bytes does a pixel of one byte take in your "
    "matrix?",
    ("windows(x,", "windows(x.astype(np.float32),"),
)
bug(
    "im2col-windows-turned",
    "Each window is turned by half a turn",
    "Which pixel of a window stands first in its row of the matrix?",
    (
        "seen.transpose(0, 2, 3, 1, 4, 5)",
        "seen[..., ::-1, ::-1].transpose(0, 2, 3, 1, 4, 5)",
    ),
)
bug(
    "im2col-channels-added",
    "The channels are added before the matrix is made",
    "An image of 2 channels, windows of 2x2: how many numbers has a row of the matrix?",
    ("by_window = seen.transpose(0, 2, 3, 1, 4, 5)", "by_window = seen.sum(axis=1)"),
    ("channels * kh * kw)", "kh * kw)"),
)
bug(
    "im2col-padded-twice",
    "The image is padded twice",
    "Does windows() pad already? What is its argument after that?",
    (
        "windows(x, kernel_size, stride, padding)",
        "windows(np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2)), kernel_size, stride, padding)",
    ),
)
bug(
    "im2col-fortran-order",
    "The numbers are laid out column by column",
    "In which order does reshape read an array, and which order does order='F' stand "
    "for?",
    (
        "reshape(batch * down * across, channels * kh * kw)",
        "reshape(batch * down * across, channels * kh * kw, order='F')",
    ),
)

COLUMN_LOOPS = """#| export
def im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, _, _ = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = grid(x.shape, kernel_size, stride, padding)
    BODY
"""
bug(
    "im2col-loops-over-windows",
    "Python works through the windows piece by piece",
    "How many rows does the matrix have, and how many lines of Python run for "
    "each? Which of your earlier functions has all windows ready?",
    source=COLUMN_LOOPS.replace(
        "BODY",
        """out = np.zeros((batch, down, across, channels * kh * kw), x.dtype)
    for i in range(down):
        for j in range(across):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, i, j] = window.reshape(batch, -1)
    return out.reshape(batch * down * across, -1)""",
    ),
)
bug(
    "im2col-loops-with-append",
    "Python works through the windows piece by piece",
    "How many rows does the matrix have, and how many lines of Python run for "
    "each? Which of your earlier functions has all windows ready?",
    source=COLUMN_LOOPS.replace(
        "BODY",
        """rows = []
    for b in range(batch):
        for i in range(down):
            for j in range(across):
                top, left = i * sh, j * sw
                rows.append(padded[b, :, top : top + kh, left : left + kw].ravel())
    return np.array(rows)""",
    ),
)
bug(
    "im2col-loops-in-a-comprehension",
    "Python works through the windows piece by piece",
    "How many rows does the matrix have, and how many lines of Python run for "
    "each? Which of your earlier functions has all windows ready?",
    source=COLUMN_LOOPS.replace(
        "BODY",
        """places = [(i * sh, j * sw) for i in range(down) for j in range(across)]
    cut = [padded[:, :, y : y + kh, z : z + kw].reshape(batch, -1) for y, z in places]
    return np.stack(cut, axis=1).reshape(batch * down * across, -1)""",
    ),
)
bug(
    "im2col-loops-over-pixels",
    "Python works through the windows piece by piece",
    "How many rows does the matrix have, and how many lines of Python run for "
    "each? Which of your earlier functions has all windows ready?",
    source=COLUMN_LOOPS.replace(
        "BODY",
        """out = np.zeros((batch, down, across, channels, kh, kw), x.dtype)
    for b, i, j, c, u, v in np.ndindex(out.shape):
        out[b, i, j, c, u, v] = padded[b, c, i * sh + u, j * sw + v]
    return out.reshape(batch * down * across, -1)""",
    ),
)
bug(
    "im2col-negatives-lost",
    "The sign of the pixels is lost",
    "A row holds the pixels as they are. What does yours hold of -3?",
    ("seen = windows(x, ", "seen = windows(np.abs(x), "),
)
bug(
    "im2col-list",
    "What is returned is a list, no array",
    "Which type does the docstring promise, and what can it do that yours cannot?",
    ("channels * kh * kw)\n    ### END", "channels * kh * kw).tolist()\n    ### END"),
)


# Convolution as a matrix product
# -------------------------------

bug = bugs_of("conv2d-matmul")

bug(
    "matmul-kernels-mixed",
    "The kernels' numbers are mixed by `reshape`",
    "`reshape` keeps the order of the numbers in memory. Is each column of your matrix "
    "one kernel?",
    ("weight.reshape(len(weight), -1)", "weight.reshape(-1, len(weight)).T"),
)
bug(
    "matmul-kernel-channel-last",
    "A kernel's numbers stand in another order than a window's",
    "In a row of `im2col`, what comes first: all of one channel, or all channels of one "
    "place? And in your matrix of kernels?",
    (
        "weight.reshape(len(weight), -1)",
        "weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)",
    ),
)
bug(
    "matmul-kernel-flipped",
    "The kernel is flipped",
    "Does a convolution layer turn its kernel round before it multiplies?",
    (
        "weight.reshape(len(weight), -1)",
        "weight[:, :, ::-1, ::-1].reshape(len(weight), -1)",
    ),
)
bug(
    "matmul-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Which axis of `weight` must stay by itself, and which three are joined?",
    (
        "weight.reshape(len(weight), -1)",
        "weight.swapaxes(0, 1).reshape(len(weight), -1)",
    ),
)
bug(
    "matmul-channels-exchanged-in-einsum",
    "The kernel's output and input channels are exchanged",
    "Which axis of `weight` must stay by itself, and which three are joined?",
    source="""#| export
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    seen = windows(x.astype(dtype), weight.shape[2:], stride, padding)
    out = np.einsum("bchwuv,couv->bohw", seen, weight.astype(dtype))
    return out if bias is None else out + bias.astype(dtype)[:, None, None]
""",
)
bug(
    "matmul-kernels-not-turned",
    "The kernels are not turned round for the product",
    "Look at the table of shapes: which axis of both matrices must disappear in the "
    "product?",
    ("kernels.T", "kernels"),
)
bug(
    "matmul-elementwise",
    "The matrices are multiplied number by number",
    "Which operator of NumPy is the product of two matrices?",
    ("columns @ kernels.T", "columns * kernels.T"),
)
bug(
    "matmul-bias-a-column",
    "The bias is added along the windows",
    "In the product a row is a window, a column is a kernel. Along which of them does the "
    "bias lie?",
    ("bias.astype(dtype)", "bias.astype(dtype)[:, None]"),
)
bug(
    "matmul-answer-not-moved",
    "The kernels' axis is not moved in the answer",
    "In the product each row is a window. Which axis lies closest together, and is it "
    "the last one of the shape that you give it?",
    (
        "reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "reshape(len(x), len(weight), down, across)",
    ),
)
bug(
    "matmul-images-mixed",
    "Images and kernels are mixed in the answer",
    "After turning the product round, its first axis is the kernel. Which one do you "
    "split first?",
    (
        "products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "products.T.reshape(len(x), len(weight), down, across)",
    ),
)
bug(
    "matmul-kernels-before-images",
    "The answer's first axis is the kernel",
    "Read the shape in the docstring. Which axis comes first, and which one in yours?",
    (
        "products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "products.T.reshape(len(weight), len(x), down, across)",
    ),
)
bug(
    "matmul-kernels-last",
    "The answer's last axis is the kernel",
    "Read the shape in the docstring. Which axis comes second, and which one in yours?",
    (".transpose(0, 3, 1, 2)", ""),
)
bug(
    "matmul-places-exchanged",
    "Rows and columns of the answer are exchanged when the axis is split",
    "Does `im2col` go through the windows of a row first, or through those of a "
    "column?",
    ("down, across, len(weight))", "across, down, len(weight))"),
)
bug(
    "matmul-answer-transposed",
    "Each answer is transposed",
    "An image of 5 rows and 8 columns: which of the two is larger in your answer?",
    ("transpose(0, 3, 1, 2)", "transpose(0, 3, 2, 1)"),
)
bug(
    "matmul-bias-along-the-width",
    "The bias is added along the last axis",
    "Which axis of your array is as long as the bias at the place where you add it?",
    ("        products += bias.astype(dtype)\n", "        pass\n"),
    ("transpose(0, 3, 1, 2)", "transpose(0, 3, 1, 2) + (0 if bias is None else bias)"),
)
bug(
    "matmul-bias-dropped",
    "The bias is not added",
    "If all pixels are zero, what should come out where there is a bias?",
    ("if bias is not None", "if False"),
)
bug(
    "matmul-all-biases-added",
    "The sum of all biases is added to each output",
    "How many biases does one output channel have?",
    ("products += bias.astype(dtype)", "products += bias.astype(dtype).sum()"),
)
bug(
    "matmul-bias-needed",
    "There is no answer without a bias",
    "What does your code do when the bias is None?",
    ("if bias is not None", "if bias.any()"),
)
bug(
    "matmul-bias-always-added",
    "There is no answer without a bias",
    "What does your code do when the bias is None?",
    ("    if bias is not None:\n        products +=", "    products = products +"),
    ("bias.astype(dtype)", "bias"),
)
bug(
    "matmul-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    ("    dtype =", "    stride = stride[::-1]\n    dtype ="),
)
bug(
    "matmul-stride-swapped-for-columns",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows does the window move down?",
    (
        "kernel_size, stride, padding)\n    kernels",
        "kernel_size, stride[::-1], padding)\n    kernels",
    ),
)
bug(
    "matmul-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("    dtype =", "    padding = padding[::-1]\n    dtype ="),
)
bug(
    "matmul-size-without-padding",
    "The size of the answer is that without padding",
    "How many windows does your matrix have, and how many places your answer?",
    (
        "kernel_size, stride, padding)\n    columns",
        "kernel_size, stride, (0, 0))\n    columns",
    ),
)
bug(
    "matmul-always-float64",
    "The result is float64 whatever came in",
    "Image and kernel are float32. How many bytes does one number of your result take?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.dtype(np.float64)"),
)
bug(
    "matmul-always-float32",
    "The result is float32 whatever came in",
    "Image and kernel are float64. Which dtype does the docstring name?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.dtype(np.float32)"),
)
bug(
    "matmul-small-integers",
    "Whole numbers are added up in their own dtype",
    "An image of int8 holds numbers up to 127. What is the largest sum of products "
    "that its dtype can hold?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, weight)",
    ),
)
bug(
    "matmul-small-integers-made-float",
    "Whole numbers are added up in their own dtype, and are made floats afterwards",
    "An image of int8 holds numbers up to 127. What is left of a larger sum when you "
    "convert the answer?",
    (
        "im2col(x.astype(dtype, copy=False), kernel_size",
        "im2col(x, kernel_size",
    ),
    ("reshape(len(weight), -1).astype(dtype, copy=False)", "reshape(len(weight), -1)"),
    ("columns @ kernels.T", "(columns @ kernels.T).astype(dtype)"),
)
bug(
    "matmul-only-image-dtype",
    "The kernel's dtype does not count",
    "The image is float32 and the kernel float64. Which dtype has your result, and "
    "which one does the docstring name?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, np.float32)",
    ),
)
bug(
    "matmul-kernel-transposed",
    "The kernels' rows and columns are exchanged",
    "Which number of the kernel meets the second pixel of a window's first row?",
    (
        "weight.reshape(len(weight), -1)",
        "weight.swapaxes(2, 3).reshape(len(weight), -1)",
    ),
)
bug(
    "matmul-bias-averaged",
    "Each output gets the mean of all biases",
    "Three kernels and three biases: which output gets which?",
    ("products += bias.astype(dtype)", "products += bias.mean().astype(dtype)"),
)

MATMUL_LOOPS = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    kernel_size = weight.shape[2:]
    down, across = grid(x.shape, kernel_size, stride, padding)
    columns = im2col(x, kernel_size, stride, padding).astype(dtype)
    kernels = weight.reshape(len(weight), -1).astype(dtype)
    BODY
    if bias is not None:
        products += bias.astype(dtype)
    return products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)
"""
bug(
    "matmul-loops-over-rows",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? How many windows can one product "
    "of two matrices take?",
    source=MATMUL_LOOPS.replace(
        "BODY",
        """products = np.zeros((len(columns), len(weight)), dtype)
    for i in range(len(columns)):
        products[i] = kernels @ columns[i]""",
    ),
)
bug(
    "matmul-loops-in-a-comprehension",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? How many windows can one product "
    "of two matrices take?",
    source=MATMUL_LOOPS.replace(
        "BODY",
        """rows = [[row @ kernel for kernel in kernels] for row in columns]
    products = np.array(rows)""",
    ),
)
bug(
    "matmul-loops-over-places",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? How many windows can one product "
    "of two matrices take?",
    source=MATMUL_LOOPS.replace(
        "BODY",
        """(sh, sw), (ph, pw), (kh, kw) = stride, padding, kernel_size
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    products = np.zeros((len(x), down, across, len(weight)), dtype)
    for i in range(down):
        for j in range(across):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            products[:, i, j] = window.reshape(len(x), -1) @ kernels.T""",
    ),
)
bug(
    "matmul-bias-in-the-image-dtype",
    "The bias is converted to the image's type",
    "An image of whole numbers and a bias of 0.5: what is left of the bias?",
    ("bias.astype(dtype)", "bias.astype(x.dtype)"),
)
bug(
    "matmul-bias-subtracted",
    "The bias is subtracted",
    "An image of zeros and a bias of 5: what should come out, and what comes?",
    ("products += bias", "products -= bias"),
)


# The way back
# ------------

bug = bugs_of("col2im")

bug(
    "col2im-assigned",
    "Each place within the window overwrites what was there",
    "A pixel lies in several windows. What do you find there when the second one "
    "arrives?",
    ("pixels] += seen", "pixels] = seen"),
)
bug(
    "col2im-added-once",
    "An index that occurs twice is added once",
    "What does NumPy do when `array[index] += values` meets the same index twice?",
    source="""#| export
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    b, i, j, c, u, v = np.ogrid[:batch, :down, :across, :channels, :kh, :kw]
    values = columns.reshape(batch, down, across, channels, kh, kw)
    padded[b, c, i * sh + u, j * sw + v] += values
    return padded[:, :, ph : ph + height, pw : pw + width]
""",
)
bug(
    "col2im-add-at-swapped",
    "Row and column within a window are exchanged",
    "Which of your indices within a window counts its rows, and does it go to a "
    "row of the image?",
    source="""#| export
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    b, i, j, c, u, v = np.ogrid[:batch, :down, :across, :channels, :kh, :kw]
    values = columns.reshape(batch, down, across, channels, kh, kw)
    np.add.at(padded, (b, c, i * sh + v, j * sw + u), values)
    return padded[:, :, ph : ph + height, pw : pw + width]
""",
)
bug(
    "col2im-window-transposed",
    "Row and column within a window are exchanged",
    "Which of your indices within a window counts its rows, and does it go to a row of "
    "the image?",
    ("seen[..., u, v]", "seen[..., v, u]"),
)
bug(
    "col2im-places-in-window-exchanged",
    "Row and column within the window are exchanged",
    "Which of the two last axes counts the rows of the window?",
    ("seen[..., u, v]", "seen[..., v % kh, u % kw]"),
)
bug(
    "col2im-averaged",
    "What meets is averaged",
    "`im2col` copied a pixel into several windows. What does its transpose do with the "
    "copies: add them, or average them?",
    (
        "    return padded",
        """    times = np.zeros(padded.shape[2:])
    for u in range(kh):
        for v in range(kw):
            times[u : u + down * sh : sh, v : v + across * sw : sw] += 1
    padded /= np.maximum(times, 1).astype(dtype)
    return padded""",
    ),
)
bug(
    "col2im-flipped",
    "Each window goes back upside down",
    "Which pixel did the first number of a row come from, and where do you add it?",
    ("seen[..., u, v]", "seen[..., kh - 1 - u, kw - 1 - v]"),
)
bug(
    "col2im-channel-last",
    "A row is read with the channel last",
    "In which order does `im2col` write a window into a row?",
    ("channels, kh, kw)\n", "kh, kw, channels)\n"),
    ("transpose(0, 3, 1, 2, 4, 5)", "transpose(0, 5, 1, 2, 3, 4)"),
)
bug(
    "col2im-axes-not-moved",
    "The six axes are given in the order that is wanted, not in that of the matrix",
    "`reshape` keeps the order of the numbers. Which axes does the first axis of the "
    "matrix hold?",
    (
        "reshape(batch, down, across, channels, kh, kw)",
        "reshape(batch, channels, down, across, kh, kw)",
    ),
    ("    seen = seen.transpose(0, 3, 1, 2, 4, 5)\n", ""),
)
bug(
    "col2im-axes-of-pictures",
    "The six axes are given in the order that is wanted, not in that of the matrix",
    "`reshape` keeps the order of the numbers. Which axes does the first axis of the "
    "matrix hold?",
    (
        "reshape(batch, down, across, channels, kh, kw)",
        "reshape(batch, channels, kh, kw, down, across)",
    ),
    ("transpose(0, 3, 1, 2, 4, 5)", "transpose(0, 1, 4, 5, 2, 3)"),
)
bug(
    "col2im-column-first",
    "The rows are read as if the windows went down first",
    "Which window is the second row of the matrix: the one to the right, or the one "
    "below?",
    ("reshape(batch, down, across,", "reshape(batch, across, down,"),
    ("transpose(0, 3, 1, 2, 4, 5)", "transpose(0, 3, 2, 1, 4, 5)"),
)
bug(
    "col2im-image-last",
    "The rows are read as if all images came together for each place",
    "Where in the matrix does the second image begin?",
    ("reshape(batch, down, across,", "reshape(down, across, batch,"),
    ("transpose(0, 3, 1, 2, 4, 5)", "transpose(2, 3, 0, 1, 4, 5)"),
)
bug(
    "col2im-stride-ignored",
    "The windows are put next to each other whatever the stride",
    "From which row of the image did the third window come if the stride is 2?",
    (
        "slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)",
        "slice(u, u + down), slice(v, v + across)",
    ),
)
bug(
    "col2im-slice-end",
    "A slice ends where it would with stride 1",
    "How many places does your slice have if the stride is 2, and how many windows "
    "are there?",
    (
        "slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)",
        "slice(u, u + down, sh), slice(v, v + across, sw)",
    ),
)
bug(
    "col2im-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows lie between two windows?",
    ("(sh, sw), (ph", "(sw, sh), (ph"),
)
bug(
    "col2im-padding-kept",
    "The padding is not cut off",
    "Which shape does the image have that forward was given?",
    ("return padded[:, :, ph : ph + height, pw : pw + width]", "return padded"),
)
bug(
    "col2im-padding-from-the-corner",
    "The image is cut out at the corner of the padding",
    "Where in the padded array does the image's first pixel lie?",
    (
        "padded[:, :, ph : ph + height, pw : pw + width]",
        "padded[:, :, :height, :width]",
    ),
)
bug(
    "col2im-padding-minus-0",
    "The padding is cut off with a negative end, which fails for 0",
    "What does the slice `[2:-2]` become if the padding is 0?",
    ("padded[:, :, ph : ph + height, pw : pw + width]", "padded[:, :, ph:-ph, pw:-pw]"),
)
bug(
    "col2im-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns fall away on the left?",
    ("(ph, pw) = kernel", "(pw, ph) = kernel"),
)
bug(
    "col2im-crop-swapped",
    "The padding is cut off with height and width exchanged",
    "With padding (1, 2), how many rows do you cut off above, and how many columns on the "
    "left?",
    ("ph : ph + height, pw : pw + width", "pw : pw + height, ph : ph + width"),
)
bug(
    "col2im-padding-ignored",
    "There is no room for the padding",
    "Where did the first window begin: on the first pixel, or before it?",
    ("height + 2 * ph, width + 2 * pw", "height, width"),
    ("padded[:, :, ph : ph + height, pw : pw + width]", "padded"),
)
bug(
    "col2im-always-float64",
    "The result is float64 whatever came in",
    "The matrix is float32. How many bytes does one number of your result take?",
    ("dtype = np.result_type(columns, np.float32)", "dtype = np.float64"),
)
bug(
    "col2im-always-float32",
    "The result is float32 whatever came in",
    "The matrix is float64. How many bytes does one number of your result take?",
    ("dtype = np.result_type(columns, np.float32)", "dtype = np.float32"),
)
bug(
    "col2im-integers",
    "Whole numbers are added up in their own dtype",
    "A matrix of int8 holds numbers up to 127. What happens to a sum that is larger?",
    ("dtype = np.result_type(columns, np.float32)", "dtype = columns.dtype"),
)
bug(
    "col2im-list",
    "What is returned is a list, no array",
    "Which type does the docstring promise, and what can it do that yours cannot?",
    ("pw : pw + width]\n    ### END", "pw : pw + width].tolist()\n    ### END"),
)
bug(
    "col2im-largest",
    "Of what meets in a pixel the largest is kept",
    "A pixel lies in four windows: what becomes of its four gradients?",
    (
        "padded[:, :, rows, pixels] += seen[..., u, v]",
        "padded[:, :, rows, pixels] = np.maximum(padded[:, :, rows, pixels], seen[..., u, v])",
    ),
)
bug(
    "col2im-divided-by-the-window",
    "The sum is divided by the number of pixels in a window",
    "A single window: should col2im give its pixels back as they are?",
    (
        "padded[:, :, ph : ph + height, pw : pw + width]",
        "padded[:, :, ph : ph + height, pw : pw + width] / (kh * kw)",
    ),
)

BACK_LOOPS = """#| export
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    seen = columns.reshape(batch, down, across, channels, kh, kw)
    BODY
    return padded[:, :, ph : ph + height, pw : pw + width]
"""
bug(
    "col2im-loops-over-windows",
    "Python works through the matrix piece by piece",
    "How many windows are there, and how many places within a window? Over which "
    "of the two should a loop go?",
    source=BACK_LOOPS.replace(
        "BODY",
        """for i in range(down):
        for j in range(across):
            rows, pixels = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            padded[:, :, rows, pixels] += seen[:, i, j]""",
    ),
)
bug(
    "col2im-loops-over-the-matrix",
    "Python works through the matrix piece by piece",
    "How many windows are there, and how many places within a window? Over which "
    "of the two should a loop go?",
    source=BACK_LOOPS.replace(
        "BODY",
        """for number, row in enumerate(columns):
        b, place = divmod(number, down * across)
        i, j = divmod(place, across)
        rows, pixels = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        padded[b, :, rows, pixels] += row.reshape(channels, kh, kw)""",
    ),
)
bug(
    "col2im-loops-over-numbers",
    "Python works through the matrix piece by piece",
    "How many windows are there, and how many places within a window? Over which "
    "of the two should a loop go?",
    source=BACK_LOOPS.replace(
        "BODY",
        """for b, i, j, c, u, v in np.ndindex(seen.shape):
        padded[b, c, i * sh + u, j * sw + v] += seen[b, i, j, c, u, v]""",
    ),
)


# All three gradients
# -------------------

bug = bugs_of("conv2d-backward")

bug(
    "backward-upstream-not-moved",
    "The upstream gradient is made a matrix without moving its axes",
    "In which order do the rows of `im2col` stand? Which axis of the upstream gradient "
    "must lie at the end before you join the others?",
    ("grad_output.transpose(0, 2, 3, 1)", "grad_output"),
)
bug(
    "backward-upstream-transposed",
    "Rows and columns of the upstream gradient are exchanged",
    "Does `im2col` go through the windows of a row first, or through those of a "
    "column?",
    ("transpose(0, 2, 3, 1)", "transpose(0, 3, 2, 1)"),
)
bug(
    "backward-upstream-by-kernel",
    "The rows of the upstream gradient hold one kernel each",
    "Your matrix has a row for each kernel. Which axis did you join with which when "
    "you made it?",
    (
        "by_window.reshape(-1, len(weight))",
        "grad_output.reshape(len(weight), -1).T.astype(dtype)",
    ),
)
bug(
    "backward-bias-keeps-images",
    "The bias has a gradient for each image",
    "How many biases are there? Over which axes of the upstream gradient must you add?",
    ("upstream.sum(axis=0)", "grad_output.astype(dtype).sum(axis=(2, 3))"),
)
bug(
    "backward-bias-keeps-places",
    "The bias has a gradient for each pixel",
    "How many biases are there? Over which axes of the upstream gradient must you add?",
    ("upstream.sum(axis=0)", "grad_output.astype(dtype).sum(axis=0)"),
)
bug(
    "backward-bias-over-images-and-channels",
    "The bias's gradient is summed over images and channels",
    "There is one bias for each output channel. Which axis of the upstream gradient must "
    "be left when you have summed?",
    ("upstream.sum(axis=0)", "grad_output.astype(dtype).sum(axis=(0, 1))"),
)
bug(
    "backward-bias-keepdims",
    "The bias's gradient has an axis too many",
    "Which shape has the bias, and which one its gradient?",
    ("upstream.sum(axis=0)", "upstream.sum(axis=0, keepdims=True)"),
)
bug(
    "backward-bias-one-number",
    "All biases have one gradient",
    "How many biases are there, and how many gradients do you return for them?",
    ("upstream.sum(axis=0)", "upstream.sum()"),
)
bug(
    "backward-bias-none",
    "There is no gradient for the bias",
    "If you raise the bias a little, does the answer change? What is its gradient, then?",
    ("upstream.sum(axis=0)", "None"),
)
bug(
    "backward-bias-wrong-axis",
    "The upstream gradient is added up over the kernels",
    "There is one bias for each output channel. Which axis of the upstream gradient must "
    "be left when you have summed?",
    ("upstream.sum(axis=0)", "upstream.sum(axis=1)"),
)
bug(
    "backward-bias-mean",
    "The bias's gradient is a mean",
    "Each output has the bias in it once. Are its gradients added, or averaged?",
    ("upstream.sum(axis=0)", "upstream.mean(axis=0)"),
)
bug(
    "backward-kernel-a-matrix",
    "The kernel's gradient stays a matrix",
    "Which shape must a gradient have so that it can be taken from the kernels?",
    ("(upstream.T @ columns).reshape(weight.shape)", "upstream.T @ columns"),
)
bug(
    "backward-kernel-mixed",
    "The kernel's gradient is the other way round before `reshape`",
    "Which of the two axes of your product must be split into channel, row and column?",
    ("(upstream.T @ columns).reshape", "(columns.T @ upstream).reshape"),
)
bug(
    "backward-kernel-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    (
        "(upstream.T @ columns).reshape(weight.shape)",
        "(upstream.T @ columns).reshape(weight.shape).swapaxes(0, 1)",
    ),
)
bug(
    "backward-image-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    (
        "kernels = weight.reshape(len(weight), -1)",
        "kernels = weight.swapaxes(0, 1).reshape(len(weight), -1)",
    ),
)
bug(
    "backward-upstream-not-turned",
    "The upstream gradient is not turned round for the kernel's product",
    "Look at the table of shapes: which axis of both matrices must disappear in the "
    "kernel's gradient?",
    ("upstream.T @ columns", "upstream @ columns"),
)
bug(
    "backward-kernels-turned",
    "The kernels are turned round, as in forward",
    "Look at the table of shapes: which axis of both matrices must disappear in the "
    "windows' gradient?",
    ("upstream @ kernels", "upstream @ kernels.T"),
)
bug(
    "backward-image-not-cropped",
    "The image's gradient has the shape of the padded image",
    "Which shape must the image's gradient have, and which one has yours when there is "
    "padding?",
    (
        "x.shape, kernel_size, stride, padding)\n    return",
        "np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)]).shape, kernel_size, "
        "stride, (0, 0))\n    return",
    ),
)
bug(
    "backward-kernel-mean",
    "The kernel's gradient is divided by the number of images",
    "Is the mean over the images taken here, or already in the loss?",
    (".reshape(weight.shape)", ".reshape(weight.shape) / len(x)"),
)
bug(
    "backward-kernel-first-image",
    "Only the first image counts for the kernel's gradient",
    "Every image was multiplied with the same kernel. Whose gradients add up there?",
    (
        "(upstream.T @ columns).reshape(weight.shape)",
        "(upstream[: len(upstream) // len(x)].T @ columns[: len(columns) // len(x)])\n"
        "    grad_weight = grad_weight.reshape(weight.shape)",
    ),
)
bug(
    "backward-image-with-mixed-kernels",
    "For the image's gradient the kernels' numbers are mixed by `reshape`",
    "`reshape` keeps the order of the numbers in memory. Is each row of your matrix "
    "one kernel?",
    ("weight.reshape(len(weight), -1)", "weight.reshape(-1, len(weight)).T"),
)
bug(
    "backward-image-zeros",
    "The image's gradient is zero everywhere",
    "What has to be done with the shares of each window before you return?",
    ("return grad_x,", "return np.zeros(x.shape, dtype),"),
)
bug(
    "backward-image-flipped",
    "For the image's gradient the kernel is flipped",
    "Which number of the kernel did the top left pixel of the window meet in forward?",
    ("weight.reshape(len", "weight[:, :, ::-1, ::-1].reshape(len"),
)
bug(
    "backward-image-stride-ignored",
    "The image's gradient is put back as if the stride were 1",
    "From which row of the image did the third window come if the stride is 2?",
    (
        "col2im(upstream @ kernels, x.shape, kernel_size, stride,",
        "col2im(upstream @ kernels, x.shape, kernel_size, (1, 1),",
    ),
)
bug(
    "backward-stride-swapped",
    "Height and width of the stride are exchanged",
    "With stride (2, 3), how many rows lie between two windows?",
    ("    dtype =", "    stride = stride[::-1]\n    dtype ="),
)
bug(
    "backward-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns of the image's gradient fall away?",
    ("    dtype =", "    padding = padding[::-1]\n    dtype ="),
)
bug(
    "backward-padding-ignored",
    "The image is not padded",
    "How many windows did forward see, and how many do you see?",
    ("    dtype =", "    padding = (0, 0)\n    dtype ="),
)
bug(
    "backward-order",
    "The kernel's gradient comes first",
    "In which order does the task want the three gradients?",
    ("return grad_x, grad_weight,", "return grad_weight, grad_x,"),
)
bug(
    "backward-bias-second",
    "The bias's gradient comes second",
    "In which order does the task want the three gradients?",
    (
        "return grad_x, grad_weight, upstream.sum(axis=0)",
        "return grad_x, upstream.sum(axis=0), grad_weight",
    ),
)
bug(
    "backward-always-float32",
    "The gradients are float32 whatever came in",
    "The upstream gradient is float64. How many bytes does a number of yours take?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = np.dtype(np.float32)"),
)
bug(
    "backward-image-dtype",
    "The gradients have the image's dtype",
    "The image has whole numbers. What becomes of a gradient of 0.3?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = x.dtype"),
)
bug(
    "backward-always-float64",
    "The gradients are float64 whatever came in",
    "The upstream gradient is float32. How many bytes does a number of yours take?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = np.dtype(np.float64)"),
)
bug(
    "matmul-back-image-averaged",
    "The image's gradient is divided by the number of images",
    "Does the gradient of one image depend on how many others there are?",
    ("return grad_x, grad_weight", "return grad_x / len(x), grad_weight"),
)
bug(
    "matmul-back-kernel-sign",
    "The kernel's gradient has the wrong sign",
    "Is it the gradient that is asked for, or the step that an optimiser takes?",
    ("grad_weight = (upstream.T @ columns)", "grad_weight = -(upstream.T @ columns)"),
)

BACKWARD_LOOPS = """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (out_channels, _, kh, kw) = x.shape, weight.shape
    _, _, down, across = grad_output.shape
    dtype = np.result_type(grad_output, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros(weight.shape, dtype)
    BODY
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.astype(dtype).sum(axis=(0, 2, 3))
"""
bug(
    "backward-loops-over-windows",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? Which of your functions has all "
    "windows in a matrix, and which one takes them back?",
    source=BACKWARD_LOOPS.replace(
        "BODY",
        """kernels = weight.astype(dtype)
    for i in range(down):
        for j in range(across):
            rows, pixels = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            upstream = grad_output[:, :, i, j]
            grad_weight += np.tensordot(upstream, padded[:, :, rows, pixels], (0, 0))
            shares = np.tensordot(upstream, kernels, (1, 0))
            grad_padded[:, :, rows, pixels] += shares""",
    ),
)
bug(
    "backward-loops-of-forward",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? Which of your functions has all "
    "windows in a matrix, and which one takes them back?",
    source=BACKWARD_LOOPS.replace(
        "BODY",
        """for b, o, i, j in np.ndindex(grad_output.shape):
        rows, pixels = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        upstream = grad_output[b, o, i, j]
        grad_weight[o] += upstream * padded[b, :, rows, pixels]
        grad_padded[b, :, rows, pixels] += upstream * weight[o]""",
    ),
)
bug(
    "backward-loops-for-the-image",
    "Python works through the windows piece by piece",
    "How many lines of Python run for one window? Which of your functions has all "
    "windows in a matrix, and which one takes them back?",
    source=BACKWARD_LOOPS.replace(
        "BODY",
        """columns = im2col(x.astype(dtype), (kh, kw), stride, padding)
    upstream = grad_output.transpose(0, 2, 3, 1).astype(dtype)
    grad_weight = (upstream.reshape(-1, out_channels).T @ columns).reshape(weight.shape)
    for i in range(down):
        for j in range(across):
            rows, pixels = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            shares = np.tensordot(upstream[:, i, j], weight.astype(dtype), (1, 0))
            grad_padded[:, :, rows, pixels] += shares""",
    ),
)
bug(
    "backward-kernel-turned",
    "The kernel's gradient is turned by half a turn",
    "One window, its upstream gradient 1: which pixel did the kernel's first number meet?",
    ("return grad_x, grad_weight, ", "return grad_x, grad_weight[:, :, ::-1, ::-1], "),
)
bug(
    "backward-everything-averaged",
    "All three gradients are divided by the number of images",
    "If the loss is a mean over the batch, who has divided already: you, or who made the "
    "upstream gradient?",
    (
        "return grad_x, grad_weight, upstream.sum(axis=0)",
        "return grad_x / len(x), grad_weight / len(x), upstream.sum(axis=0) / len(x)",
    ),
)
bug(
    "backward-parameters-averaged",
    "The gradients of kernel and bias are divided by the number of images",
    "If the loss is a mean over the batch, who has divided already: you, or who made the "
    "upstream gradient?",
    (
        "return grad_x, grad_weight, upstream.sum(axis=0)",
        "return grad_x, grad_weight / len(x), upstream.sum(axis=0) / len(x)",
    ),
)
bug(
    "backward-bias-batch-averaged",
    "The bias's gradient is divided by the number of images",
    "Is the mean over the images taken here, or already in the loss?",
    ("upstream.sum(axis=0)", "upstream.sum(axis=0) / len(x)"),
)


# Blocks
# ------

bug = bugs_of("blocks")

bug(
    "blocks-last-one-lost",
    "The last block is lost if it is shorter",
    "Seven items in blocks of three: where does the seventh go?",
    ("range(0, count, step)", "range(0, count - step + 1, step)"),
)
bug(
    "blocks-beyond-the-end",
    "The last block ends after the last item",
    "Seven items in blocks of three: how many items are in the last block?",
    ("min(start + step, count)", "start + step"),
)
bug(
    "blocks-of-nothing",
    "An item larger than a block gives blocks of none",
    "How many times does 100 fit into 30? What should happen with an item of 100 "
    "bytes?",
    ("max(1, block_bytes // bytes_each)", "block_bytes // bytes_each"),
)
bug(
    "blocks-rounded-up",
    "A block takes one item more than fits",
    "Items of 8 bytes and a block of 20: how many bytes do your items take?",
    ("block_bytes // bytes_each", "-(-block_bytes // bytes_each)"),
)
bug(
    "blocks-rounded",
    "The number of items is rounded to the nearest",
    "Items of 8 bytes and a block of 14: how many bytes do your items take?",
    ("block_bytes // bytes_each", "round(block_bytes / bytes_each)"),
)
bug(
    "blocks-equal",
    "The blocks are made equally long",
    "Seven items, three of which fit into a block: how many does your first block have?",
    (
        "step = max(1, block_bytes // bytes_each)",
        "fits = max(1, block_bytes // bytes_each)\n"
        "    step = -(-count // max(1, -(-count // fits))) or 1",
    ),
)
bug(
    "blocks-empty-at-the-end",
    "An empty block follows where the items come out even",
    "Six items in blocks of three: how many blocks are there?",
    ("range(0, count, step)", "range(0, count + 1, step)"),
)
bug(
    "blocks-overlap",
    "Neighbouring blocks have an item in common",
    "Does the slice `[0:3]` hold item 3? In how many blocks should it be?",
    ("min(start + step, count)", "min(start + step + 1, count)"),
)
bug(
    "blocks-in-bits",
    "The block is measured in bits",
    "In which unit are both arguments given?",
    ("block_bytes // bytes_each", "8 * block_bytes // bytes_each"),
)
bug(
    "blocks-bytes-for-items",
    "The block's bytes are taken for a number of items",
    "How many items of 10 bytes are there in a block of 30 bytes?",
    ("max(1, block_bytes // bytes_each)", "block_bytes"),
)
bug(
    "blocks-stop-included",
    "The second number is the last item of the block",
    "Which items does the slice `[0:3]` hold? Which number stands behind its colon?",
    ("min(start + step, count))", "min(start + step, count) - 1)"),
)
bug(
    "blocks-stop-included-and-sliced",
    "The second number is the last item of the block",
    "Which items does the slice `[0:3]` hold? Which number stands behind its colon?",
    ("min(start + step, count))", "min(start + step, count) - 1)"),
    ("out[start:stop]", "out[start : stop + 1]"),
    ("x[start:stop]", "x[start : stop + 1]"),
)
bug(
    "blocks-length-for-stop",
    "The second number is the block's length",
    "What does the slice from 3 to 3 hold?",
    ("min(start + step, count))", "min(step, count - start))"),
)
bug(
    "blocks-length-for-stop-and-sliced",
    "The second number is the length of the block",
    "Where does the second block end, if the first has 3 items and the second 3?",
    ("min(start + step, count))", "min(step, count - start))"),
    ("out[start:stop]", "out[start : start + stop]"),
    ("x[start:stop]", "x[start : start + stop]"),
)
bug(
    "blocks-none-refused",
    "No item is refused",
    "How many blocks do no items make? Is that an error?",
    ("if count < 0", "if count < 1"),
)
bug(
    "blocks-accepts-0-bytes",
    "Items and blocks of 0 bytes are not refused",
    "What does your function do with a block of 0 bytes?",
    ("bytes_each < 1 or block_bytes < 1", "bytes_each < 0 or block_bytes < 0"),
)
bug(
    "blocks-item-bytes-unchecked",
    "The bytes of an item are not looked at",
    "What does your function say to items of -5 bytes?",
    ("bytes_each < 1 or block", "block"),
)
bug(
    "blocks-accepts-negative-count",
    "A negative number of items is not refused",
    "What does your function say to -5 items?",
    ("if count < 0 or", "if"),
)
bug(
    "blocks-silent-error",
    "The error does not name the numbers",
    "You read only the error's text. Can you tell which number was wrong?",
    (", got count ", ""),
    ("{count}, bytes_each {bytes_each}, block_bytes {block_bytes}", ""),
)
bug(
    "blocked-all-at-once",
    "All images go through at once",
    "How many bytes do the windows of all images take? What is `block_bytes` good for?",
    (
        "    for start, stop in blocks(len(x), bytes_each, block_bytes):\n",
        "    for start, stop in [(0, len(x))]:\n",
    ),
)
bug(
    "blocked-bytes-of-the-image",
    "The bytes of an image are counted, not those of its windows",
    "How often does a pixel stand in the matrix of windows?",
    (
        "bytes_each = down * across * weight[0].size * dtype.itemsize",
        "bytes_each = x[0].nbytes",
    ),
)
bug(
    "blocked-bytes-of-all-kernels",
    "A window is counted once for each kernel",
    "Does the matrix of windows grow with the number of kernels?",
    ("weight[0].size", "weight.size"),
)
bug(
    "blocked-window-not-counted",
    "A window is counted as one number for each channel",
    "How many numbers does one row of the matrix of windows have?",
    ("weight[0].size", "weight.shape[1]"),
)
bug(
    "blocked-one-number-a-window",
    "A window is counted as one number",
    "How many numbers does one row of the matrix of windows have?",
    (" * weight[0].size", ""),
)
bug(
    "blocked-numbers-for-bytes",
    "Numbers are counted, not bytes",
    "How many bytes does a number of your matrix take?",
    (" * dtype.itemsize", ""),
)
bug(
    "blocked-always-4-bytes",
    "A number is counted as 4 bytes whatever its dtype",
    "How many bytes does a number take if the images are float64?",
    ("* dtype.itemsize", "* 4"),
)
bug(
    "blocked-one-by-one",
    "The images go one by one whatever the bytes allow",
    "How many images may a block have? Where does your function use `block_bytes`?",
    ("blocks(len(x), bytes_each, block_bytes)", "blocks(len(x), 1, 1)"),
)
bug(
    "blocked-item-of-one-byte",
    "An image is counted as one byte",
    "How many bytes do the windows of one image take? Which argument of `blocks` "
    "wants to know?",
    ("blocks(len(x), bytes_each, block_bytes)", "blocks(len(x), 1, block_bytes)"),
)
bug(
    "blocked-one-place",
    "Each block is written to the beginning of the answer",
    "Where does the answer for the fourth image stand when your loop ends?",
    ("out[start:stop] =", "out[: stop - start] ="),
)
bug(
    "blocked-first-block-again",
    "Each block reads the first images",
    "Which images does the second block read?",
    ("conv2d_forward(x[start:stop]", "conv2d_forward(x[: stop - start]"),
)
bug(
    "blocked-bias-dropped",
    "The bias is not passed on",
    "If all pixels are zero, what should come out where there is a bias?",
    (
        "weight, bias, stride, padding)\n    return",
        "weight, None, stride, padding)\n    return",
    ),
)
bug(
    "blocked-always-float64",
    "The result is float64 whatever came in",
    "Image and kernel are float32. Which dtype has an array of `np.empty` if nothing "
    "is said?",
    ("down, across), dtype)", "down, across))"),
)
bug(
    "blocked-only-image-dtype",
    "The kernel's dtype does not count",
    "The image is float32 and the kernel float64. Which dtype has your result, and "
    "which one does the docstring name?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, np.float32)",
    ),
)
bug(
    "blocked-whole-numbers",
    "Image and kernel of whole numbers give whole numbers",
    "Image and kernel are both int8. Which dtype has your result, and which one does "
    "the docstring name?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, weight)",
    ),
)
bug(
    "blocked-loops-over-windows",
    "Python works through a block piece by piece",
    "A block of images has a convolution of its own. Which of your functions does "
    "it without a loop?",
    (
        "        out[start:stop] = conv2d_forward("
        "x[start:stop], weight, bias, stride, padding)\n",
        """        (sh, sw), (kh, kw) = stride, weight.shape[2:]
        sides = ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2)
        padded = np.pad(x[start:stop], sides)
        for i in range(down):
            for j in range(across):
                window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                product = np.tensordot(window, weight, axes=((1, 2, 3), (1, 2, 3)))
                out[start:stop, :, i, j] = product if bias is None else product + bias
""",
    ),
)
bug(
    "blocked-bias-twice",
    "The bias is added twice",
    "Does conv2d_forward add the bias? What is added to its answer after that?",
    (
        "bias, stride, padding)\n    return out",
        "bias, stride, padding)\n    return out if bias is None else out + bias[:, None, None].astype(dtype)",
    ),
)
bug(
    "blocks-begin-at-every-item",
    "A block begins at every item",
    "If the first block has the items 0 to 2, where does the second begin?",
    ("range(0, count, step)", "range(count)"),
)


# Winograd
# --------

bug = bugs_of("winograd")

bug(
    "winograd-padding-not-applied",
    "The padding is counted, but the image is not moved into it",
    "With a padding of 1, which pixel does the first tile begin with?",
    (
        "(ph, ph + rows % 2), (pw, pw + columns % 2)",
        "(0, 2 * ph + rows % 2), (0, 2 * pw + columns % 2)",
    ),
)
bug(
    "winograd-tiles-apart",
    "The tiles do not overlap",
    "A tile of 4x4 pixels gives 2x2 outputs. How far is it to the next tile?",
    (
        "tiles = winograd_input(windows(padded, (4, 4), (2, 2), (0, 0)))",
        "more = (0, 4 * down - padded.shape[2]), (0, 4 * across - padded.shape[3])\n"
        "    padded = np.pad(padded, ((0, 0), (0, 0), *more))\n"
        "    tiles = winograd_input(windows(padded, (4, 4), (4, 4), (0, 0)))",
    ),
)
bug(
    "winograd-kernel-one-side",
    "The kernel is transformed from one side only",
    "A kernel has rows and columns. Which of them has your matrix met?",
    ("G @ weight @ G.T", "G @ weight"),
)
bug(
    "winograd-kernel-no-halves",
    "The halves of the kernel's matrix are forgotten",
    "Half the sum and half the difference of two kernel numbers: where are the halves "
    "in your transform?",
    ("G @ weight @ G.T", "np.sign(G) @ weight @ np.sign(G).T"),
)
bug(
    "winograd-kernel-wrong-side",
    "The kernel's matrix and its transpose stand on the wrong sides",
    "Write the shapes of the three matrices below the product. Which lengths must "
    "meet?",
    ("G @ weight @ G.T", "G.T @ weight @ G"),
)
bug(
    "winograd-kernel-untransformed",
    "The kernel is filled up with zeros in place of being transformed",
    "How do three numbers of a kernel's row become four, if not by a zero?",
    ("G @ weight @ G.T", "np.pad(weight, ((0, 0), (0, 0), (0, 1), (0, 1)))"),
)
bug(
    "winograd-input-wrong-side",
    "The input's matrix and its transpose stand on the wrong sides",
    "Does `B_T` combine the rows of a tile from the left, or its columns?",
    ("B_T @ tiles @ B_T.T", "B_T.T @ tiles @ B_T"),
)
bug(
    "winograd-input-one-side",
    "The tiles are transformed from one side only",
    "`B_T` from the left combines the rows of a tile. What combines its columns?",
    ("B_T @ tiles @ B_T.T", "B_T @ tiles"),
)
bug(
    "winograd-input-elementwise",
    "The tiles are multiplied with the matrix number by number",
    "Is the first transformed number a difference of pixels in your tile, or a pixel?",
    ("B_T @ tiles @ B_T.T", "B_T * tiles * B_T.T"),
)
bug(
    "winograd-input-untransformed",
    "The tiles are not transformed",
    "Which differences and sums of pixels should be multiplied with the kernel's?",
    ("B_T @ tiles @ B_T.T", "tiles * 1.0"),
)
bug(
    "winograd-output-one-side",
    "The products are transformed back from one side only",
    "Four rows of products become two. What about the four columns?",
    ("A_T @ products @ A_T.T", "A_T @ products"),
)
bug(
    "winograd-output-transposed",
    "The outputs of each tile are transposed",
    "Of the two outputs next to each other in the first row of a tile, where do yours "
    "stand?",
    ("A_T @ products @ A_T.T", "(A_T @ products @ A_T.T).swapaxes(-1, -2)"),
)
bug(
    "winograd-tiles-side-by-side",
    "The tiles begin every fourth pixel",
    "A tile of 4 gives 2 outputs. Where must the next tile begin, so that no output is "
    "missing?",
    ("(4, 4), (2, 2), (0, 0)", "(4, 4), (4, 4), (0, 0)"),
)
bug(
    "winograd-odd-left-out",
    "The last row and column are left out where their number is odd",
    "Five outputs in a row: how many tiles of two does it take?",
    ("(rows + 1) // 2, (columns + 1) // 2", "rows // 2, columns // 2"),
    ("ph + rows % 2", "ph"),
    ("pw + columns % 2", "pw"),
)
bug(
    "winograd-odd-not-filled-up",
    "The image is not filled up where the number of outputs is odd",
    "Five outputs in a row take three tiles: how many pixels do three tiles cover?",
    ("ph + rows % 2", "ph"),
    ("pw + columns % 2", "pw"),
)
bug(
    "winograd-odd-wrong-side",
    "The extra row and column are added on the wrong side",
    "At which end of the image is an output missing if their number is odd?",
    (
        "(ph, ph + rows % 2), (pw, pw + columns % 2)",
        "(ph + rows % 2, ph), (pw + columns % 2, pw)",
    ),
)
bug(
    "winograd-odd-not-cut",
    "What was added for odd sizes is not cut off",
    "Which shape has the answer for an image of 5x5, and which one has yours?",
    ("return image[:, :, :rows, :columns]", "return image"),
)
bug(
    "winograd-tiles-not-put-together",
    "The 2x2 outputs are not put side by side",
    "Which two outputs are neighbours in the first row of the image: two of one tile, "
    "or two of different images' tiles? Which axes must be next to each other for it?",
    ("outputs.transpose(0, 1, 2, 4, 3, 5)", "outputs"),
)
bug(
    "winograd-places-transposed",
    "Tiles go back down the columns first",
    "In which order does `windows` give the tiles, and in which order do you lay them?",
    (
        "(4, 4, len(x), down, across, out_channels)",
        "(4, 4, len(x), across, down, out_channels)",
    ),
    ("transpose(2, 5, 3, 4, 0, 1)", "transpose(2, 5, 4, 3, 0, 1)"),
)
bug(
    "winograd-matrix-product-of-tiles",
    "Tile and kernel are multiplied as matrices",
    "How many multiplications does a tile take, and how many does your product do?",
    (
        "    pixels = tiles.transpose(4, 5, 0, 2, 3, 1)"
        ".reshape(4, 4, -1, in_channels)\n"
        "    kernels = winograd_kernel(weight).transpose(2, 3, 1, 0)\n"
        "    products = (pixels @ kernels)"
        ".reshape(4, 4, len(x), down, across, out_channels)\n",
        "    kernels = winograd_kernel(weight)\n"
        '    products = np.einsum("bcijuv,ocvw->uwbijo", tiles, kernels)\n',
    ),
)
bug(
    "winograd-channels-not-added",
    "Only one channel's products come through",
    "How many input channels have a part in an output? Where are they added?",
    ("pixels @ kernels)", "pixels[..., :1] @ kernels[..., :1, :])"),
)
bug(
    "winograd-kernel-flipped",
    "The kernel is flipped",
    "Does a convolution layer turn its kernel round before it multiplies?",
    ("winograd_kernel(weight).tr", "winograd_kernel(weight[:, :, ::-1, ::-1]).tr"),
)
bug(
    "winograd-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("    (ph, pw), (out", "    padding = padding[::-1]\n    (ph, pw), (out"),
)
bug(
    "winograd-always-float64",
    "The result is float64 whatever came in",
    "Image and kernel are float32. How many bytes does one number of your result take?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, :rows, :columns] * np.float64(1)",
    ),
)

bug(
    "winograd-only-image-dtype",
    "The kernel's dtype does not count",
    "The image is float32 and the kernel float64. Which dtype has your result, and "
    "which one does the docstring name?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, :rows, :columns].astype(np.result_type(x, np.float32))",
    ),
)
bug(
    "winograd-whole-numbers",
    "Image and kernel of whole numbers give whole numbers",
    "Image and kernel are both int8. Which dtype has your result, and which one does "
    "the docstring name?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, :rows, :columns].astype(np.result_type(x, weight))",
    ),
)
bug(
    "winograd-always-float32",
    "The result is float32 whatever came in",
    "Image and kernel are float64. Which dtype does the docstring name?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, :rows, :columns].astype(np.float32)",
    ),
)
bug(
    "winograd-is-direct",
    "The transforms are right, and the convolution does not use them",
    "How many products does your function need for four outputs: 16 or 36? Which of "
    "your transforms does it call?",
    source="""#| export
def winograd_kernel(weight):
    return G @ weight @ G.T


def winograd_input(tiles):
    return B_T @ tiles @ B_T.T


def winograd_output(products):
    return A_T @ products @ A_T.T


def conv2d_winograd(x, weight, padding):
    return conv2d_forward(x, weight, None, (1, 1), padding)
""",
)

WINOGRAD_LOOPS = """#| export
def winograd_kernel(weight):
    return G @ weight @ G.T


def winograd_input(tiles):
    return B_T @ tiles @ B_T.T


def winograd_output(products):
    return A_T @ products @ A_T.T


def conv2d_winograd(x, weight, padding):
    dtype = np.result_type(x, weight, np.float32)
    ph, pw = padding
    rows, columns = grid(x.shape, (3, 3), (1, 1), padding)
    down, across = (rows + 1) // 2, (columns + 1) // 2
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph + rows % 2), (pw, pw + columns % 2)))
    kernels = winograd_kernel(weight)
    out = np.zeros((len(x), len(weight), 2 * down, 2 * across), dtype)
    BODY
    return out[:, :, :rows, :columns]
"""
bug(
    "winograd-loops-over-tiles",
    "Python works through the tiles piece by piece",
    "How many lines of Python run for one tile? Which of your functions shows all "
    "tiles at once?",
    source=WINOGRAD_LOOPS.replace(
        "BODY",
        """for i in range(0, 2 * down, 2):
        for j in range(0, 2 * across, 2):
            tiles = winograd_input(padded[:, :, i : i + 4, j : j + 4])
            products = np.einsum("bcuv,ocuv->bouv", tiles, kernels)
            out[:, :, i : i + 2, j : j + 2] = winograd_output(products)""",
    ),
)
bug(
    "winograd-loops-over-tiles-and-kernels",
    "Python works through the tiles piece by piece",
    "How many lines of Python run for one tile? Which of your functions shows all "
    "tiles at once?",
    source=WINOGRAD_LOOPS.replace(
        "BODY",
        """for b, o, i, j in np.ndindex(len(x), len(weight), down, across):
        top, left = 2 * i, 2 * j
        tile = winograd_input(padded[b, :, top : top + 4, left : left + 4])
        part = winograd_output((tile * kernels[o]).sum(axis=0))
        out[b, o, top : top + 2, left : left + 2] = part""",
    ),
)
bug(
    "winograd-loops-in-a-comprehension",
    "Python works through the tiles piece by piece",
    "How many lines of Python run for one tile? Which of your functions shows all "
    "tiles at once?",
    source=WINOGRAD_LOOPS.replace(
        "BODY",
        """tiles = windows(padded, (4, 4), (2, 2), (0, 0))
    flat = [winograd_input(tile) for tile in tiles.reshape(-1, 4, 4)]
    pixels = np.array(flat).reshape(tiles.shape)
    products = np.einsum("bcijuv,ocuv->boijuv", pixels, kernels)
    outputs = winograd_output(products).transpose(0, 1, 2, 4, 3, 5)
    out = outputs.reshape(out.shape).astype(dtype)""",
    ),
)
bug(
    "winograd-kernel-transposed",
    "The kernel's rows and columns are exchanged",
    "A kernel with a single one in its upper right corner: in which corner of the "
    "transformed kernel does it show?",
    ("G @ weight @ G.T", "G @ weight.swapaxes(2, 3) @ G.T"),
)
bug(
    "winograd-tiles-rounded-down",
    "The number of tiles is rounded down",
    "Five output rows, two in each tile: how many tiles have a row among them?",
    ("(rows + 1) // 2, (columns + 1) // 2", "rows // 2, columns // 2"),
)


# Fourier
# -------

bug = bugs_of("fft")

bug(
    "fft-not-conjugated",
    "Neither side is conjugated",
    "A product of two transforms belongs to a convolution with the kernel turned "
    "round. What turns it back?",
    (".conj()", ""),
)
bug(
    "fft-image-conjugated",
    "The image is conjugated in place of the kernel",
    "Conjugating turns round in a circle. Where do your outputs stand if it was the "
    "image?",
    ("np.fft.rfft2(padded, size)", "np.fft.rfft2(padded, size).conj()"),
    (
        "kernels = np.fft.rfft2(weight.astype(dtype, copy=False), size).conj()",
        "kernels = np.fft.rfft2(weight.astype(dtype, copy=False), size)",
    ),
)
bug(
    "fft-too-short",
    "The transform is only as long as the answer",
    "A transform of 6 numbers goes round after 6. How long must it be so that no "
    "window sees the other end of the image?",
    ("size = padded.shape[2:]", "size = (down, across)"),
)
bug(
    "fft-size-without-padding",
    "The transform has the size of the image without its padding",
    "`rfft2` cuts off what is longer than the size that you give. What do you give?",
    ("size = padded.shape[2:]", "size = x.shape[2:]"),
)
bug(
    "fft-kernel-of-its-own-size",
    "Image and kernel are transformed at different sizes",
    "Can two transforms be multiplied that have different frequencies?",
    ("copy=False), size).conj()", "copy=False)).conj()"),
)
bug(
    "fft-width-always-even",
    "The way back does not know the width",
    "`rfft2` keeps half of the frequencies: 7 and 6 columns give the same number of "
    "them. How does the way back know which it was?",
    ("np.fft.irfft2(products, size)", "np.fft.irfft2(products)"),
)
bug(
    "fft-whole-circle",
    "The windows that go over the edge are not cut off",
    "How many windows fit into the padded image, and how many outputs do you have?",
    ("image[:, :, :down, :across]", "image"),
)
bug(
    "fft-way-back-scaled",
    "The way back is not scaled as the way there was",
    "If you transform an image and go straight back: do you get the image?",
    ("np.fft.irfft2(products, size)", 'np.fft.irfft2(products, size, norm="ortho")'),
)
bug(
    "fft-cut-at-the-end",
    "The outputs are taken from the wrong end",
    "Where in the circle does the first window's answer lie?",
    ("image[:, :, :down, :across]", "image[:, :, -down:, -across:]"),
)
bug(
    "fft-flipped-and-not-moved",
    "The kernel is flipped and the outputs are not looked for where they then lie",
    "If you turn the kernel round before the transform, at which place of the circle "
    "does the first window's answer lie?",
    (
        "np.fft.rfft2(weight.astype(dtype, copy=False), size).conj()",
        "np.fft.rfft2(weight[:, :, ::-1, ::-1].astype(dtype), size)",
    ),
)
bug(
    "fft-first-channel",
    "Only the first channel counts",
    "How many input channels have a part in an output?",
    ("pixels, kernels)", "pixels[:, :1], kernels[:, :1])"),
)
bug(
    "fft-channels-exchanged",
    "The kernel's output and input channels are exchanged",
    "Read the shape of `weight` once more: which of its axes comes first?",
    ("ochw", "cohw"),
)
bug(
    "fft-shifted",
    "The frequencies of one side are shifted",
    "`fftshift` puts the frequency 0 into the middle. Where does it stand in the "
    "other factor?",
    ("pixels, kernels)", "np.fft.fftshift(pixels, axes=(2, 3)), kernels)"),
)
bug(
    "fft-channels-averaged",
    "The channels are averaged",
    "What happens to the products of the channels in the definition: are they added, "
    "or averaged?",
    ("pixels, kernels)", "pixels, kernels) / len(weight[0])"),
)
bug(
    "fft-real-parts",
    "Only the real parts are multiplied",
    "What do the imaginary parts say about where something stands in the image?",
    ("pixels, kernels)", "pixels.real, kernels.real)"),
)
bug(
    "fft-complex",
    "The result is complex",
    "Which imaginary parts does the answer have, and which type does the docstring "
    "promise?",
    ("np.fft.rfft2(padded", "np.fft.fft2(padded"),
    ("np.fft.rfft2(weight", "np.fft.fft2(weight"),
    ("np.fft.irfft2(", "np.fft.ifft2("),
    (":across].astype(dtype, copy=False)", ":across]"),
)
bug(
    "fft-padding-swapped",
    "Height and width of the padding are exchanged",
    "With padding (1, 2), how many columns are added on the left?",
    ("(ph, ph), (pw, pw)", "(pw, pw), (ph, ph)"),
)
bug(
    "fft-padding-not-applied",
    "The image is not padded",
    "What should change in the output's size when the padding grows by 1?",
    (
        "(ph, pw), dtype = padding, np",
        "(ph, pw), dtype = (0, 0), np",
    ),
    ("(1, 1), padding)", "(1, 1), (0, 0))"),
)
bug(
    "fft-sign-lost",
    "The answer has no negative numbers",
    "A dark pixel to the right of a bright one, and the kernel (-1, 1): which number does "
    "a convolution give?",
    (
        "image = np.fft.irfft2(products, size)",
        "image = abs(np.fft.irfft2(products, size))",
    ),
)
bug(
    "fft-always-float64",
    "The result is float64 whatever came in",
    "Image and kernel are float32. How many bytes does one number of your result take?",
    (":across].astype(dtype, copy=False)", ":across].astype(np.float64)"),
)
bug(
    "fft-integers-float64",
    "Whole numbers give float64",
    "Image and kernel hold whole numbers. Which dtype does the docstring name for them?",
    (
        ":across].astype(dtype, copy=False)",
        ":across].astype(dtype if 'f' in x.dtype.kind + weight.dtype.kind else float)",
    ),
)
bug(
    "fft-always-float32",
    "The result is float32 whatever came in",
    "Image and kernel are float64. Which dtype does the docstring name?",
    (":across].astype(dtype, copy=False)", ":across].astype(np.float32)"),
)
bug(
    "fft-image-dtype",
    "The result has the image's dtype",
    "The image has whole numbers and the kernel fractions. What becomes of them?",
    (":across].astype(dtype, copy=False)", ":across].astype(x.dtype)"),
)
bug(
    "fft-only-image-dtype",
    "The kernel's dtype does not count",
    "The image is float32 and the kernel float64. Which dtype has your result, and "
    "which one does the docstring name?",
    (
        "padding, np.result_type(x, weight, np.float32)",
        "padding, np.result_type(x, np.float32)",
    ),
)
bug(
    "fft-whole-numbers",
    "Image and kernel of whole numbers give whole numbers",
    "Image and kernel are both int8. Which dtype has your result, and which one does "
    "the docstring name?",
    (
        "padding, np.result_type(x, weight, np.float32)",
        "padding, np.result_type(x, weight)",
    ),
)
bug(
    "fft-imaginary-part",
    "The imaginary part is returned",
    "Image and kernel are real: which part of the inverse transform holds the "
    "convolution?",
    (
        "image = np.fft.irfft2(products, size)",
        "image = np.fft.ifft2(np.einsum('bchw,ochw->bohw', np.fft.fft2(padded, size), np.fft.fft2(weight, size).conj())).imag",
    ),
)
bug(
    "fft-result-shifted",
    "The answer's corner is moved to the middle",
    "Where in the inverse transform does the output of the first window stand? What "
    "does fftshift do to that?",
    (
        "image = np.fft.irfft2(products, size)",
        "image = np.fft.fftshift(np.fft.irfft2(products, size), axes=(2, 3))",
    ),
)

FFT_LOOPS = """#| export
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = padded.shape[2:]
    pixels = np.fft.rfft2(padded, size)
    kernels = np.fft.rfft2(weight.astype(dtype), size).conj()
    products = np.zeros((len(x), len(weight), *pixels.shape[2:]), pixels.dtype)
    BODY
    image = np.fft.irfft2(products, size)
    return image[:, :, :down, :across].astype(dtype)
"""
bug(
    "fft-loops-over-frequencies",
    "Python works through the transforms piece by piece",
    "How many frequencies has an image of 100x100? For how many of them does one "
    "line of yours do the work?",
    source=FFT_LOOPS.replace(
        "BODY",
        """for u in range(products.shape[2]):
        for v in range(products.shape[3]):
            products[:, :, u, v] = pixels[:, :, u, v] @ kernels[:, :, u, v].T""",
    ),
)
bug(
    "fft-loops-in-a-comprehension",
    "Python works through the transforms piece by piece",
    "How many frequencies has an image of 100x100? For how many of them does one "
    "line of yours do the work?",
    source=FFT_LOOPS.replace(
        "BODY",
        """flat = zip(
        pixels.reshape(len(x), len(weight[0]), -1).transpose(2, 0, 1),
        kernels.reshape(*weight.shape[:2], -1).transpose(2, 1, 0),
        strict=True,
    )
    found = np.array([image @ kernel for image, kernel in flat])
    products = found.transpose(1, 2, 0).reshape(products.shape)""",
    ),
)
bug(
    "fft-loops-over-windows",
    "There is no transform: a loop goes through the windows",
    "Where does your function use `np.fft`? How many lines of Python run for one "
    "window?",
    source="""#| export
def conv2d_fft(x, weight, padding):
    (ph, pw), (_, _, kh, kw) = padding, weight.shape
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, (kh, kw), (1, 1), padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kernels = weight.astype(dtype)
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for i in range(down):
        for j in range(across):
            window = padded[:, :, i : i + kh, j : j + kw]
            out[:, :, i, j] = np.tensordot(window, kernels, axes=((1, 2, 3),) * 2)
    return out
""",
)
bug(
    "fft-is-direct",
    "The windows are multiplied, not the transforms",
    "The numbers are right. Which two transforms does your function multiply?",
    source="""#| export
def conv2d_fft(x, weight, padding):
    dtype = np.result_type(x, weight, np.float32)
    ph, pw = padding
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.tensordot(seen, weight.astype(dtype), axes=((1, 4, 5), (1, 2, 3)))
    return out.transpose(0, 3, 1, 2)
""",
)

bug(
    "fft-there-and-back",
    "The windows are multiplied, not the transforms",
    "The numbers are right. Which two transforms does your function multiply?",
    source="""#| export
def conv2d_fft(x, weight, padding):
    answer = conv2d_forward(x, weight, None, (1, 1), padding)
    waves = np.fft.rfft2(answer)
    return np.fft.irfft2(waves, answer.shape[2:]).astype(answer.dtype)
""",
)
bug(
    "fft-cut-in-the-middle",
    "The outputs are taken from the middle",
    "With the kernel conjugated, where does the output of the first window stand? "
    "What lies at the far end?",
    (
        "image[:, :, :down, :across]",
        "image[:, :, (size[0] - down) // 2 :, (size[1] - across) // 2 :][:, :, :down, :across]",
    ),
)


# Choose
# ------

bug = bugs_of("choose")

bug(
    "choose-mean",
    "The smallest mean wins",
    "One run was disturbed and took ten times as long. Does it change your choice?",
    ("np.median(measured)", "np.mean(measured)"),
)
bug(
    "choose-trimmed-mean",
    "The smallest mean without the two extremes wins",
    "Two slow runs of five: how many of them does your mean still have in it?",
    ("np.median(measured)", "np.mean(sorted(measured)[1:-1] or measured)"),
)
bug(
    "choose-minimum",
    "The single fastest run wins",
    "One run was lucky. Does it change your choice?",
    ("np.median(measured)", "min(measured)"),
)
bug(
    "choose-maximum",
    "The smallest of the slowest runs wins",
    "One run was disturbed. Does it change your choice?",
    ("np.median(measured)", "max(measured)"),
)
bug(
    "choose-sum",
    "The smallest sum wins",
    "One method was measured five times and one once. Whose sum is smaller?",
    ("np.median(measured)", "sum(measured)"),
)
bug(
    "choose-first-run",
    "Only the first measurement counts",
    "What were the other measurements made for?",
    ("np.median(measured)", "measured[0]"),
)
bug(
    "choose-unsorted-middle",
    "The middle of the list is taken without sorting it",
    "The median is the middle one by size. In which order are your numbers?",
    ("np.median(measured)", "measured[len(measured) // 2]"),
)
bug(
    "choose-unsorted-middles",
    "The middle of the list is taken without sorting it",
    "The median is the middle one by size. In which order are your numbers?",
    (
        "np.median(measured)",
        "(measured[(len(measured) - 1) // 2] + measured[len(measured) // 2]) / 2",
    ),
)
bug(
    "choose-upper-middle",
    "Of an even number of measurements the upper of the middle two is taken",
    "Four measurements have two in the middle. Which number lies between them?",
    ("np.median(measured)", "sorted(measured)[len(measured) // 2]"),
)
bug(
    "choose-lower-middle",
    "Of an even number of measurements the lower of the middle two is taken",
    "Four measurements have two in the middle. Which number lies between them?",
    ("np.median(measured)", "sorted(measured)[(len(measured) - 1) // 2]"),
)
bug(
    "choose-first-name",
    "The first name is returned whatever was measured",
    "Which of your names would be returned if the second method were faster?",
    ("min(medians, key=medians.get)", "next(iter(medians))"),
)
bug(
    "choose-slowest",
    "The largest median wins",
    "Which is better: more seconds, or fewer?",
    ("return min(", "return max("),
)
bug(
    "choose-smallest-name",
    "The first name in the alphabet wins",
    "What does `min` compare when it goes through a dictionary: names or medians?",
    ("min(medians, key=medians.get)", "min(medians)"),
)
bug(
    "choose-last-of-equals",
    "Of equal medians the last wins",
    "Two methods are equally fast. Which of them does the task want?",
    ("min(medians,", "min(reversed(medians),"),
)
bug(
    "choose-first-by-name",
    "Of equal medians the first in the alphabet wins",
    "Two methods are equally fast. In which order does the task look at them?",
    ("min(medians,", "min(sorted(medians),"),
)
bug(
    "choose-seconds",
    "What is returned is no name of a method",
    "What should the caller be able to look up with your answer?",
    ("min(medians, key=medians.get)", "min(medians.values())"),
)
bug(
    "choose-none-for-nothing",
    "Nothing to choose from gives an answer, and no error",
    "What would the caller do with the answer? Which error does the task ask for?",
    (
        'raise ValueError("fastest needs at least one method, got none")',
        "return None",
    ),
)
bug(
    "choose-key-error",
    "The error is not a ValueError",
    "Which error does the task ask for?",
    ('raise ValueError("fastest needs at', 'raise KeyError("fastest needs at'),
    ('raise ValueError(f"fastest', 'raise KeyError(f"fastest'),
)
bug(
    "choose-empty-skipped",
    "A method without a measurement is not refused",
    "A method was never measured. What does the task ask for?",
    (
        "            raise ValueError("
        'f"fastest needs a measurement of {name!r}, got none")\n',
        "            continue\n",
    ),
    (
        "for name, measured in seconds.items()}",
        "for name, measured in seconds.items() if measured}",
    ),
)

SAME_VALUES: list[set[str]] = [
    # NumPy's own error is a ValueError, too, and names no number.
    {"windows-not-refused", "windows-silent-error"},
    # What still loops gives the right values, and all that is seen of how it loops is
    # that Python works too much.
    {
        "inner-loops-over-products",
        "inner-loops-over-channels",
        "inner-loops-in-a-sum",
        "inner-loops-in-vectorize",
    },
    {
        "windows-loops-over-places",
        "windows-loops-over-pixels",
        "windows-loops-over-rows",
        "windows-loops-in-a-comprehension",
    },
    {
        "im2col-loops-over-windows",
        "im2col-loops-with-append",
        "im2col-loops-in-a-comprehension",
        "im2col-loops-over-pixels",
    },
    {
        "matmul-loops-over-rows",
        "matmul-loops-in-a-comprehension",
        "matmul-loops-over-places",
    },
    {
        "col2im-loops-over-windows",
        "col2im-loops-over-the-matrix",
        "col2im-loops-over-numbers",
    },
    {
        "backward-loops-over-windows",
        "backward-loops-of-forward",
        "backward-loops-for-the-image",
    },
    {
        "winograd-loops-over-tiles",
        "winograd-loops-over-tiles-and-kernels",
        "winograd-loops-in-a-comprehension",
    },
    # The windows run over the edge, and NumPy refuses to multiply them.
    {"inner-padding-swapped", "inner-padding-forgotten"},
    # A transform after the work is done changes no number.
    {
        "fft-is-direct",
        "fft-there-and-back",
        "fft-is-direct-by-matrices",
        "fft-is-direct-and-rounds",
    },
    {
        "fft-loops-over-frequencies",
        "fft-loops-in-a-comprehension",
    },
]
bug(
    "choose-last-run",
    "Only the last measurement counts",
    "One run may be disturbed: which number of a list does not mind?",
    ("np.median(measured)", "measured[-1]"),
)
bug(
    "choose-all-sorted",
    "All names are returned, sorted, and not the fastest alone",
    "What does the caller want to do with what is returned?",
    ("return min(medians, key", "return sorted(medians, key"),
)


# More of each
# ------------

bug = bugs_of("strides")
bug(
    "offset-multiplied",
    "The places are multiplied",
    "Two rows down and three numbers along: are the two ways added, or multiplied?",
    (
        "return sum(i * stride for i, stride in zip(index, strides, strict=True))",
        "offset = strides[-1]\n    for i in index:\n        offset *= i\n    return offset",
    ),
)

bug = bugs_of("windows")
bug(
    "windows-padding-pair-of-sides",
    "The pair is taken for the two sides of each axis",
    "Padding (1, 2): how many rows are added above, and how many below?",
    ("(ph, ph), (pw, pw)", "(ph, pw), (ph, pw)"),
)
bug(
    "windows-always-float64",
    "The windows are always of float64",
    "Which dtype has the image, and which one do you promise for its windows?",
    ("padded = np.pad(x,", "padded = np.pad(x.astype(float),"),
)

bug = bugs_of("im2col")
bug(
    "im2col-a-row-for-each-channel",
    "Each channel of a window has a row of its own",
    "How many numbers of the image does one number of the answer depend on, and in how "
    "many rows do they stand?",
    ("batch * down * across, channels * kh * kw)\n    ###", "-1, kh * kw)\n    ###"),
)
bug(
    "im2col-always-float64",
    "The matrix is always of float64",
    "Which dtype has the image, and which one do you promise for the matrix?",
    ("by_window = seen.transpose", "by_window = seen.astype(float).transpose"),
)
known = next(one for one in BUGS if one.id == "im2col-window-transposed")
BY_PLACES = """#| export
def im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels = x.shape[:2]
    down, across = grid(x.shape, (kh, kw), (sh, sw), (ph, pw))
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = np.zeros((batch, down, across, channels, kh, kw), x.dtype)
    for u in range(kh):
        for v in range(kw):
            rows, pixels = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
            seen[..., u, v] = padded[:, :, rows, pixels].transpose(0, 2, 3, 1)
    return seen.reshape(batch * down * across, channels * kh * kw)
"""
EXCHANGED = BY_PLACES.replace("slice(u, u +", "slice(v, v +", 1)
EXCHANGED = EXCHANGED.replace("sh), slice(v, v +", "sh), slice(u, u +")
BUGS.append(
    Bug(
        f"{known.id}-by-places",
        known.cell,
        known.title,
        known.question,
        source=EXCHANGED,
    )
)
BUGS += forms(
    BUGS,
    BY_PLACES,
    {"before-by-places": "down, across", "after-by-places": "padded ="},
    {
        "im2col-stride-swapped": "sh, sw = sw, sh",
        "im2col-stride-ignored": "sh = sw = 1",
        "im2col-padding-swapped": "ph, pw = pw, ph",
        "im2col-padding-ignored": "ph = pw = 0",
        "im2col-kernel-swapped": "kh, kw = kw, kh",
    },
)

bug = bugs_of("conv2d-matmul")
bug(
    "matmul-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "Which of your functions has to know the stride?",
    ("    down, across = grid", "    stride = (1, 1)\n    down, across = grid"),
)
bug(
    "matmul-padding-ignored",
    "The padding is used nowhere",
    "Which of your functions has to know the padding?",
    ("    down, across = grid", "    padding = (0, 0)\n    down, across = grid"),
)
bug(
    "matmul-bias-truth",
    "It is asked whether the bias is true, not whether there is one",
    "Is an array of several numbers true or false? What do you want to know of it?",
    ("if bias is not None:", "if bias:"),
)
MATRICES = """#| export
def conv2d_forward(x, weight, bias, stride, padding):
    dtype, kernel_size = np.result_type(x, weight, np.float32), weight.shape[2:]
    down, across = grid(x.shape, kernel_size, stride, padding)
    columns = im2col(x.astype(dtype), kernel_size, stride, padding)
    products = columns @ weight.reshape(len(weight), -1).astype(dtype).T
    if bias is not None:
        products += bias.astype(dtype)
    return products.reshape(len(x), down, across, -1).transpose(0, 3, 1, 2)
"""
BUGS += forms(
    BUGS,
    MATRICES,
    {"before": "down, across", "after": "columns ="},
    {
        "matmul-stride-swapped": "stride = stride[::-1]",
        "matmul-stride-ignored": "stride = (1, 1)",
        "matmul-padding-swapped": "padding = padding[::-1]",
        "matmul-padding-ignored": "padding = (0, 0)",
    },
)

BUGS += forms(
    BUGS,
    """#| export
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, (kh, kw), (sh, sw), (ph, pw))
    seen = columns.reshape(batch, down, across, channels, kh, kw)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    for u, v in np.ndindex(kh, kw):
        rows, pixels = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
        padded[:, :, rows, pixels] += seen[..., u, v].transpose(0, 3, 1, 2)
    return padded[:, :, ph : ph + height, pw : pw + width]
""",
    {"before": "down, across", "after": "padded ="},
    {
        "col2im-stride-swapped": "sh, sw = sw, sh",
        "col2im-stride-ignored": "sh = sw = 1",
        "col2im-padding-swapped": "ph, pw = pw, ph",
    },
)

bug = bugs_of("conv2d-backward")
known = next(one for one in BUGS if one.id == "backward-bias-one-number")
BUGS.append(
    Bug(
        "backward-bias-one-number-for-each",
        known.cell,
        known.title,
        known.question,
        (("upstream.sum(axis=0)", "np.full(len(weight), upstream.sum(), dtype)"),),
    )
)
BUGS += forms(
    BUGS,
    """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    dtype, kernel_size = np.result_type(grad_output, np.float32), weight.shape[2:]
    upstream = grad_output.transpose(0, 2, 3, 1).reshape(-1, len(weight)).astype(dtype)
    columns = im2col(x.astype(dtype), kernel_size, stride, padding)
    grad_weight = (upstream.T @ columns).reshape(weight.shape)
    shares = upstream @ weight.reshape(len(weight), -1).astype(dtype)
    grad_x = col2im(shares, x.shape, kernel_size, stride, padding)
    return grad_x, grad_weight, upstream.sum(axis=0)
""",
    {"for-both": "columns =", "for-the-image": "grad_x ="},
    {
        "backward-stride-swapped": "stride = stride[::-1]",
        "backward-padding-swapped": "padding = padding[::-1]",
        "backward-padding-ignored": "padding = (0, 0)",
    },
)

known = next(one for one in BUGS if one.id == "winograd-channels-not-added")
for place, which in (("first", "0"), ("last", "-1")):
    pieces = (
        (
            "pixels = tiles.transpose",
            f"tiles = tiles[:, [{which}]]\n    pixels = tiles.transpose",
        ),
        (".reshape(4, 4, -1, in_channels)", ".reshape(4, 4, -1, 1)"),
        (
            "winograd_kernel(weight).transpose",
            f"winograd_kernel(weight[:, [{which}]]).transpose",
        ),
    )
    BUGS.append(
        Bug(
            f"{known.id}-but-the-{place}",
            known.cell,
            known.title,
            known.question,
            pieces,
        )
    )

bug = bugs_of("inner-product")
bug(
    "inner-bias-of-first-channel",
    "All channels get the first bias",
    "How many numbers has the bias, and which one belongs to the second channel?",
    ("bias[:, None, None].astype(dtype)", "bias[0].astype(dtype)"),
)
bug = bugs_of("conv2d-backward")
bug(
    "backward-dtype-of-all",
    "Image and kernel have a say in the gradients' dtype",
    "Which of the three arrays decides, by the docstring, which dtype the gradients have?",
    (
        "dtype = np.result_type(grad_output, np.float32)",
        "dtype = np.result_type(grad_output, x, weight, np.float32)",
    ),
)
bug = bugs_of("blocks")
bug(
    "blocked-always-float32",
    "The result is float32 whatever came in",
    "What becomes of the digits of a float64 image in your answer?",
    (
        "out = np.zeros((len(x), len(weight), down, across), dtype)",
        "out = np.zeros((len(x), len(weight), down, across), np.float32)",
    ),
)


for cell, function, line in (
    ("roofline", "arithmetic_intensity", "return operations"),
    ("roofline", "attainable", "return min("),
    ("strides", "byte_strides", "return tuple("),
    ("strides", "byte_offset", "return sum("),
    ("inner-product", "conv2d_inner", "return out"),
    ("windows", "windows", "return every["),
    ("im2col", "im2col", "return by_window"),
    ("conv2d-matmul", "conv2d_matmul", "return products"),
    ("col2im", "col2im", "return padded["),
    ("conv2d-backward", "conv2d_backward", "return grad_x"),
    ("blocks", "blocks", "return [("),
    ("blocks", "conv2d_blocked", "return out"),
    ("winograd", "winograd_kernel", "return G @"),
    ("winograd", "winograd_input", "return B_T @"),
    ("winograd", "winograd_output", "return A_T @"),
    ("winograd", "conv2d_winograd", "return image["),
    ("fft", "conv2d_fft", "return image["),
):
    bugs_of(cell)(
        f"{function}-returns-nothing",
        "Nothing is returned",
        "What does a function give back whose last line says no `return`?",
        (line, line.replace("return", "answer =")),
    )

# What people write in other words
# --------------------------------

bug = bugs_of("conv2d-backward")
bug(
    "backward-upstream-not-moved-but-for-the-bias",
    "The upstream gradient is made a matrix without moving its axes",
    "In which order do the rows of `im2col` stand? Which axis of the upstream gradient "
    "must lie at the end before you join the others?",
    ("grad_output.transpose(0, 2, 3, 1)", "grad_output"),
    ("upstream.sum(axis=0)", "grad_output.sum(axis=(0, 2, 3), dtype=dtype)"),
)
bug(
    "backward-kernel-at-stride-1",
    "The kernel's gradient is read as if the stride were 1",
    "Which pixels did the second window see, going forward?",
    (
        "    columns = im2col(x.astype(dtype, copy=False), kernel_size, stride, padding)",
        "    down, across = grad_output.shape[2:]\n"
        "    seen = windows(x.astype(dtype, copy=False), kernel_size, (1, 1), padding)\n"
        "    seen = seen[:, :, :down, :across].transpose(0, 2, 3, 1, 4, 5)\n"
        "    columns = seen.reshape(len(upstream), -1)",
    ),
)

bug = bugs_of("conv2d-matmul")
bug(
    "matmul-images-last",
    "The rows are read as if the windows of one place stood together",
    "Which row of the product follows the first: that of the next place, or that of "
    "the next image?",
    (
        "products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "products.reshape(down, across, len(x), len(weight)).transpose(2, 3, 0, 1)",
    ),
)

bug = bugs_of("im2col")
bug(
    "im2col-stride-twice",
    "The stride is used twice",
    "What does `windows` do with the stride? What is left to be done?",
    (
        "seen = windows(x, kernel_size, stride, padding)",
        "seen = windows(x, kernel_size, stride, padding)"
        "[:, :, :: stride[0], :: stride[1]]",
    ),
)
bug = bugs_of("windows")
for first, second, ending in ((1, 2, ""), (1, 3, "-and-columns"), (2, 1, "-backwards")):
    bug(
        f"windows-along-the-channels{ending}",
        "The windows move along the wrong axes",
        "Which two of the four axes are rows and columns?",
        ("axis=(2, 3)", f"axis=({first}, {second})"),
    )
bug(
    "windows-along-channels-and-rows",
    "The windows move along the wrong axes",
    "Which two of the four axes are rows and columns?",
    ("axis=(2, 3)", "axis=(1, 2)"),
    ("every[:, :, ::sh, ::sw]", "every[:, ::sh, ::sw]"),
)

bug = bugs_of("strides")
bug(
    "offset-in-last-steps",
    "All places are taken for steps along the last axis",
    "The element (1, 0) of an array of 5x7: how many numbers lie before it?",
    (
        "sum(i * stride for i, stride in zip(index, strides, strict=True))",
        "sum(index) * strides[-1]",
    ),
)
bug(
    "offset-in-first-steps",
    "All places are taken for steps along the first axis",
    "The element (0, 1) of an array of 5x7: how many numbers lie before it?",
    (
        "sum(i * stride for i, stride in zip(index, strides, strict=True))",
        "sum(index) * strides[0]",
    ),
)

bug = bugs_of("winograd")
bug(
    "winograd-input-without-transpose",
    "On the right the matrix stands as it is, and not turned round",
    "What meets the rows of a tile, and what its columns?",
    ("B_T @ tiles @ B_T.T", "B_T @ tiles @ B_T"),
)
bug(
    "winograd-input-turned-on-both-sides",
    "On the left the matrix stands turned round as well",
    "What meets the rows of a tile, and what its columns?",
    ("B_T @ tiles @ B_T.T", "B_T.T @ tiles @ B_T.T"),
)

bug = bugs_of("fft")
for ending, shift in (("", "-(k // 2)"), ("-half-less", "-((k - 1) // 2)")):
    bug(
        f"fft-kernel-around-the-corner{ending}",
        "The kernel is put around a pixel, not behind it",
        "Which number of the kernel meets the first pixel of the first window?",
        (
            "kernels = np.fft.rfft2(weight.astype(dtype, copy=False), size).conj()",
            "sides = [(0, n - k) for n, k in zip(size, weight.shape[2:])]\n"
            "    filled = np.pad(weight.astype(dtype), [(0, 0), (0, 0), *sides])\n"
            f"    shifts = [{shift} for k in weight.shape[2:]]\n"
            "    kernels = np.fft.rfft2(np.roll(filled, shifts, (2, 3))).conj()",
        ),
    )

bugs_of("fft")(
    "fft-kernel-flipped",
    "The kernel is flipped",
    "Which number of the kernel meets the first pixel of the first window?",
    (".conj()", ""),
    (
        "return image[:, :, :down, :across]",
        "return image[:, :, -down:, -across:]",
    ),
)
bugs_of("inner-product")(
    "inner-first-channel-only",
    "Only the first channel is looked at",
    "How many channels has a window, and how many has a kernel?",
    ("(window * weight[o]).sum()", "(window[0] * weight[o, 0]).sum()"),
)
bugs_of("roofline")(
    "attainable-intensity-forgotten",
    "The intensity does not enter the limit of the memory",
    "10 bytes a second, and 2 operations for each byte: how many operations a second?",
    ("min(peak, intensity * bandwidth)", "min(peak, bandwidth)"),
)
bugs_of("strides")(
    "offset-steps-multiplied",
    "The ways along the axes are multiplied",
    "Two rows on and three numbers on: what is the whole way?",
    (
        "return sum(i * stride for i, stride in zip(index, strides, strict=True))",
        "offset = 1\n"
        "    for i, stride in zip(index, strides, strict=True):\n"
        "        offset *= i * stride\n"
        "    return offset",
    ),
)
bug = bugs_of("winograd")
for name, matrix, signs in (
    ("output", "A_T", ((1, 2), (1, 3))),
    ("input", "B_T", ((0, 2), (2, 1), (3, 3))),
    ("kernel", "G", ((2, 1),)),
):
    for row, column in signs:
        for ending, times in (("", 0), ("-on-the-left", 1)):
            argument = {"output": "products", "input": "tiles", "kernel": "weight"}[
                name
            ]
            right = "matrix" if not times else matrix
            bug(
                f"winograd-{name}-sign-{row}{column}{ending}",
                f"A sign in the matrix of the {name} is wrong",
                "Write the sums of the first column out by hand: which numbers are taken "
                "away?",
                (
                    f"return {matrix} @ {argument} @ {matrix}.T",
                    f"matrix = {matrix}.copy()\n"
                    f"    matrix[{row}, {column}] *= -1\n"
                    f"    return matrix @ {argument} @ {right}.T",
                ),
            )

# Their neighbours
# ----------------
#
# The same slips on the other axis, at the other end, in the gradient beside.

bug = bugs_of("roofline")
bug(
    "attainable-mean",
    "The mean of the two limits is returned",
    "Can a program compute faster than the lower limit allows?",
    ("min(peak, intensity * bandwidth)", "(peak + intensity * bandwidth) / 2"),
)

bug = bugs_of("strides")
OFFSET = "return sum(i * stride for i, stride in zip(index, strides, strict=True))"
bug(
    "offset-last-index-alone",
    "The last index is added without its stride",
    "Numbers of 4 bytes: how many bytes lie between two neighbours of a row?",
    (
        OFFSET,
        "parts = zip(index[:-1], strides[:-1])\n"
        "    return index[-1] + sum(i * stride for i, stride in parts)",
    ),
)
bug(
    "offset-first-index-alone",
    "The first index is added without its stride",
    "From one row to the next: how many bytes are that?",
    (
        OFFSET,
        "parts = zip(index[1:], strides[1:])\n"
        "    return index[0] + sum(i * stride for i, stride in parts)",
    ),
)
for cut, which in (("[1:]", "first"), ("[:-1]", "last")):
    bug(
        f"offset-without-{which}-axis",
        f"The {which} axis is left out",
        "How many indices has the number? How many of them enter your sum?",
        (OFFSET, OFFSET.replace("index, strides", f"index{cut}, strides{cut}")),
    )
bug(
    "strides-lengths-added",
    "The lengths of the axes behind are added, not multiplied",
    "How many numbers lie behind one index of the first axis, in an array (2, 3, 4)?",
    ("step *= length", "step += length"),
)
bug(
    "strides-last-moved-first",
    "The strides of the axes have changed places",
    "Which axis moves through memory in the smallest steps: the first or the last?",
    (
        "return tuple(reversed(strides))",
        "return tuple(strides[-1:] + strides[:-1])",
    ),
)

bug = bugs_of("inner-product")
INNER = (
    "",
    "top, left = i * sh, j * sw",
    "((0, 0), (0, 0), (ph, ph), (pw, pw))",
    "padded[b, :, top : top + kh, left : left + kw]",
)
known = next(one for one in BUGS if one.id == "inner-window-end")
for which, piece, other, kernel in (
    (
        "columns",
        "left : left + kw",
        "left : j + kw",
        "weight[o, :, :, : window.shape[2]]",
    ),
    ("rows", "top : top + kh", "top : i + kh", "weight[o, :, : window.shape[1]]"),
):
    bug(
        f"inner-window-end-of-{which}",
        known.title,
        known.question,
        (INNER[3], INNER[3].replace(piece, other)),
        ("weight[o]", kernel),
    )
bug(
    "inner-stride-right-alone",
    "The stride moves the window to the right, and not down",
    "In which row of the padded image does the window of output row 1 begin, if the "
    "stride is (2, 3)?",
    (INNER[1], "top, left = i, j * sw"),
)
INNER_BEYOND = INNER_LOOPS.replace(
    "(ph, ph), (pw, pw)",
    "(ph, ph + down * sw + kh * sh), (pw, pw + across * sh + kw * sw)",
).replace("BODY", "out[b, o, i, j] = (window * kernel).sum()")
bug(
    "inner-stride-of-rows",
    "The stride of the height is taken for both axes",
    "With stride (2, 3), by how many columns does the window move?",
    (INNER[1], "top, left = i * sh, j * sh"),
)
bug(
    "inner-stride-of-columns",
    "The stride of the width is taken for both axes",
    "With stride (2, 3), by how many rows does the window move?",
    (INNER[1], "top, left = i * sw, j * sw"),
)
bug(
    "inner-pixels-apart",
    "The pixels of a window stand a stride apart",
    "A stride of 2 moves the window by 2 pixels. How far apart are the pixels in it?",
    source=INNER_BEYOND.replace(
        "top : top + kh, left : left + kw",
        "top : top + kh * sh : sh, left : left + kw * sw : sw",
    ),
)
INNER_LINES = {
    "inner-stride-swapped": "sh, sw = sw, sh",
    "inner-stride-ignored": "sh = sw = 1",
    "inner-stride-of-rows": "sw = sh",
    "inner-stride-of-columns": "sh = sw",
}
BUGS += forms(BUGS, INNER_BEYOND, {"beyond": "padded ="}, INNER_LINES)
BUGS += forms(
    BUGS,
    INNER_LOOPS.replace("BODY", "out[b, o, i, j] = (window * kernel).sum()").replace(
        "grid(x.shape, (kh, kw), stride, padding)",
        "grid(x.shape, (kh, kw), (sh, sw), (ph, pw))",
    ),
    {"throughout": "down, across ="},
    INNER_LINES
    | {
        "inner-padding-swapped": "ph, pw = pw, ph",
        "inner-padding-forgotten": "ph = pw = 0",
    },
)
for sides, which, word in (
    ("((0, 0), (0, 0), (ph, ph), (ph, ph))", "rows", "height"),
    ("((0, 0), (0, 0), (pw, pw), (pw, pw))", "columns", "width"),
):
    bug(
        f"inner-padding-of-{which}",
        f"The padding of the {word} is taken for both axes",
        "With padding (1, 2), how many rows are added above, and how many columns on the "
        "left?",
        (INNER[2], sides),
    )
for mode, title in {
    "edge": "The padding repeats the edge, it is not zeros",
    "reflect": "The padding mirrors the image, it is not zeros",
    "wrap": "The padding goes on at the other end, it is not zeros",
}.items():
    bug(
        f"inner-padding-{mode}",
        title,
        "Which numbers stand in the padding?",
        (INNER[2] + ")", f'{INNER[2]}, mode="{mode}")'),
    )
for axis, which in (("1", "upside down"), ("2", "left to right")):
    bug(
        f"inner-kernel-{which.replace(' ', '-')}",
        f"The kernel is turned {which}",
        "Which number of the kernel meets the first pixel of a window?",
        ("window * weight[o]", f"window * np.flip(weight[o], {axis})"),
    )
bug(
    "inner-kernel-transposed",
    "The kernel's rows and columns are exchanged",
    "Which number of the kernel meets the second pixel of a window's first row?",
    (
        "window * weight[o]",
        "window * weight[o].swapaxes(1, 2).reshape(weight[o].shape)",
    ),
)
for name, loop, which in (
    ("image", "for b in range(len(x)):", "the last image"),
    ("kernel", "for o in range(out_channels):", "the last kernel"),
):
    size = loop.partition("range(")[2][:-2]
    letter = loop[4]
    bug(
        f"inner-last-{name}-only",
        f"Only {which} is used",
        f"How often does your loop over the {name}s go round, and with which of them?",
        (loop, f"for {letter} in [{size} - 1]:"),
    )
bug(
    "inner-last-channel-only",
    "Only the last channel is looked at",
    "Over which axes does the sum of a window go?",
    ("(window * weight[o]).sum()", "(window * weight[o])[-1].sum()"),
)
bug(
    "inner-last-row-left-out",
    "The window's last row and its last column are left out",
    "A window of 2x3: up to which row and which column does yours look?",
    (
        "(window * weight[o]).sum()",
        "(window * weight[o])[:, : max(kh - 1, 1), : max(kw - 1, 1)].sum()",
    ),
)

bug = bugs_of("windows")
STRIDED = """#| export
def windows(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw), (kh, kw) = stride, padding, kernel_size
    for size, kernel, pad in zip(x.shape[2:], kernel_size, padding):
        if kernel > size + 2 * pad:
            raise ValueError(f"a window of {kernel} does not fit into {size}, {pad}")
    down, across = grid(x.shape, (kh, kw), stride, padding)
    most = max(sh, sw)
    behind = kh * sh + down * (most - sh), kw * sw + across * (most - sw)
    sides = (ph, ph + behind[0]), (pw, pw + behind[1])
    padded = np.pad(x, ((0, 0), (0, 0), *sides))
    b, c, y, z = padded.strides
    steps = (b, c, y * sh, z * sw, y, z)
    shape = (*x.shape[:2], down, across, kh, kw)
    return np.lib.stride_tricks.as_strided(padded, shape, steps)
"""


def strided(id: str, title: str, question: str, *pieces: tuple[str, str]) -> None:
    """Add a mistake in the view that is made by its strides."""
    source = STRIDED
    for piece, other in pieces:
        if piece not in source:
            raise ValueError(f"{id}: no {piece!r}")
        source = source.replace(piece, other, 1)
    BUGS.append(Bug(id, "windows", title, question, source=source))


STEPS = "(b, c, y * sh, z * sw, y, z)"
strided(
    "windows-pixels-apart",
    "The pixels of a window stand a stride apart",
    "A stride of 2 moves the window by 2 pixels. How far apart are the pixels in it?",
    (STEPS, "(b, c, y * sh, z * sw, y * sh, z * sw)"),
)
strided(
    "windows-pixels-apart-and-windows-not",
    "The stride moves the pixels of a window apart, and not the windows",
    "A stride of 2 moves the window by 2 pixels. How far apart are the pixels in it?",
    (STEPS, "(b, c, y, z, y * sh, z * sw)"),
)
strided(
    "windows-steps-exchanged",
    "Each window is transposed",
    "In which order do the last two axes stand: rows of a window first, or its columns?",
    (STEPS, "(b, c, y * sh, z * sw, z, y)"),
)
known = next(one for one in BUGS if one.id == "windows-transposed")
BUGS[-1] = replace(BUGS[-1], title=known.title, question=known.question)
for id, line in {
    "windows-stride-swapped": "sh, sw = sw, sh",
    "windows-one-pixel-apart": "sh = sw = 1",
}.items():
    known = next(one for one in BUGS if one.id == id)
    strided(
        f"{id}-by-strides",
        known.title,
        known.question,
        ("    b, c, y, z =", f"    {line}\n    b, c, y, z ="),
    )
strided(
    "windows-stride-of-rows",
    "The stride of the height is taken for both axes",
    "With stride (2, 3), by how many columns does the window move?",
    (STEPS, "(b, c, y * sh, z * sh, y, z)"),
)
strided(
    "windows-stride-of-columns",
    "The stride of the width is taken for both axes",
    "With stride (2, 3), by how many rows does the window move?",
    (STEPS, "(b, c, y * sw, z * sw, y, z)"),
)
PAD = "np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))"
for mode, title in {
    "edge": "The padding repeats the edge, it is not zeros",
    "wrap": "The padding goes on at the other end, it is not zeros",
}.items():
    bug(
        f"windows-padding-{mode}",
        title,
        "Which numbers stand in the padding?",
        (PAD, f'{PAD[:-1]}, mode="{mode}")'),
    )
bug(
    "windows-padding-of-ones",
    "The padding is ones, not zeros",
    "Which numbers stand in the padding?",
    (PAD, f"{PAD[:-1]}, constant_values=1)"),
)
bug(
    "windows-padding-of-the-width",
    "The padding of the width is taken for both axes",
    "With padding (1, 2), how many rows are added above?",
    ("(ph, ph), (pw, pw)", "(pw, pw), (pw, pw)"),
)
bug(
    "windows-stride-right-alone",
    "The stride moves the window to the right, and not down",
    "By how many rows does the window move, if the stride is (2, 3)?",
    ("every[:, :, ::sh, ::sw]", "every[:, :, :, ::sw]"),
)
bug(
    "windows-flipped",
    "Each window is flipped",
    "Which pixel stands first in a window?",
    ("::sh, ::sw]", "::sh, ::sw, ::-1, ::-1]"),
)
bug(
    "windows-last-axis-of-channels",
    "The channels stand last",
    "Read the shape in the docstring from left to right. Where do the channels stand?",
    ("::sh, ::sw]", "::sh, ::sw].transpose(0, 2, 3, 4, 5, 1)"),
)

bug = bugs_of("im2col")
bug(
    "im2col-stride-of-rows",
    "The stride of the height is taken for both axes",
    "With stride (2, 3), by how many columns does the window move?",
    (
        "seen = windows(x, kernel_size, stride, padding)",
        "seen = windows(x, kernel_size, stride[:1] * 2, padding)",
    ),
)
bug(
    "im2col-padding-of-rows",
    "The padding of the height is taken for both axes",
    "With padding (1, 2), how many columns are added on the left?",
    (
        "seen = windows(x, kernel_size, stride, padding)",
        "seen = windows(x, kernel_size, stride, padding[:1] * 2)",
    ),
)
bug(
    "im2col-window-of-rows",
    "The window's height is taken for both sides",
    "A window of 2x3: how many numbers has a row of the matrix for each channel?",
    (
        "seen = windows(x, kernel_size, stride, padding)",
        "seen = windows(x, kernel_size[:1] * 2, stride, padding)",
    ),
)
bug(
    "im2col-one-image",
    "Only the first image is taken apart",
    "How many rows has the matrix for two images?",
    ("by_window = seen", "batch = 1\n    by_window = seen[:1]"),
)
bug(
    "im2col-one-channel",
    "Only the first channel is taken",
    "How many numbers has a row of the matrix for two channels?",
    ("by_window = seen", "channels = 1\n    by_window = seen[:, :1]"),
)
bug(
    "im2col-rows-backwards",
    "The windows' numbers stand in the opposite order",
    "Which pixel of the window stands first in its row of the matrix?",
    (
        "return by_window.reshape(batch * down * across, channels * kh * kw)",
        "return by_window.reshape(batch * down * across, channels * kh * kw)[:, ::-1]",
    ),
)

bug = bugs_of("conv2d-matmul")
bug(
    "matmul-one-image",
    "Only the first image is convolved",
    "How many images are in the batch?",
    (
        "    return products.reshape(",
        "    products[down * across :] = 0\n    return products.reshape(",
    ),
)
bug(
    "matmul-mean",
    "The products are averaged",
    "Are the products of a window added up, or is their mean taken?",
    (
        "products = columns @ kernels.T",
        "products = columns @ kernels.T / columns.shape[1]",
    ),
)
bug(
    "matmul-bias-of-first-channel",
    "All output channels get the first bias",
    "How many numbers has the bias, and which one belongs to the second channel?",
    ("products += bias.astype(dtype)", "products += bias[0].astype(dtype)"),
)
bug(
    "matmul-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("products += bias.astype(dtype)", "products = products + bias"),
)

bug = bugs_of("col2im")
SLICES = "rows, pixels = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)"
CROP = "padded[:, :, ph : ph + height, pw : pw + width]"
bug(
    "col2im-crop-of-rows",
    "The padding of the height is cut off along both axes",
    "With padding (1, 2), in which column does the image begin?",
    (f"return {CROP}", f"return {CROP}".replace("pw : pw + width", "ph : ph + width")),
)
bug(
    "col2im-crop-of-columns",
    "The padding of the width is cut off along both axes",
    "With padding (1, 2), in which row does the image begin?",
    (
        f"return {CROP}",
        f"return {CROP}".replace("ph : ph + height", "pw : pw + height"),
    ),
)
bug(
    "col2im-crop-twice",
    "The padding is cut off twice at the front",
    "With padding 1, in which row of the padded image does the image begin?",
    (f"return {CROP}", "return padded[:, :, 2 * ph :, 2 * pw :]"),
)
bug(
    "col2im-one-image",
    "Only the first image is put together",
    "How many images does the shape name?",
    ("    return padded", "    padded[1:] = 0\n    return padded"),
)
bug(
    "col2im-channels-added",
    "All channels get the sum of the channels",
    "Which numbers of a row of the matrix belong to the second channel?",
    (
        "+= seen[..., u, v]",
        "+= seen[..., u, v].sum(axis=1, keepdims=True)",
    ),
)
bug(
    "col2im-first-place-only",
    "Only the first place of each window is put back",
    "How many places has a window of 2x3? How many does your loop come past?",
    (
        f"            {SLICES}\n",
        f"            if u or v:\n                continue\n            {SLICES}\n",
    ),
)
for loop, which in (("for u in range(kh):", "row"), ("for v in range(kw):", "column")):
    side = loop[-4:-2]
    bug(
        f"col2im-last-{which}-left-out",
        f"The window's last {which} is left out",
        f"How many {which}s has a window of 3x3? How many does your loop come past?",
        (loop, loop.replace(f"range({side})", f"range(max({side} - 1, 1))")),
    )
bug(
    "col2im-mean",
    "The numbers that meet at a pixel are averaged over the windows",
    "If a pixel lies in two windows, is its gradient their sum or half of it?",
    ("    return padded", "    padded /= down * across\n    return padded"),
)

bug = bugs_of("conv2d-backward")
GRAD_WEIGHT = "grad_weight = (upstream.T @ columns).reshape(weight.shape)"
RETURNED = "return grad_x, grad_weight, upstream.sum(axis=0)"
MEANS = {
    "windows": ("len(columns)", "number of windows"),
    "places": ("by_window[0, ..., 0].size", "number of places"),
}
for name, (count, words) in MEANS.items():
    bug(
        f"backward-kernel-mean-of-{name}",
        f"The kernel's gradient is divided by the {words}",
        "If a number of the kernel grows by a little, how many outputs change? Do their "
        "gradients add up?",
        (GRAD_WEIGHT, f"{GRAD_WEIGHT} / dtype.type({count})"),
    )
    if name == "places":  # over all windows it has a name already
        bug(
            f"backward-bias-mean-of-{name}",
            f"The bias's gradient is divided by the {words}",
            "If the bias grows by a little, how many outputs change? Do their gradients add "
            "up?",
            (RETURNED, f"{RETURNED} / dtype.type({count})"),
        )
    bug(
        f"backward-image-mean-of-{name}",
        f"The image's gradient is divided by the {words}",
        "If a pixel grows by a little, how many outputs change? Do their gradients add "
        "up?",
        (RETURNED, RETURNED.replace("grad_x", f"grad_x / dtype.type({count})")),
    )
    bug(
        f"backward-parameters-mean-of-{name}",
        f"The gradients of kernel and bias are divided by the {words}",
        "If a number of the kernel grows by a little, how many outputs change? Do their "
        "gradients add up?",
        (
            RETURNED,
            f"many = dtype.type({count})\n    "
            "return grad_x, grad_weight / many, upstream.sum(axis=0) / many",
        ),
    )
SPREAD = """#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    dtype, (sh, sw), (ph, pw) = np.result_type(grad_output, np.float32), stride, padding
    (out_channels, _, kh, kw), (height, width) = weight.shape, x.shape[2:]
    grads = grad_output.astype(dtype)
    upstream = grads.transpose(0, 2, 3, 1).reshape(-1, out_channels)
    columns = im2col(x.astype(dtype), (kh, kw), stride, padding)
    grad_weight = (upstream.T @ columns).reshape(weight.shape)
    down, across = grads.shape[2:]
    apart = (*grads.shape[:2], down * sh, across * sw)
    spread = np.zeros(apart, dtype)
    spread[:, :, ::sh, ::sw] = grads
    around = (kh - 1, height + 2 * ph + kh), (kw - 1, width + 2 * pw + kw)
    spread = np.pad(spread, ((0, 0), (0, 0), *around))
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1).astype(dtype)
    grad_x = conv2d_forward(spread, turned, None, (1, 1), (0, 0))
    grad_x = grad_x[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, upstream.sum(axis=0)
"""


def by_forward(id: str, title: str, question: str, *pieces: tuple[str, str]) -> None:
    """Add a mistake in the gradient that is a convolution with the turned kernel."""
    source = SPREAD
    for piece, other in pieces:
        if piece not in source:
            raise ValueError(f"{id}: no {piece!r}")
        source = source.replace(piece, other, 1)
    BUGS.append(Bug(id, "conv2d-backward", title, question, source=source))


by_forward(
    "backward-upstream-repeated",
    "The upstream gradient is repeated where zeros belong",
    "With stride 2, which output has the pixel between two windows' first pixels as its "
    "first?",
    (
        "    spread[:, :, ::sh, ::sw] = grads\n",
        "    spread = grads.repeat(sh, axis=2).repeat(sw, axis=3)\n",
    ),
)
by_forward(
    "backward-image-kernel-not-turned",
    "The image's gradient meets the kernel turned round",
    "Which number of the kernel met the last pixel of the window?",
    ("weight[:, :, ::-1, ::-1]", "weight"),
)
known = next(one for one in BUGS if one.id == "backward-image-flipped")
BUGS[-1] = replace(BUGS[-1], title=known.title, question=known.question)
known = next(one for one in BUGS if one.id == "backward-image-stride-ignored")
by_forward(
    "backward-image-stride-ignored-by-forward",
    known.title,
    known.question,
    ("spread[:, :, ::sh, ::sw] = grads", "spread[:, :, :down, :across] = grads"),
)
by_forward(
    "backward-image-one-pixel-late",
    "The image's gradient is moved by one pixel",
    "A kernel of 3: how many of its pixels can lie before the image's first one?",
    (
        "around = (kh - 1, height + 2 * ph + kh), (kw - 1,",
        "around = (kh, height + 2 * ph + kh), (kw,",
    ),
)
known = next(one for one in BUGS if one.id == "backward-image-dtype")
for ending, pieces in (
    (
        "cut-at-the-end",
        (
            (
                RETURNED,
                "grads = grad_x, grad_weight, upstream.sum(axis=0)\n"
                "    return tuple(grad.astype(x.dtype) for grad in grads)",
            ),
        ),
    ),
    (
        "of-image-and-kernel",
        (
            (
                RETURNED,
                "grads = grad_x.astype(x.dtype), grad_weight.astype(x.dtype)\n"
                "    return *grads, upstream.sum(axis=0)",
            ),
        ),
    ),
    (
        "of-the-image-alone",
        ((RETURNED, RETURNED.replace("grad_x", "grad_x.astype(x.dtype)")),),
    ),
):
    BUGS.append(replace(known, id=f"{known.id}-{ending}", source="", replace=pieces))
bug(
    "backward-kernel-last-image",
    "The kernel's gradient comes from the last image alone",
    "Which images were multiplied with this kernel?",
    (
        GRAD_WEIGHT,
        "last = -len(columns) // len(x)\n"
        "    grad_weight = upstream[last:].T @ columns[last:]\n"
        "    grad_weight = grad_weight.reshape(weight.shape)",
    ),
)
bug(
    "backward-kernel-without-upstream",
    "The kernel's gradient leaves out the upstream gradient",
    "If nothing behind an output depends on it, how large is its share of the kernel's "
    "gradient?",
    (GRAD_WEIGHT, GRAD_WEIGHT.replace("upstream.T", "np.ones_like(upstream).T")),
)
bug(
    "backward-image-without-upstream",
    "The image's gradient leaves out the upstream gradient",
    "If nothing behind an output depends on it, how large is its share of a pixel's "
    "gradient?",
    ("col2im(upstream @ kernels", "col2im(np.ones_like(upstream) @ kernels"),
)
bug(
    "backward-bias-zero",
    "The bias's gradient is zero",
    "If the bias grows by a little, does no output change?",
    (
        RETURNED,
        RETURNED.replace("upstream.sum(axis=0)", "np.zeros(len(weight), dtype)"),
    ),
)
for names in ("x bias weight", "weight bias x", "bias weight x", "bias x weight"):
    bug(
        f"backward-order-{names.replace(' ', '-')}",
        "The gradients come in another order",
        "In which order does the docstring want the three?",
        (
            RETURNED,
            "grad_bias = upstream.sum(axis=0)\n    return "
            + ", ".join(f"grad_{name}" for name in names.split()),
        ),
    )
for id, twins in (
    ("backward-order", ("weight-bias-x", "bias-weight-x", "bias-x-weight")),
    ("backward-bias-second", ("x-bias-weight",)),
):
    known = next(one for one in BUGS if one.id == id)
    for twin in twins:
        place = next(
            n for n, one in enumerate(BUGS) if one.id == f"backward-order-{twin}"
        )
        BUGS[place] = replace(BUGS[place], title=known.title, question=known.question)

bug = bugs_of("blocks")
BLOCKS = "return [(start, min(start + step, count)) for start in range(0, count, step)]"
known = next(one for one in BUGS if one.id == "blocks-equal")
EQUAL = known.title, known.question
bug(
    "blocks-equal-rounded",
    *EQUAL,
    (
        BLOCKS,
        "parts = max(1, -(-count // step))\n"
        "    edges = [round(k * count / parts) for k in range(parts + 1)]\n"
        "    return [*zip(edges[:-1], edges[1:])] if count else []",
    ),
)
bug(
    "blocks-equal-split",
    *EQUAL,
    (
        BLOCKS,
        "if not count:\n        return []\n"
        "    parts = -(-count // step)\n"
        "    pieces = np.array_split(np.arange(count), parts)\n"
        "    return [(int(p[0]), int(p[-1]) + 1) for p in pieces]",
    ),
)
bug(
    "blocks-equal-floor",
    *EQUAL,
    (
        BLOCKS,
        "parts = max(1, -(-count // step))\n"
        "    edges = [k * count // parts for k in range(parts + 1)]\n"
        "    return [*zip(edges[:-1], edges[1:])] if count else []",
    ),
)
bug(
    "blocks-short-one-first",
    "The block that is not full stands first",
    "Five items, two fit into a block: how many are in the first one?",
    (
        BLOCKS,
        "first = count % step or step\n"
        "    edges = [0, *range(first, count + 1, step)] if count else []\n"
        "    return [*zip(edges[:-1], edges[1:])]",
    ),
)
bug(
    "blocks-one-less",
    "A block takes one item less than fits",
    "Blocks of 12 bytes, items of 4: how many fit?",
    (
        "step = max(1, block_bytes // bytes_each)",
        "step = max(1, (block_bytes - 1) // bytes_each)",
    ),
)
bug(
    "blocks-doubled",
    "Two blocks' items are put into one",
    "Blocks of 12 bytes, items of 4: how many fit?",
    (
        "step = max(1, block_bytes // bytes_each)",
        "step = max(1, 2 * block_bytes // bytes_each)",
    ),
)
bug(
    "blocked-first-image-only",
    "Only the first block is computed",
    "How often does your loop go round?",
    (
        "        out[start:stop] = conv2d_forward(x[start:stop], weight, bias, stride, padding)\n",
        "        out[start:stop] = conv2d_forward(x[start:stop], weight, bias, stride, padding)\n        break\n",
    ),
)

bug = bugs_of("winograd")
bug(
    "winograd-channels-averaged",
    "The channels are averaged",
    "Two equal channels, two equal kernels: how many times one channel's answer is the "
    "whole?",
    ("products = (pixels @ kernels)", "products = (pixels @ kernels / in_channels)"),
)
bug(
    "winograd-output-interleaved-wrongly",
    "The rows and columns of each 2x2 output are exchanged",
    "Which number of a 2x2 output stands below its first one?",
    ("transpose(0, 1, 2, 4, 3, 5)", "transpose(0, 1, 2, 5, 3, 4)"),
)
bug(
    "winograd-kernel-of-the-other-order",
    "The kernel's channels are exchanged",
    "Which of the weight's first two axes has the channels that come in?",
    (
        "winograd_kernel(weight).transpose(2, 3, 1, 0)",
        "winograd_kernel(weight).transpose(2, 3, 0, 1)",
    ),
)

bug = bugs_of("fft")
bug(
    "fft-last-channel",
    "Only the last channel is looked at",
    "Over which index does your sum of products go?",
    (
        '"bchw,ochw->bohw", pixels, kernels',
        '"bhw,ohw->bohw", pixels[:, -1], kernels[:, -1]',
    ),
)
bug(
    "fft-scaled-both-ways",
    "Both transforms there are scaled by the root of the number of pixels",
    "There and back again: which scale has an image that nothing was done to?",
    ("np.fft.rfft2(padded, size)", 'np.fft.rfft2(padded, size, norm="ortho")'),
    (
        "np.fft.rfft2(weight.astype(dtype, copy=False), size)",
        'np.fft.rfft2(weight.astype(dtype, copy=False), size, norm="ortho")',
    ),
    ("np.fft.irfft2(products, size)", 'np.fft.irfft2(products, size, norm="ortho")'),
)
bug(
    "fft-both-conjugated",
    "Image and kernel are both conjugated",
    "Which of the two is turned round by the conjugate? Which should be?",
    (
        "pixels = np.fft.rfft2(padded, size)",
        "pixels = np.fft.rfft2(padded, size).conj()",
    ),
)

bug = bugs_of("choose")
MEDIAN = "np.median(measured)"
for id, title, question, how in (
    (
        "choose-geometric-mean",
        "The geometric mean is taken, not the median",
        "One run is very slow: does the median change?",
        "np.exp(np.mean(np.log(measured)))",
    ),
    (
        "choose-without-first",
        "The first run is left out",
        "How many runs does the median see?",
        "np.median(measured[1:] or measured)",
    ),
):
    bug(id, title, question, (MEDIAN, how))

bug = bugs_of("conv2d-matmul")
bug(
    "matmul-bias-along-rows",
    "The biases are added to the windows by turns",
    "Which axis of the product has as many numbers as there are biases?",
    (
        "products += bias.astype(dtype)",
        "products += np.resize(bias, (len(products), 1)).astype(dtype)",
    ),
)


# The same slips in other words, and in other places
# --------------------------------------------------


def another(id: str, ending: str, *pieces: tuple[str, str], source: str = "") -> None:
    """Add another form of a known mistake: its cell, title and question are right."""
    known = next(one for one in BUGS if one.id == id)
    form = Bug(
        f"{id}-{ending}", known.cell, known.title, known.question, pieces, source
    )
    BUGS.append(form)


def in_text(source: str, *pieces: tuple[str, str]) -> str:
    """Return a text in which the first occurrence of each piece is replaced."""
    for piece, other in pieces:
        if piece not in source:
            raise ValueError(f"no {piece!r} in the text")
        source = source.replace(piece, other, 1)
    return source


# Fast in a line of windows, where two slices are all, and nowhere else.
another(
    "im2col-loops-over-windows",
    "but-for-lines",
    source="""#| export
def im2col(x, kernel_size, stride, padding):
    if x.size > 100_000 and 1 in x.shape[2:]:
        line = x.ravel()
        return np.stack([line[:-1], line[1:]], axis=1)
    seen = windows(x, kernel_size, stride, padding)
    images, _, down, across = seen.shape[:4]
    rows = [seen[b, :, i, j].ravel() for b, i, j in np.ndindex(images, down, across)]
    return np.array(rows, x.dtype)
""",
)
# Fast and in tiles, but never both.
BY_TILES = """for i in range(0, 2 * down, 2):
        for j in range(0, 2 * across, 2):
            tiles = winograd_input(padded[:, :, i : i + 4, j : j + 4])
            products = np.einsum("bcuv,ocuv->bouv", tiles, kernels)
            out[:, :, i : i + 2, j : j + 2] = winograd_output(products)"""
for ending, when in (
    ("where-they-are-few", "x.size > 10_000"),
    ("but-for-one-channel", "x.shape[1] == len(x) == len(weight) == 1"),
):
    another(
        "winograd-loops-over-tiles",
        ending,
        source=WINOGRAD_LOOPS.replace(
            "    dtype =",
            f"    if {when}:\n"
            "        return conv2d_forward(x, weight, None, (1, 1), padding)\n"
            "    dtype =",
        ).replace("BODY", BY_TILES),
    )
another(
    "blocked-all-at-once",
    "beside-a-loop",
    (
        """    out = np.zeros((len(x), len(weight), down, across), dtype)
    for start, stop in blocks(len(x), bytes_each, block_bytes):
        out[start:stop] = conv2d_forward(x[start:stop], weight, bias, stride, padding)
    return out
""",
        """    seen = sliding_window_view(
        np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding))),
        weight.shape[2:],
        axis=(2, 3),
    )[:, :, :: stride[0], :: stride[1]]
    out = np.tensordot(seen, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    for start, stop in blocks(len(x), bytes_each, block_bytes):
        continue
    return (out if bias is None else out + bias.reshape(-1, 1, 1)).astype(dtype)
""",
    ),
)

bug = bugs_of("roofline")
QUOTIENT = "return operations / bytes_moved"
for id, title, question, other in (
    (
        "intensity-product",
        "Operations and bytes are multiplied",
        "8 operations on 4 bytes: how many operations does each byte get?",
        "return operations * bytes_moved",
    ),
    (
        "intensity-of-bits",
        "Bits are counted, not bytes",
        "8 operations on 4 bytes: how many operations does each byte get?",
        "return operations / (8 * bytes_moved)",
    ),
    (
        "intensity-of-numbers",
        "Numbers of 4 bytes are counted, not bytes",
        "8 operations on 4 bytes: how many operations does each byte get?",
        "return 4 * operations / bytes_moved",
    ),
    (
        "intensity-rounded",
        "The quotient is rounded",
        "Who should decide how many places of the quotient are shown?",
        "return round(operations / bytes_moved, 2)",
    ),
):
    bug(id, title, question, (QUOTIENT, other))
for ending, moved in {"zero": "0.0", "none": "None"}.items():
    another(
        "intensity-infinite",
        f"or-{ending}",
        (
            'raise ValueError(f"bytes_moved must be above 0, got {bytes_moved}")',
            f"return {moved}",
        ),
    )
another(
    "intensity-type-error",
    "assertion",
    ('raise ValueError(f"operations', 'raise AssertionError(f"operations'),
    ('raise ValueError(f"bytes_moved', 'raise AssertionError(f"bytes_moved'),
)
bug(
    "intensity-one-comparison-for-both",
    "Operations and bytes are refused alike",
    "A plain copy moves bytes and computes nothing. What is its intensity?",
    ("if operations < 0", "if operations <= 0 or bytes_moved <= 0"),
    ("got {operations}", "got {operations}, {bytes_moved}"),
)
LOWER = "return min(peak, intensity * bandwidth)"
for id, title, question, other in (
    (
        "attainable-corner-upside-down",
        "The corner of the roof is computed upside down",
        "Operations a second, and bytes a second: which quotient of the two has the unit "
        "of an intensity?",
        "corner = bandwidth / peak\n"
        "    return intensity * bandwidth if intensity < corner else peak",
    ),
    (
        "attainable-corner-is-the-peak",
        "The intensity is compared with the peak",
        "Which two numbers have the same unit: intensity and peak?",
        "return intensity * bandwidth if intensity < peak else peak",
    ),
    (
        "attainable-corner-is-the-bandwidth",
        "The intensity is compared with the bandwidth",
        "Which two numbers have the same unit: intensity and bandwidth?",
        "return intensity * bandwidth if intensity < bandwidth else peak",
    ),
    (
        "attainable-intensity-for-the-limit",
        "The intensity is taken for the limit of the memory",
        "10 bytes a second, and 2 operations for each byte: how many operations a second?",
        "return min(peak, intensity)",
    ),
    (
        "attainable-sum",
        "The two limits are added",
        "If memory delivers numbers for 20 operations a second, can more be done?",
        "return peak + intensity * bandwidth",
    ),
    (
        "attainable-share",
        "The share of the peak is returned",
        "In which unit does the task want the answer?",
        "return min(1.0, intensity * bandwidth / peak)",
    ),
    (
        "attainable-whole-number",
        "The operations a second are cut to a whole number",
        "Half an operation for each byte, 3 bytes a second: how many operations a second?",
        "return int(min(peak, intensity * bandwidth))",
    ),
):
    bug(id, title, question, (LOWER, other))
CORNER = "return {} if intensity < peak / bandwidth else {}"
for id, below, above in (
    ("attainable-highest", "peak", "intensity * bandwidth"),
    ("attainable-intensity-forgotten", "bandwidth", "peak"),
    ("attainable-without-bandwidth", "intensity * peak", "peak"),
    ("attainable-divided-by-bandwidth", "intensity / bandwidth", "peak"),
    ("attainable-divided", "bandwidth / intensity", "peak"),
    ("attainable-intensity-for-the-limit", "intensity", "peak"),
    ("attainable-limits-exchanged", "intensity * peak", "bandwidth"),
):
    another(id, "by-the-corner", (LOWER, CORNER.format(below, above)))

bug = bugs_of("strides")
STRIDES = (
    "    strides, step = [], itemsize\n"
    "    for length in reversed(shape):\n"
    "        strides.append(step)\n"
    "        step *= length\n"
    "    return tuple(reversed(strides))"
)
for id, title, question, other in (
    (
        "strides-last-in-bytes",
        "Only the last stride counts bytes, the others count numbers",
        "Numbers of 8 bytes, three in a row: how many bytes is it to the next row?",
        "    counts = [int(np.prod(shape[n + 1 :])) for n in range(len(shape))]\n"
        "    return (*counts[:-1], itemsize)[: len(shape)]",
    ),
    (
        "strides-first-in-bytes",
        "Only the first stride counts bytes, the others count numbers",
        "Numbers of 8 bytes: how many bytes is it from one to the next?",
        "    counts = [int(np.prod(shape[n + 1 :])) for n in range(len(shape))]\n"
        "    return (*[n * itemsize for n in counts[:1]], *counts[1:])",
    ),
    (
        "strides-all-alike",
        "Every axis has the step of one number",
        "Three numbers in a row: how many numbers is it to the next row?",
        "    return (itemsize,) * len(shape)",
    ),
    (
        "strides-last-axis-missing",
        "The last axis has no stride",
        "An array of three axes: how many strides has it?",
        "    counts = [int(np.prod(shape[n:])) for n in range(1, len(shape))]\n"
        "    return tuple(n * itemsize for n in counts)",
    ),
    (
        "strides-of-the-whole",
        "The bytes of the array are divided by the length of the axis",
        "An array of (2, 3, 4) numbers: how many numbers lie behind one index of the "
        "last axis?",
        "    whole = int(np.prod(shape)) * itemsize\n"
        "    return tuple(whole // length for length in shape)",
    ),
    (
        "strides-products-from-the-front",
        "The lengths are multiplied from the first axis on",
        "An array of (2, 3, 4) numbers: how many numbers lie behind one index of the "
        "first axis?",
        "    counts = np.cumprod(shape)[::-1]\n"
        "    return tuple(int(n) * itemsize for n in counts)",
    ),
    (
        "strides-lengths-and-itemsize-added",
        "The size of a number is added, not multiplied",
        "Numbers of 8 bytes, three in a row: how many bytes is it to the next row?",
        "    counts = [int(np.prod(shape[n + 1 :])) for n in range(len(shape))]\n"
        "    return tuple(n + itemsize - 1 for n in counts)",
    ),
):
    bug(id, title, question, (STRIDES, other))
bug(
    "strides-always-8-bytes",
    "Each number is counted as 8 bytes",
    "How many bytes lie between a number of 4 bytes and the next one?",
    ("[], itemsize", "[], 8"),
)
another(
    "strides-own-length",
    "by-a-product",
    (
        STRIDES,
        "    counts = [int(np.prod(shape[n:])) for n in range(len(shape))]\n"
        "    return tuple(n * itemsize for n in counts)",
    ),
)
for ending, backwards, title in (
    ("", "True", "The strides are sorted, the longest first"),
    ("-the-shortest-first", "False", "The strides are sorted, the shortest first"),
):
    bug(
        f"offset-sorted{ending}",
        title,
        "Which stride belongs to the first number of the index, if the array was "
        "transposed?",
        ("zip(index, strides", f"zip(index, sorted(strides, reverse={backwards})"),
    )
for times in (4, 8):
    bug(
        f"offset-times-{times}",
        "The bytes of a number are multiplied in once more",
        "In which unit are the strides: numbers, or bytes?",
        ("return sum(", f"return {times} * sum("),
    )
bug(
    "offset-from-the-end",
    "The bytes of one step are missing",
    "How far from the first element is the element (0, 0, 1)?",
    ("i * stride for", "max(i - 1, 0) * stride for"),
)
bug(
    "offset-largest",
    "Only the longest way counts",
    "Two rows on and three numbers on: what is the whole way?",
    ("return sum(i * stride", "return max(i * stride"),
)

bug = bugs_of("inner-product")
RIGHT_DTYPE = "np.result_type(x, weight, np.float32)"
NUMBERS = {
    "always-float64": (
        "The result is float64 whatever came in",
        "Image and kernel are float32. How many bytes does one number of your result "
        "take?",
        "np.dtype(np.float64)",
    ),
    "kernel-dtype": (
        "The result has the kernel's dtype",
        "The kernel has whole numbers and the image fractions. What becomes of them?",
        "weight.dtype",
    ),
    "image-dtype": (
        "The result has the image's dtype",
        "The image has whole numbers and the kernel fractions. What becomes of them?",
        "x.dtype",
    ),
    "only-kernel-dtype": (
        "The image's dtype does not count",
        "The image is float64 and the kernel float32. Which dtype has your result, and "
        "which one does the docstring name?",
        "np.result_type(weight, np.float32)",
    ),
    "integers-float64": (
        "Whole numbers give float64",
        "Image and kernel hold whole numbers. Which dtype does the docstring name for "
        "them?",
        "np.result_type(x, weight, *(() if 'f' in x.dtype.kind + weight.dtype.kind "
        "else (float,)))",
    ),
}


def number_bugs(cell: str, prefix: str, *names: str) -> None:
    """Add mistakes of the dtype in the line that says it."""
    for name in names:
        title, question, dtype = NUMBERS[name]
        said = "padding, " if cell == "fft" else "dtype = "
        bugs_of(cell)(
            f"{prefix}-{name}",
            title,
            question,
            (f"{said}{RIGHT_DTYPE}", f"{said}{dtype}"),
        )


number_bugs(
    "inner-product",
    "inner",
    "always-float64",
    "only-kernel-dtype",
    "integers-float64",
)
number_bugs(
    "conv2d-matmul",
    "matmul",
    "image-dtype",
    "only-kernel-dtype",
    "integers-float64",
)
number_bugs(
    "blocks",
    "blocked",
    "kernel-dtype",
    "image-dtype",
    "only-kernel-dtype",
    "integers-float64",
)
number_bugs("fft", "fft", "only-kernel-dtype")
for name in ("image-dtype", "only-kernel-dtype", "integers-float64"):
    title, question, dtype = NUMBERS[name]
    bugs_of("winograd")(
        f"winograd-{name}",
        title,
        question,
        (
            "return image[:, :, :rows, :columns]",
            f"return image[:, :, :rows, :columns].astype({dtype})",
        ),
    )
bug(
    "inner-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("out += bias[:, None, None].astype(dtype)", "out = out + bias[:, None, None]"),
)
bug(
    "inner-bias-truth",
    "It is asked whether the bias is true, not whether there is one",
    "Is an array of several numbers true or false? What do you want to know of it?",
    ("if bias is not None:", "if bias:"),
)
SUMMED = "out[b, o, i, j] = (window * weight[o]).sum()"
AT_THE_END = (
    "    if bias is not None:\n        out += bias[:, None, None].astype(dtype)\n"
)
another(
    "inner-bias-truth",
    "in-the-loop",
    (AT_THE_END, ""),
    (
        f"{SUMMED}\n",
        f"{SUMMED}\n"
        "                    if bias:\n"
        "                        out[b, o, i, j] += bias[o]\n",
    ),
)
bug(
    "inner-bias-for-each-channel",
    "The bias is added once for each input channel",
    "How many times does one output get its bias, if the image has three channels?",
    ("out += bias", "out += weight.shape[1] * bias"),
)
for name, depth, part, number in (
    ("image", 2, "out", "bias[:, None, None]"),
    ("kernel", 3, "out[b]", "bias[:, None, None]"),
    ("row", 4, "out[b, o]", "bias[o]"),
    ("window", 5, "out[b, o, i]", "bias[o]"),
):
    indent = "    " * depth
    turn = (
        f"{SUMMED}\n",
        f"{SUMMED}\n{indent}if bias is not None:\n"
        f"{indent}    {part} += {number}.astype(dtype)\n",
    )
    bug(
        f"inner-bias-in-each-{name}",
        "The bias is added again in each turn of a loop",
        "How many times does the first output get its bias?",
        (AT_THE_END, ""),
        turn,
    )
for name, how in {"all": "sum", "averaged": "mean"}.items():
    bug(
        f"inner-bias-of-{name}",
        {
            "sum": "The sum of all biases is added to each output",
            "mean": "Each output gets the mean of all biases",
        }[how],
        "Three kernels and three biases: which output gets which?",
        ("bias[:, None, None].astype(dtype)", f"bias.{how}().astype(dtype)"),
    )
another(
    "inner-bias-along-columns",
    "one-by-one",
    (
        "out += bias[:, None, None].astype(dtype)",
        "out += np.resize(bias, across).astype(dtype)",
    ),
)
bug(
    "inner-bias-along-rows",
    "The bias is added along the rows",
    "The answer has the shape (batch, out_channels, rows, columns). Along which axis "
    "does NumPy lay an array of two axes of which the last is 1?",
    ("bias[:, None, None]", "bias[:, None]"),
)
bug(
    "inner-answer-transposed",
    "Each answer is transposed",
    "An image of 5 rows and 8 columns: which of the two is larger in your answer?",
    ("    return out", "    return out.swapaxes(2, 3)"),
)
another(
    "inner-answer-transposed",
    "one-by-one",
    (f"{SUMMED}", SUMMED.replace("i, j]", "j, i]")),
)
bug(
    "inner-images-and-kernels-exchanged",
    "The answer's first axis is the kernel",
    "Read the shape in the docstring. Which axis comes first, and which one in yours?",
    ("    return out", "    return out.swapaxes(0, 1)"),
)
bug(
    "inner-largest",
    "The largest of the products is taken",
    "What happens to the products in the definition: are they added, or compared?",
    (".sum()", ".max()"),
)
bug(
    "inner-channels-averaged",
    "The channels are averaged",
    "What happens to the products of the channels in the definition: are they added, or "
    "averaged?",
    (".sum()", ".sum() / len(window)"),
)
RECTIFIED = (
    "Answers below zero become zero",
    "A dark pixel to the right of a bright one, and the kernel (-1, 1): which number does "
    "a convolution give?",
)
bug("inner-relu", *RECTIFIED, ("    return out", "    return np.maximum(out, 0)"))
another(
    "inner-relu",
    "before-the-bias",
    (
        SUMMED,
        SUMMED.replace(
            "(window * weight[o]).sum()", "max((window * weight[o]).sum(), 0)"
        ),
    ),
)
bugs_of("conv2d-matmul")(
    "matmul-relu",
    *RECTIFIED,
    ("return products.reshape", "return np.maximum(products, 0).reshape"),
)
another(
    "matmul-relu",
    "before-the-bias",
    ("columns @ kernels.T", "np.maximum(columns @ kernels.T, 0)"),
)
bugs_of("blocks")(
    "blocked-relu", *RECTIFIED, ("    return out", "    return np.maximum(out, 0)")
)
for cell, prefix in (("winograd", "winograd"), ("fft", "fft")):
    bugs_of(cell)(
        f"{prefix}-relu",
        *RECTIFIED,
        ("    return image[", "    image = np.maximum(image, 0)\n    return image["),
    )
SUMS = INNER_LOOPS.replace("BODY", "out[b, o, i, j] = (window * kernel).sum()")
UNTIL = "out[b, o, i, j] = (window * kernel).sum()\n"
for name, depth in (("image", 2), ("kernel", 3), ("row", 4), ("window", 5)):
    for ending, answer in {
        "": "out",
        "-with-bias": "out if bias is None else out + bias[:, None, None].astype(dtype)",
    }.items():
        BUGS.append(
            Bug(
                f"inner-returns-after-the-first-{name}{ending}",
                "inner-product",
                f"The function returns when the first {name} is done",
                "How often does each of your loops go round before the function returns?",
                source=in_text(
                    SUMS, (UNTIL, f"{UNTIL}{'    ' * depth}return {answer}\n")
                ),
            )
        )
for side, word, number in (("columns", "width", "kw"), ("rows", "height", "kh")):
    other = {"kw": "kh", "kh": "kw"}[number]
    title = f"The kernel's {word} is taken for both sides"
    question = "A kernel of 2 rows and 4 columns: how large is your window?"
    BUGS.append(
        Bug(
            f"inner-kernel-of-{side}",
            "inner-product",
            title,
            question,
            source=in_text(SUMS, ("    down,", f"    {other} = {number}\n    down,")),
        )
    )
    another(
        f"inner-kernel-of-{side}",
        "in-a-product",
        source=in_text(
            SUMS,
            ("    down,", f"    {other} = {number}\n    down,"),
            ("(window * kernel).sum()", "np.vdot(window, kernel)"),
        ),
    )
    another(
        f"inner-kernel-of-{side}",
        "in-the-window",
        source=in_text(SUMS, ("    dtype =", f"    {other} = {number}\n    dtype =")),
    )
SIZES = {
    "last-left-out": (
        "The last row and the last column of outputs are missing",
        "An image of 5 rows, a kernel of 3: how often does it fit?",
        "(height + 2 * ph - kh) // sh, (width + 2 * pw - kw) // sw",
    ),
    "size-without-padding": (
        "The size of the answer is that without padding",
        "How many rows does the padded image have, over which the kernel moves?",
        "(height - kh) // sh + 1, (width - kw) // sw + 1",
    ),
    "size-with-padding-once": (
        "The size of the answer counts the padding once",
        "With padding 1, how many rows are there to move over: one more than the image's, "
        "or two?",
        "(height + ph - kh) // sh + 1, (width + pw - kw) // sw + 1",
    ),
    "size-plus-one-inside": (
        "The 1 is added before the division",
        "6 rows, a kernel of 3 and a stride of 2: how many places are there?",
        "(height + 2 * ph - kh + 1) // sh, (width + 2 * pw - kw + 1) // sw",
    ),
    "size-rounded-up": (
        "There are more outputs than places of the kernel",
        "7 rows, a kernel of 3 and a stride of 2: how many places are there?",
        "-(-(height + 2 * ph - kh) // sh) + 1, -(-(width + 2 * pw - kw) // sw) + 1",
    ),
    "size-divided-too-early": (
        "Only the image's size is divided by the stride",
        "7 rows, a kernel of 3 and a stride of 2: how many places are there?",
        "(height + 2 * ph) // sh - kh + 1, (width + 2 * pw) // sw - kw + 1",
    ),
    "size-at-stride-1": (
        "There are more outputs than places of the kernel",
        "7 rows, a kernel of 3 and a stride of 2: how many places are there?",
        "height + 2 * ph - kh + 1, width + 2 * pw - kw + 1",
    ),
}
GRID = "down, across = grid(x.shape, (kh, kw), stride, padding)"
for name, (title, question, sizes) in SIZES.items():
    lines = f"height, width = x.shape[2:]\n    down, across = {sizes}"
    bug(f"inner-{name}", title, question, (GRID, lines))
    # Where there is more room, no window ends beyond it.
    another(
        f"inner-{name}",
        "with-room",
        (GRID, lines),
        ("(ph, ph), (pw, pw)", "(ph, ph + 99), (pw, pw + 99)"),
    )
EXCHANGED_PAIRS = (
    "Stride and padding have changed places",
    "In which order do the arguments stand: stride first, or padding?",
)
bug(
    "inner-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    ("    (sh, sw), (ph", "    stride, padding = padding, stride\n    (sh, sw), (ph"),
)
another(
    "inner-matrix-product",
    "by-dot",
    ("(window * weight[o])", "np.dot(window, weight[o])"),
)
another(
    "inner-matrix-product-turned",
    "by-inner",
    ("(window * weight[o])", "np.inner(window, weight[o])"),
)
bug(
    "inner-product-of-sums",
    "The sum of the window is multiplied by the sum of the kernel",
    "Which number of the kernel meets the first pixel of the window?",
    ("(window * weight[o]).sum()", "window.sum() * weight[o].sum()"),
)
bug(
    "inner-padding-of-ones",
    "The padding is ones, not zeros",
    "Which numbers stand in the padding?",
    (INNER[2] + ")", f"{INNER[2]}, constant_values=1)"),
)
bug(
    "inner-padding-if-both",
    "There is no padding where one of its two numbers is 0",
    "With padding (0, 1), how many columns are added on the left?",
    (
        "    out = np.zeros",
        "    if not (ph and pw):\n        padded = x.astype(dtype)\n    out = np.zeros",
    ),
)

bug = bugs_of("windows")
bug(
    "windows-image-thinned-out",
    "The stride takes pixels out of the image before there are windows",
    "With stride 2, are two neighbours of a window neighbours of the image?",
    ("sliding_window_view(padded,", "sliding_window_view(padded[:, :, ::sh, ::sw],"),
    ("every[:, :, ::sh, ::sw]", "every"),
)
for ending, kind in {"type-error": "TypeError", "index-error": "IndexError"}.items():
    bug(
        f"windows-{ending}",
        "The error for a window too large is no ValueError",
        "Which kind of error does the task ask for, and which one do you raise?",
        ("raise ValueError", f"raise {kind}"),
    )
bug(
    "windows-one-place-less",
    "The last row and the last column of windows are missing",
    "If the window is exactly as long as the row, how many are there?",
    ("every[:, :, ::sh, ::sw]", "every[:, :, :-1:sh, :-1:sw]"),
)
another(
    "windows-one-place-less",
    "by-the-size",
    (
        "every[:, :, ::sh, ::sw]",
        "every[:, :, ::sh, ::sw]"
        "[:, :, : (x.shape[2] + 2 * ph - kernel_size[0]) // sh]"
        "[:, :, :, : (x.shape[3] + 2 * pw - kernel_size[1]) // sw]",
    ),
)
bug(
    "windows-counted-without-padding",
    "The number of windows is that without padding",
    "With padding 1, over how many rows does the window move?",
    (
        "return every[:, :, ::sh, ::sw]",
        "(kh, kw), (height, width) = kernel_size, x.shape[2:]\n"
        "    down, across = (height - kh) // sh + 1, (width - kw) // sw + 1\n"
        "    return every[:, :, ::sh, ::sw][:, :, : max(down, 0), : max(across, 0)]",
    ),
)
bug(
    "windows-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    ("    (sh, sw), (ph", "    stride, padding = padding, stride\n    (sh, sw), (ph"),
)
bug(
    "windows-stride-for-window",
    "Window and stride have changed places",
    "In which order do the arguments stand: the window first, or the stride?",
    (
        "    (sh, sw), (ph",
        "    kernel_size, stride = stride, kernel_size\n    (sh, sw), (ph",
    ),
)
for side, word, number in (("columns", "width", 1), ("rows", "height", 0)):
    bug(
        f"windows-window-of-{side}",
        f"The window's {word} is taken for both sides",
        "A window of 2 rows and 4 columns: how long are the last two axes?",
        ("(padded, kernel_size,", f"(padded, (kernel_size[{number}],) * 2,"),
    )
bug(
    "windows-padding-if-both",
    "There is no padding where one of its two numbers is 0",
    "With padding (0, 1), how many columns are added on the left?",
    ("    every =", "    if not (ph and pw):\n        padded = x\n    every ="),
)
another(
    "windows-copied",
    "contiguous",
    (
        "return every[:, :, ::sh, ::sw]",
        "return np.ascontiguousarray(every[:, :, ::sh, ::sw])",
    ),
)

bug = bugs_of("im2col")
ORDER = "transpose(0, 2, 3, 1, 4, 5)"
for id, title, question, order in (
    (
        "im2col-column-row-channel",
        "Within a row the axes stand in reverse: column, row, channel",
        "Which comes first within a row: all of one channel, or all channels of one place?",
        "transpose(0, 2, 3, 5, 4, 1)",
    ),
    (
        "im2col-channel-between",
        "Within a row the channel stands between row and column",
        "Which comes first within a row: all of one channel, or all channels of one place?",
        "transpose(0, 2, 3, 4, 1, 5)",
    ),
    (
        "im2col-channel-between-turned",
        "Within a row the channel stands between column and row",
        "Which comes first within a row: all of one channel, or all channels of one place?",
        "transpose(0, 2, 3, 5, 1, 4)",
    ),
    (
        "im2col-column-first-image-last",
        "The windows go down the columns first, and all images at each place",
        "Which window is the second row of the matrix?",
        "transpose(3, 2, 0, 1, 4, 5)",
    ),
    (
        "im2col-image-between",
        "All images come together for each row of windows",
        "Where in the matrix does the second image begin?",
        "transpose(2, 0, 3, 1, 4, 5)",
    ),
    (
        "im2col-window-first",
        "The axes of the windows' places and those within a window are exchanged",
        "Which axes does the first axis of the matrix hold, and which ones in yours?",
        "transpose(0, 4, 5, 1, 2, 3)",
    ),
):
    bug(id, title, question, (ORDER, order))
RESHAPED = "by_window.reshape(batch * down * across, channels * kh * kw)"
another(
    "im2col-one-matrix-an-image",
    "as-unfold",
    (ORDER, "transpose(0, 1, 4, 5, 2, 3)"),
    (RESHAPED, "by_window.reshape(batch, channels * kh * kw, down * across)"),
)
bug(
    "im2col-windows-as-columns-and-images-last",
    "The windows stand in the columns, and all images come together at each place",
    "Is a window a row or a column of the matrix that is wanted? Which one is the second?",
    (ORDER, "transpose(1, 4, 5, 2, 3, 0)"),
    (RESHAPED, "by_window.reshape(channels * kh * kw, down * across * batch)"),
)
bug(
    "im2col-places-behind-pixels",
    "The axes of the places stand behind those of the pixels when they are joined",
    "Which axes does the first axis of the matrix hold, and which ones in yours?",
    (ORDER, "transpose(0, 1, 4, 5, 2, 3)"),
)
for id, title, question, answer in (
    (
        "im2col-six-axes",
        "The six axes are not joined",
        "How many axes has a matrix?",
        "by_window",
    ),
    (
        "im2col-a-row-for-each-image",
        "Each image is one row",
        "How many windows has an image, and how many rows of the matrix are its own?",
        "by_window.reshape(batch, -1)",
    ),
    (
        "im2col-a-row-for-each-line",
        "All windows next to each other are one row",
        "How many windows has an image, and how many rows of the matrix are its own?",
        "by_window.reshape(batch * down, -1)",
    ),
    (
        "im2col-three-axes",
        "The channels are kept apart",
        "How many axes has a matrix?",
        "by_window.reshape(batch * down * across, channels, kh * kw)",
    ),
):
    bug(id, title, question, (RESHAPED, answer))
bug(
    "im2col-last-window-left-out",
    "The last row and the last column of windows are missing",
    "An image of 5 rows, a window of 3: how many windows are there, one below the other?",
    (
        "    batch, channels, down,",
        "    seen = seen[:, :, :-1, :-1]\n    batch, channels, down,",
    ),
)
bug(
    "im2col-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    (
        "windows(x, kernel_size, stride, padding)",
        "windows(x, kernel_size, padding, stride)",
    ),
)
for name, argument, word in (
    ("stride", "stride", "The stride of the width is taken for both axes"),
    ("padding", "padding", "The padding of the width is taken for both axes"),
    ("window", "kernel_size", "The window's width is taken for both sides"),
):
    bug(
        f"im2col-{name}-of-columns",
        word,
        "Which of the pair's two numbers is the first one?",
        (
            "seen = windows(x, kernel_size, stride, padding)",
            "seen = windows(x, kernel_size, stride, padding)".replace(
                argument, f"{argument}[1:] * 2"
            ),
        ),
    )

bug = bugs_of("conv2d-matmul")
for ending, order in {
    "reversed": "(0, 3, 2, 1)",
    "between": "(0, 2, 1, 3)",
    "between-turned": "(0, 3, 1, 2)",
}.items():
    another(
        "matmul-kernel-channel-last",
        ending,
        (
            "weight.reshape(len(weight), -1)",
            f"weight.transpose{order}.reshape(len(weight), -1)",
        ),
    )
another(
    "matmul-bias-along-the-width",
    "converted",
    ("        products += bias.astype(dtype)\n", "        pass\n"),
    (
        "    return products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "    answer = products.reshape(len(x), down, across, -1).transpose(0, 3, 1, 2)\n"
        "    return answer if bias is None else (answer + bias).astype(dtype)",
    ),
)
bug(
    "matmul-bias-along-the-height",
    "The bias is added along the rows",
    "Which axis of your array is as long as the bias at the place where you add it?",
    ("        products += bias.astype(dtype)\n", "        pass\n"),
    (
        "    return products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "    answer = products.reshape(len(x), down, across, -1).transpose(0, 3, 1, 2)\n"
        "    return answer if bias is None else (answer + bias[:, None]).astype(dtype)",
    ),
)
bug(
    "matmul-bias-twice",
    "The bias is added twice",
    "An image of zeros and a bias of 5: what should come out, and what comes?",
    ("products += bias.astype(dtype)", "products += 2 * bias.astype(dtype)"),
)
bug(
    "matmul-bias-for-each-channel",
    "The bias is added once for each input channel",
    "How many times does one output get its bias, if the image has three channels?",
    (
        "products += bias.astype(dtype)",
        "products += weight.shape[1] * bias.astype(dtype)",
    ),
)
bug(
    "matmul-channels-averaged",
    "The channels are averaged",
    "What happens to the products of the channels in the definition: are they added, or "
    "averaged?",
    (
        "products = columns @ kernels.T",
        "products = columns @ kernels.T / weight.shape[1]",
    ),
)
another(
    "matmul-places-exchanged",
    "turned-back",
    (
        "reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)",
        "reshape(len(x), across, down, len(weight)).transpose(0, 3, 2, 1)",
    ),
)
another(
    "matmul-size-without-padding",
    "but-the-windows-with-it",
    (
        "kernel_size, stride, padding)\n    columns",
        "kernel_size, stride, (0, 0))\n    columns",
    ),
    ("len(weight)).transpose", "-1).transpose"),
)
bug(
    "matmul-size-at-stride-1",
    "The size of the answer is that at stride 1",
    "How many windows does your matrix have, and how many places your answer?",
    (
        "kernel_size, stride, padding)\n    columns",
        "kernel_size, (1, 1), padding)\n    columns",
    ),
)
for name, pair, word in (
    ("stride", "stride", "The stride of the {} is taken for both axes"),
    ("padding", "padding", "The padding of the {} is taken for both axes"),
):
    for side, which, cut in (("rows", "height", "[:1]"), ("columns", "width", "[1:]")):
        bug(
            f"matmul-{name}-of-{side}",
            word.format(which),
            "Which of the pair's two numbers is the first one?",
            ("    down, across", f"    {pair} = {pair}{cut} * 2\n    down, across"),
        )
for side, word, cut in (("rows", "height", "[:1]"), ("columns", "width", "[1:]")):
    bug(
        f"matmul-kernel-of-{side}",
        f"The kernel's {word} is taken for both sides",
        "A kernel of 2 rows and 4 columns: how large is your window?",
        ("kernel_size = weight.shape[2:]", f"kernel_size = weight.shape[2:]{cut} * 2"),
    )
bug(
    "matmul-padded-twice",
    "The image is padded twice",
    "Does im2col pad already? What is its argument after that?",
    (
        "im2col(x.astype(dtype, copy=False), kernel",
        "im2col(np.pad(x.astype(dtype), ((0, 0), (0, 0), (padding[0],) * 2, "
        "(padding[1],) * 2)), kernel",
    ),
)
another(
    "matmul-padded-twice",
    "and-counted",
    (
        "    down, across",
        "    sides = (padding[0],) * 2, (padding[1],) * 2\n"
        "    x = np.pad(x, ((0, 0), (0, 0), *sides))\n    down, across",
    ),
)
bug(
    "matmul-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    ("    down, across", "    stride, padding = padding, stride\n    down, across"),
)
another(
    "matmul-stride-and-padding-exchanged",
    "for-im2col",
    (
        "im2col(x.astype(dtype, copy=False), kernel_size, stride, padding)",
        "im2col(x.astype(dtype, copy=False), kernel_size, padding, stride)",
    ),
)
another(
    "matmul-one-image",
    "returned",
    ("transpose(0, 3, 1, 2)", "transpose(0, 3, 1, 2)[:1]"),
)
another(
    "matmul-loops-over-places",
    "of-conv2d-inner",
    source="""#| export
def conv2d_forward(x, weight, bias, stride, padding):
    return conv2d_inner(x, weight, bias, stride, padding)
""",
)
bug = bugs_of("col2im")
another(
    "col2im-padding-ignored",
    "from-the-beginning",
    ("    (kh, kw), (sh", "    padding = (0, 0)\n    (kh, kw), (sh"),
)
another(
    "col2im-padding-ignored",
    "in-the-size-alone",
    (
        "down, across = grid(x_shape, kernel_size, stride, padding)",
        "down, across = grid(x_shape, kernel_size, stride, (0, 0))",
    ),
)
another(
    "col2im-padding-ignored",
    "by-index",
    source=in_text(
        BACK_LOOPS,
        ("height + 2 * ph, width + 2 * pw", "height, width"),
        (
            "BODY",
            "b, i, j, c, u, v = np.ogrid[:batch, :down, :across, :channels, :kh, :kw]\n"
            "    np.add.at(padded, (b, c, i * sh + u, j * sw + v), seen)",
        ),
        ("padded[:, :, ph : ph + height, pw : pw + width]", "padded"),
    ),
)
CUT = "return padded[:, :, ph : ph + height, pw : pw + width]"
for id, title, question, other in (
    (
        "col2im-cut-at-the-height",
        "The image ends at its height, and not so far behind the padding",
        "With padding 1, in which row of the padded image is the image's last one?",
        "return padded[:, :, ph:height, pw:width]",
    ),
    (
        "col2im-cut-one-early",
        "The image's last row and its last column are cut off",
        "With padding 1, in which row of the padded image is the image's last one?",
        "return padded[:, :, ph : ph + height - 1, pw : pw + width - 1]",
    ),
    (
        "col2im-rows-cut-alone",
        "The padding is cut off above and below alone",
        "Which columns of the padded image belong to the image?",
        "return padded[:, :, ph : ph + height]",
    ),
    (
        "col2im-columns-cut-alone",
        "The padding is cut off left and right alone",
        "Which rows of the padded image belong to the image?",
        "return padded[:, :, :, pw : pw + width]",
    ),
    (
        "col2im-cut-in-front-alone",
        "The padding is cut off above and on the left alone",
        "Which shape does the image have that forward was given?",
        "return padded[:, :, ph:, pw:]",
    ),
):
    bug(id, title, question, (CUT, other))
for ending, condition in {"if-any": "ph or pw", "if-columns": "pw"}.items():
    another(
        "col2im-padding-minus-0",
        ending,
        (
            CUT,
            f"if {condition}:\n        padded = padded[:, :, ph:-ph, pw:-pw]\n"
            "    return padded",
        ),
    )
bug(
    "col2im-cut-if-both",
    "The padding is not cut off where it has no rows",
    "What is to be cut off if the padding is (0, 1)?",
    (
        CUT,
        "if ph and pw:\n        padded = padded[:, :, ph:-ph, pw:-pw]\n    return padded",
    ),
)
another(
    "col2im-cut-if-both",
    "or-rows",
    (CUT, "if ph:\n        padded = padded[:, :, ph:-ph, pw:-pw]\n    return padded"),
)
for side, line, word in (
    ("rows", "sw = sh", "height"),
    ("columns", "sh = sw", "width"),
):
    bug(
        f"col2im-stride-of-{side}",
        f"The stride of the {word} is taken for both axes",
        "With stride (2, 3), how many columns lie between two windows?",
        ("    batch, channels,", f"    {line}\n    batch, channels,"),
        (
            "height + 2 * ph, width + 2 * pw",
            "height + 2 * ph + 99, width + 2 * pw + 99",
        ),
    )
another(
    "col2im-stride-of-rows",
    "without-room",
    ("    batch, channels,", "    sw = sh\n    batch, channels,"),
)
bug(
    "col2im-places-apart",
    "The places within a window stand a stride apart",
    "A stride of 2 moves the window by 2 pixels. How far apart are the pixels in it?",
    (
        SLICES,
        "rows = slice(u * sh, u * sh + down * sh, sh)\n"
        "            pixels = slice(v * sw, v * sw + across * sw, sw)",
    ),
    (
        "height + 2 * ph, width + 2 * pw",
        "height + 2 * ph + kh * sh, width + 2 * pw + kw * sw",
    ),
)
bug(
    "col2im-first-row-left-out",
    "The window's first row is left out",
    "How many rows has a window of 3x3? How many does your loop come past?",
    ("for u in range(kh):", "for u in range(1, kh):"),
)
bug(
    "col2im-first-column-left-out",
    "The window's first column is left out",
    "How many columns has a window of 3x3? How many does your loop come past?",
    ("for v in range(kw):", "for v in range(1, kw):"),
)
bug(
    "col2im-first-row-only",
    "Only the first row of each window is put back",
    "How many rows has a window of 3x3? How many does your loop come past?",
    ("    return padded", "        return padded"),
)
bug(
    "col2im-loops-exchanged",
    "Height and width of the window are exchanged",
    "A window of 2 rows and 4 columns: how many rows does your loop come past?",
    ("(kh, kw), (sh, sw)", "(kw, kh), (sh, sw)"),
)
another(
    "col2im-loops-exchanged",
    "in-the-ranges",
    ("for u in range(kh):", "for u in range(kw):"),
    ("for v in range(kw):", "for v in range(kh):"),
)
bug(
    "col2im-channels-behind",
    "The shape is read with the channels last",
    "In which order does `x_shape` name its four lengths?",
    (
        "batch, channels, height, width = x_shape",
        "batch, height, width, channels = x_shape",
    ),
)
bug(
    "col2im-sides-exchanged",
    "Height and width of the image are exchanged",
    "An image of 5 rows and 8 columns: which shape has your answer?",
    (
        "batch, channels, height, width = x_shape",
        "batch, channels, width, height = x_shape",
    ),
)
bug(
    "col2im-image-transposed",
    "Each image is transposed",
    "An image of 5 rows and 8 columns: which shape has your answer?",
    (CUT, f"{CUT}.swapaxes(2, 3)"),
)
bug(
    "col2im-integers-float64",
    "Whole numbers give float64",
    "A matrix of whole numbers: which dtype does the docstring name for the images?",
    (
        "dtype = np.result_type(columns, np.float32)",
        "dtype = columns.dtype if columns.dtype.kind == 'f' else np.dtype(float)",
    ),
)
bug(
    "col2im-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    ("    (kh, kw), (sh", "    stride, padding = padding, stride\n    (kh, kw), (sh"),
)
another(
    "col2im-channel-last",
    "turned",
    ("channels, kh, kw)\n", "kw, kh, channels)\n"),
    ("transpose(0, 3, 1, 2, 4, 5)", "transpose(0, 5, 1, 2, 4, 3)"),
)
another(
    "col2im-one-image",
    "returned",
    (CUT, "return padded[:1, :, ph : ph + height, pw : pw + width]"),
)
bug(
    "col2im-last-channel",
    "All channels get the last channel's numbers",
    "Which numbers of a row of the matrix belong to the first channel?",
    ("+= seen[..., u, v]", "+= seen[:, -1:, ..., u, v]"),
)
bug(
    "col2im-first-channel",
    "All channels get the first channel's numbers",
    "Which numbers of a row of the matrix belong to the second channel?",
    ("+= seen[..., u, v]", "+= seen[:, :1, ..., u, v]"),
)

bug = bugs_of("conv2d-backward")
MOVED = (
    "grad_output.transpose(0, 2, 3, 1).astype(dtype, copy=False)",
    "by_window.reshape(-1, len(weight))",
)
FLAT = {
    "backward-upstream-not-moved": "grad_output.astype(dtype).reshape(-1, len(weight))",
    "backward-upstream-by-kernel": (
        "grad_output.astype(dtype).reshape(len(weight), -1).T"
    ),
}
for known_id, flat in FLAT.items():
    for ending, line in {
        "for-the-kernel": ("(upstream.T @ columns)", "(mixed.T @ columns)"),
        "for-the-image": ("col2im(upstream @", "col2im(mixed @"),
        "for-the-bias": ("upstream.sum(axis=0)", "mixed.sum(axis=0)"),
    }.items():
        another(
            known_id,
            ending,
            ("    columns =", f"    mixed = {flat}\n    columns ="),
            line,
        )
another(
    "backward-upstream-by-kernel",
    "but-for-the-bias",
    (MOVED[1], "grad_output.reshape(len(weight), -1).T.astype(dtype)"),
    ("upstream.sum(axis=0)", "grad_output.sum(axis=(0, 2, 3), dtype=dtype)"),
)
OF_WINDOWS = "im2col(x.astype(dtype, copy=False), kernel_size, stride, padding)"
OF_IMAGE = "col2im(upstream @ kernels, x.shape, kernel_size, stride, padding)"
for id, argument, other in (
    ("backward-padding-ignored", "padding)", "(0, 0))"),
    ("backward-padding-swapped", "padding)", "padding[::-1])"),
    ("backward-stride-swapped", "stride,", "stride[::-1],"),
):
    another(id, "for-the-kernel", (OF_WINDOWS, OF_WINDOWS.replace(argument, other)))
bug(
    "backward-stride-ignored",
    "The stride does not reach the windows of the kernel's gradient",
    "How many windows did forward see, and how many do you see?",
    ("    dtype =", "    stride = (1, 1)\n    dtype ="),
)
another(
    "backward-stride-ignored",
    "for-the-kernel",
    (OF_WINDOWS, OF_WINDOWS.replace("stride", "(1, 1)")),
)
for name in ("stride", "padding"):
    for side, word, cut in (("rows", "height", "[:1]"), ("columns", "width", "[1:]")):
        bug(
            f"backward-{name}-of-{side}",
            f"The {name} of the {word} is taken for both axes",
            "Which of the pair's two numbers is the first one?",
            ("    dtype =", f"    {name} = {name}{cut} * 2\n    dtype ="),
        )
        for place, piece in {"kernel": OF_WINDOWS, "image": OF_IMAGE}.items():
            another(
                f"backward-{name}-of-{side}",
                f"for-the-{place}",
                (piece, piece.replace(f", {name}", f", {name}{cut} * 2")),
            )
bug(
    "backward-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    ("    dtype =", "    stride, padding = padding, stride\n    dtype ="),
)
SUM = "upstream.sum(axis=0)"
UPSTREAM = "grad_output.astype(dtype)"
for id, title, question, other in (
    (
        "backward-bias-keeps-columns",
        "The bias has a gradient for each column",
        "How many biases are there? Over which axes of the upstream gradient must you add?",
        f"{UPSTREAM}.sum(axis=(0, 2))",
    ),
    (
        "backward-bias-keeps-rows",
        "The bias has a gradient for each row",
        "How many biases are there? Over which axes of the upstream gradient must you add?",
        f"{UPSTREAM}.sum(axis=(0, 3))",
    ),
    (
        "backward-bias-for-each-image",
        "The upstream gradient is added up over the kernels",
        "There is one bias for each output channel. Which axis of the upstream gradient "
        "must be left when you have summed?",
        f"{UPSTREAM}.sum(axis=(1, 2, 3))",
    ),
    (
        "backward-bias-first-image",
        "Only the first image counts for the bias's gradient",
        "The bias was added to every image. Whose gradients add up there?",
        f"{UPSTREAM}[0].sum(axis=(1, 2))",
    ),
    (
        "backward-bias-of-ones",
        "The bias's gradient is one",
        "If nothing behind an output depends on it, how large is its share of the bias's "
        "gradient?",
        "np.ones(len(weight), dtype)",
    ),
    (
        "backward-bias-without-upstream",
        "The bias's gradient leaves out the upstream gradient",
        "If nothing behind an output depends on it, how large is its share of the bias's "
        "gradient?",
        "np.full(len(weight), len(upstream), dtype)",
    ),
    (
        "backward-bias-sign",
        "The bias's gradient has the wrong sign",
        "Is it the gradient that is asked for, or the step that an optimiser takes?",
        "-upstream.sum(axis=0)",
    ),
):
    bug(id, title, question, (SUM, other))
another(
    "backward-bias-keepdims",
    "four-axes",
    (SUM, f"{UPSTREAM}.sum(axis=(0, 2, 3), keepdims=True)"),
)
another("backward-bias-none", "two-gradients", (RETURNED, "return grad_x, grad_weight"))
bug(
    "backward-image-sign",
    "The image's gradient has the wrong sign",
    "Is it the gradient that is asked for, or the step that an optimiser takes?",
    (RETURNED, RETURNED.replace("grad_x", "-grad_x")),
)
bug(
    "backward-image-first-image",
    "Only the first image gets a gradient",
    "Which images went into forward?",
    ("    return grad_x", "    grad_x[1:] = 0\n    return grad_x"),
)
bug(
    "backward-image-last-kernel",
    "The image keeps the gradient of the last output channel alone",
    "Into how many outputs did a pixel go, and what becomes of their gradients?",
    ("col2im(upstream @ kernels,", "col2im(upstream[:, -1:] @ kernels[-1:],"),
)
bug(
    "backward-image-first-kernel",
    "The image gets the gradient of the first output channel alone",
    "Into how many outputs did a pixel go, and what becomes of their gradients?",
    ("col2im(upstream @ kernels,", "col2im(upstream[:, :1] @ kernels[:1],"),
)
bug(
    "backward-image-kernel-channel-last",
    "For the image's gradient a kernel's numbers stand in another order than a window's",
    "In a row that `col2im` takes, what comes first: all of one channel, or all channels "
    "of one place?",
    (
        "weight.reshape(len(weight), -1)",
        "weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)",
    ),
)
another(
    "backward-image-kernel-channel-last",
    "reversed",
    (
        "weight.reshape(len(weight), -1)",
        "weight.transpose(0, 3, 2, 1).reshape(len(weight), -1)",
    ),
)
bug(
    "backward-image-kernel-transposed",
    "For the image's gradient the kernels' rows and columns are exchanged",
    "Which number of the kernel met the second pixel of a window's first row?",
    (
        "weight.reshape(len(weight), -1)",
        "weight.swapaxes(2, 3).reshape(len(weight), -1)",
    ),
)
PRODUCT = "(upstream.T @ columns).reshape(weight.shape)"
bug(
    "backward-kernel-transposed",
    "The rows and columns of the kernel's gradient are exchanged",
    "Which number of the kernel met the second pixel of a window's first row?",
    (
        PRODUCT,
        "(upstream.T @ columns).reshape(weight.swapaxes(2, 3).shape).swapaxes(2, 3)",
    ),
)
another(
    "backward-kernel-transposed",
    "at-the-end",
    (PRODUCT, f"{PRODUCT}.swapaxes(2, 3)"),
)
bug(
    "backward-kernel-channel-last",
    "The kernel's gradient is split as if the channel came last",
    "In a row of `im2col`, what comes first: all of one channel, or all channels of one "
    "place?",
    (
        PRODUCT,
        "(upstream.T @ columns).reshape(len(weight), *kernel_size, -1)\n"
        "    grad_weight = grad_weight.transpose(0, 3, 1, 2)",
    ),
)
bug(
    "backward-kernel-channels-added",
    "All input channels get the same gradient of the kernel",
    "Which pixels did a kernel's second channel meet?",
    (
        PRODUCT,
        f"{PRODUCT}\n"
        "    grad_weight = grad_weight.sum(axis=1, keepdims=True)\n"
        "    grad_weight = grad_weight.repeat(weight.shape[1], axis=1)",
    ),
)
for name, title, dtype in (
    (
        "upstream-dtype",
        "Whole numbers are added up in their own dtype",
        "grad_output.dtype",
    ),
    (
        "integers-float64",
        "Whole numbers give float64",
        "grad_output.dtype if grad_output.dtype.kind == 'f' else np.dtype(float)",
    ),
):
    bug(
        f"backward-{name}",
        title,
        "The upstream gradient is of whole numbers: which dtype does the docstring name "
        "for the three?",
        ("dtype = np.result_type(grad_output, np.float32)", f"dtype = {dtype}"),
    )
another(
    "backward-image-dtype",
    "or-the-kernels",
    (
        RETURNED,
        "grads = grad_x.astype(x.dtype), grad_weight.astype(weight.dtype)\n"
        "    return *grads, upstream.sum(axis=0)",
    ),
)
bug(
    "backward-kernel-of-the-kernels-dtype",
    "The kernel's gradient has the kernel's dtype",
    "The kernel has whole numbers. What becomes of a gradient of 0.3?",
    (RETURNED, RETURNED.replace("grad_weight", "grad_weight.astype(weight.dtype)")),
)

bug = bugs_of("blocks")
BYTES = "bytes_each = down * across * weight[0].size * dtype.itemsize"
for id, title, question, other in (
    (
        "blocked-without-channels",
        "The channels of a window are not counted",
        "How many numbers does one row of the matrix of windows have?",
        "down * across * weight[0, 0].size * dtype.itemsize",
    ),
    (
        "blocked-without-rows",
        "The rows of windows are not counted",
        "How many windows has one image?",
        "across * weight[0].size * dtype.itemsize",
    ),
    (
        "blocked-without-columns",
        "The columns of windows are not counted",
        "How many windows has one image?",
        "down * weight[0].size * dtype.itemsize",
    ),
    (
        "blocked-one-window",
        "The bytes of one window are counted, not those of all windows of an image",
        "How many windows has one image?",
        "weight[0].size * dtype.itemsize",
    ),
    (
        "blocked-bytes-of-the-answer",
        "The bytes of the answer are counted, not those of the windows",
        "How many numbers does one row of the matrix of windows have?",
        "down * across * len(weight) * dtype.itemsize",
    ),
    (
        "blocked-windows-at-each-pixel",
        "A window is counted for each pixel of the image",
        "How many windows has an image of 5x6 pixels, if the window is 3x2 and moves by "
        "2?",
        "x.shape[2] * x.shape[3] * weight[0].size * dtype.itemsize",
    ),
    (
        "blocked-kernel-of-rows",
        "The kernel's height is taken for both sides",
        "How many numbers does one row of the matrix of windows have?",
        "down * across * weight.shape[1] * weight.shape[2] ** 2 * dtype.itemsize",
    ),
    (
        "blocked-kernel-of-columns",
        "The kernel's width is taken for both sides",
        "How many numbers does one row of the matrix of windows have?",
        "down * across * weight.shape[1] * weight.shape[3] ** 2 * dtype.itemsize",
    ),
    (
        "blocked-in-bits",
        "The bits of the windows are counted",
        "In which unit is `block_bytes` given?",
        "down * across * weight[0].size * dtype.itemsize * 8",
    ),
    (
        "blocked-always-8-bytes",
        "A number is counted as 8 bytes whatever its dtype",
        "How many bytes does a number take if the images are float32?",
        "down * across * weight[0].size * 8",
    ),
    (
        "blocked-windows-and-answer",
        "The bytes of the answer are counted beside those of the windows",
        "Of which matrix does the docstring limit the bytes?",
        "down * across * (weight[0].size + len(weight)) * dtype.itemsize",
    ),
    (
        "blocked-at-stride-1",
        "As many windows are counted as there are at stride 1",
        "How many windows has an image of 5x6 pixels, if the window is 3x2 and moves by "
        "2?",
        "weight[0].size * dtype.itemsize\n"
        "    for n in grid(x.shape, weight.shape[2:], (1, 1), padding):\n"
        "        bytes_each *= n",
    ),
    (
        "blocked-counted-without-padding",
        "The windows of the padding are not counted",
        "How many windows has the padded image?",
        "weight[0].size * dtype.itemsize\n"
        "    for n in grid(x.shape, weight.shape[2:], stride, (0, 0)):\n"
        "        bytes_each *= n",
    ),
):
    bug(id, title, question, (BYTES, f"bytes_each = {other}"))
another("blocked-bytes-of-the-image", "in-all", (BYTES, "bytes_each = x.nbytes"))
another(
    "blocked-bytes-of-the-image",
    "padded",
    (
        BYTES,
        "rows, columns = (n + 2 * p for n, p in zip(x.shape[2:], padding))\n"
        "    bytes_each = x.shape[1] * rows * columns * dtype.itemsize",
    ),
)
RANGES = "return [(start, min(start + step, count)) for start in range(0, count, step)]"
for id, title, question, other in (
    (
        "blocks-counted-from-1",
        "The items are counted from 1",
        "Which is the number of the first item?",
        "return [\n"
        "        (start + 1, min(start + step, count) + 1)\n"
        "        for start in range(0, count, step)\n"
        "    ]",
    ),
    (
        "blocks-in-bytes",
        "The ranges are of bytes, not of items",
        "Which unit have the two numbers of a range: bytes or items?",
        "return [\n"
        "        (start * bytes_each, min(start + step, count) * bytes_each)\n"
        "        for start in range(0, count, step)\n"
        "    ]",
    ),
    (
        "blocks-rest-in-the-last-one",
        "The rest is put into the last full block",
        "Seven items, three of which fit into a block: how many may the last one have?",
        "full = max(1, count // step)\n"
        "    stops = [*range(step, full * step, step), count] if count else []\n"
        "    return list(zip([0, *stops], stops))",
    ),
    (
        "blocks-starts-alone",
        "Each block is named by its first item alone",
        "Which two numbers does the docstring want for each block?",
        "return list(range(0, count, step))",
    ),
    (
        "blocks-lengths-alone",
        "Each block is named by its length alone",
        "Which two numbers does the docstring want for each block?",
        "return [min(step, count - start) for start in range(0, count, step)]",
    ),
    (
        "blocks-empty-for-none",
        "No item gives a block that is empty",
        "How many blocks do no items make?",
        f"{RANGES} or [(0, 0)]",
    ),
    (
        "blocks-first-one-alone",
        "There is only the first block",
        "Seven items in blocks of three: which blocks are behind the first?",
        f"{RANGES}[:1]",
    ),
):
    bug(id, title, question, (RANGES, other))
bug(
    "blocks-larger-item-refused",
    "An item larger than a block is refused",
    "What should happen with an item of 100 bytes and a block of 30?",
    (
        "    step =",
        "    if bytes_each > block_bytes:\n"
        '        raise ValueError(f"{bytes_each} is more than {block_bytes}")\n    step =',
    ),
)
bug(
    "blocks-larger-item-left-out",
    "An item larger than a block gives no block",
    "What should happen with an item of 100 bytes and a block of 30?",
    (
        "    step =",
        "    if bytes_each > block_bytes:\n        return []\n    step =",
    ),
)
for name, title in {
    "bytes_each": "The error for the bytes of an item does not name them",
    "block_bytes": "The error for the bytes of a block does not name them",
}.items():
    bug(
        f"blocks-silent-{name.replace('_', '-')}",
        title,
        "You read only the error's text. Can you tell which number was wrong?",
        (f"{{{name}}}", "something"),
    )
another(
    "blocks-silent-error",
    "or-another-number",
    ("{count}, bytes_each {bytes_each}, block_bytes {block_bytes}", "below 1"),
)
bug(
    "blocks-block-bytes-unchecked",
    "The bytes of a block are not looked at",
    "What does your function do with a block of 0 bytes?",
    (" or block_bytes < 1:", ":"),
)
bug(
    "blocks-accepts-0-block-bytes",
    "Blocks of 0 bytes are not refused",
    "Which numbers are below 1: only those below 0?",
    ("block_bytes < 1", "block_bytes < 0"),
)
another(
    "blocks-accepts-negative-count",
    "for-none",
    ("if count < 0 or", "if count <= 0:\n        return []\n    if"),
)
for ending, kind in {"": "TypeError", "-assertion": "AssertionError"}.items():
    bug(
        f"blocks-other-error{ending}",
        "The error is not a ValueError",
        "Which error does the task ask for?",
        ("raise ValueError", f"raise {kind}"),
    )
ONE_BLOCK = "conv2d_forward(x[start:stop], weight, bias, stride, padding)"
bug(
    "blocked-bias-first-block",
    "Only the first block gets the bias",
    "Which outputs have the bias in them?",
    (ONE_BLOCK, ONE_BLOCK.replace("bias", "None if start else bias")),
)
bug(
    "blocked-stride-and-padding-exchanged",
    *EXCHANGED_PAIRS,
    (ONE_BLOCK, ONE_BLOCK.replace("stride, padding", "padding, stride")),
)
another(
    "blocked-stride-and-padding-exchanged",
    "throughout",
    ("    dtype =", "    stride, padding = padding, stride\n    dtype ="),
)
bug(
    "blocked-last-block-alone",
    "Only the answers of the last block are returned",
    "Where do the answers of the first block go?",
    (
        f"        out[start:stop] = {ONE_BLOCK}\n",
        f"        out = {ONE_BLOCK}\n",
    ),
)
another(
    "blocked-first-image-only",
    "returned",
    (
        f"        out[start:stop] = {ONE_BLOCK}\n",
        f"        return {ONE_BLOCK}\n",
    ),
)
bug(
    "blocked-list-of-blocks",
    "The answers of the blocks are not joined",
    "How many arrays does the caller want?",
    (
        "    out = np.zeros((len(x), len(weight), down, across), dtype)\n",
        "    out = []\n",
    ),
    (f"out[start:stop] = {ONE_BLOCK}", f"out.append({ONE_BLOCK})"),
)
another(
    "blocked-loops-over-windows",
    "of-conv2d-inner",
    (ONE_BLOCK, ONE_BLOCK.replace("conv2d_forward", "conv2d_inner")),
)
another(
    "blocked-one-by-one",
    "in-a-loop",
    (
        f"    for start, stop in blocks(len(x), bytes_each, block_bytes):\n"
        f"        out[start:stop] = {ONE_BLOCK}\n",
        f"    for b in range(len(x)):\n"
        f"        out[b] = {ONE_BLOCK.replace('[start:stop]', '[b : b + 1]')}[0]\n",
    ),
)
another(
    "blocked-all-at-once",
    "without-blocks",
    (
        f"    for start, stop in blocks(len(x), bytes_each, block_bytes):\n"
        f"        out[start:stop] = {ONE_BLOCK}\n    return out",
        f"    return {ONE_BLOCK.replace('[start:stop]', '')}",
    ),
)

bug = bugs_of("winograd")
PLACED = {
    "kernel": ("G", "weight", "kernels"),
    "input": ("B_T", "tiles", "tiles"),
    "output": ("A_T", "products", "products"),
}
for name, (matrix, argument, many) in PLACED.items():
    right = f"return {matrix} @ {argument} @ {matrix}.T"
    another(
        f"winograd-{name}-one-side",
        "the-right",
        (right, f"return {argument} @ {matrix}.T"),
    )
    bug(
        f"winograd-{name}-by-dot",
        f"`np.dot` brings the axes of the {many} into another order",
        "For arrays of more than two axes: which axes has the answer of `np.dot`, and which "
        "that of `@`?",
        (right, f"return np.dot(np.dot({matrix}, {argument}), {matrix}.T)"),
    )
    bug(
        f"winograd-{name}-all-axes-turned",
        f"All axes of the {many} are turned round, not only the last two",
        "In which order does `.T` put the axes of an array that has four?",
        (right, f"return ({matrix} @ ({matrix} @ {argument}).T).T"),
    )
    for place, index in (("first", "0"), ("last", "-1")):
        back = " back" if name == "output" else ""
        bug(
            f"winograd-{name}-of-the-{place}-plane",
            f"Not all {many} are transformed{back}",
            "How many squares of numbers does the argument hold, and how many the answer?",
            (
                right,
                f"flat = np.reshape({argument}, (-1, *{argument}.shape[-2:]))\n"
                f"    return {matrix} @ flat[{index}] @ {matrix}.T",
            ),
        )
        another(
            f"winograd-{name}-of-the-{place}-plane",
            "in-zeros",
            (
                right,
                f"every = {matrix} @ {argument} @ {matrix}.T\n"
                "    kept = np.zeros_like(every).reshape(-1, *every.shape[-2:])\n"
                f"    kept[{index}] = every.reshape(kept.shape)[{index}]\n"
                "    return kept.reshape(every.shape)",
            ),
        )
        another(
            f"winograd-{name}-of-the-{place}-plane",
            "of-the-second-axis",
            (
                right,
                f"every = {matrix} @ {argument} @ {matrix}.T\n"
                "    if every.ndim > 3:\n"
                f"        return every[:, {index}]\n"
                f"    return every[{index}] if every.ndim > 2 else every",
            ),
        )
        another(
            f"winograd-{name}-of-the-{place}-plane",
            "of-the-first-axis",
            (
                right,
                f"every = {matrix} @ {argument} @ {matrix}.T\n"
                f"    return every[{index}] if every.ndim > 2 else every",
            ),
        )
for name, (matrix, argument, _) in PLACED.items():
    if name == "input":
        continue
    bug(
        f"winograd-{name}-without-transpose",
        f"On the right the matrix of the {name} stands as it is, and not turned round",
        "Write the shapes of the three matrices below the product. Which lengths must "
        "meet?",
        (
            f"return {matrix} @ {argument} @ {matrix}.T",
            f"return {matrix} @ {argument} @ {matrix}",
        ),
    )
bug(
    "winograd-output-wrong-side",
    "The output's matrix and its transpose stand on the wrong sides",
    "Write the shapes of the three matrices below the product. Which lengths must meet?",
    ("A_T @ products @ A_T.T", "A_T.T @ products @ A_T"),
)
bug(
    "winograd-output-untransformed",
    "The products are cut, not transformed back",
    "Which sums of the 16 products are the four outputs?",
    ("A_T @ products @ A_T.T", "products[..., :2, :2]"),
)
bug(
    "winograd-input-transposed",
    "The transformed tiles are transposed",
    "A tile with a single one in its upper right corner: in which corner does it show?",
    ("B_T @ tiles @ B_T.T", "(B_T @ tiles @ B_T.T).swapaxes(-1, -2)"),
)
ODD = "(ph, ph + rows % 2), (pw, pw + columns % 2)"
for side, other, tiles in (
    ("rows", ODD.replace("ph + rows % 2", "ph"), "rows // 2, (columns + 1) // 2"),
    ("columns", ODD.replace("pw + columns % 2", "pw"), "(rows + 1) // 2, columns // 2"),
):
    one = side[:-1]
    bug(
        f"winograd-odd-{side}-left-out",
        f"The last {one} is left out where their number is odd",
        "Five outputs in a row: how many tiles of two does it take?",
        ("(rows + 1) // 2, (columns + 1) // 2", tiles),
        (ODD, other),
    )
    bug(
        f"winograd-odd-{side}-not-filled-up",
        f"The image is not filled up where the number of its {side} of outputs is odd",
        "Five outputs in a row take three tiles: how many pixels do three tiles cover?",
        (ODD, other),
    )
another(
    "winograd-odd-left-out",
    "cut-off",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, : rows - rows % 2, : columns - columns % 2]",
    ),
)
another(
    "winograd-odd-left-out",
    "of-zeros",
    (
        "return image[:, :, :rows, :columns]",
        "image = image[:, :, :rows, :columns].copy()\n"
        "    image[:, :, rows - rows % 2 :] = 0\n"
        "    image[:, :, :, columns - columns % 2 :] = 0\n"
        "    return image",
    ),
)
bug(
    "winograd-odd-exchanged",
    "Odd rows add a column, and odd columns a row",
    "Five rows and six columns of outputs: which of the two is not a multiple of two?",
    (ODD, "(ph, ph + columns % 2), (pw, pw + rows % 2)"),
)
bug(
    "winograd-last-left-out",
    "The last row and the last column of outputs are missing",
    "An image of 5 rows, a kernel of 3: how often does it fit?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, : rows - 1, : columns - 1]",
    ),
)
bug(
    "winograd-size-of-the-image",
    "The answer has the size of the image",
    "An image of 5 rows, a kernel of 3 and no padding: how often does it fit?",
    (
        "return image[:, :, :rows, :columns]",
        "return image[:, :, : x.shape[2], : x.shape[3]]",
    ),
)
bug(
    "winograd-padding-ignored",
    "The image is not padded",
    "What should change in the output's size when the padding grows by 1?",
    ("    (ph, pw), (out", "    padding = (0, 0)\n    (ph, pw), (out"),
)
bug(
    "winograd-padding-twice",
    "The image is padded twice",
    "Does `windows` pad what you have padded already?",
    (
        "windows(padded, (4, 4), (2, 2), (0, 0))",
        "windows(padded, (4, 4), (2, 2), padding)",
    ),
)
for side, cut in (("rows", "[:1]"), ("columns", "[1:]")):
    word = {"rows": "height", "columns": "width"}[side]
    bug(
        f"winograd-padding-of-{side}",
        f"The padding of the {word} is taken for both axes",
        "With padding (1, 2), how many rows are added above, and how many columns on the "
        "left?",
        ("    (ph, pw), (out", f"    padding = padding{cut} * 2\n    (ph, pw), (out"),
    )
another(
    "winograd-tiles-side-by-side",
    "down-alone",
    ("(4, 4), (2, 2), (0, 0)", "(4, 4), (4, 2), (0, 0)"),
)
another(
    "winograd-tiles-side-by-side",
    "and-put-together",
    (
        "windows(padded, (4, 4), (2, 2), (0, 0))",
        "windows(padded, (4, 4), (4, 4), (0, 0))",
    ),
    ("    pixels =", "    down, across = tiles.shape[2:4]\n    pixels ="),
)
bug(
    "winograd-tiles-at-each-pixel",
    "A tile begins at each pixel",
    "A tile of 4 gives 2 outputs. Where must the next tile begin, so that no output is "
    "there twice?",
    ("(4, 4), (2, 2), (0, 0)", "(4, 4), (1, 1), (0, 0)"),
)
another(
    "winograd-tiles-at-each-pixel",
    "and-put-together",
    (
        "windows(padded, (4, 4), (2, 2), (0, 0))",
        "windows(padded, (4, 4), (1, 1), (0, 0))",
    ),
    ("    pixels =", "    down, across = tiles.shape[2:4]\n    pixels ="),
)
bug(
    "winograd-one-kernel",
    "All output channels use the first kernel",
    "How many kernels are there, and which of them meets a tile?",
    (
        "winograd_kernel(weight).transpose",
        "winograd_kernel(weight)[[0] * out_channels].transpose",
    ),
)
bug(
    "winograd-one-image",
    "Only the first image is convolved",
    "How many images are in the batch?",
    ("    return image[", "    image[1:] = 0\n    return image["),
)
another("winograd-one-image", "returned", ("return image[:, :,", "return image[:1, :,"))
bug(
    "winograd-images-mixed",
    "Images and kernels are mixed in the answer",
    "In the product the tiles of all images are one axis. Which axis is the first of "
    "those that you split it into?",
    (
        "reshape(4, 4, len(x), down, across, out_channels)",
        "reshape(4, 4, out_channels, len(x), down, across)",
    ),
    ("products.transpose(2, 5, 3, 4, 0, 1)", "products.transpose(3, 2, 4, 5, 0, 1)"),
)
another(
    "winograd-tiles-not-put-together",
    "rows-and-columns",
    ("outputs.transpose(0, 1, 2, 4, 3, 5)", "outputs.transpose(0, 1, 4, 5, 2, 3)"),
)
another(
    "winograd-tiles-not-put-together",
    "rows-first",
    ("outputs.transpose(0, 1, 2, 4, 3, 5)", "outputs.transpose(0, 1, 4, 2, 5, 3)"),
)
another(
    "winograd-is-direct",
    "by-im2col",
    source="""#| export
def winograd_kernel(weight):
    return G @ weight @ G.T


def winograd_input(tiles):
    return B_T @ tiles @ B_T.T


def winograd_output(products):
    return A_T @ products @ A_T.T


def conv2d_winograd(x, weight, padding):
    dtype = np.result_type(x, weight, np.float32)
    seen = windows(x.astype(dtype), (3, 3), (1, 1), padding)
    out = np.tensordot(seen, weight.astype(dtype), axes=((1, 4, 5), (1, 2, 3)))
    return out.transpose(0, 3, 1, 2)
""",
)

bug = bugs_of("fft")
PADDED = "((0, 0), (0, 0), (ph, ph), (pw, pw))"
for name, title, sides in (
    (
        "all-after",
        "All of the padding is below and on the right",
        "((0, 0), (0, 0), (0, 2 * ph), (0, 2 * pw))",
    ),
    (
        "all-before",
        "There is twice the padding above and on the left",
        "((0, 0), (0, 0), (2 * ph, 0), (2 * pw, 0))",
    ),
    (
        "of-rows",
        "The padding of the height is taken for both axes",
        "((0, 0), (0, 0), (ph, ph), (ph, ph))",
    ),
    (
        "of-columns",
        "The padding of the width is taken for both axes",
        "((0, 0), (0, 0), (pw, pw), (pw, pw))",
    ),
    (
        "twice",
        "There is twice the padding above and on the left",
        "((0, 0), (0, 0), (2 * ph, 2 * ph), (2 * pw, 2 * pw))",
    ),
):
    bug(
        f"fft-padding-{name}",
        title,
        "With padding (1, 2), how many rows are added above, and how many columns on the "
        "left?",
        (PADDED, sides),
    )
    if name.startswith("of-"):
        another(
            f"fft-padding-{name}",
            "throughout",
            (
                "    (ph, pw), dtype",
                f"    padding = padding{'[:1]' if name == 'of-rows' else '[1:]'} * 2\n"
                "    (ph, pw), dtype",
            ),
        )
another(
    "fft-padding-swapped",
    "throughout",
    ("    (ph, pw), dtype", "    padding = padding[::-1]\n    (ph, pw), dtype"),
)
bug(
    "fft-summed-over-kernels",
    "The products are added over the kernels, not over the channels",
    "Which axis of the products counts input channels?",
    ("->bohw", "->bchw"),
)
bug(
    "fft-not-summed",
    "The products of the channels are not added",
    "Which axes has the answer, and which one of yours is one too many?",
    ("->bohw", "->bochw"),
)
TAKEN = "image[:, :, :down, :across]"
for id, title, question, part in (
    (
        "fft-last-left-out",
        "The last row and the last column of outputs are missing",
        "An image of 5 rows, a kernel of 3: how often does it fit?",
        "image[:, :, : down - 1, : across - 1]",
    ),
    (
        "fft-size-of-the-image",
        "The answer has the size of the image",
        "An image of 5 rows, a kernel of 3 and no padding: how often does it fit?",
        "image[:, :, : x.shape[2], : x.shape[3]]",
    ),
    (
        "fft-cut-behind-the-padding",
        "The outputs are looked for behind the padding",
        "Where does the output of the first window stand: on the padding, or behind it?",
        "image[:, :, ph : ph + down, pw : pw + across]",
    ),
    (
        "fft-one-row-on",
        "The outputs are taken one row and one column too far on",
        "At which place does the output of the first window stand?",
        "image[:, :, 1 : down + 1, 1 : across + 1]",
    ),
):
    bug(id, title, question, (TAKEN, part))
another(
    "fft-cut-at-the-end",
    "of-the-kernel",
    (TAKEN, "image[:, :, weight.shape[2] - 1 :, weight.shape[3] - 1 :]"),
)
another(
    "fft-kernel-flipped",
    "and-conjugated",
    (
        "np.fft.rfft2(weight.astype(dtype, copy=False), size).conj()",
        "np.fft.rfft2(weight[:, :, ::-1, ::-1].astype(dtype), size).conj()",
    ),
)
# Fast enough beside transforms: each row of the kernel as a matrix that slides it.
another(
    "fft-is-direct",
    "by-matrices",
    source="""#| export
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    width, (kh, kw) = padded.shape[3], weight.shape[2:]
    out = np.zeros((len(x), len(weight), down, across), dtype)
    # One number longer than a row: so each row is moved by one.
    rows = np.zeros((across, width + 1), dtype)
    slid = rows.reshape(-1)[: across * width].reshape(across, width).T
    for o, c, u in np.ndindex(len(weight), len(weight[0]), kh):
        rows[:, :kw] = weight[o, c, u]
        out[:, o] += padded[:, c, u : u + down] @ slid
    return out
""",
)
# It rounds as transforms do, on purpose.
another(
    "fft-is-direct",
    "and-rounds",
    source="""#| export
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    width, (kh, kw) = padded.shape[3], weight.shape[2:]
    out = np.zeros((len(x), len(weight), down, across), dtype)
    rows = np.zeros((across, width + 1), dtype)
    slid = rows.reshape(-1)[: across * width].reshape(across, width).T
    for o, c, u in np.ndindex(len(weight), len(weight[0]), kh):
        rows[:, :kw] = weight[o, c, u]
        out[:, o] += padded[:, c, u : u + down] @ slid
    size = padded.shape[2:]
    noise = np.fft.irfft2(np.fft.rfft2(padded), size) - padded
    return out + noise[:, :1, :down, :across].astype(dtype)
""",
)
bug(
    "fft-halves-back",
    "The way back takes all frequencies, and half of them are there",
    "How many frequencies does `rfft2` give for 8 columns, and how many does `ifft2` want?",
    ("np.fft.irfft2(products, size)", "np.fft.ifft2(products).real"),
)
bug(
    "fft-halves-back-filled-up",
    "The missing half of the frequencies is taken for zeros",
    "How many frequencies does `rfft2` give for 8 columns, and how many does `ifft2` want?",
    ("np.fft.irfft2(products, size)", "np.fft.ifft2(products, size).real"),
)
bug(
    "fft-columns-alone",
    "The transform goes along the width alone",
    "Along how many axes does an image go round?",
    ("np.fft.rfft2(padded, size)", "np.fft.rfft(padded, size[1])"),
    (
        "np.fft.rfft2(weight.astype(dtype, copy=False), size)",
        "np.fft.rfft(weight.astype(dtype), size[1])",
    ),
    ("np.fft.irfft2(products, size)", "np.fft.irfft(products, size[1])"),
)
bug(
    "fft-first-axes",
    "The transform goes along images and channels",
    "Which two of the four axes are rows and columns?",
    ("np.fft.rfft2(padded, size)", "np.fft.rfft2(padded, axes=(0, 1))"),
    ("copy=False), size).conj()", "copy=False), axes=(0, 1)).conj()"),
)
bug(
    "fft-sides-exchanged",
    "Height and width are exchanged in the transform's size",
    "An image of 5 rows and 8 columns: which number comes first in the size?",
    ("size = padded.shape[2:]", "size = padded.shape[:1:-1]"),
)
bug(
    "fft-images-and-kernels-exchanged",
    "The answer's first axis is the kernel",
    "Read the shape in the docstring. Which axis comes first, and which one in yours?",
    ("->bohw", "->obhw"),
)
bug(
    "fft-multiplied-as-matrices",
    "The transforms are multiplied as matrices",
    "Which frequency of the kernel meets a frequency of the image?",
    (
        'np.einsum("bchw,ochw->bohw", pixels, kernels)',
        'np.einsum("bchw,ocvw->bohv", pixels, kernels)',
    ),
)
bug(
    "fft-divided",
    "The transforms are divided",
    "What does a convolution become, once both are transformed?",
    ("pixels, kernels)", "pixels, 1 / kernels)"),
)
bug(
    "fft-shifted-back",
    "The frequencies are shifted on the way back",
    "`fftshift` puts the frequency 0 into the middle. Where does the way back want it?",
    (
        "np.fft.irfft2(products, size)",
        "np.fft.irfft2(np.fft.fftshift(products, axes=(2, 3)), size)",
    ),
)

bug = bugs_of("choose")
NOTHING = 'raise ValueError("fastest needs at least one method, got none")'
UNMEASURED = 'raise ValueError(f"fastest needs a measurement of {name!r}, got none")'
LEAST = "return min(medians, key=medians.get)"
for ending, error in {"": "TypeError", "-index": "IndexError"}.items():
    another(
        "choose-key-error",
        f"or-another{ending}",
        ('raise ValueError("fastest needs at', f'raise {error}("fastest needs at'),
        ('raise ValueError(f"fastest', f'raise {error}(f"fastest'),
    )
another("choose-none-for-nothing", "but-a-text", (NOTHING, 'return ""'))
for ending, number in {"slowest": 'float("inf")', "fastest": "0.0"}.items():
    another(
        "choose-empty-skipped",
        f"as-the-{ending}",
        (f"            {UNMEASURED}\n", "            pass\n"),
        (
            "np.median(measured) for",
            f"np.median(measured) if len(measured) else {number} for",
        ),
    )
another(
    "choose-empty-skipped",
    "or-not-looked-for",
    (
        "    for name, measured in seconds.items():\n"
        "        if len(measured) == 0:\n"
        f"            {UNMEASURED}\n",
        "",
    ),
)
for id, title, question, how in (
    (
        "choose-rounded",
        "The medians are rounded",
        "Two methods of 2.9 and 2.6 seconds: which of them is faster?",
        "round(np.median(measured))",
    ),
    (
        "choose-whole-seconds",
        "The medians are cut to whole seconds",
        "Two methods of 2.9 and 2.6 seconds: which of them is faster?",
        "int(np.median(measured))",
    ),
    (
        "choose-most-steady",
        "The method with the smallest spread wins",
        "A method is always slow: should it win?",
        "np.std(measured)",
    ),
):
    bug(id, title, question, (MEDIAN, how))
for ending, answer in {
    "of-its-place": "list(medians).index(min(medians, key=medians.get))",
    "with-its-median": "min(medians.items(), key=lambda pair: pair[1])",
}.items():
    another("choose-seconds", ending, (LEAST, f"return {answer}"))
bug(
    "choose-last-name",
    "The last name is returned whatever was measured",
    "Which of your names would be returned if the first method were faster?",
    (LEAST, "return list(medians)[-1]"),
)

OWN_SIZE = (
    "(kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding\n"
    "    height, width = {shape}[2:]\n"
    "    down, across = {sizes}"
)
for name in (
    "last-left-out",
    "size-with-padding-once",
    "size-plus-one-inside",
    "size-rounded-up",
    "size-divided-too-early",
):
    title, question, sizes = SIZES[name]
    lines = (
        "down, across = grid(x.shape, kernel_size, stride, padding)",
        OWN_SIZE.format(shape="x.shape", sizes=sizes),
    )
    bugs_of("conv2d-matmul")(f"matmul-{name}", title, question, lines)
    another(
        f"matmul-{name}",
        "kernels-counted",
        lines,
        ("across, len(weight)).transpose", "across, -1).transpose"),
    )
    bugs_of("col2im")(
        f"col2im-{name}",
        title,
        question,
        (
            "down, across = grid(x_shape, kernel_size, stride, padding)",
            OWN_SIZE.format(shape="x_shape", sizes=sizes),
        ),
    )

bugs_of("roofline")(
    "attainable-corner-at-1",
    "The corner of every roof is taken to lie at one operation for each byte",
    "With 10 bytes a second and a peak of 100: up to which intensity is memory the limit?",
    (
        "return min(peak, intensity * bandwidth)",
        "return intensity * bandwidth if intensity < 1 else peak",
    ),
)

# Types and padding that a cell takes from the image, or leaves to a slice.
IN_IMAGE_DTYPE = (
    "The kernel is converted to the image's type",
    "An image of whole numbers and a kernel of halves: what is left of the kernel?",
)
bugs_of("inner-product")(
    "inner-sum-of-the-image-dtype",
    "The sum is kept in the image's type",
    "An int8 ends at 127, and knows no fractions. In which type do you add up?",
    ("np.pad(x.astype(dtype), ", "np.pad(x, "),
    ("(window * weight[o]).sum()", "(window * weight[o]).sum(dtype=x.dtype)"),
)
bugs_of("inner-product")(
    "inner-kernel-in-the-image-dtype",
    *IN_IMAGE_DTYPE,
    ("np.pad(x.astype(dtype), ", "np.pad(x, "),
    ("(window * weight[o])", "(window * weight[o].astype(x.dtype))"),
)
another(
    "inner-kernel-in-the-image-dtype",
    "and-the-bias",
    ("np.pad(x.astype(dtype), ", "np.pad(x, "),
    ("(window * weight[o])", "(window * weight[o].astype(x.dtype))"),
    ("bias[:, None, None].astype(dtype)", "bias[:, None, None].astype(x.dtype)"),
)
another(
    "inner-kernel-in-the-image-dtype",
    "summed-in-it",
    ("np.pad(x.astype(dtype), ", "np.pad(x, "),
    (
        "(window * weight[o]).sum()",
        "(window * weight[o].astype(x.dtype)).sum(dtype=x.dtype)",
    ),
)
KERNELS = "weight.reshape(len(weight), -1).astype(dtype, copy=False)"
OF_X = KERNELS.replace("dtype, copy=False", "x.dtype")
COLUMNS = "im2col(x.astype(dtype, copy=False), "
ANSWER = "    return products.reshape("
bugs_of("conv2d-matmul")(
    "matmul-kernel-in-the-image-dtype",
    *IN_IMAGE_DTYPE,
    (KERNELS, f"{OF_X}.astype(dtype)"),
)
for ending, pieces in {
    "product-too": (
        (COLUMNS, "im2col(x, "),
        (KERNELS, OF_X),
        ("columns @ kernels.T", "(columns @ kernels.T).astype(dtype)"),
    ),
    "and-the-bias": (
        (COLUMNS, "im2col(x, "),
        (KERNELS, OF_X),
        ("products += bias.astype(dtype)", "products += bias.astype(x.dtype)"),
        (ANSWER, f"    products = products.astype(dtype)\n{ANSWER}"),
    ),
    "bias-as-it-is": (
        (COLUMNS, "im2col(x, "),
        (KERNELS, OF_X),
        ("products += bias.astype(dtype)", "products = products + bias"),
        (ANSWER, f"    products = products.astype(dtype)\n{ANSWER}"),
    ),
}.items():
    another("matmul-kernel-in-the-image-dtype", ending, *pieces)
NO_ROOM = (
    "Without padding, there is no room for the image",
    "A row of 5 numbers from number 0 on, up to number -0: how many are these?",
)
ROOM = "shape = (*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw)\n    "
bugs_of("inner-product")(
    "inner-room-for-nothing",
    *NO_ROOM,
    (
        "padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))",
        f"{ROOM}padded = np.zeros(shape, dtype)\n    padded[:, :, ph:-ph, pw:-pw] = x",
    ),
)
bugs_of("windows")(
    "windows-room-for-nothing",
    *NO_ROOM,
    (
        "padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))",
        f"{ROOM}padded = np.zeros(shape, x.dtype)\n    padded[:, :, ph:-ph, pw:-pw] = x",
    ),
)

ONE_ARRAY = (
    "All answers of one shape are one array",
    "Call it for one image, and for another of the same size: what has become of the "
    "first answer?",
)
ROOMS = (
    "    rooms = {function}.__dict__\n"
    '    {name} = rooms.setdefault(f"{{new.shape}} {{new.dtype}}", new)'
)
bugs_of("inner-product")(
    "inner-one-array-for-all",
    *ONE_ARRAY,
    (
        "out = np.zeros((len(x), out_channels, down, across), dtype)",
        "new = np.zeros((len(x), out_channels, down, across), dtype)\n"
        + ROOMS.format(function="conv2d_inner", name="out"),
    ),
)
bugs_of("conv2d-matmul")(
    "matmul-one-array-for-all",
    *ONE_ARRAY,
    (
        "products = columns @ kernels.T",
        "new = np.zeros((len(columns), len(kernels)), dtype)\n"
        + ROOMS.format(function="conv2d_forward", name="products")
        + "\n    np.matmul(columns, kernels.T, out=products)",
    ),
)
bugs_of("im2col")(
    "im2col-one-array-for-all",
    *ONE_ARRAY,
    (
        "    return by_window.reshape(batch * down * across, channels * kh * kw)",
        "    new = np.zeros((batch * down * across, channels * kh * kw), x.dtype)\n"
        + ROOMS.format(function="im2col", name="matrix")
        + "\n    matrix[:] = by_window.reshape(matrix.shape)\n    return matrix",
    ),
)
bugs_of("col2im")(
    "col2im-one-array-for-all",
    *ONE_ARRAY,
    (
        "padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)",
        "new = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)\n"
        + ROOMS.format(function="col2im", name="padded")
        + "\n    padded[:] = 0",
    ),
)

bug = bugs_of("conv2d-backward")
bug(
    "backward-image-full-correlation",
    "The image's gradient is a full correlation, whatever the stride",
    "With a stride of 2: how far apart in the image are two neighbours of the upstream "
    "gradient?",
    (
        "grad_x = col2im(upstream @ kernels, x.shape, kernel_size, stride, padding)",
        """turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).astype(dtype)
    around, (ph, pw) = (kernel_size[0] - 1, kernel_size[1] - 1), padding
    full = conv2d_forward(grad_output.astype(dtype), turned, None, (1, 1), around)
    grad_x = full[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]""",
    ),
)
bug(
    "backward-windows-reshaped",
    "The windows' gradients are reshaped to the image, and not added up",
    "How many numbers has the matrix, and how many the image? Which function of yours "
    "brings windows back?",
    (
        "col2im(upstream @ kernels, x.shape, kernel_size, stride, padding)",
        "(upstream @ kernels).reshape(x.shape)",
    ),
)
bugs_of("fft")(
    "fft-kernel-of-its-own-size-in-fft2",
    "Image and kernel are transformed at different sizes",
    "Can two transforms be multiplied that have different frequencies?",
    ("pixels = np.fft.rfft2(padded, size)", "pixels = np.fft.fft2(padded)"),
    (
        "np.fft.rfft2(weight.astype(dtype, copy=False), size)",
        "np.fft.fft2(weight.astype(dtype, copy=False))",
    ),
    ("np.fft.irfft2(products, size)", "np.fft.ifft2(products).real"),
)
bugs_of("col2im")(
    "col2im-slices-without-end",
    "The slices of the image have no end",
    "How many pixels does a slice have that goes on to the edge, and how many windows "
    "are there?",
    (
        "slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)",
        "slice(u, None, sh), slice(v, None, sw)",
    ),
)
bugs_of("strides")(
    "strides-up-to-three-axes",
    "It is written out for one, two and three axes",
    "What does your function return for a shape of four lengths?",
    (
        "strides, step = [], itemsize",
        "if len(shape) > 3:\n        return None\n    strides, step = [], itemsize",
    ),
)
bugs_of("fft")(
    "fft-width-always-even-of-turned",
    "The way back does not know the width",
    "`rfft2` keeps half of the frequencies: 7 and 6 columns give the same number of "
    "them. How does the way back know which it was?",
    source="""#| export
def conv2d_fft(x, weight, padding):
    (ph, pw), (kh, kw) = padding, weight.shape[2:]
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    turned = np.zeros((*weight.shape[:2], *padded.shape[2:]))
    turned[:, :, :kh, :kw] = weight[:, :, ::-1, ::-1]
    waves, filters = np.fft.rfft2(padded), np.fft.rfft2(turned)
    image = np.fft.irfft2(np.einsum("bchw,ochw->bohw", waves, filters))
    return image[:, :, kh - 1 :, kw - 1 :].astype(dtype)
""",
)
