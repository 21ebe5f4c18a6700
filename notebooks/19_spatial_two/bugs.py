"""The bug bank of module 19: mistakes that people make, cell by cell.

A mistake is the reference solution with a few pieces of its text replaced, so that what
is wrong stands here and nothing else. ``proctor gate 19_spatial_two`` puts each into an
otherwise right submission: it must lose points in its own cell only, and be named.
"""

from collections.abc import Callable
from dataclasses import replace

from proctor.bank import Bug, forms

BUGS: list[Bug] = []


def bugs_of(cell: str) -> Callable[..., None]:
    """Return a function that adds to `BUGS` a mistake in this cell.

    It takes the id, the title, the question, and pieces to replace.
    """

    def add(id: str, title: str, question: str, *replace: tuple[str, str]) -> None:
        BUGS.append(Bug(id, cell, title, question, replace))

    return add


# Receptive field
# ---------------

bug = bugs_of("dilated-field")

bug(
    "dilated-field-dilation-ignored",
    "The gaps of a kernel are not counted",
    "A kernel of 3 with dilation 4: which three pixels does it meet? How far apart are "
    "the outer two?",
    ("* dilation * step", "* step"),
)
bug(
    "dilated-field-kernel-whole",
    "Each layer adds its whole kernel",
    "One layer of 3 sees 3 pixels. How many does your function add to the 1 it begins "
    "with?",
    ("(kernel - 1) * dilation", "kernel * dilation"),
)
bug(
    "dilated-field-kernel-times-dilation",
    "The last gap is counted behind the last pixel",
    "Between 3 pixels, how many gaps are there?",
    ("(kernel - 1) * dilation", "(kernel * dilation - 1)"),
)
bug(
    "dilated-field-dilation-added",
    "The dilation is added to the kernel",
    "Between how many pairs of neighbours of a kernel does a gap lie? Does it lie there "
    "once?",
    ("(kernel - 1) * dilation", "(kernel + dilation - 2)"),
)
bug(
    "dilated-field-gap-of-dilation",
    "The dilation is taken for the number of pixels left out",
    "With dilation 1, how many pixels lie between two neighbours of a kernel?",
    ("(kernel - 1) * dilation", "(kernel - 1) * (dilation + 1)"),
)
bug(
    "dilated-field-starts-at-0",
    "The field begins at 0",
    "How many pixels does an output see if there is no layer at all?",
    ("field = step = 1", "field, step = 0, 1"),
)
bug(
    "dilated-field-own-stride",
    "A layer's own stride makes its own steps longer",
    "A stride moves the window. Do the pixels within it come to lie further apart?",
    (
        "        field += (kernel - 1) * dilation * step\n        step *= stride",
        "        step *= stride\n        field += (kernel - 1) * dilation * step",
    ),
)
bug(
    "dilated-field-stride-ignored",
    "Strides do not enter the field",
    "After a layer of stride 2, how many pixels of the image are one step of the next "
    "layer?",
    ("        step *= stride\n", ""),
)
bug(
    "dilated-field-last-stride-only",
    "Only the stride of the layer just before counts",
    "Two layers of stride 2: how many pixels of the image are one step of the third "
    "layer?",
    ("step *= stride", "step = stride"),
)
bug(
    "dilated-field-strides-added",
    "The strides are added up",
    "After strides of 2 and 3, how far does one step of the next layer go, in pixels?",
    ("step *= stride", "step += stride - 1"),
)
bug(
    "dilated-field-layers-backwards",
    "The layers are walked through from the last to the first",
    "Which layers' steps does a stride make longer: those before it or those after it?",
    ("in layers:", "in reversed(layers):"),
)
bug(
    "dilated-field-accepts-0",
    "A number of 0 is not refused",
    "What would a kernel, a stride or a dilation of 0 be? Does your function notice each?",
    ("if least < 1", "if least < 0"),
)
bug(
    "dilated-field-assert",
    "An assertion stands where a ValueError is wanted",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise AssertionError"),
)
bug(
    "dilated-field-silent-error",
    "The error does not name its number",
    "You read only the error's text, in a network of fifty layers. Which number helps?",
    (", got {least}", ""),
)

# Convolution, forward
# --------------------

bug = bugs_of("conv-forward")

bug(
    "nd-kernel-flipped",
    "The kernel is flipped",
    "Which number of the kernel meets the first pixel of a window in your loop?",
    (
        "numbers = x[(..., *met)], weight[(..., *tap)]",
        "numbers = x[(..., *met)], np.flip(weight, range(2, x.ndim))[(..., *tap)]",
    ),
)
bug(
    "nd-dilation-ignored",
    "The pixels of a window stand side by side whatever the dilation",
    "With dilation 2, which pixel does the second number of the kernel meet?",
    ("slice(u * d, u * d + s", "slice(u, u + s"),
)
bug(
    "nd-stride-ignored",
    "The windows stand side by side whatever the stride",
    "The second window, with stride 3: at which pixel does it begin?",
    (
        "slice(u * d, u * d + s * (n - 1) + 1, s)",
        "slice(u * d, u * d + n)",
    ),
)
bug(
    "nd-gap-of-dilation",
    "The dilation is taken for the number of pixels left out",
    "With dilation 1, are there gaps between the kernel's numbers?",
    ("slice(u * d, u * d + s", "slice(u * (d + 1), u * (d + 1) + s"),
)
bug(
    "nd-stride-for-dilation",
    "Stride and dilation are exchanged",
    "Which of the two moves the window, and which spreads its pixels?",
    ("for u, n, s, d in steps", "for u, n, d, s in steps"),
)
bug(
    "nd-slice-short",
    "The slice ends one pixel too early",
    "At which pixel does the last window have this number? Does a slice take its end?",
    ("s * (n - 1) + 1, s)", "s * (n - 1), s)"),
)
bug(
    "nd-stride-of-first-axis",
    "The first axis's stride is used for all axes",
    "The stride is a tuple. Where does your code use its second number?",
    ("counts, stride, dilation", "counts, stride[:1] * len(kernel), dilation"),
)
bug(
    "nd-dilation-of-first-axis",
    "The first axis's dilation is used for all axes",
    "The dilation is a tuple. Where does your code use its second number?",
    (
        "steps = zip(tap, counts, stride, dilation",
        "steps = zip(tap, counts, stride, dilation[:1] * len(kernel)",
    ),
)
bug(
    "nd-images-and-channels-mixed",
    "Images and channels are exchanged by a reshape",
    "In which order does `tensordot` leave the axes? Does `reshape` move a number past "
    "another?",
    ("np.swapaxes(products, 0, 1)", "products.reshape(out.shape)"),
)
bug(
    "nd-images-second",
    "The images stay where `tensordot` leaves them",
    "In which order does `tensordot` leave the axes? In which does the answer have them?",
    ("np.swapaxes(products, 0, 1)", "products"),
)
bug(
    "nd-only-last-number",
    "Each number of the kernel overwrites the ones before",
    "How many products make one output? What becomes of the first one in your loop?",
    ("out += np.swapaxes", "out[...] = np.swapaxes"),
)
bug(
    "nd-first-channel-only",
    "Only the first channel is convolved",
    "Over which axis of the image does your product sum?",
    (
        "np.tensordot(numbers, pixels, axes=(1, 1))",
        "np.tensordot(numbers[:, :1], pixels[:, :1], axes=(1, 1))",
    ),
)
bug(
    "nd-bias-each-number",
    "The bias is added once for each number of the kernel",
    "How often does your loop come past the bias? How often should it be added?",
    (
        "    if bias is not None:\n        out += np",
        "        if bias is not None:\n            out += np",
    ),
)
bug(
    "nd-bias-forgotten",
    "The bias is never added",
    "Each output channel has one more number. Where does your function use it?",
    ("if bias is not None", "if False"),
)
bug(
    "nd-bias-last-axis",
    "The bias is added along the last axis",
    "NumPy lines shapes up from the right. Which axis of the output does the bias belong "
    "to?",
    ("np.reshape(bias, (-1, *[1] * len(kernel)))", "bias"),
)
bug(
    "nd-bias-of-rows",
    "The bias's shape fits rows only",
    "For an image, how many axes stand behind the channels?",
    ("(-1, *[1] * len(kernel))", "(-1, 1)"),
)
bug(
    "nd-always-float64",
    "The result is always float64",
    "What is the dtype of an array of zeros if nobody says it?",
    ("*counts), dtype)", "*counts))"),
)
bug(
    "nd-dtype-of-image",
    "The weight's dtype does not enter",
    "A float32 image and a float64 kernel: which dtype does the task ask for?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(x, np.float32)",
    ),
)
bug(
    "nd-dtype-of-weight",
    "The image's dtype does not enter",
    "A float64 image and a float32 kernel: which dtype does the task ask for?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.result_type(weight, np.float32)",
    ),
)

# Convolution, backward
# ---------------------

bug = bugs_of("conv-backward")

bug(
    "nd-back-overwritten",
    "Where windows overlap, the image's gradient is set, not added",
    "A pixel lies in several windows. What happens to what it got from the first?",
    ("grad_x[(..., *met)] +=", "grad_x[(..., *met)] ="),
)
bug(
    "nd-back-kernel-flipped",
    "The image's gradient meets the kernel flipped",
    "With which number of the kernel was this slice of the image multiplied?",
    (
        "numbers = x[(..., *met)], weight[(..., *tap)]",
        "numbers = x[(..., *met)], np.flip(weight, range(2, x.ndim))[(..., *tap)]",
    ),
)
bug(
    "nd-back-gradient-flipped",
    "The kernel's gradient is flipped",
    "Which number of the kernel met this slice of the image?",
    (
        "grad_weight[(..., *tap)] = both",
        "np.flip(grad_weight, range(2, x.ndim))[(..., *tap)] = both",
    ),
)
bug(
    "nd-back-dilation-ignored",
    "The dilation is forgotten on the way back",
    "Which pixels did the second number of the kernel meet, going forward?",
    ("slice(u * d, u * d + s", "slice(u, u + s"),
)
bug(
    "nd-back-stride-ignored",
    "The stride is forgotten on the way back",
    "Which pixel did the second window begin with, going forward?",
    ("slice(u * d, u * d + s * (n - 1) + 1, s)", "slice(u * d, u * d + n)"),
)
bug(
    "nd-back-stride-of-first-axis",
    "The first axis's stride is used for all axes",
    "The stride is a tuple. Where does your code use its second number?",
    ("counts, stride, dilation", "counts, stride[:1] * len(counts), dilation"),
)
bug(
    "nd-back-dilation-of-first-axis",
    "The first axis's dilation is used for all axes",
    "The dilation is a tuple. Where does your code use its second number?",
    (
        "stride, dilation, strict=True)",
        "stride, dilation[:1] * len(counts), strict=True)",
    ),
)
bug(
    "nd-back-mean-of-images",
    "The kernel's gradient is a mean over the images",
    "The loss has its own mean, if it wants one. What does a sum of outputs ask for?",
    ("= both", "= both / len(x)"),
)
bug(
    "nd-back-first-image",
    "The kernel's gradient comes from the first image alone",
    "Which images were multiplied with this kernel?",
    (
        "np.tensordot(grad_output, pixels, axes=(places, places))",
        "np.tensordot(grad_output[:1], pixels[:1], axes=(places, places))",
    ),
)
bug(
    "nd-back-mixed",
    "Images and channels are exchanged by a reshape",
    "In which order does `tensordot` leave the axes? Does `reshape` move a number past "
    "another?",
    ("np.swapaxes(shares, 0, 1)", "shares.reshape(pixels.shape)"),
)
bug(
    "nd-back-upstream-forgotten",
    "The image's gradient has no share of upstream",
    "If the loss does not depend on an output, what should its window get?",
    (
        "np.tensordot(numbers, grad_output, axes=(0, 1))",
        "np.tensordot(numbers, np.ones_like(grad_output), axes=(0, 1))",
    ),
)
bug(
    "nd-back-bias-mean",
    "The bias's gradient is a mean",
    "If the bias grows by a little, by how much do all outputs of its channel grow "
    "together?",
    ("grad_output.sum(axis=places", "grad_output.mean(axis=places"),
)
bug(
    "nd-back-bias-each-image",
    "The bias has a gradient for each image",
    "How many numbers has the bias? How many has your gradient?",
    ("grad_output.sum(axis=places", "grad_output.sum(axis=places[1:]"),
)
bug(
    "nd-back-order",
    "The gradients come in another order",
    "In which order does the task want the three?",
    ("return grad_x, grad_weight,", "return grad_weight, grad_x,"),
)
bug(
    "nd-back-image-dtype",
    "The image's gradient has the image's own dtype",
    "An image of whole numbers: can a gradient of a half be added to it?",
    ("np.zeros(x.shape, dtype)", "np.zeros_like(x)"),
)

# Padding
# -------

bug = bugs_of("padding")

bug(
    "same-whole-kernel",
    "The whole kernel is padded",
    "A kernel of 1 keeps the size by itself. What does your function add?",
    ("(kernel - 1) * dilation", "kernel * dilation"),
)
bug(
    "same-dilation-forgotten",
    "The gaps of the kernel are not padded for",
    "How many pixels does a kernel of 3 with dilation 4 reach over?",
    ("both = (kernel - 1) * dilation", "both = kernel - 1"),
)
bug(
    "same-more-before",
    "Where it is odd, the one more stands in front",
    "A kernel of 4 needs 3 pixels. On which side does the task want two of them?",
    ("both // 2, both - both // 2", "both - both // 2, both // 2"),
)
bug(
    "same-halves",
    "Where it is odd, one pixel is missing",
    "A kernel of 4 needs 3 pixels. How many do you add?",
    ("both // 2, both - both // 2", "both // 2, both // 2"),
)
bug(
    "same-half-of-kernel",
    "On both sides stands half of the kernel, also where it is even",
    "A kernel of 4 on a row of 4, with 2 pixels before and 2 behind: how many windows fit?",
    ("both // 2, both - both // 2", "kernel // 2, kernel // 2"),
)
bug(
    "pad-sides-exchanged",
    "Before and after are exchanged",
    "In a pair (2, 1), how many pixels are added in front?",
    ("*padding), mode", "*(pair[::-1] for pair in padding)), mode"),
)
bug(
    "pad-axes-exchanged",
    "The axes are padded in the opposite order",
    "Which axis does the first pair belong to?",
    ("*padding), mode", "*padding[::-1]), mode"),
)
bug(
    "pad-reflect-edge",
    "Reflect repeats the edge",
    "Does the mirror stand on the last pixel, or behind it?",
    ('["reflect"] = "reflect"', '["reflect"] = "symmetric"'),
)
bug(
    "pad-circular-replicate",
    "Replicate and circular are exchanged",
    "Which of the two goes on at the other end?",
    (
        '"replicate": "edge", "circular": "wrap"',
        '"replicate": "wrap", "circular": "edge"',
    ),
)
bug(
    "pad-accepts-all",
    "More pixels than there are can be asked for",
    "An axis of 4 pixels, mirrored 4 times: is there a fourth pixel behind the edge?",
    ("if max(pair) > most", "if False"),
)
bug(
    "pad-last-axis",
    "The last axis's length decides for all axes",
    "An image that is wider than high: how many pixels may be mirrored above it?",
    ("zip(x.shape[2:], padding", "zip(x.shape[-1:] * len(padding), padding"),
)
bug(
    "pad-sum-of-sides",
    "What is asked for before and behind is added up",
    "An axis of 4 pixels, mirrored by 3: does it matter what happens at its other end?",
    (
        '"circular": size}.get(mode, max(pair))\n        if max(pair) > most',
        '"circular": size}.get(mode, sum(pair))\n        if sum(pair) > most',
    ),
)
bug(
    "pad-names-of-numpy",
    "NumPy's own names are taken for modes",
    "Which four names does the task list? What becomes of `edge`?",
    ("if mode not in names:", "if mode not in {*names, *names.values()}:"),
    ("mode=names[mode]", "mode=names.get(mode, mode)"),
)
bug(
    "pad-accepts-one-more",
    "Reflect may ask for the whole axis",
    "An axis of 4 pixels: how many of them lie behind the edge?",
    ('"reflect": size - 1', '"reflect": size'),
)
bug(
    "pad-refuses-whole-circle",
    "Circular may not ask for the whole axis",
    "Once round the earth: is that more than there is?",
    ('"circular": size}', '"circular": size - 1}'),
)
bug(
    "pad-key-error",
    "Another mode is a KeyError",
    "Which kind of error does the task ask for, if the mode has no name here?",
    ("if mode not in names", "if False"),
)
bug(
    "pad-silent-error",
    "The error does not name its number",
    "You read only the error's text. How much was asked for?",
    ("{size} pixels by {max(pair)}", "so far"),
)
bug(
    "pad-floats",
    "The padded batch is always of floats",
    "Which dtype does the task want for a batch of small whole numbers?",
    ("return np.pad(x, (", "return np.pad(x.astype(float), ("),
)
bug(
    "pad-back-overwritten",
    "Of a pixel's copies only the last sends a gradient back",
    "A pixel was copied to three places. How many of their gradients does it get?",
    ("total[place] += line", "total[place] = line"),
)
bug(
    "pad-back-cut-off",
    "What was copied is cut off, as if it were zeros",
    "If the edge is repeated outside, does the loss depend on it there as well?",
    (' if mode == "zeros" else places == places', ""),
)
bug(
    "pad-back-zeros-kept",
    "The gradients of zeros go to the edge",
    "Of which pixel is a zero of the padding a copy?",
    (' if mode == "zeros" else places == places', " | True"),
)
bug(
    "pad-back-reflect-edge",
    "On the way back reflect repeats the edge",
    "Which pixel was copied to the first place before the edge?",
    (
        "places = size - 1 - np.abs(size - 1 - np.abs(places))",
        "places = np.where(places < 0, -1 - places, places)\n"
        "            places = np.minimum(places, 2 * size - 1 - places)",
    ),
)
bug(
    "pad-back-sides-exchanged",
    "On the way back before and after are exchanged",
    "In a pair (2, 1), how many gradients stand in front of the first pixel's?",
    ("(before, after) in", "(after, before) in"),
)
bug(
    "pad-back-first-axis",
    "Only the first axis is taken back",
    "Which shape should the gradient have? Which has yours?",
    (
        "        grad = np.moveaxis(total, 0, axis)\n    return grad",
        "        return np.moveaxis(total, 0, axis)",
    ),
)
bug(
    "pad-back-first-image",
    "Only the first image is taken back",
    "How many images are there upstream? How many in your answer?",
    ("    return grad\n", "    return grad[:1]\n"),
)
bug(
    "pad-back-slice-of-0",
    "A slice that ends at minus 0 is empty",
    "Where does your slice end if nothing is to be cut off there?",
    (
        "np.moveaxis(total, 0, axis)",
        'np.moveaxis(total[: None if after or mode != "zeros" else 0], 0, axis)',
    ),
)
bug(
    "pad-back-small-integers",
    "Small whole numbers stay small whole numbers",
    "Which dtype does a gradient have, and what is 100 + 100 in an int8?",
    ("grad_output.astype(np.result_type(grad_output, np.float32))", "grad_output"),
)

# Groups
# ------

bug = bugs_of("groups")

bug(
    "groups-every-so-many",
    "A group takes every so many channels, not channels side by side",
    "With 2 groups and 4 channels, which two belong to the first group?",
    (
        "zip(np.split(x, groups, axis=1), np",
        "zip([x[:, n::groups] for n in range(groups)], np",
    ),
)
bug(
    "groups-answers-interleaved",
    "The groups' answers are put together by turns",
    "Which group do the first two output channels belong to?",
    (
        "np.concatenate(outs, axis=1)",
        "np.stack(outs, axis=2).reshape(len(x), -1, *outs[0].shape[2:])",
    ),
)
bug(
    "groups-along-images",
    "The groups' answers are joined as if they were images",
    "Which axis of an answer are its channels?",
    ("np.concatenate(outs, axis=1)", "np.concatenate(outs)"),
)
bug(
    "groups-added",
    "The groups' answers are added up",
    "Do the channels of two groups ever meet?",
    ("np.concatenate(outs, axis=1)", "sum(outs)"),
)
bug(
    "groups-kernels-backwards",
    "The groups meet each other's kernels",
    "Which kernels belong to the first channels?",
    (
        "np.split(weight, groups), strict=True)\n    outs",
        "np.split(weight, groups)[::-1], strict=True)\n    outs",
    ),
)
bug(
    "groups-accepts-all",
    "The error does not name channels and groups",
    "Which numbers does your error name?",
    ("if channels % groups", "if False"),
)
bug(
    "groups-outputs-unasked",
    "Only the channels before are looked at",
    "What about the channels behind: can 3 be split into 2 groups?",
    ("(x.shape[1], len(weight))", "(x.shape[1],)"),
)
bug(
    "groups-stride-forgotten",
    "The stride is not handed on",
    "Which numbers does the convolution of a group want to know?",
    ("(*part, None, stride, dilation)", "(*part, None, (1,) * len(stride), dilation)"),
)
bug(
    "groups-dilation-forgotten",
    "The dilation is not handed on",
    "Which numbers does the convolution of a group want to know?",
    ("(*part, None, stride, dilation)", "(*part, None, stride, (1,) * len(stride))"),
)
bug(
    "groups-bias-forgotten",
    "The bias is never added",
    "Each output channel has one more number. Where does your function use it?",
    ("if bias is not None", "if False"),
)
bug(
    "groups-back-images",
    "On the way back the groups' images are joined as if they were more images",
    "Which axis are the channels?",
    ("np.concatenate(grad_x, axis=1)", "np.concatenate(grad_x)"),
)
bug(
    "groups-back-reshape",
    "On the way back the groups are put into the image's shape by a reshape",
    "With two images, which numbers stand side by side before the reshape?",
    ("np.concatenate(grad_x, axis=1)", "np.concatenate(grad_x).reshape(x.shape)"),
)
bug(
    "groups-back-weights-across",
    "The gradients of the kernels are joined along the wrong axis",
    "Along which axis did you split the weight?",
    ("np.concatenate(grad_weight)", "np.concatenate(grad_weight, axis=1)"),
)
bug(
    "groups-back-bias-added",
    "The biases of the groups are added up",
    "How many numbers has the bias? How many has your gradient?",
    ("np.concatenate(grad_bias)", "sum(grad_bias)"),
)
bug(
    "groups-back-kernels-backwards",
    "On the way back the groups meet each other's kernels",
    "Which kernels did the first group's channels meet, going forward?",
    (
        "np.split(weight, groups), strict=True)\n    grads",
        "np.split(weight, groups)[::-1], strict=True)\n    grads",
    ),
)
bug(
    "groups-back-exchanged",
    "On the way back stride and dilation are exchanged",
    "In which order does the function want them?",
    (
        "conv_backward(*part, stride, dilation)",
        "conv_backward(*part, dilation, stride)",
    ),
)
bug(
    "groups-always-float64",
    "The result is always float64",
    "What is the dtype of an array of zeros if nobody says it?",
    ("np.concatenate(outs, axis=1)", "np.concatenate(outs, axis=1).astype(float)"),
)
bug(
    "groups-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    (
        "        np.concatenate(grad_x, axis=1),",
        "        np.concatenate(grad_x, axis=1).astype(float),",
    ),
)

# Cost
# ----

bug = bugs_of("separable-cost")

bug(
    "cost-groups-forgotten",
    "Each kernel sees all channels",
    "With 2 groups, how many of 4 channels does a kernel see?",
    ("(image[0] // groups)", "image[0]"),
)
bug(
    "cost-groups-twice",
    "The groups divide the kernels as well",
    "With 2 groups, how many kernels are there, of both groups together?",
    ("out_channels * (image", "out_channels // groups * (image"),
)
bug(
    "cost-kernel-square",
    "The kernel is taken for a square",
    "How many numbers has a kernel of 3x2?",
    ("* math.prod(kernel_size)", "* kernel_size[0] ** len(kernel_size)"),
)
bug(
    "cost-padding-once",
    "The padding is counted on one side only",
    "How long is a row of 5 pixels with a padding of 1?",
    ("size + 2 * p - k", "size + p - k"),
)
bug(
    "cost-padding-forgotten",
    "The padding is not counted",
    "How long is a row of 5 pixels with a padding of 1?",
    ("size + 2 * p - k", "size - k"),
)
bug(
    "cost-stride-ignored",
    "The steps are counted as with stride 1",
    "With stride 2, at how many places does the window stand?",
    ("// s + 1", "+ 1"),
)
bug(
    "cost-first-window",
    "The first window is not counted",
    "If the kernel is as long as the row, at how many places does it stand?",
    ("// s + 1", "// s"),
)
bug(
    "cost-places-of-image",
    "The steps are counted at each pixel of the image",
    "Each weight is used once for each output. How many outputs are there?",
    (
        "math.prod((size + 2 * p - k) // s + 1 for size, k, s, p in axes)",
        "math.prod(image[1:])",
    ),
)
bug(
    "cost-doubled",
    "Multiplications and additions are counted apart",
    "A MAC is a multiplication with its addition. How many are there for each weight?",
    ("return weights, weights * places", "return weights, 2 * weights * places"),
)
bug(
    "cost-with-bias",
    "The bias is counted",
    "Does the task count the bias among the weights?",
    (
        "return weights, weights * places",
        "return weights + out_channels, weights * places",
    ),
)
bug(
    "cost-depthwise-only",
    "The pointwise half is not counted",
    "Which of the two halves mixes the channels? Where is it counted?",
    ("weights + mixing, (weights + mixing) * places", "weights, macs"),
)
bug(
    "cost-depthwise-is-full",
    "The depthwise half is counted as a full layer",
    "How many channels does a depthwise kernel see?",
    ("stride, padding, channels)", "stride, padding, 1)"),
)
bug(
    "cost-depthwise-of-outputs",
    "The depthwise half has the channels behind",
    "Which of the two halves changes the number of channels?",
    ("conv_cost(image, channels,", "conv_cost(image, out_channels,"),
)
bug(
    "cost-pointwise-has-kernel",
    "The pointwise half has the whole kernel",
    "How many pixels does a pointwise kernel look at?",
    (
        "mixing = channels * out_channels",
        "mixing = channels * out_channels * math.prod(kernel_size)",
    ),
)
bug(
    "cost-pointwise-before",
    "The pointwise half works on the image, not on what the depthwise half leaves",
    "Which half comes first, and how many places are left behind it?",
    ("(weights + mixing) * places", "macs + mixing * math.prod(image[1:])"),
)

# Transposed convolution
# ----------------------

bug = bugs_of("conv-transpose")

bug(
    "turned-kernel-flipped",
    "The kernel is painted flipped",
    "What does a single bright pixel paint: the kernel, or its mirror image?",
    ("large, weight, stride", "large, np.flip(weight, range(2, x.ndim)), stride"),
)
bug(
    "turned-stride-ignored",
    "The kernels stand side by side whatever the stride",
    "With stride 2, how far is the second pixel's kernel from the first one's?",
    ("large, weight, stride, one)", "large, weight, one, one)"),
)
bug(
    "turned-padding-forgotten",
    "The padding is not cut off",
    "The convolution had added so many pixels. Where do they go on the way back?",
    ("    out = out[(..., *inside)]\n", ""),
)
bug(
    "turned-padding-one-side",
    "All of the padding is cut off at the end",
    "On how many sides had the convolution added its padding?",
    ("slice(p, n - p)", "slice(0, n - 2 * p)"),
)
bug(
    "turned-slice-of-0",
    "A slice that ends at minus 0 is empty",
    "Where does your slice end if nothing is to be cut off there?",
    ("slice(p, n - p)", "slice(p, -p)"),
)
bug(
    "turned-output-padding-forgotten",
    "The output padding is forgotten",
    "Two lengths become the same by a stride of 2. Who says which one is meant?",
    ("+ k + more for", "+ k for"),
)
bug(
    "turned-output-padding-both",
    "The output padding is added on both sides",
    "At which end does the output padding make the answer longer?",
    ("+ k + more for", "+ k + 2 * more for"),
)
bug(
    "turned-out-in",
    "The weight is read as (out_channels, in_channels)",
    "How many channels come out of a weight of shape (3, 2, 5)?",
    ("weight.shape[1], *full", "weight.shape[0], *full"),
    ("large, weight, stride", "large, np.swapaxes(weight, 0, 1), stride"),
)
bug(
    "turned-bias-forgotten",
    "The bias is never added",
    "Each output channel has one more number. Where does your function use it?",
    ("if bias is None", "if True"),
)
bug(
    "turned-accepts-equal",
    "An output padding as large as its stride is not refused",
    "With stride 2, which lengths become the same? How many are there?",
    ("if more >= s", "if more > s"),
)
bug(
    "turned-accepts-all",
    "An output padding that cannot be is not refused",
    "With stride 2, which lengths become the same? How many are there?",
    ("if more >= s", "if False"),
)
bug(
    "turned-accepts-other-axes",
    "Only the first axis's output padding is looked at",
    "An image has two strides. Beside which one does its second output padding stand?",
    ("zip(stride, output_padding", "zip(stride[:1], output_padding[:1]"),
)
bug(
    "turned-silent-error",
    "The error does not name both numbers",
    "You read only the error's text. Which two numbers did not fit?",
    ("{more} must be below the stride {s}", "is too large"),
)
bug(
    "turned-always-float64",
    "The result is always float64",
    "Two arrays of float32: which dtype does the task ask for?",
    ("dtype = np.result_type(x, weight, np.float32)", "dtype = np.float64"),
)
bug(
    "turned-image-not-cast",
    "The dtype is that of the image, or of the bias",
    "A float32 image and a float64 kernel: which dtype does the task ask for?",
    ("x.astype(dtype)", "x"),
    ("len(full)))).astype(dtype)", "len(full))))"),
)
bug(
    "turned-back-padding-forgotten",
    "On the way back the padding is not put back",
    "What was cut off has no gradient. Where does the first kernel begin, then?",
    (
        "np.pad(grad_output, ((0, 0), (0, 0), *((p, p) for p in padding)))",
        "grad_output",
    ),
)
bug(
    "turned-back-padding-axes",
    "On the way back the padding's axes are exchanged",
    "Which axis does the first number of the padding belong to?",
    ("for p in padding)))", "for p in padding[::-1])))"),
)
bug(
    "turned-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = np.float64"),
)
bug(
    "turned-back-kernel-flipped",
    "On the way back the kernel is flipped",
    "Which number of the kernel painted the first of its pixels?",
    (
        "conv_forward(full, weight,",
        "conv_forward(full, np.flip(weight, range(2, x.ndim)),",
    ),
)
bug(
    "turned-back-stride-ignored",
    "The kernel's gradient is read as with stride 1",
    "With stride 2, how far is what the second pixel painted from the first one's?",
    (
        "conv_backward(x, full, weight, stride, one)",
        "conv_backward(x, full, weight, one, one)",
    ),
)
bug(
    "turned-back-weight-exchanged",
    "The kernel's gradient has its channels exchanged",
    "Which shape has the weight? Which has your gradient?",
    (
        "return grad_x, grad_weight.astype(dtype)",
        "return grad_x, np.swapaxes(grad_weight, 0, 1)",
    ),
)
bug(
    "turned-back-bias-mean",
    "The bias's gradient is a mean",
    "If the bias grows by a little, by how much do all outputs of its channel grow "
    "together?",
    ("full.sum(", "grad_output.mean("),
)

# Upsampling
# ----------

bug = bugs_of("upsample")

bug(
    "up-tiled",
    "The whole image is repeated, not each pixel",
    "A row 1 2 3, twice as long: what stands beside the 1?",
    ("np.repeat(x, factor, axis=axis)", "np.concatenate([x] * factor, axis=axis)"),
)
bug(
    "up-zeros-between",
    "Zeros stand between the pixels",
    "A row 1 2 3, twice as long: what stands beside the 1?",
    (
        "x = np.repeat(x, factor, axis=axis)",
        "x = np.repeat(x, factor, axis=axis)\n"
        "        rest = np.arange(x.shape[axis]) % factor\n"
        "        x = x * (rest == 0).reshape(-1, *[1] * (x.ndim - axis - 1))",
    ),
)
bug(
    "up-first-factor",
    "The first axis's factor is used for all axes",
    "The factors are a tuple. Where does your code use its second number?",
    ("np.repeat(x, factor, axis", "np.repeat(x, factors[0], axis"),
)
bug(
    "up-factors-exchanged",
    "The factors are given to the axes in the opposite order",
    "Which axis does the first factor belong to?",
    (
        "enumerate(factors, start=2):\n        x =",
        "enumerate(factors[::-1], start=2):\n        x =",
    ),
)
bug(
    "up-channels",
    "The channels are enlarged",
    "Which axes stand behind batch and channels?",
    (
        "enumerate(factors, start=2):\n        x =",
        "enumerate(factors, start=1):\n        x =",
    ),
)
bug(
    "up-without-axis",
    "The copies are made along no axis",
    "What is the shape of what your first step returns?",
    ("np.repeat(x, factor, axis=axis)", "np.repeat(x, factor)"),
)
bug(
    "up-floats",
    "The enlarged batch is always of floats",
    "Which dtype does the task want for a batch of small whole numbers?",
    ("return x.copy()", "return x.astype(float)"),
)
bug(
    "up-back-mean",
    "The gradients of the copies are averaged",
    "If a pixel grows by a little, how many outputs grow with it?",
    ("for start in range(factor))", "for start in range(factor)) / factor"),
)
bug(
    "up-back-first-copy",
    "Only the first copy sends its gradient back",
    "If a pixel grows by a little, how many outputs grow with it?",
    ("in range(factor))", "in range(1))"),
)
bug(
    "up-back-tiled",
    "The gradients are added as if the whole image had been repeated",
    "Which pixels of the large image are copies of the first one?",
    (
        "sum(lines[start::factor] for start in range(factor))",
        "sum(np.split(lines, factor))",
    ),
)
bug(
    "up-back-factors-exchanged",
    "On the way back the factors are given to the axes in the opposite order",
    "Which axis does the first factor belong to?",
    (
        "enumerate(factors, start=2):\n        lines",
        "enumerate(factors[::-1], start=2):\n        lines",
    ),
)
bug(
    "up-back-small-integers",
    "Small whole numbers stay small whole numbers",
    "Which dtype does a gradient have, and what is 100 + 100 in an int8?",
    ("grad_output.astype(np.result_type(grad_output, np.float32))", "grad_output"),
)

# Adaptive pooling
# ----------------

bug = bugs_of("adaptive-pool")

bug(
    "adaptive-end-rounded-down",
    "The end of a window is rounded down",
    "Three answers from five pixels: which pixels does the first one see?",
    ("-(-(i + 1) * n // m)", "(i + 1) * n // m"),
)
bug(
    "adaptive-start-rounded-up",
    "The beginning of a window is rounded up",
    "Three answers from five pixels: which pixels does the second one see?",
    ("slice(i * n // m,", "slice(-(-i * n // m),"),
)
bug(
    "adaptive-equal-windows",
    "All windows are equally long, and the rest is left out",
    "Three answers from five pixels: which of yours sees the last pixel?",
    (
        "slice(i * n // m, -(-(i + 1) * n // m))",
        "slice(i * max(n // m, 1), (i + 1) * max(n // m, 1))",
    ),
)
bug(
    "adaptive-equal-windows-or-none",
    "All windows are equally long, and the rest is left out",
    "Three answers from five pixels: which of yours sees the last pixel?",
    (
        "slice(i * n // m, -(-(i + 1) * n // m))",
        "slice(i * (n // m), (i + 1) * (n // m))",
    ),
)
bug(
    "adaptive-first-axis",
    "The first axis's length is used for all axes",
    "An image that is wider than high: where does your code ask for its width?",
    ("zip(place, x.shape[2:], sizes", "zip(place, x.shape[2:3] * len(sizes), sizes"),
)
bug(
    "adaptive-sum",
    "The sum of each window, not its mean",
    "A picture of equal pixels: what should each answer be?",
    (".mean(axis", ".sum(axis"),
)
bug(
    "adaptive-maximum",
    "The largest of each window, not its mean",
    "Does a smaller pixel of the window change your answer?",
    (".mean(axis=axes, dtype=out.dtype)", ".max(axis=axes)"),
)
bug(
    "adaptive-whole-numbers",
    "The means of whole numbers are cut off",
    "Which dtype has your answer, if the image is of whole numbers?",
    ("np.result_type(x, np.float32))\n    axes", "x.dtype)\n    axes"),
)
bug(
    "adaptive-back-overwritten",
    "Where windows overlap, shares are set, not added",
    "A pixel lies in two windows. What happens to its first share?",
    ("grad[(..., *window)] +=", "grad[(..., *window)] ="),
)
bug(
    "adaptive-back-whole",
    "Each pixel gets the whole gradient of its window",
    "If one of four pixels grows by a little, how much does their mean grow?",
    ("grad_output[(..., *place)] / count", "grad_output[(..., *place)]"),
)
bug(
    "adaptive-back-one-axis",
    "The shares are those of one axis",
    "How many pixels has a window of 2x3?",
    (
        "math.prod(each.stop - each.start for each in window)",
        "window[0].stop - window[0].start",
    ),
)
bug(
    "adaptive-back-end-rounded-down",
    "On the way back the end of a window is rounded down",
    "Three answers from five pixels: which pixels did the first one see?",
    (
        "-(-(i + 1) * n // m)) for i, n, m in steps)\n        count",
        "max((i + 1) * n // m, i * n // m + 1)) for i, n, m in steps)\n        count",
    ),
)
bug(
    "adaptive-back-equal-shares",
    "All windows give the same share, however long they are",
    "How long is each of three windows over five pixels?",
    (
        "count = math.prod(each.stop - each.start for each in window)",
        "count = max(math.prod(shape[2:]) // math.prod(sizes), 1)",
    ),
)
bug(
    "adaptive-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("np.zeros(shape, np.result_type(grad_output, np.float32))", "np.zeros(shape)"),
)
bug(
    "adaptive-back-dtype-of-upstream",
    "Shares that have fractions are added to whole numbers",
    "Of which dtype are your zeros, if upstream is of whole numbers?",
    ("np.result_type(grad_output, np.float32))", "grad_output.dtype)"),
)

# Average pooling
# ---------------

bug = bugs_of("avg-pool")

bug(
    "ceil-ignored",
    "No window hangs over the edge",
    "With ceil_mode, what becomes of the pixels that are left over?",
    ("if ceil_mode and", "if False and"),
)
bug(
    "ceil-always",
    "The last window may always hang over",
    "What should become of the pixels that are left over, without ceil_mode?",
    ("if ceil_mode and", "if"),
)
bug(
    "ceil-behind-the-image",
    "A window that begins behind the image is kept",
    "Which pixels does your last window see? Where does it begin?",
    (" and (steps + 1) * s < n + p", ""),
)
bug(
    "ceil-without-remainder",
    "One more window hangs over though no pixel is left",
    "If all pixels are used, what would one more window see?",
    ("steps * s < n + 2 * p - k and ", ""),
)
bug(
    "ceil-always-one-more",
    "One more window hangs over though no pixel is left",
    "If all pixels are used, what would one more window see?",
    (
        "if ceil_mode and steps * s < n + 2 * p - k and (steps + 1) * s < n + p:",
        "if ceil_mode:",
    ),
)
bug(
    "ceil-begins-in-padding",
    "A window that begins in the padding before the image is taken for one behind it",
    "Where do windows begin: on the first pixel, or on the padding's first?",
    ("(steps + 1) * s < n + p", "(steps + 1) * s < n"),
)
bug(
    "pad-always-counts",
    "The padding always counts in the mean",
    "Which number does the mean divide by, without count_include_pad?",
    (
        "end - start if count_include_pad else inside\n        total",
        "end - start\n        total",
    ),
)
bug(
    "pad-never-counts",
    "The padding never counts in the mean",
    "Which number does the mean divide by, with count_include_pad?",
    (
        "end - start if count_include_pad else inside\n        total",
        "inside\n        total",
    ),
)
bug(
    "pad-switch-turned",
    "The switch of the padding works the other way round",
    "Which of the two divides by more: with the padding, or without?",
    (
        "end - start if count_include_pad else inside\n        total",
        "inside if count_include_pad else end - start\n        total",
    ),
)
bug(
    "pad-beyond-counts",
    "What hangs over even the padding counts in the mean",
    "How many pixels of the last window lie in the image or in its padding?",
    (
        "start, end = i * s - p, min(i * s - p + k, n + p)",
        "start, end = i * s - p, i * s - p + k",
    ),
)
bug(
    "pool-whole-numbers",
    "The means of whole numbers are cut off",
    "Which dtype has your answer, if the image is of whole numbers?",
    ("*counts), np.result_type(x, np.float32))", "*counts), x.dtype)"),
    ("dtype=out.dtype", "dtype=float"),
)
bug(
    "pool-small-sums",
    "The sums of small whole numbers run over",
    "What is 100 + 101 in an int8?",
    ("dtype=out.dtype", "dtype=x.dtype"),
)
bug(
    "pool-back-overwritten",
    "Where windows overlap, shares are set, not added",
    "A pixel lies in two windows. What happens to its first share?",
    ("grad[(..., *window)] +=", "grad[(..., *window)] ="),
)
bug(
    "pool-back-whole",
    "Each pixel gets the whole gradient of its window",
    "If one of four pixels grows by a little, how much does their mean grow?",
    ("grad_output[(..., *place)] / count", "grad_output[(..., *place)]"),
)
bug(
    "pool-back-padding-counts",
    "On the way back the padding always counts",
    "Which number did the mean divide by, without count_include_pad?",
    (
        "end - start if count_include_pad else inside\n        share",
        "end - start\n        share",
    ),
)
bug(
    "pool-back-padding-never",
    "On the way back the padding never counts",
    "Which number did the mean divide by, with count_include_pad?",
    (
        "end - start if count_include_pad else inside\n        share",
        "inside\n        share",
    ),
)
bug(
    "pool-back-beyond",
    "On the way back what hangs over even the padding counts",
    "Which number did the mean divide by, where the last window hung over?",
    (
        "shape[2:], kernel_size, stride, padding, strict=True\n        ):\n"
        "            start, end = i * s - p, min(i * s - p + k, n + p)",
        "shape[2:], kernel_size, stride, padding, strict=True\n        ):\n"
        "            start, end = i * s - p, i * s - p + k",
    ),
)
bug(
    "pool-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("np.zeros(shape, np.result_type(grad_output, np.float32))", "np.zeros(shape)"),
)
bug(
    "pool-back-dtype-of-upstream",
    "Shares that have fractions are added to whole numbers",
    "Of which dtype are your zeros, if upstream is of whole numbers?",
    ("np.result_type(grad_output, np.float32))", "grad_output.dtype)"),
)


# More of each
# ------------

bug = bugs_of("dilated-field")
bug(
    "dilated-field-reach-whole",
    "Each layer adds its whole reach",
    "One layer of 3 with dilation 4 sees 9 pixels. How many does your function add to the "
    "1 it begins with?",
    ("(kernel - 1) * dilation * step", "((kernel - 1) * dilation + 1) * step"),
)
bug(
    "dilated-field-gaps-not-in-steps",
    "The gaps are not made longer by the strides before them",
    "Behind a layer of stride 2, how many pixels of the image does a gap of one place "
    "pass over?",
    ("(kernel - 1) * dilation * step", "(kernel - 1) * (step + dilation - 1)"),
)
bug(
    "dilated-field-dilations-multiplied",
    "The dilations make the steps of later layers longer",
    "How far apart do two neighbouring answers of a layer lie? Which of its numbers "
    "decides that?",
    ("step *= stride", "step *= stride * dilation"),
)
known = next(one for one in BUGS if one.id == "dilated-field-layers-backwards")
BUGS.append(
    Bug(
        "dilated-field-from-behind",
        known.cell,
        known.title,
        known.question,
        (
            (
                "field += (kernel - 1) * dilation * step",
                "field = (field - 1) * stride + (kernel - 1) * dilation + 1",
            ),
        ),
    )
)
bug(
    "dilated-field-refuses-kernels-alone",
    "Only some of the three numbers are looked at",
    "Which of a layer's three numbers may be 0?",
    ("min(kernel, stride, dilation)", "min(kernel, stride)"),
)

CONV_PLACES = """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, np.float32))
    for place in np.ndindex(*counts):
        steps = zip(place, kernel, stride, dilation)
        met = tuple(slice(i * s, i * s + (k - 1) * d + 1, d) for i, k, s, d in steps)
        window = x[(..., *met)].astype(float)
        for b in range(len(x)):
            for o in range(len(weight)):
                total = np.sum(window[b] * weight[o])
                if bias is not None:
                    total = total + bias[o]
                out[(b, o, *place)] = total
    return out
"""
CONV_TAPS = """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, np.float32))
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation)
        met = tuple(slice(u * d, u * d + (n - 1) * s + 1, s) for u, n, s, d in steps)
        pixels = np.tensordot(x[(..., *met)], weight[(..., *tap)], axes=(1, 1))
        out += np.moveaxis(pixels, -1, 1).astype(out.dtype)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(kernel)).astype(out.dtype)
    return out
"""
bug = bugs_of("conv-forward")
bug(
    "nd-kernel-of-first-axis",
    "The kernel is taken to be as long on all axes",
    "How long is a kernel of 2x3 along its second axis?",
    (
        "for tap in np.ndindex(*kernel)",
        "for tap in np.ndindex(*kernel[:1] * len(kernel))",
    ),
)
bug(
    "nd-images-of-two-axes",
    "Only images of two axes are taken",
    "How many axes has a batch of rows, and how many one of blocks?",
    (
        "    kernel = weight.shape[2:]\n",
        "    _, _, _, _ = x.shape\n    kernel = weight.shape[2:]\n",
    ),
)
bug(
    "nd-bias-of-first-channel",
    "All channels get the first bias",
    "How many numbers has the bias, and which one belongs to the second channel?",
    ("np.reshape(bias, (-1, *[1] * len(kernel)))", "bias[0]"),
)
bug(
    "nd-sizes-exchanged",
    "The numbers of the axes are taken in the opposite order",
    "Which number of `stride` and `dilation` belongs to the first axis behind the channels?",
    (
        "    kernel = weight.shape[2:]\n",
        "    stride, dilation = stride[::-1], dilation[::-1]\n    kernel = weight.shape[2:]\n",
    ),
)
bug(
    "nd-averaged",
    "The products are averaged",
    "Are the products of a window added up, or is their mean taken?",
    ("    return out\n", "    out /= math.prod(weight.shape[1:])\n    return out\n"),
)
CONV_LINES = {
    "nd-dilation-ignored": "dilation = (1,) * len(kernel)",
    "nd-stride-ignored": "stride = (1,) * len(kernel)",
    "nd-stride-for-dilation": "stride, dilation = dilation, stride",
    "nd-stride-of-first-axis": "stride = stride[:1] * len(kernel)",
    "nd-dilation-of-first-axis": "dilation = dilation[:1] * len(kernel)",
    "nd-sizes-exchanged": "stride, dilation = stride[::-1], dilation[::-1]",
}
for text, ending in ((CONV_PLACES, "of-windows"), (CONV_TAPS, "of-slices")):
    BUGS += forms(
        BUGS,
        text,
        {f"before-{ending}": "counts =", f"after-{ending}": "out ="},
        CONV_LINES,
    )

bug = bugs_of("conv-backward")
bug(
    "nd-back-kernel-without-upstream",
    "The kernel's gradient has no share of upstream",
    "If nothing behind an answer depends on it, how large is its share of the kernel's "
    "gradient?",
    (
        "np.tensordot(grad_output, pixels",
        "np.tensordot(np.ones_like(grad_output), pixels",
    ),
)
bug(
    "nd-back-channels-exchanged",
    "The kernel's gradient has its channels exchanged",
    "Which channels come first in the shape of `weight`: those before, or those behind?",
    (
        "both = np.tensordot(grad_output, pixels, axes=(places, places))",
        "both = np.tensordot(pixels, grad_output, axes=(places, places))\n"
        "        both = both.reshape(both.shape[::-1])",
    ),
)
bug(
    "nd-back-bias-first-image",
    "The bias gets the gradient of the first image only",
    "To how many images was the bias added?",
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "grad_output[:1].sum(axis=places, dtype=dtype)",
    ),
)
bug(
    "nd-back-bias-one-number",
    "All biases have one gradient",
    "To the numbers of which channel was the second bias added?",
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "np.full(len(weight), grad_output.sum(), dtype)",
    ),
)
bug(
    "nd-back-images-added",
    "The image's gradient is that of all images together",
    "Does a pixel of the first image have a part in the second image's answers?",
    (
        "grad_x[(..., *met)] += np.swapaxes(shares, 0, 1)",
        "grad_x[(..., *met)] += shares.sum(axis=1)",
    ),
)
bug(
    "nd-back-always-float64",
    "The gradients are always float64",
    "Which dtype has upstream, and which one do you promise for its gradients?",
    ("np.result_type(grad_output, np.float32)", "np.dtype(float)"),
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "grad_output.sum(axis=places, dtype=float)",
    ),
)
bug(
    "nd-back-kernel-of-last-window",
    "The kernel keeps the gradient of the last window alone",
    "In how many windows did each number of the kernel take part?",
    (
        "both = np.tensordot(grad_output, pixels, axes=(places, places))",
        "last = (-1, slice(None), *[-1] * len(tap))\n"
        "        both = np.outer(grad_output[last], pixels[last])",
    ),
)
known = next(one for one in BUGS if one.id == "nd-back-image-dtype")
BUGS.append(
    Bug(
        "nd-back-image-dtype-cut",
        known.cell,
        known.title,
        known.question,
        (
            ("np.zeros(x.shape, dtype)", "np.zeros(x.shape, x.dtype)"),
            (
                "+= np.swapaxes(shares, 0, 1)",
                "+= np.swapaxes(shares, 0, 1).astype(x.dtype)",
            ),
        ),
    )
)
CONV_BACK_PLACES = """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    counts, kernel = grad_output.shape[2:], weight.shape[2:]
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for place in np.ndindex(*counts):
        steps = zip(place, kernel, stride, dilation)
        met = tuple(slice(i * s, i * s + (k - 1) * d + 1, d) for i, k, s, d in steps)
        for b in range(len(x)):
            for o in range(len(weight)):
                upstream = grad_output[(b, o, *place)]
                grad_x[(b, slice(None), *met)] += upstream * weight[o]
                grad_weight[o] += upstream * x[(b, slice(None), *met)]
    axes = (0, *range(2, x.ndim))
    return grad_x, grad_weight, grad_output.sum(axis=axes, dtype=dtype)
"""
CONV_BACK_LINES = {
    "nd-back-dilation-ignored": "dilation = (1,) * len(kernel)",
    "nd-back-stride-ignored": "stride = (1,) * len(kernel)",
    "nd-back-stride-of-first-axis": "stride = stride[:1] * len(kernel)",
    "nd-back-dilation-of-first-axis": "dilation = dilation[:1] * len(kernel)",
}
BUGS += forms(BUGS, CONV_BACK_PLACES, {"of-windows": "dtype ="}, CONV_BACK_LINES)

bug = bugs_of("padding")
known = next(one for one in BUGS if one.id == "same-whole-kernel")
bug(
    "same-half-of-the-kernel",
    "On both sides stands half of the kernel, also where it is even",
    "A kernel of 4 on a row of 4, with 2 pixels before and 2 behind: how many windows fit?",
    ("both // 2, both - both // 2", "kernel // 2 * dilation, kernel // 2 * dilation"),
)
bug(
    "pad-modes-exchanged",
    "Reflect and circular are exchanged",
    "Which of the two goes on at the other end of the row?",
    ('"circular": "wrap"', '"circular": "reflect"'),
    ('names["reflect"] = "reflect"', 'names["reflect"] = "wrap"'),
)
bug(
    "pad-back-averaged",
    "The gradients of the copies are averaged",
    "If a pixel grows by a little, how many of its copies do?",
    (
        "        grad = np.moveaxis(total",
        "        parts = np.bincount(places[kept], minlength=size)\n        total /= np.reshape(np.maximum(parts, 1), (-1, *[1] * (total.ndim - 1)))\n        grad = np.moveaxis(total",
    ),
)
bug(
    "pad-back-copies-all-modes-cut",
    "What lies outside the image is not sent back",
    "Which pixel did a padded place copy, and what does that pixel get for it?",
    (
        'if mode == "zeros" else places == places',
        'if mode != "replicate" else places == places',
    ),
)
bug(
    "pad-back-axes-exchanged",
    "On the way back the axes are taken in the opposite order",
    "Which pair of `padding` belongs to the first axis behind the channels?",
    ("enumerate(padding, start=2)", "enumerate(padding[::-1], start=2)"),
)
bug(
    "pad-refuses-nothing-of-circular",
    "Circular may ask for more pixels than there are",
    "Once round the row: where would the next pixel be copied from?",
    ('{"reflect": size - 1, "circular": size}', '{"reflect": size - 1}'),
)
bug(
    "pad-unknown-mode-is-zeros",
    "Another mode is not refused",
    "What should somebody be told who writes `mirror`?",
    (
        "    if mode not in names:\n        raise",
        '    mode = mode if mode in names else "zeros"\n    if mode not in names:\n        raise',
    ),
)

bug = bugs_of("groups")
bug(
    "groups-first-kernels",
    "All groups meet the first group's kernels",
    "Which kernels belong to the second group?",
    (
        "parts = zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True)\n    outs",
        "first = [np.split(weight, groups)[0]] * groups\n"
        "    parts = zip(np.split(x, groups, axis=1), first, strict=True)\n    outs",
    ),
)
bug(
    "groups-kernels-every-so-many",
    "A group takes every so many kernels, not kernels side by side",
    "With 6 kernels in 2 groups, which are the first group's?",
    (
        "np.split(weight, groups), strict=True)\n    outs",
        "[weight[g::groups] for g in range(groups)], strict=True)\n    outs",
    ),
)
bug(
    "groups-images-first-channels",
    "All groups see the first group's channels",
    "Which channels of the image does the second group see?",
    (
        "np.split(x, groups, axis=1), np.split(weight",
        "[np.split(x, groups, axis=1)[0]] * groups, np.split(weight",
    ),
)
bug(
    "groups-exchanged",
    "Stride and dilation are exchanged",
    "In which order does `conv_forward` take its numbers?",
    ("None, stride, dilation)", "None, dilation, stride)"),
)
bug(
    "groups-bias-of-first-group",
    "All groups get the first group's biases",
    "How many biases are there, and which belong to the second group?",
    (
        "out += np.reshape(bias, (-1,",
        "bias = np.tile(bias[: len(bias) // groups], groups)\n"
        "        out += np.reshape(bias, (-1,",
    ),
)
bug(
    "groups-assert",
    "An assertion stands where a ValueError is wanted",
    "Which error does the task ask for?",
    ("            raise ValueError(f", "            raise AssertionError(f"),
)
known = next(one for one in BUGS if one.id == "groups-along-images")
BUGS.append(
    Bug(
        "groups-along-images-bias-first",
        known.cell,
        known.title,
        known.question,
        (
            (
                "np.split(weight, groups), strict=True)\n    outs",
                "np.split(weight, groups), [None] * groups if bias is None else "
                "np.split(bias, groups), strict=True)\n    outs",
            ),
            ("conv_forward(*part, None,", "conv_forward(*part,"),
            (
                "np.concatenate(outs, axis=1)\n    if bias is not None:",
                "np.concatenate(outs, axis=0)\n    if False:",
            ),
        ),
    )
)
bug(
    "groups-back-images-added",
    "On the way back every group gets the sum of all groups' gradients",
    "Which groups' answers depend on a channel of the first group?",
    (
        "np.concatenate(grad_x, axis=1),",
        "np.concatenate([sum(grad_x)] * groups, axis=1),",
    ),
)
bug(
    "groups-back-stride-forgotten",
    "On the way back the stride is not handed on",
    "Which numbers did the convolution of each group have?",
    (
        "conv_backward(*part, stride, dilation)",
        "conv_backward(*part, (1,) * len(stride), dilation)",
    ),
)
bug(
    "groups-back-dilation-forgotten",
    "On the way back the dilation is not handed on",
    "Which numbers did the convolution of each group have?",
    (
        "conv_backward(*part, stride, dilation)",
        "conv_backward(*part, stride, (1,) * len(stride))",
    ),
)
bug(
    "groups-back-first-bias",
    "On the way back only the first group's bias has a gradient",
    "How many biases are there?",
    ("        np.concatenate(grad_bias),", "        grad_bias[0],"),
)

bug = bugs_of("separable-cost")
bug(
    "cost-fraction",
    "The counts are floats",
    "Of which type is a number of weights?",
    ("(image[0] // groups)", "(image[0] / groups)"),
)
bug(
    "cost-steps-of-all-channels",
    "The steps are counted as without groups",
    "How many channels does one kernel see at each place?",
    (
        "return weights, weights * places\n",
        "return weights, weights * groups * places\n",
    ),
)
bug(
    "cost-first-axis-alone",
    "The places are counted along the first axis alone",
    "How many places has an answer of 3 rows and 4 columns?",
    ("axes = zip(image[1:], kernel_size,", "axes = zip(image[1:2], kernel_size[:1],"),
    (
        "stride, padding, strict=True)\n    places",
        "stride[:1], padding[:1], strict=True)\n    places",
    ),
)
bug(
    "cost-steps-without-channels",
    "The steps leave out the channels",
    "How many products is one answer at one place made of?",
    (
        "return weights, weights * places\n",
        "return weights, math.prod(kernel_size) * places\n",
    ),
)
bug(
    "cost-stride-first-axis",
    "The first axis's stride is used for all axes",
    "Which number of `stride` belongs to the columns?",
    (
        "kernel_size, stride, padding, strict=True)\n    places",
        "kernel_size, stride[:1] * len(stride), padding, strict=True)\n    places",
    ),
)
bug(
    "cost-pointwise-of-inputs",
    "The pointwise half gives as many channels as it takes",
    "How many channels has the answer of the whole layer?",
    ("mixing = channels * out_channels", "mixing = channels * channels"),
)
bug(
    "cost-pointwise-one-place",
    "The steps of the pointwise half are counted at one place",
    "At how many places does the pointwise convolution work?",
    ("(weights + mixing) * places", "macs + mixing"),
)
bug(
    "cost-halves-multiplied",
    "The two halves are multiplied",
    "One convolution after the other: are their weights added or multiplied?",
    (
        "return weights + mixing, (weights + mixing) * places",
        "return weights * mixing, weights * mixing * places",
    ),
)

TURNED = """#| export
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    dtype = np.result_type(x, weight, np.float32)
    for more, s in zip(output_padding, stride):
        if more >= s:
            raise ValueError(f"output padding {{more}} must be below the stride {{s}}")
    counts, kernel = x.shape[2:], weight.shape[2:]
    sizes = zip(counts, stride, kernel, output_padding)
    full = tuple({size} for n, s, k, more in sizes)
    out = np.zeros((len(x), weight.shape[1], *full), dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, output_padding)
        met = tuple(slice({start}, {start} + (n - 1) * s + 1, s) for u, n, s, more in steps)
        part = np.tensordot(x, weight[(..., *tap)], axes=(1, 0))
        out[(..., *met)] {adds} np.moveaxis(part, -1, 1).astype(dtype)
    out = out[(..., *(slice(p, f - p) for p, f in zip(padding, full)))]
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * len(kernel)).astype(dtype)
    return out


def conv_transpose_backward(grad_output, x, weight, stride, padding):
    dtype, one = np.result_type(grad_output, np.float32), (1,) * len(stride)
    full = np.pad(grad_output, ((0, 0), (0, 0), *((p, p) for p in padding)))
    grad_x = conv_forward(full, weight, None, stride, one).astype(dtype)
    grad_weight = conv_backward({pixels}, full, weight, stride, one)[1].astype(dtype)
    return grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)
"""
PIECES = {
    "size": "(n - 1) * s + k + more",
    "start": "u",
    "adds": "+=",
    "pixels": "x.astype(float)",
}


def turned(id: str, title: str, question: str, **pieces: str) -> None:
    """Add a mistake in the transposed convolution that paints the kernel itself."""
    source = TURNED.format(**(PIECES | pieces))
    BUGS.append(Bug(id, "conv-transpose", title, question, source=source))


turned(
    "turned-overwritten",
    "Where kernels meet, they overwrite each other",
    "Two pixels paint on the same place: which of the two remains, and which should?",
    adds="=",
)
turned(
    "turned-output-padding-before",
    "The output padding is added in front",
    "At which end does the output padding make the answer longer?",
    start="u + more",
)
turned(
    "turned-a-stride-too-long",
    "The answer is one stride less one too long",
    "Where does the kernel of the last pixel end?",
    size="n * s + k - 1 + more",
)
turned(
    "turned-without-kernel",
    "The kernel's length is not counted in the answer's size",
    "One pixel and a kernel of 3: how long is the answer?",
    size="n * s + more",
)
turned(
    "turned-back-without-pixels",
    "The kernel's gradient leaves out the pixels",
    "What did the kernel's number stand beside in each product?",
    pixels="np.ones_like(x, dtype=float)",
)
known = next(one for one in BUGS if one.id == "turned-stride-ignored")
BUGS += forms(
    BUGS,
    TURNED.format(**PIECES),
    {"in-slices": "out ="},
    {known.id: "stride = (1,) * len(stride)"},
)
bug = bugs_of("conv-transpose")
bug(
    "turned-bias-before-the-cut",
    "The bias is added once for each number of the kernel",
    "How many biases are in one number of the answer?",
    (
        "(out + np.reshape(bias,",
        "(out + math.prod(weight.shape[2:]) * np.reshape(bias,",
    ),
)
bug(
    "turned-padding-once",
    "The padding is cut off in front alone",
    "From how many sides of the answer is the padding taken away?",
    ("slice(p, n - p)", "slice(p, n)"),
)
bug(
    "turned-stride-of-first-axis",
    "The first axis's stride is used for all axes",
    "Which number of `stride` belongs to the columns?",
    (
        "    sizes = zip(x.shape[2:]",
        "    stride = stride[:1] * len(stride)\n    sizes = zip(x.shape[2:]",
    ),
)
bug(
    "turned-padding-of-first-axis",
    "The first axis's padding is used for all axes",
    "Which number of `padding` belongs to the columns?",
    (
        "zip(padding, full, strict=True)",
        "zip(padding[:1] * len(full), full, strict=True)",
    ),
)
bug(
    "turned-back-order",
    "The gradients come in another order",
    "In which order does the layer take them: those of x, of the weight, of the bias?",
    (
        "    return grad_x, grad_weight.astype(dtype),",
        "    return grad_weight.astype(dtype), grad_x,",
    ),
)
bug(
    "turned-back-bias-of-padded",
    "The bias's gradient is cut by the padding",
    "To which numbers of the answer was the bias added?",
    (
        "full.sum(axis=(0, *axes), dtype=dtype)",
        "grad_x.sum(axis=(0, *axes), dtype=dtype)",
    ),
)

bug = bugs_of("upsample")
known = next(one for one in BUGS if one.id == "up-back-small-integers")
BUGS.append(
    Bug(
        "up-back-whole-numbers",
        known.cell,
        known.title,
        known.question,
        (
            (
                "grad = grad_output.astype(np.result_type(grad_output, np.float32))",
                "grad = grad_output",
            ),
            (
                "sum(lines[start::factor] for start in range(factor))",
                "np.sum([lines[start::factor] for start in range(factor)], axis=0)",
            ),
        ),
    )
)
bug(
    "up-back-first-factor",
    "On the way back the first axis's factor is used for all axes",
    "How many copies of a pixel lie side by side along the second axis?",
    (
        "enumerate(factors, start=2):\n        lines",
        "enumerate(factors[:1] * len(factors), start=2):\n        lines",
    ),
)
bug(
    "up-back-one-axis",
    "Only the first axis is taken back",
    "Along how many axes was each pixel copied?",
    (
        "enumerate(factors, start=2):\n        lines",
        "enumerate(factors[:1], start=2):\n        lines",
    ),
)
bug(
    "up-back-divided",
    "The gradient is divided by the number of copies",
    "If a pixel grows by a little, by how much does each of its copies grow?",
    (
        "    return grad\n",
        "    return (grad / math.prod(factors) ** 2).astype(grad.dtype)\n",
    ),
)
bug(
    "up-one-axis",
    "Only the first axis is made longer",
    "How many axes has an image behind its channels?",
    (
        "enumerate(factors, start=2):\n        x",
        "enumerate(factors[:1], start=2):\n        x",
    ),
)

bug = bugs_of("adaptive-pool")
bug(
    "adaptive-over-channels",
    "The mean is taken over the channels, too",
    "Do the pixels of one channel have a part in another channel's answer?",
    (
        ".mean(axis=axes, dtype=out.dtype)",
        ".mean(axis=(1, *axes), dtype=out.dtype)[:, None]",
    ),
)
bug(
    "adaptive-always-float64",
    "The result is always float64",
    "Which dtype do you promise for an image of float32?",
    ("np.result_type(x, np.float32))\n    axes", "np.float64)\n    axes"),
)
known = next(one for one in BUGS if one.id == "adaptive-whole-numbers")
BUGS.append(
    Bug(
        "adaptive-whole-numbers-at-the-end",
        known.cell,
        known.title,
        known.question,
        (
            ("np.result_type(x, np.float32))\n    axes", "x.dtype)\n    axes"),
            (".mean(axis=axes, dtype=out.dtype)", ".mean(axis=axes)"),
        ),
    )
)
bug(
    "adaptive-one-too-long",
    "The end of each window is part of it",
    "Pixels 0 to 1 are the first window of 5 pixels and 3 answers. Which pixel is the end "
    "that is not part of it?",
    (
        "-(-(i + 1) * n // m)) for i, n, m in steps)\n        out",
        "min(-(-(i + 1) * n // m) + 1, n)) for i, n, m in steps)\n        out",
    ),
)
bug(
    "adaptive-back-not-shared-evenly",
    "The shares are those of windows that are equally long",
    "How many pixels has the window whose gradient you divide?",
    (
        "math.prod(each.stop - each.start for each in window)",
        "math.prod(shape[2:]) / math.prod(sizes)",
    ),
)
bug(
    "adaptive-back-equal-windows",
    "On the way back all windows are equally long, and the rest is left out",
    "Three answers of five pixels: which pixels has each window?",
    (
        "slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)\n        count",
        "slice(i * max(n // m, 1), (i + 1) * max(n // m, 1)) for i, n, m in steps)\n        count",
    ),
)

bug = bugs_of("avg-pool")
bug(
    "pool-back-switch-turned",
    "On the way back the switch of the padding works the other way round",
    "Which number did the mean divide by, with count_include_pad, and which one without?",
    (
        "end - start if count_include_pad else inside\n        share",
        "inside if count_include_pad else end - start\n        share",
    ),
)
bug(
    "pool-always-float64",
    "The result is always float64",
    "Which dtype do you promise for an image of float32?",
    ("np.result_type(x, np.float32))\n    axes", "np.float64)\n    axes"),
    ("dtype=out.dtype)", "dtype=float)"),
)
bug(
    "pool-sum",
    "The sum of each window, not its mean",
    "What is the mean of four equal pixels?",
    ("= total / count", "= total"),
)
bug(
    "pool-stride-is-kernel",
    "The window moves by its own size whatever the stride",
    "Windows of 3 with stride 2: where does the second one begin?",
    ("steps = (n + 2 * p - k) // s\n", "s, steps = k, (n + 2 * p - k) // k\n"),
    (
        "start, end = i * s - p, min(i * s - p + k, n + p)",
        "start, end = i * k - p, min(i * k - p + k, n + p)",
    ),
)
bug(
    "pool-padding-not-in-front",
    "The first window begins at the image's first pixel whatever the padding",
    "With padding 1, which pixel does the first window begin at?",
    (
        "start, end = i * s - p, min(i * s - p + k, n + p)",
        "start, end = i * s, min(i * s + k, n + p)",
    ),
)
bug(
    "pool-padding-once",
    "The padding is counted on one side only",
    "On how many sides of the axis is it added?",
    ("steps = (n + 2 * p - k) // s\n", "steps = (n + p - k) // s\n"),
)
bug(
    "pool-kernel-squared",
    "The mean divides by the first side of the window squared",
    "How many pixels has a window of 2x3?",
    ("= total / count", "= total / kernel_size[0] ** len(sizes)"),
)
bug(
    "pool-back-stride-ignored",
    "The way back ignores the stride",
    "Where did the second window begin?",
    (
        "            start, end = i * s - p, min(i * s - p + k, n + p)\n            window.append(slice(max(start, 0), min(end, n)))\n            inside = min(end, n) - max(start, 0)\n            count *= end - start if count_include_pad else inside\n        share",
        "            start, end = i - p, min(i - p + k, n + p)\n            window.append(slice(max(start, 0), min(end, n)))\n            inside = min(end, n) - max(start, 0)\n            count *= end - start if count_include_pad else inside\n        share",
    ),
)

# Cannot be told apart by any value: ids of one cell, with a comment why.
SAME_VALUES: list[set[str]] = []


for cell, function, line in (
    ("dilated-field", "dilated_field", "return field"),
    ("conv-forward", "conv_forward", "return out"),
    ("conv-backward", "conv_backward", "return grad_x"),
    ("padding", "same_padding", "return both"),
    ("padding", "pad", "return np.pad("),
    ("padding", "pad_backward", "return grad\n"),
    ("groups", "grouped_forward", "return out"),
    ("groups", "grouped_backward", "return ("),
    ("separable-cost", "conv_cost", "return weights, "),
    ("separable-cost", "separable_cost", "return weights + "),
    ("upsample", "upsample_forward", "return x.copy()"),
    ("upsample", "upsample_backward", "return grad\n"),
    ("adaptive-pool", "adaptive_forward", "return out"),
    ("adaptive-pool", "adaptive_backward", "return grad\n"),
    ("avg-pool", "avg_forward", "return out"),
    ("avg-pool", "avg_backward", "return grad\n"),
):
    bugs_of(cell)(
        f"{function}-returns-nothing",
        "Nothing is returned",
        "What does a function give back whose last line says no `return`?",
        (line, line.replace("return", "answer =")),
    )

# What people write in other words
# --------------------------------

bug = bugs_of("upsample")
bug(
    "up-interpolated",
    "Pixels in between are interpolated",
    "Is each number of the answer one of the image's own?",
    (
        "        x = np.repeat(x, factor, axis=axis)\n    return x.copy()",
        "        size = x.shape[axis]\n"
        "        at = (np.arange(size * factor) + 0.5) / factor - 0.5\n"
        "        lines = np.moveaxis(x, axis, -1)\n"
        "        between = np.arange(size)\n"
        "        rows = [np.interp(at, between, r) for r in lines.reshape(-1, size)]\n"
        "        rows = np.reshape(rows, (*lines.shape[:-1], -1))\n"
        "        x = np.moveaxis(rows, -1, axis).astype(x.dtype)\n"
        "    return x.copy()",
    ),
)
bug(
    "up-back-largest",
    "The largest of the copies' gradients is taken",
    "All copies of a pixel were used. Which of their gradients count?",
    (
        "sum(lines[start::factor] for start in range(factor))",
        "np.max([lines[start::factor] for start in range(factor)], axis=0)",
    ),
)

bug = bugs_of("separable-cost")
OTHER_ORDER = (
    "The steps stand first, the weights second",
    "Which of the two numbers does the task name first?",
)
bug(
    "cost-other-order",
    *OTHER_ORDER,
    ("return weights, weights * places", "return weights * places, weights"),
    ("weights, macs = conv_cost", "macs, weights = conv_cost"),
)
bug(
    "separable-other-order",
    *OTHER_ORDER,
    (
        "return weights + mixing, (weights + mixing) * places",
        "return (weights + mixing) * places, weights + mixing",
    ),
)
bug(
    "cost-and-separable-other-order",
    *OTHER_ORDER,
    ("return weights, weights * places", "return weights * places, weights"),
    ("weights, macs = conv_cost", "macs, weights = conv_cost"),
    (
        "return weights + mixing, (weights + mixing) * places",
        "return (weights + mixing) * places, weights + mixing",
    ),
)

bug = bugs_of("padding")
bug(
    "pad-before-on-both-sides",
    "The first number of a pair is used on both sides",
    "In a pair (2, 1), how many pixels are added behind?",
    ("*padding), mode", "*((before, before) for before, _ in padding)), mode"),
)
bug(
    "pad-after-on-both-sides",
    "The second number of a pair is used on both sides",
    "In a pair (2, 1), how many pixels are added in front?",
    ("*padding), mode", "*((after, after) for _, after in padding)), mode"),
)
bug(
    "pad-back-last-axis-alone",
    "Copies are added up along the last axis alone",
    "An image has two axes. What becomes of the copies above its first row?",
    ('if mode == "zeros" else', 'if mode == "zeros" or axis < grad.ndim - 1 else'),
)

bug = bugs_of("groups")
bug(
    "groups-back-first-upstream",
    "All groups get the upstream gradient of the first group",
    "Which outputs did the second group's channels have a part in?",
    ("zip(upstream, pixels, np", "zip(upstream[:1] * groups, pixels, np"),
)
bug(
    "groups-back-bias-averaged",
    "The biases of the groups get the mean of the groups' gradients",
    "Which outputs was the first bias added to?",
    (
        "np.concatenate(grad_bias)",
        "np.concatenate([sum(grad_bias) / groups] * groups)",
    ),
)
bug(
    "groups-back-kernels-added",
    "The kernels of all groups get the sum of the groups' gradients",
    "Which channels did the first group's kernels meet?",
    ("np.concatenate(grad_weight)", "np.concatenate([sum(grad_weight)] * groups)"),
)

bug = bugs_of("conv-transpose")
bug(
    "transpose-output-padding-of-zeros",
    "The output padding is put behind as zeros when the padding is cut off",
    "Which paintings reach into what the padding cuts off at the end?",
    ("full = tuple((n - 1) * s + k + more for", "full = tuple((n - 1) * s + k for"),
    (
        "out = out[(..., *inside)]\n",
        "out = out[(..., *inside)]\n"
        "    behind = ((0, more) for more in output_padding)\n"
        "    out = np.pad(out, ((0, 0), (0, 0), *behind))\n",
    ),
)

bug = bugs_of("avg-pool")
bug(
    "pool-back-padding-not-subtracted",
    "On the way back the windows begin at the image's first pixel",
    "With padding 1, how many of the first window's pixels lie in the image?",
    (
        "start, end = i * s - p, min(i * s - p + k, n + p)\n"
        "            window.append(slice(max(start, 0), min(end, n)))\n"
        "            inside = min(end, n) - max(start, 0)\n"
        "            count *= end - start if count_include_pad else inside\n"
        "        share",
        "start, end = i * s, min(i * s + k, n + p)\n"
        "            window.append(slice(max(start, 0), min(end, n)))\n"
        "            inside = max(1, min(end, n) - max(start, 0))\n"
        "            count *= end - start if count_include_pad else inside\n"
        "        share",
    ),
)

for cell, id, counted in (
    ("conv-forward", "nd", "kernel"),
    ("conv-backward", "nd-back", "counts"),
):
    bug = bugs_of(cell)
    bug(
        f"{id}-stride-of-last-axis",
        "The last axis's stride is used for all axes",
        "The stride is a tuple. Where does your code use its first number?",
        ("counts, stride, dilation", f"counts, stride[-1:] * len({counted}), dilation"),
    )
    bug(
        f"{id}-dilation-of-last-axis",
        "The last axis's dilation is used for all axes",
        "The dilation is a tuple. Where does your code use its first number?",
        ("counts, stride, dilation", f"counts, stride, dilation[-1:] * len({counted})"),
    )
bug = bugs_of("conv-backward")
bug(
    "nd-back-bias-of-images",
    "The bias's gradient is summed over the images alone",
    "To how many places of an image was the bias added?",
    ("grad_output.sum(axis=places", "grad_output.sum(axis=0"),
)

bug = bugs_of("conv-forward")
bug(
    "nd-channels-averaged",
    "The channels are averaged",
    "An image of 3 equal channels, and 3 equal kernels: how many times one channel's "
    "answer is the whole?",
    ("    if bias is not None", "    out /= x.shape[1]\n    if bias is not None"),
)
for ending, shape in (
    ("", "(-1, 1, *[1] * len(kernel))"),
    ("-and-bias", "(-1, *[1] * len(kernel))"),
):
    bug(
        f"nd-channels-first{ending}",
        "The images stay where `tensordot` leaves them",
        "In which order does `tensordot` leave the axes? In which does the answer have "
        "them?",
        (
            "np.zeros((len(x), len(weight), *counts), dtype)",
            "np.zeros((len(weight), len(x), *counts), dtype)",
        ),
        ("np.swapaxes(products, 0, 1)", "products"),
        ("(-1, *[1] * len(kernel))", shape),
    )

bug = bugs_of("separable-cost")
bug(
    "separable-depthwise-forgotten",
    "The depthwise half is not counted",
    "Which of the two convolutions looks around in each channel? Has it no weights?",
    (
        "return weights + mixing, (weights + mixing) * places",
        "return mixing, mixing * places",
    ),
)

bug = bugs_of("conv-transpose")
bug(
    "transpose-back-bias-without-output-padding",
    "The bias's gradient leaves out the output padding",
    "To which pixels of the answer was the bias added?",
    (
        "full.sum(axis=(0, *axes), dtype=dtype)",
        "sum(\n"
        "        full[(..., *(slice(s * (n - 1) + k) for n, s, k in reached))]\n"
        "        for reached in [[*zip(x.shape[2:], stride, weight.shape[2:])]]\n"
        "    ).sum(axis=(0, *axes), dtype=dtype)",
    ),
)

IN_PARTS = """#| export
def grouped_forward(x, weight, bias, stride, dilation, groups):
    before, behind = x.shape[1], len(weight)
    if {0}:
        raise ValueError(f"{groups} groups do not divide {before} and {behind} channels")
    before, behind, outs = before // groups, behind // groups, []
    for g in range(groups):
        pixels = x[:, g * before : (g + 1) * before]
        own = slice(g * behind, (g + 1) * behind)
        part = None if bias is None else bias[own]
        outs.append(conv_forward(pixels, weight[own], part, stride, dilation))
    return np.concatenate(outs, axis=1)


def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    before, behind, grads = x.shape[1] // groups, len(weight) // groups, []
    for g in range(groups):
        pixels = x[:, g * before : (g + 1) * before]
        own = slice(g * behind, (g + 1) * behind)
        numbers = stride, dilation
        grads.append(conv_backward(grad_output[:, own], pixels, weight[own], *numbers))
    grad_x, grad_weight, grad_bias = zip(*grads, strict=True)
    return (
        np.concatenate(grad_x, axis=1),
        np.concatenate(grad_weight),
        np.concatenate(grad_bias),
    )
"""
for ending, asked, title, question in (
    (
        "outputs-unasked",
        "before % groups",
        "Only the channels before are looked at",
        "What about the channels behind: can 3 be split into 2 groups?",
    ),
    (
        "inputs-unasked",
        "behind % groups",
        "Groups that do not divide the channels before are not refused",
        "4 channels in 3 groups: what does your function do with the one left over?",
    ),
    (
        "unasked",
        "groups < 1",
        "Groups that do not divide are not refused",
        "4 channels in 3 groups, before or behind: what does your function do with the "
        "one left over?",
    ),
):
    source = IN_PARTS.replace("{0}", asked)
    BUGS.append(
        Bug(f"groups-in-parts-{ending}", "groups", title, question, source=source)
    )

bug = bugs_of("adaptive-pool")
bug(
    "adaptive-axes-exchanged",
    "The sizes are given to the axes in the opposite order",
    "Which axis does the first of the sizes belong to?",
    ("    out = np.zeros((*x", "    sizes = sizes[::-1]\n    out = np.zeros((*x"),
)
bug = bugs_of("avg-pool")
for name in ("kernel_size", "stride", "padding"):
    word = name.partition("_")[0]
    bug(
        f"pool-{word}-of-first-axis",
        f"The first axis's {word} is used for all axes",
        "It is a tuple. Where does your code use its second number?",
        (
            "    sizes, counts = x.shape[2:], []",
            f"    {name} = {name}[:1] * len({name})\n    sizes, counts = x.shape[2:], []",
        ),
    )
bug(
    "pool-in-small-integers",
    "The means of whole numbers are cut off",
    "100 and 101: what is their mean, and what is it in an array of whole numbers?",
    (
        "np.zeros((*x.shape[:2], *counts), np.result_type(x, np.float32))",
        "np.zeros((*x.shape[:2], *counts), x.dtype)",
    ),
    (
        "out[(..., *place)] = total / count",
        "out[(..., *place)] = (total / count).astype(x.dtype)",
    ),
)

bug = bugs_of("conv-backward")
bug(
    "nd-back-mean-of-images-and-bias",
    "The gradients of kernel and bias are means over the images",
    "The loss has its own mean, if it wants one. What does a sum of outputs ask for?",
    (
        "return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)",
        "grad_bias = grad_output.sum(axis=places, dtype=dtype)\n"
        "    return grad_x, grad_weight / len(x), grad_bias / len(x)",
    ),
)
for names in ("weight bias x", "bias x weight", "bias weight x", "x bias weight"):
    bug(
        f"nd-back-order-{names.replace(' ', '-')}",
        "The gradients come in another order",
        "In which order does the task want the three?",
        (
            "return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)",
            "grad_bias = grad_output.sum(axis=places, dtype=dtype)\n    return "
            + ", ".join(f"grad_{name}" for name in names.split()),
        ),
    )
bugs_of("conv-forward")(
    "nd-diagonal-of-kernel",
    "Only the diagonal of the kernel is walked along",
    "A kernel of 2x2 has four numbers. How many does your loop come past?",
    ("in np.ndindex(*kernel)", "in zip(*(range(k) for k in kernel))"),
)

bug = bugs_of("conv-transpose")
bug(
    "turned-back-weight-out-in",
    "The kernel's gradient has its channels exchanged",
    "Which of the weight's axes comes first here: the channels in, or those out?",
    (
        "return grad_x, grad_weight.astype(dtype),",
        "grad_weight = grad_weight.swapaxes(0, 1)\n    return grad_x, grad_weight.astype(dtype),",
    ),
)
bug(
    "turned-back-padding-behind",
    "On the way back the padding is put behind alone",
    "On which sides was it cut off?",
    (
        "*((p, p) for p in padding)))\n    grad_x",
        "*((0, 2 * p) for p in padding)))\n    grad_x",
    ),
)
bug(
    "turned-padding-added",
    "The padding is put around the answer, not cut off",
    "With more padding, does the answer become longer or shorter?",
    (
        "    out = out[(..., *inside)]\n",
        "    out = np.pad(out, ((0, 0), (0, 0), *((p, p) for p in padding)))\n",
    ),
)
bug(
    "turned-back-image-stride-ignored",
    "The image's gradient is read as with stride 1",
    "Which places of upstream did the second pixel paint?",
    (
        "grad_x = conv_forward(full, weight, None, stride, one).astype(dtype)",
        "grad_x = conv_forward(full, weight, None, one, one).astype(dtype)\n"
        "    grad_x = grad_x[(..., *(slice(n) for n in x.shape[2:]))]",
    ),
)
turned(
    "turned-stride-not-painted",
    "The kernels stand side by side whatever the stride",
    "With stride 2, how far from the first pixel's kernel does the second one's begin?",
    size="n - 1 + k + more",
)
BUGS[-1] = Bug(
    BUGS[-1].id,
    BUGS[-1].cell,
    BUGS[-1].title,
    BUGS[-1].question,
    source=BUGS[-1].source.replace("+ (n - 1) * s + 1, s)", "+ n)"),
)

bug = bugs_of("padding")
bug(
    "same-gap-behind",
    "The gap behind the last pixel is padded for",
    "Between 3 pixels, how many gaps are there?",
    ("(kernel - 1) * dilation", "kernel * dilation - 1"),
)
bug(
    "pad-back-edge-averaged",
    "The gradients of the copies of the edge are averaged",
    "A pixel was copied to three places. Does the loss depend on their mean, or on all?",
    (
        "        grad = np.moveaxis(total, 0, axis)",
        '        if mode == "replicate":\n'
        "            total[0] /= before + 1\n"
        "            total[-1] /= after + 1\n"
        "        grad = np.moveaxis(total, 0, axis)",
    ),
)
bugs_of("separable-cost")(
    "separable-stride-again",
    "The stride is used again in the pointwise half",
    "How many places does the depthwise half leave? Does the pointwise half skip any?",
    (
        "return weights + mixing, (weights + mixing) * places",
        "left = [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(image[1:], kernel_size, stride, padding)]\n"
        "    again = math.prod((n - 1) // s + 1 for n, s in zip(left, stride))\n"
        "    return weights + mixing, macs + mixing * again",
    ),
)

# Their neighbours
# ----------------
#
# The same slips in the functions beside, on the other axis, at the other end, before
# the size is computed and after it.

bug = bugs_of("dilated-field")
bug(
    "dilated-field-accepts-negative",
    "Only 0 is refused, and not what is below it",
    "What would a stride of -1 be? Does your function notice it?",
    ("if least < 1", "if 0 in (kernel, stride, dilation)"),
)
known = next(one for one in BUGS if one.id == "dilated-field-accepts-0")
for names in ("stride, dilation", "stride, stride", "dilation, dilation"):
    bug(
        f"dilated-field-refuses-{names.replace(', ', '-and-')}",
        known.title,
        known.question,
        ("min(kernel, stride, dilation)", f"min({names})"),
    )
known = next(one for one in BUGS if one.id == "dilated-field-refuses-kernels-alone")
for names in ("kernel, dilation", "kernel, kernel"):
    bug(
        f"dilated-field-refuses-{names.replace(', ', '-and-')}",
        known.title,
        known.question,
        ("min(kernel, stride, dilation)", f"min({names})"),
    )
bug(
    "dilated-field-refuses-1",
    "A number of 1 is refused",
    "Is a layer of stride 1 and dilation 1 a mistake?",
    ("if least < 1", "if least <= 1"),
)
bug(
    "dilated-field-step-returned",
    "The step is returned, not the field",
    "Which of your two numbers is asked for: how far apart outputs lie, or how much one "
    "sees?",
    ("return field", "return step"),
)
bug(
    "dilated-field-first-layer-left-out",
    "The first layer is left out",
    "With one layer alone, how often does your loop run?",
    ("in layers:", "in layers[1:]:"),
)
bug(
    "dilated-field-last-layer-left-out",
    "The last layer is left out",
    "With one layer alone, how often does your loop run?",
    ("in layers:", "in layers[:-1]:"),
)
bug(
    "dilated-field-only-last-reach",
    "Only the last layer's reach counts",
    "What becomes of what the layers before have added?",
    ("field += (kernel", "field = 1 + (kernel"),
)
bug(
    "dilated-field-largest-reach",
    "Only the layer that reaches furthest counts",
    "Two layers of 3, one after the other: how many pixels does one output see?",
    (
        "field += (kernel - 1) * dilation * step",
        "field = max(field, 1 + (kernel - 1) * dilation * step)",
    ),
)
bug(
    "dilated-field-exchanged",
    "Stride and dilation are exchanged",
    "In which order do a layer's three numbers stand?",
    ("for kernel, stride, dilation in", "for kernel, dilation, stride in"),
)
bug(
    "dilated-field-kernel-and-stride-exchanged",
    "Kernel and stride are exchanged",
    "In which order do a layer's three numbers stand?",
    ("for kernel, stride, dilation in", "for stride, kernel, dilation in"),
)
bug(
    "dilated-field-own-stride-alone",
    "A layer's reach is multiplied by its own stride alone",
    "Which layers' strides have moved the pixels apart that this layer sees?",
    ("dilation * step", "dilation * stride"),
)
bug(
    "dilated-field-dilation-makes-steps",
    "The dilations make the steps of later layers longer, not the strides",
    "How far apart do two neighbouring answers of a layer lie? Which of its numbers "
    "decides that?",
    ("step *= stride", "step *= dilation"),
)
bug(
    "dilated-field-takes-the-layers",
    "The layers are taken out of the caller's list",
    "What is left of the list when your function has returned?",
    (
        "    for kernel, stride, dilation in layers:\n",
        "    while layers:\n        kernel, stride, dilation = layers.pop(0)\n",
    ),
)
bug(
    "dilated-field-nothing-without-layers",
    "Without a layer the field is 0",
    "How many pixels does an output see if there is no layer at all?",
    ("return field", "return field if layers else 0"),
)
bug(
    "dilated-field-odd-kernels",
    "Kernels are taken to be odd",
    "How far does a kernel of 4 reach beyond its first pixel?",
    ("(kernel - 1) * dilation", "kernel // 2 * 2 * dilation"),
)
known = next(one for one in BUGS if one.id == "dilated-field-strides-added")
bug(
    "dilated-field-strides-added-to-one",
    known.title,
    known.question,
    ("step *= stride", "step += stride"),
)
bug(
    "dilated-field-products",
    "The layers' reaches are multiplied",
    "Two layers of 3, one after the other: how many pixels does one output see?",
    (
        "field += (kernel - 1) * dilation * step",
        "field *= (kernel - 1) * dilation + 1",
    ),
)

# A convolution in which what lies beyond the image is zeros, where others end in an
# error or are cut off.
CONV_BEYOND = """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    behind = ((0, 4 * size + 20) for size in sizes)
    large = np.pad(x, ((0, 0), (0, 0), *behind))
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, np.float32))
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation)
        met = tuple(slice(u * d, u * d + (n - 1) * s + 1, s) for u, n, s, d in steps)
        pixels = np.tensordot(large[(..., *met)], weight[(..., *tap)], axes=(1, 1))
        out += np.moveaxis(pixels, -1, 1).astype(out.dtype)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(kernel)).astype(out.dtype)
    return out
"""
bug = bugs_of("conv-forward")
bug(
    "nd-numbers-of-first-axis",
    "The first axis's stride and dilation are used for all axes",
    "Both are tuples. Where does your code use their second numbers?",
    (
        "counts, stride, dilation, strict=True)",
        "counts, stride[:1] * len(kernel), dilation[:1] * len(kernel), strict=True)",
    ),
)
bug(
    "nd-numbers-of-last-axis",
    "The last axis's stride and dilation are used for all axes",
    "Both are tuples. Where does your code use their first numbers?",
    (
        "counts, stride, dilation, strict=True)",
        "counts, stride[-1:] * len(kernel), dilation[-1:] * len(kernel), strict=True)",
    ),
)
bug(
    "nd-counted-without-gaps",
    "The windows are counted as if the kernel had no gaps",
    "With dilation 2, how many pixels does a kernel of 3 reach over? How many windows "
    "fit, then?",
    (
        "counts = grid(x.shape[2:], kernel, stride, dilation)",
        "counts = grid(x.shape[2:], kernel, stride, (1,) * len(kernel))",
    ),
)
bug(
    "nd-stride-inside-window",
    "The pixels of a window stand a stride apart",
    "Stride 2 moves the window by 2 pixels. How far apart are the pixels in it?",
    ("slice(u * d, u * d + s", "slice(u * d * s, u * d * s + s"),
)
bug(
    "nd-dilation-moves-the-windows",
    "The dilation moves the windows, too",
    "With dilation 2 and stride 1, at which pixel does the second window begin?",
    (
        "slice(u * d, u * d + s * (n - 1) + 1, s)",
        "slice(u * d, u * d + s * d * (n - 1) + 1, s * d)",
    ),
)
FIRST_NUMBERS = "stride, dilation = (n[:1] * len(kernel) for n in (stride, dilation))"
LAST_NUMBERS = "stride, dilation = (n[-1:] * len(kernel) for n in (stride, dilation))"
SPREAD = "dilation = tuple(d + (d > 1) for d in dilation)"
GAPS = "dilation = tuple(d + 1 for d in dilation)"
for text, ending in (
    (CONV_PLACES, "of-windows"),
    (CONV_TAPS, "of-slices"),
    (CONV_BEYOND, "beyond"),
):
    lines = {
        "nd-numbers-of-first-axis": FIRST_NUMBERS,
        "nd-numbers-of-last-axis": LAST_NUMBERS,
        "nd-gap-of-dilation": SPREAD,
        "nd-stride-of-last-axis": "stride = stride[-1:] * len(kernel)",
        "nd-dilation-of-last-axis": "dilation = dilation[-1:] * len(kernel)",
    }
    if text is CONV_BEYOND:
        lines |= CONV_LINES
    places = {f"before-{ending}": "counts =", f"after-{ending}": "out ="}
    if text is CONV_BEYOND:
        places.pop(f"before-{ending}")
    BUGS += forms(BUGS, text, places, lines)
    inside = {
        "nd-counted-without-gaps": "counts = grid(sizes, kernel, stride, (1,) * len(kernel))",
    }
    BUGS += forms(BUGS, text, {ending: "out ="}, inside)
    gap = {"nd-gap-of-dilation": GAPS}
    ends = {f"all-{key}": value for key, value in places.items()}
    BUGS += forms(BUGS, text, ends, gap)
for id, piece, other in (
    (
        "nd-stride-inside-window",
        "slice(u * d, u * d + (n",
        "slice(u * d * s, u * d * s + (n",
    ),
    (
        "nd-dilation-moves-the-windows",
        "(n - 1) * s + 1, s)",
        "(n - 1) * s * d + 1, s * d)",
    ),
):
    known = next(one for one in BUGS if one.id == id)
    source = CONV_BEYOND.replace(piece, other)
    BUGS.append(replace(known, id=f"{id}-beyond", replace=(), source=source))
known = next(one for one in BUGS if one.id == "nd-kernel-flipped")
for axis, which in ((2, "first"), (-1, "last")):
    bug(
        f"nd-kernel-flipped-on-{which}-axis",
        known.title,
        known.question,
        ("weight[(..., *tap)]", f"np.flip(weight, {axis})[(..., *tap)]"),
    )
bug(
    "nd-kernel-transposed",
    "The axes of the kernel are taken in the opposite order",
    "Which of the kernel's axes lies along the rows of an image?",
    (
        "kernel = weight.shape[2:]\n",
        "shape, axes = weight.shape, [*range(2, x.ndim)]\n"
        "    weight = np.transpose(weight, (0, 1, *axes[::-1])).reshape(shape)\n"
        "    kernel = weight.shape[2:]\n",
    ),
)
bug(
    "nd-channels-exchanged",
    "The kernel's channels are exchanged",
    "Which of the weight's first two axes has the channels that come in?",
    ("axes=(1, 1)", "axes=(0, 1)"),
)
bug(
    "nd-depthwise",
    "Each kernel sees one channel alone",
    "How many channels of the image does the first output channel depend on?",
    (
        "products = np.tensordot(numbers, pixels, axes=(1, 1))",
        "own = [n % x.shape[1] for n in range(len(weight))]\n"
        "        own = pixels[:, own] * np.reshape(\n"
        "            numbers[range(len(own)), own], (-1, *[1] * len(kernel))\n"
        "        )\n"
        "        products = np.swapaxes(own, 0, 1)",
    ),
)
for place, which in ((":1", "first"), ("-1:", "last")):
    bug(
        f"nd-{which}-image-only",
        f"Only the {which} image is convolved",
        "How many images are in the batch? Which of them does your loop come past?",
        (
            "out += np.swapaxes(products, 0, 1)",
            f"out[{place}] += np.swapaxes(products, 0, 1)[{place}]",
        ),
    )
    bug(
        f"nd-{which}-kernel-only",
        f"Only the {which} kernel is used",
        "How many channels come out? Which kernel belongs to each of them?",
        (
            "out += np.swapaxes(products, 0, 1)",
            f"out[:, {place}] += np.swapaxes(products, 0, 1)[:, {place}]",
        ),
    )
bug(
    "nd-last-channel-only",
    "Only the last channel is convolved",
    "Over which axis of the image does your product sum?",
    (
        "np.tensordot(numbers, pixels, axes=(1, 1))",
        "np.tensordot(numbers[:, -1:], pixels[:, -1:], axes=(1, 1))",
    ),
)
bug(
    "nd-last-number-left-out",
    "The last number of the kernel along each axis is left out",
    "How many numbers has a kernel of 3? How many does your loop come past?",
    ("in np.ndindex(*kernel)", "in np.ndindex(*(max(k - 1, 1) for k in kernel))"),
)
bug(
    "nd-returns-after-first-number",
    "The function returns after the first number of the kernel",
    "How far is your `return` indented?",
    (
        "        out += np.swapaxes(products, 0, 1)\n",
        "        out += np.swapaxes(products, 0, 1)\n        break\n",
    ),
)
bug(
    "nd-first-number-left-out",
    "The first number of the kernel is left out",
    "At which number do Python's counts begin?",
    ("in np.ndindex(*kernel)", "in [*np.ndindex(*kernel)][1:]"),
)
known = next(one for one in BUGS if one.id == "nd-bias-last-axis")
for ending, added in (
    ("out-of-place", "out = out + bias"),
    (
        "of-its-shape",
        "out = out + np.reshape(bias, (*[1] * (x.ndim - 1), -1))",
    ),
):
    bug(
        f"{known.id}-{ending}",
        known.title,
        known.question,
        ("out += np.reshape(bias, (-1, *[1] * len(kernel)))", added),
    )
bug(
    "nd-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("out += np.reshape(bias", "out = out + np.reshape(bias"),
)
bug(
    "nd-bias-subtracted",
    "The bias is subtracted",
    "With a bias of 1, does the output grow or shrink?",
    ("out += np.reshape(bias", "out -= np.reshape(bias"),
)
bug(
    "nd-bias-truth",
    "An array is asked whether it is true",
    "What is the truth of an array of several numbers? What should be asked of `bias`?",
    ("if bias is not None", "if bias"),
)
bug(
    "nd-needs-bias",
    "Without a bias the function ends in an error",
    "What stands in `bias` if there is none?",
    ("    if bias is not None:\n        out +=", "    out +="),
)
bug(
    "nd-always-float32",
    "The result is always float32",
    "A float64 image: which dtype does the task ask for?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.dtype(np.float32)",
    ),
)
bug(
    "nd-kernel-whole",
    "The kernel is cut to the image's dtype",
    "What is left of a kernel of halves in an array of whole numbers?",
    ("weight[(..., *tap)]", "weight[(..., *tap)].astype(x.dtype)"),
)
bug(
    "nd-whole-numbers",
    "The result of whole numbers is cut off",
    "A kernel of halves on an image of whole numbers: which dtype has the answer?",
    (
        "    return out\n",
        "    return out.astype(x.dtype) if x.dtype.kind in 'iu' else out\n",
    ),
)
bug(
    "nd-padded",
    "The image is padded",
    "Which function of this notebook pads? Has the convolution a padding of its own?",
    (
        "    kernel = weight.shape[2:]\n",
        "    kernel = weight.shape[2:]\n"
        "    sides = ((k // 2, k // 2) for k in kernel)\n"
        "    x = np.pad(x, ((0, 0), (0, 0), *sides))\n",
    ),
)
bug(
    "nd-images-added",
    "The images of a batch are added up",
    "Does a pixel of the first image have a part in the second image's answers?",
    (
        "out += np.swapaxes(products, 0, 1)",
        "out += np.swapaxes(products, 0, 1).sum(axis=0)",
    ),
)

CONV_BACK_BEYOND = """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    counts, kernel = grad_output.shape[2:], weight.shape[2:]
    dtype, places = np.result_type(grad_output, np.float32), (0, *range(2, x.ndim))
    large = np.pad(x, ((0, 0), (0, 0), *((0, 4 * n + 20) for n in x.shape[2:])))
    grad_x, grad_weight = np.zeros(large.shape, dtype), np.zeros(weight.shape, dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation)
        met = tuple(slice(u * d, u * d + s * (n - 1) + 1, s) for u, n, s, d in steps)
        shares = np.tensordot(weight[(..., *tap)], grad_output, axes=(0, 1))
        grad_x[(..., *met)] += np.swapaxes(shares, 0, 1)
        both = np.tensordot(grad_output, large[(..., *met)], axes=(places, places))
        grad_weight[(..., *tap)] = both
    grad_x = grad_x[(..., *(slice(n) for n in x.shape[2:]))]
    return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)
"""
bug = bugs_of("conv-backward")
bug(
    "nd-back-numbers-of-first-axis",
    "The first axis's stride and dilation are used for all axes",
    "Both are tuples. Where does your code use their second numbers?",
    (
        "counts, stride, dilation, strict=True)",
        "counts, stride[:1] * len(tap), dilation[:1] * len(tap), strict=True)",
    ),
)
bug(
    "nd-back-exchanged",
    "On the way back stride and dilation are exchanged",
    "Which of the two moved the window, going forward?",
    ("for u, n, s, d in steps", "for u, n, d, s in steps"),
)
bug(
    "nd-back-sizes-exchanged",
    "On the way back the numbers of the axes are taken in the opposite order",
    "Which number of `stride` belongs to the first axis behind the channels?",
    (
        "    counts, places =",
        "    stride, dilation = stride[::-1], dilation[::-1]\n    counts, places =",
    ),
)
bug(
    "nd-back-gap-of-dilation",
    "On the way back the dilation is taken for the number of pixels left out",
    "With dilation 1, were there gaps between the kernel's numbers?",
    ("slice(u * d, u * d + s", "slice(u * (d + 1), u * (d + 1) + s"),
)
bug(
    "nd-back-stride-inside-window",
    "On the way back the pixels of a window stand a stride apart",
    "Stride 2 moved the window by 2 pixels. How far apart were the pixels in it?",
    ("slice(u * d, u * d + s", "slice(u * d * s, u * d * s + s"),
)
BACK_LINES = CONV_BACK_LINES | {
    "nd-back-numbers-of-first-axis": FIRST_NUMBERS,
    "nd-back-exchanged": "stride, dilation = dilation, stride",
    "nd-back-sizes-exchanged": "stride, dilation = stride[::-1], dilation[::-1]",
    "nd-back-gap-of-dilation": GAPS,
    "nd-back-stride-of-last-axis": "stride = stride[-1:] * len(kernel)",
    "nd-back-dilation-of-last-axis": "dilation = dilation[-1:] * len(kernel)",
}
BUGS += forms(BUGS, CONV_BACK_BEYOND, {"beyond": "dtype, places ="}, BACK_LINES)
for name in CONV_BACK_LINES:
    del BACK_LINES[name]
BUGS += forms(BUGS, CONV_BACK_PLACES, {"of-windows": "dtype ="}, BACK_LINES)
BUGS += forms(
    BUGS,
    CONV_BACK_PLACES,
    {"of-windows-spread": "dtype ="},
    {"nd-back-gap-of-dilation": SPREAD},
)
known = next(one for one in BUGS if one.id == "nd-back-stride-inside-window")
source = CONV_BACK_BEYOND.replace(
    "slice(u * d, u * d + s", "slice(u * d * s, u * d * s + s"
)
BUGS.append(replace(known, id=f"{known.id}-beyond", replace=(), source=source))
STEPS = "        steps = zip(tap, counts, stride, dilation, strict=True)\n"
for which, walked in (
    ("dilation", "slice(u, u + s * (n - 1) + 1, s)"),
    ("stride", "slice(u * d, u * d + n)"),
):
    other = (
        f"{STEPS}        other = (..., *({walked} for u, n, s, d in steps))\n{STEPS}"
    )
    for whose, piece in (
        ("image", "grad_x[(..., *met)]"),
        ("kernel", "pixels, numbers = x[(..., *met)]"),
    ):
        bug(
            f"nd-back-{which}-ignored-in-{whose}",
            f"The {which} is forgotten in the {whose}'s gradient",
            "Which pixels did this number of the kernel meet, going forward?",
            (STEPS, other),
            (piece, piece.replace("(..., *met)", "other")),
        )
for ending, product in (
    ("", "np.tensordot(numbers, grad_output, axes=(1, 1))"),
    ("-in-einsum", 'np.einsum("bo...,co->cb...", grad_output, numbers)'),
):
    bug(
        f"nd-back-shares-of-inputs{ending}",
        "Upstream meets the kernel's channels that come in",
        "Which axis of the weight has as many numbers as upstream has channels?",
        ("np.tensordot(numbers, grad_output, axes=(0, 1))", product),
    )
bug(
    "nd-back-kernel-of-last-image",
    "The kernel's gradient comes from the last image alone",
    "Which images were multiplied with this kernel?",
    (
        "np.tensordot(grad_output, pixels, axes=(places, places))",
        "np.tensordot(grad_output[-1:], pixels[-1:], axes=(places, places))",
    ),
)
bug(
    "nd-back-image-averaged",
    "The image's gradient is a mean over the images",
    "Did the pixels of one image meet the upstream gradient of another?",
    ("return grad_x,", "return grad_x / dtype.type(len(x)),"),
)
bug(
    "nd-back-all-averaged",
    "All gradients are means over the images",
    "The loss has its own mean, if it wants one. What does a sum of outputs ask for?",
    (
        "return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)",
        "grads = grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)\n"
        "    return tuple(grad / dtype.type(len(x)) for grad in grads)",
    ),
)
bug(
    "nd-back-kernel-mean-of-places",
    "The kernel's gradient is a mean over the places",
    "How many windows did each number of the kernel meet? Are their shares added or "
    "averaged?",
    ("= both", "= both / math.prod(counts)"),
)
bug(
    "nd-back-kernel-mean-of-windows",
    "The kernel's gradient is a mean over all windows",
    "How many windows did each number of the kernel meet? Are their shares added or "
    "averaged?",
    ("= both", "= both / (len(x) * math.prod(counts))"),
)
bug(
    "nd-back-bias-batch-mean",
    "The bias's gradient is a mean over the images",
    "To how many images was the bias added?",
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "grad_output.sum(axis=places, dtype=dtype) / dtype.type(len(x))",
    ),
)
bug(
    "nd-back-bias-mean-of-places",
    "The bias's gradient is a mean over the places",
    "To how many places was the bias added?",
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "grad_output.sum(axis=places, dtype=dtype) / dtype.type(math.prod(counts))",
    ),
)
bug(
    "nd-back-bias-of-channels",
    "The bias's gradient is summed over the channels, too",
    "How many biases are there? How many numbers has your gradient?",
    ("grad_output.sum(axis=places, dtype=dtype)", "grad_output.sum(dtype=dtype)"),
)
bug(
    "nd-back-bias-keeps-axes",
    "The bias's gradient keeps the axes it was summed over",
    "Which shape has the bias? Which has your gradient?",
    (
        "grad_output.sum(axis=places, dtype=dtype)",
        "grad_output.sum(axis=places, dtype=dtype, keepdims=True)",
    ),
)
bug(
    "nd-back-bias-zero",
    "The bias's gradient is zero",
    "If the bias grows by a little, does no output change?",
    ("grad_output.sum(axis=places, dtype=dtype)", "np.zeros(len(weight), dtype)"),
)
bug(
    "nd-back-bias-of-image",
    "The bias's gradient is summed over the image",
    "Which array has a channel for each bias: the image, or upstream?",
    ("grad_output.sum(axis=places, dtype=dtype)", "x.sum(axis=places, dtype=dtype)"),
)
bug(
    "nd-back-bias-not-returned",
    "The bias's gradient is not returned",
    "How many arrays does the task want?",
    (
        "return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)",
        "return grad_x, grad_weight",
    ),
)
bug(
    "nd-back-image-without-kernel",
    "The image's gradient leaves out the kernel",
    "If a number of the kernel is 0, does its pixel have a share in the output?",
    (
        "np.tensordot(numbers, grad_output, axes=(0, 1))",
        "np.tensordot(np.ones_like(numbers), grad_output, axes=(0, 1))",
    ),
)
bug(
    "nd-back-kernel-without-pixels",
    "The kernel's gradient leaves out the pixels",
    "If a pixel is 0, does its number of the kernel have a share in the output?",
    (
        "np.tensordot(grad_output, pixels, axes=(places, places))",
        "np.tensordot(grad_output, np.ones_like(pixels), axes=(places, places))",
    ),
)
for numbers, which in (("[1:]", "first"), ("[:-1]", "last")):
    bug(
        f"nd-back-{which}-number-left-out",
        f"The {which} number of the kernel is left out",
        "How many numbers has a kernel of 3? How many does your loop come past?",
        (
            "in np.ndindex(*weight.shape[2:]):",
            f"in [*np.ndindex(*weight.shape[2:])]{numbers}:",
        ),
    )
bug(
    "nd-back-dtype-of-all",
    "The dtypes of image and weight enter the gradients",
    "Which array's dtype do the gradients take?",
    (
        "np.result_type(grad_output, np.float32)",
        "np.result_type(grad_output, x, weight, np.float32)",
    ),
)
bug(
    "nd-back-dtype-of-weight",
    "The gradients have the weight's dtype",
    "Which array's dtype do the gradients take?",
    ("np.result_type(grad_output, np.float32)", "weight.dtype"),
)
bug(
    "nd-back-remainder-cut",
    "Pixels that no window reached are missing from the gradient",
    "Which shape should the image's gradient have?",
    (
        "return grad_x,",
        "ends = zip(counts, weight.shape[2:], stride, dilation)\n"
        "    ends = (slice((n - 1) * s + (k - 1) * d + 1) for n, k, s, d in ends)\n"
        "    grad_x = grad_x[(..., *ends)]\n"
        "    return grad_x,",
    ),
)

bug = bugs_of("padding")
PLACES = "places %= size"
EDGE = "places = np.clip(places, 0, size - 1)"
MIRROR = "places = size - 1 - np.abs(size - 1 - np.abs(places))"
for mode, other, piece, line in (
    ("circular", "replicate", PLACES, EDGE),
    ("circular", "reflect", PLACES, MIRROR),
    ("reflect", "replicate", MIRROR, EDGE),
    ("reflect", "circular", MIRROR, PLACES),
    ("replicate", "circular", EDGE, PLACES),
    ("replicate", "reflect", EDGE, MIRROR),
):
    bug(
        f"pad-back-{mode}-as-{other}",
        f"On the way back {mode} is taken for {other}",
        f"Which pixel did {mode} copy to the first place before the edge?",
        (piece, line),
    )
for before, behind, which in (
    ("before", "after", ""),
    ("size // 2", "size // 2", "-of-half"),
):
    bug(
        f"pad-back-circular-near-end{which}",
        "On the way back of circular the copies are added at the near end",
        "What stands before the first pixel of a circle: a copy of which end?",
        (
            PLACES,
            f"places = np.where(places < 0, places + {before}, places)\n"
            f"            places = np.where(places < size, places, places - {behind})\n"
            "            places = np.clip(places, 0, size - 1)",
        ),
    )
bug(
    "pad-back-circular-mirrored",
    "On the way back of circular the copies are added up in the opposite order",
    "Which pixel stands directly before the first one of a circle, and which before "
    "that?",
    (
        PLACES,
        "places = np.where(places < 0, size + ~(places + before), places)\n"
        "            places = np.where(places < size, places, after + size - 1 - places)",
    ),
)
for mode in ("replicate", "reflect", "circular"):
    bug(
        f"pad-back-{mode}-cut-off",
        f"What {mode} copied is cut off on the way back",
        "If a copy outside the image changes an output, which pixel was it a copy of?",
        ('mode == "zeros" else', f'mode in ("zeros", "{mode}") else'),
    )
    if mode == "replicate":
        continue  # known: see `pad-back-edge-averaged`
    bug(
        f"pad-back-{mode}-averaged",
        f"The gradients of what {mode} copied are averaged",
        "A pixel was copied to three places. Does the loss depend on their mean, or on "
        "all?",
        (
            "        grad = np.moveaxis(total, 0, axis)",
            f'        if mode == "{mode}":\n'
            "            often = np.bincount(places, minlength=size)\n"
            "            total /= often.reshape(-1, *[1] * (total.ndim - 1))\n"
            "        grad = np.moveaxis(total, 0, axis)",
        ),
    )
for which, kept in (("front", "places < size"), ("behind", "places >= 0")):
    bug(
        f"pad-back-copies-{which}-only",
        "Only the copies in front send their gradients back"
        if which == "front"
        else "Only the copies behind send their gradients back",
        "At how many ends of the axis were pixels added?",
        ("else places == places", f"else {kept}"),
    )
for sides, which in (("after, after", "after"), ("before, before", "before")):
    bug(
        f"pad-back-{which}-on-both-sides",
        f"On the way back the {'first' if which == 'before' else 'second'} number of a "
        "pair is used on both sides",
        "In a pair (2, 1), how many gradients stand in front of the first pixel's, and "
        "how many behind the last one's?",
        (
            "        size = grad.shape[axis] - before - after\n",
            f"        before, after = {sides}\n"
            "        size = grad.shape[axis] - before - after\n",
        ),
    )
for index, which in (("[:1]", "first"), ("[-1:]", "last")):
    bug(
        f"pad-pair-of-{which}-axis",
        f"All axes are padded by the {which} axis's pair",
        "There is a pair for each axis. Where does your code use the other?",
        ("names = {", f"padding = [*padding{index}] * len(padding)\n    names = {{"),
    )
    bug(
        f"pad-back-pair-of-{which}-axis",
        f"On the way back the {which} axis's pair is used for all axes",
        "There is a pair for each axis. Where does your code use the other?",
        (
            "enumerate(padding, start=2)",
            f"enumerate([*padding{index}] * len(padding), start=2)",
        ),
    )
known = next(one for one in BUGS if one.id == "pad-axes-exchanged")
BUGS.append(
    replace(
        known,
        id="pad-axes-exchanged-throughout",
        replace=(("names = {", "padding = padding[::-1]\n    names = {"),),
    )
)
BOTH_EXCHANGED = (
    ("names = {", "padding = padding[::-1]\n    names = {"),
    ("enumerate(padding, start=2)", "enumerate(padding[::-1], start=2)"),
)
BUGS.append(replace(known, id="pad-axes-exchanged-both-ways", replace=BOTH_EXCHANGED))
bug(
    "pad-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("np.result_type(grad_output, np.float32)", "float"),
)
bug(
    "pad-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    ("np.result_type(grad_output, np.float32)", "np.float32"),
)
bug(
    "same-dilation-after-halving",
    "The half is taken before the dilation is counted",
    "A kernel of 4 with dilation 2 needs 6 pixels. How many stand on each side?",
    (
        "both // 2, both - both // 2",
        "(kernel - 1) // 2 * dilation, both - (kernel - 1) // 2 * dilation",
    ),
)
bug(
    "same-one-number",
    "One number is returned, not a pair",
    "How many pixels stand before, and how many behind? Can one number say both?",
    ("return both // 2, both - both // 2", "return both // 2"),
)
bug(
    "same-all-on-both-sides",
    "All that is needed is added on both sides",
    "A kernel of 3 needs 2 pixels. How many do you add, before and behind together?",
    ("both // 2, both - both // 2", "both, both"),
)
bug(
    "same-all-behind",
    "All pixels are added behind",
    "A kernel of 3 needs 2 pixels. On which sides does the task want them?",
    ("both // 2, both - both // 2", "0, both"),
)
bug(
    "same-dilation-added",
    "The dilation is added to the kernel",
    "Between how many pairs of neighbours of a kernel does a gap lie?",
    ("both = (kernel - 1) * dilation", "both = kernel + dilation - 2"),
)
bug(
    "same-gap-of-dilation",
    "The dilation is taken for the number of pixels left out",
    "With dilation 1, are there gaps between the kernel's numbers?",
    ("both = (kernel - 1) * dilation", "both = (kernel - 1) * (dilation + 1)"),
)
bug(
    "same-rounded-up",
    "Where it is odd, there is one pixel too many",
    "A kernel of 4 needs 3 pixels. How many do you add?",
    ("both // 2, both - both // 2", "-(-both // 2), -(-both // 2)"),
)
bug(
    "pad-reflect-replicate",
    "Reflect and replicate are exchanged",
    "Which of the two repeats the last pixel again and again?",
    ('"replicate": "edge"', '"replicate": "reflect"'),
    ('names["reflect"] = "reflect"', 'names["reflect"] = "edge"'),
)
for mode, numpys, other, theirs in (
    ("replicate", '"replicate": "edge"', "circular", '"replicate": "wrap"'),
    ("replicate", '"replicate": "edge"', "zeros", '"replicate": "constant"'),
    ("circular", '"circular": "wrap"', "replicate", '"circular": "edge"'),
    ("circular", '"circular": "wrap"', "zeros", '"circular": "constant"'),
    ("reflect", '"reflect"] = "reflect"', "replicate", '"reflect"] = "edge"'),
    ("reflect", '"reflect"] = "reflect"', "zeros", '"reflect"] = "constant"'),
    ("reflect", '"reflect"] = "reflect"', "circular", '"reflect"] = "wrap"'),
):
    bug(
        f"pad-{mode}-as-{other}",
        f"{mode.title()} is taken for {other}",
        f"What does {mode} put before the edge, and what does yours?",
        (numpys, theirs),
    )
bug(
    "pad-ones",
    "The padding is ones, not zeros",
    "Which number does zero padding add?",
    (
        "    return np.pad(",
        '    if mode == "zeros":\n'
        "        return np.pad(x, ((0, 0), (0, 0), *padding), constant_values=1)\n"
        "    return np.pad(",
    ),
)
bug(
    "pad-refuses-all-modes",
    "More pixels than there are are refused in every mode",
    "Zeros around an image of one pixel: how many may there be?",
    (".get(mode, max(pair))", ".get(mode, size)"),
)
bug(
    "pad-refuses-last-of-mirror",
    "Reflect may not ask for all that lie behind the edge",
    "An axis of 4 pixels: how many of them lie behind the edge? May all be mirrored?",
    ('"reflect": size - 1', '"reflect": size - 2'),
)
known = next(one for one in BUGS if one.id == "pad-accepts-all")
for which, asked in (("front", "pair[0]"), ("behind", "pair[1]")):
    bug(
        f"pad-asks-{which}-only",
        known.title,
        known.question,
        ("if max(pair) > most", f"if {asked} > most"),
    )
bug(
    "pad-asks-smaller-side",
    "More pixels than there are can be asked for",
    "An axis of 4 pixels, mirrored 4 times: is there a fourth pixel behind the edge?",
    ("if max(pair) > most", "if min(pair) > most"),
)
bug(
    "pad-asks-first-axis",
    "Only the first axis is looked at for the refusal",
    "An image that is higher than wide: how many pixels may be mirrored beside it?",
    (
        "zip(x.shape[2:], padding, strict=True)",
        "zip(x.shape[2:3], padding[:1], strict=True)",
    ),
)
bug(
    "pad-assert",
    "An assertion stands where a ValueError is wanted",
    "Which error does the task ask for?",
    ('raise ValueError(f"no padding', 'raise AssertionError(f"no padding'),
    ('raise ValueError(f"{mode}', 'raise AssertionError(f"{mode}'),
)
bug(
    "pad-channels-too",
    "Channels are padded",
    "Which axes stand behind batch and channels?",
    ("((0, 0), (0, 0), *padding)", "((0, 0), *padding, (0, 0))[: x.ndim]"),
)

bug = bugs_of("groups")
SPLIT_X = "np.split(x, groups, axis=1), np.split(weight"
bug(
    "groups-images-last-channels",
    "All groups see the last group's channels",
    "Which channels of the image does the first group see?",
    (SPLIT_X, "[np.split(x, groups, axis=1)[-1]] * groups, np.split(weight"),
)
bug(
    "groups-images-backwards",
    "The groups see each other's channels",
    "Which channels does the first group see?",
    (SPLIT_X, "np.split(x, groups, axis=1)[::-1], np.split(weight"),
)
for index, which, title in (
    ("pixels[:1] * groups", "first-pixels", "the first group's channels"),
    ("pixels[-1:] * groups", "last-pixels", "the last group's channels"),
    ("pixels[::-1]", "pixels-backwards", "each other's channels"),
):
    bug(
        f"groups-back-{which}",
        f"On the way back the groups meet {title}",
        "Which channels of the image did the second group see, going forward?",
        ("zip(upstream, pixels, np", f"zip(upstream, {index}, np"),
    )
for index, which, title in (
    ("upstream[-1:] * groups", "last-upstream", "the last group's upstream gradient"),
    ("upstream[::-1]", "upstream-backwards", "each other's upstream gradients"),
):
    bug(
        f"groups-back-{which}",
        f"On the way back the groups meet {title}",
        "Which outputs did the first group's channels have a part in?",
        ("zip(upstream, pixels, np", f"zip({index}, pixels, np"),
    )
for kernels, which, title in (
    ("[np.split(weight, groups)[0]] * groups", "first", "the first group's kernels"),
    ("[np.split(weight, groups)[-1]] * groups", "last", "the last group's kernels"),
    (
        "[weight[g::groups] for g in range(groups)]",
        "every-so-many",
        "every so many kernels, not kernels side by side",
    ),
):
    bug(
        f"groups-back-{which}-kernels",
        f"On the way back the groups meet {title}",
        "Which kernels did the first group's channels meet, going forward?",
        (
            "np.split(weight, groups), strict=True)\n    grads",
            f"{kernels}, strict=True)\n    grads",
        ),
    )
bug(
    "groups-back-pixels-every-so-many",
    "On the way back a group takes every so many channels of the image",
    "With 2 groups and 4 channels, which two belong to the first group?",
    (
        "zip(upstream, pixels, np",
        "zip(upstream, [x[:, g::groups] for g in range(groups)], np",
    ),
)
bug(
    "groups-back-upstream-every-so-many",
    "On the way back a group takes every so many channels of upstream",
    "With 2 groups and 4 channels, which two belong to the first group?",
    (
        "zip(upstream, pixels, np",
        "zip([grad_output[:, g::groups] for g in range(groups)], pixels, np",
    ),
)
bug(
    "groups-back-images-interleaved",
    "On the way back the groups' channels are put together by turns",
    "Which channels of the image belong to the first group?",
    (
        "np.concatenate(grad_x, axis=1)",
        "np.stack(grad_x, axis=2).reshape(x.shape)",
    ),
)
bug(
    "groups-back-kernels-interleaved",
    "On the way back the groups' kernels are put together by turns",
    "Which kernels belong to the first group?",
    (
        "np.concatenate(grad_weight)",
        "np.stack(grad_weight, axis=1).reshape(weight.shape)",
    ),
)
for grads, axis, word in (
    ("grad_x", ", axis=1", "channels"),
    ("grad_weight", "", "kernels"),
):
    name = "images" if grads == "grad_x" else "kernels"
    bug(
        f"groups-back-{name}-backwards-at-the-end",
        f"On the way back the groups' {word} are put together from the last to the first",
        f"Which {word} belong to the first group?",
        (f"np.concatenate({grads}{axis})", f"np.concatenate({grads}[::-1]{axis})"),
    )
    for index, which in (("0", "first"), ("-1", "last")):
        bug(
            f"groups-back-{name}-of-{which}",
            f"On the way back only the {which} group's {word} have a gradient",
            f"How many groups are there, and which {word} belong to each?",
            (f"np.concatenate({grads}{axis})", f"{grads}[{index}]"),
        )
bug(
    "groups-back-images-added-once",
    "On the way back the groups' images are added up",
    "How many channels has the image? How many has your gradient?",
    ("np.concatenate(grad_x, axis=1)", "sum(grad_x)"),
)
bug(
    "groups-back-kernels-added-once",
    "On the way back the groups' kernels are added up",
    "How many kernels are there? How many has your gradient?",
    ("np.concatenate(grad_weight)", "sum(grad_weight)"),
)
bug(
    "groups-back-kernels-averaged",
    "The gradients of the kernels are divided by the number of groups",
    "Which groups' outputs does a kernel have a part in?",
    ("np.concatenate(grad_weight)", "np.concatenate(grad_weight) / groups"),
)
bug(
    "groups-back-numbers-forgotten",
    "On the way back neither stride nor dilation is handed on",
    "Which numbers did the convolution of each group have?",
    (
        "conv_backward(*part, stride, dilation)",
        "conv_backward(*part, (1,) * len(stride), (1,) * len(stride))",
    ),
)
bug(
    "groups-back-order",
    "The gradients come in another order",
    "In which order does the task want the three?",
    (
        "        np.concatenate(grad_x, axis=1),\n        np.concatenate(grad_weight),\n",
        "        np.concatenate(grad_weight),\n        np.concatenate(grad_x, axis=1),\n",
    ),
)
bug(
    "groups-back-bias-zero",
    "The bias's gradient is zero",
    "If the bias grows by a little, does no output change?",
    ("np.concatenate(grad_bias)", "np.zeros(len(weight), grad_output.dtype)"),
)
bug(
    "groups-back-kernels-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("np.concatenate(grad_weight)", "np.concatenate(grad_weight).astype(float)"),
)
JOINED = "np.concatenate(outs, axis=1)"
known = next(one for one in BUGS if one.id == "groups-added")
bug(
    "groups-added-to-each",
    known.title,
    known.question,
    (JOINED, "np.concatenate([sum(outs)] * groups, axis=1)"),
)
bug(
    "groups-averaged",
    "The groups' answers are averaged",
    "Do the channels of two groups ever meet?",
    (JOINED, "sum(outs) / groups"),
)
for index, which in (("0", "first"), ("-1", "last")):
    bug(
        f"groups-only-{which}",
        f"Only the {which} group's answer is returned",
        "How many channels come out of all groups together?",
        (JOINED, f"outs[{index}]"),
    )
    bug(
        f"groups-repeats-{which}",
        f"The {which} group's answer is repeated for all groups",
        "Which kernels give the second group's answer?",
        (JOINED, f"np.concatenate([outs[{index}]] * groups, axis=1)"),
    )
bug(
    "groups-backwards",
    "The groups' answers are put together from the last to the first",
    "Which group do the first output channels belong to?",
    (JOINED, "np.concatenate(outs[::-1], axis=1)"),
)
bug(
    "groups-last-kernels",
    "All groups meet the last group's kernels",
    "Which kernels belong to the first group?",
    (
        "np.split(weight, groups), strict=True)\n    outs",
        "[np.split(weight, groups)[-1]] * groups, strict=True)\n    outs",
    ),
)
bug(
    "groups-both-every-so-many",
    "A group takes every so many channels and kernels, not those side by side",
    "With 2 groups and 4 channels, which two belong to the first group?",
    (
        "zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True)\n    outs",
        "zip(\n"
        "        [x[:, g::groups] for g in range(groups)],\n"
        "        [weight[g::groups] for g in range(groups)],\n"
        "    )\n    outs",
    ),
)
bug(
    "groups-numbers-forgotten",
    "Neither stride nor dilation is handed on",
    "Which numbers does the convolution of a group want to know?",
    (
        "(*part, None, stride, dilation)",
        "(*part, None, (1,) * len(stride), (1,) * len(stride))",
    ),
)
bug(
    "groups-ignored",
    "Every kernel sees all channels",
    "How many channels of the image does one kernel see, with 2 groups?",
    (
        f"    out = {JOINED}\n",
        "    whole = np.concatenate([weight] * groups, axis=1)\n"
        "    out = conv_forward(x, whole, None, stride, dilation)\n",
    ),
)
bug(
    "groups-bias-each-group",
    "The bias is added once for each group",
    "How many groups does an output channel belong to? How often is its bias added?",
    ("out += np.reshape(bias, (-1,", "out += groups * np.reshape(bias, (-1,"),
)
bug(
    "groups-bias-last-axis",
    "The bias is added along the last axis",
    "NumPy lines shapes up from the right. Which axis of the output does the bias belong "
    "to?",
    ("np.reshape(bias, (-1, *[1] * (x.ndim - 2)))", "bias"),
)
bug(
    "groups-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("out += np.reshape(bias", "out = out + np.reshape(bias"),
)
known = next(one for one in BUGS if one.id == "groups-accepts-all")
bug(
    "groups-silent-error",
    known.title,
    known.question,
    ('f"{channels} channels do not split into {groups} groups"', '"it does not fit"'),
)
bug(
    "groups-always-float32",
    "The result is always float32",
    "A float64 image: which dtype does the task ask for?",
    (JOINED, f"{JOINED}.astype(np.float32)"),
)

bug = bugs_of("separable-cost")
COUNTS = "return weights, weights * places\n"
bug(
    "cost-in-32-bits",
    "The steps are counted in 32 bits",
    "How large a number fits into 32 bits? How many steps does a large layer take?",
    (COUNTS, "return weights, (weights * places + 2**31) % 2**32 - 2**31\n"),
)
bug(
    "cost-steps-in-floats",
    "The counts are floats",
    "Of which type is a number of weights?",
    (COUNTS, "return weights, float(weights * places)\n"),
)
bug(
    "cost-pointwise-behind-outputs",
    "The depthwise half has a kernel for each channel behind, and the pointwise half "
    "mixes those",
    "How many channels leave a depthwise convolution of 3 channels?",
    (
        "    return weights + mixing, (weights + mixing) * places",
        "    weights = out_channels * math.prod(kernel_size)\n"
        "    mixing = out_channels * out_channels\n"
        "    return weights + mixing, (weights + mixing) * places",
    ),
)
bug(
    "cost-depthwise-of-outputs-alone",
    "The depthwise half has the channels behind",
    "Which of the two halves changes the number of channels?",
    (
        "    return weights + mixing, (weights + mixing) * places",
        "    weights = out_channels * math.prod(kernel_size)\n"
        "    return weights + mixing, (weights + mixing) * places",
    ),
)
bug(
    "cost-groups-twice-in-steps",
    "The groups divide the steps once more",
    "The weights know of the groups already. How often does each of them take part?",
    (
        "return weights, weights * places\n",
        "return weights, weights // groups * places\n",
    ),
)
bug(
    "cost-kernel-added",
    "The sides of the kernel are added",
    "How many numbers has a kernel of 3x4?",
    ("* math.prod(kernel_size)\n    axes", "* sum(kernel_size)\n    axes"),
)
for index, which in (("0", "first"), ("-1", "last")):
    bug(
        f"cost-kernel-{which}-side",
        f"Only the {which} side of the kernel is counted",
        "How many numbers has a kernel of 3x4?",
        ("* math.prod(kernel_size)\n    axes", f"* kernel_size[{index}]\n    axes"),
    )
bug(
    "cost-places-added",
    "The places along the axes are added",
    "An answer of 3 rows and 4 columns: how many places has it?",
    ("places = math.prod((size", "places = sum((size"),
)
bug(
    "cost-rounded-up",
    "A window that does not fit any more is counted",
    "5 pixels, a kernel of 2 and a stride of 2: how many windows fit?",
    ("(size + 2 * p - k) // s + 1", "-(-(size + 2 * p - k) // s) + 1"),
)
bug(
    "cost-by-stride-alone",
    "The image is divided by the stride",
    "At how many places does a kernel of 3 stand on 5 pixels, without padding?",
    ("(size + 2 * p - k) // s + 1", "(size + 2 * p) // s"),
)
for name in ("stride", "padding", "kernel_size"):
    word = name.partition("_")[0]
    for index, which in (("[:1]", "first"), ("[-1:]", "last")):
        id = f"cost-{word}-of-{which}-axis"
        if id in ("cost-stride-of-first-axis", "cost-kernel-of-last-axis"):
            continue
        bug(
            id,
            f"The {which} axis's {word} is used for all axes",
            "It is a tuple. Where does your code use its other numbers?",
            (
                "    axes = zip(image[1:],",
                f"    {name} = {name}{index} * len({name})\n    axes = zip(image[1:],",
            ),
        )
bug(
    "cost-steps-of-one-kernel",
    "The steps of one output channel are counted",
    "How many output channels are computed at each place?",
    (
        "return weights, weights * places\n",
        "return weights, weights // out_channels * places\n",
    ),
)
bug(
    "cost-with-bias-in-both",
    "The bias is counted, in weights and steps",
    "Does the task count the bias?",
    (
        "return weights, weights * places\n",
        "return weights + out_channels, (weights + out_channels) * places\n",
    ),
)
bug(
    "cost-places-returned",
    "The places are returned, not the steps",
    "How many steps are done at each place?",
    ("return weights, weights * places\n", "return weights, places\n"),
    ("places = macs // weights", "places = macs"),
)
for name, word in (("stride", "stride"), ("padding", "padding")):
    other = (
        "(1,) * len(stride), padding"
        if name == "stride"
        else "stride, (0,) * len(stride)"
    )
    bug(
        f"separable-{word}-forgotten",
        f"The separable layer does not hand its {word} on",
        "Which numbers does the depthwise half want to know?",
        (
            "conv_cost(image, channels, kernel_size, stride, padding, channels)",
            f"conv_cost(image, channels, kernel_size, {other}, channels)",
        ),
    )
bug(
    "separable-full",
    "The separable layer costs as much as a full one",
    "Which two convolutions stand in place of the full one?",
    (
        "    return weights + mixing, (weights + mixing) * places",
        "    return conv_cost(image, out_channels, kernel_size, stride, padding, 1)",
    ),
)
bug(
    "separable-doubled",
    "Multiplications and additions of the separable layer are counted apart",
    "A MAC is a multiplication with its addition. How many are there for each weight?",
    ("(weights + mixing) * places", "2 * (weights + mixing) * places"),
)
bug(
    "separable-pointwise-steps-forgotten",
    "The steps of the pointwise half are not counted",
    "Which half mixes the channels? How many steps does that take at each place?",
    (
        "return weights + mixing, (weights + mixing) * places",
        "return weights + mixing, macs",
    ),
)
bug(
    "separable-depthwise-steps-forgotten",
    "The steps of the depthwise half are not counted",
    "Which half looks around in each channel? How many steps does that take?",
    ("(weights + mixing) * places", "mixing * places"),
)
bug(
    "separable-with-bias",
    "The separable layer's biases are counted",
    "Does the task count the bias among the weights?",
    ("return weights + mixing,", "return weights + mixing + channels + out_channels,"),
)

bug = bugs_of("conv-transpose")
CROP = "    out = out[(..., *inside)]\n"
for ending, end in (("", "-p or None"), ("-to-minus-0", "-p")):
    bug(
        f"turned-cut-if-first-axis{ending}",
        "Where the first axis has no padding, that of the others stays",
        "Padding (0, 2): how long is your answer along the second axis?",
        (
            CROP,
            "    if padding[0]:\n"
            f"        out = out[(..., *(slice(p, {end}) for p in padding))]\n",
        ),
    )
bug(
    "turned-cut-if-all-axes",
    "Where one axis has no padding, that of the others stays",
    "Padding (0, 2): how long is your answer along the second axis?",
    (CROP, f"    if all(padding):\n    {CROP}"),
)
SUMMED = "full.sum(axis=(0, *axes), dtype=dtype)"
UPSTREAM = "grad_output.sum(axis=(0, *axes), dtype=dtype)"
bug(
    "turned-back-bias-of-image",
    "The bias's gradient is summed over the image, as `conv_backward` returns it",
    "In the call of `conv_backward`, which array stands where upstream stands otherwise?",
    (SUMMED, "x.sum(axis=(0, *axes), dtype=dtype)"),
)
bug(
    "turned-back-bias-zero",
    "The bias's gradient is zero",
    "If the bias grows by a little, does no output change?",
    (SUMMED, "np.zeros(weight.shape[1], dtype)"),
)
bug(
    "turned-back-bias-each-image",
    "The bias has a gradient for each image",
    "How many numbers has the bias? How many has your gradient?",
    (SUMMED, "grad_output.sum(axis=axes, dtype=dtype)"),
)
bug(
    "turned-back-bias-of-images",
    "The bias's gradient is summed over the images alone",
    "To how many places of an image was the bias added?",
    (SUMMED, "grad_output.sum(axis=0, dtype=dtype)"),
)
bug(
    "turned-back-bias-one-number",
    "The bias's gradient is one number",
    "How many numbers has the bias? How many has your gradient?",
    (SUMMED, "grad_output.sum(dtype=dtype)"),
)
bug(
    "turned-back-bias-batch-mean",
    "The bias's gradient is a mean over the images",
    "To how many images was the bias added?",
    (SUMMED, f"({UPSTREAM} / len(x)).astype(dtype)"),
)
bug(
    "turned-back-kernel-mean",
    "The kernel's gradient is a mean over the images",
    "The loss has its own mean, if it wants one. What does a sum of outputs ask for?",
    ("grad_weight.astype(dtype),", "(grad_weight / len(x)).astype(dtype),"),
)
bug(
    "turned-back-image-mean",
    "The image's gradient is a mean over the images",
    "Did the pixels of one image paint on another?",
    ("return grad_x,", "return (grad_x / len(x)).astype(dtype),"),
)
WEIGHTED = "conv_backward(x, full, weight, stride, one)"
for index, which in (("[:1]", "first"), ("[-1:]", "last")):
    bug(
        f"turned-back-kernel-of-{which}-image",
        f"The kernel's gradient comes from the {which} image alone",
        "Which images were painted with this kernel?",
        (WEIGHTED, f"conv_backward(x{index}, full{index}, weight, stride, one)"),
    )
bug(
    "turned-back-kernel-gradient-flipped",
    "The kernel's gradient is flipped",
    "Which number of the kernel painted the first of a pixel's places?",
    (
        "grad_weight.astype(dtype),",
        "np.flip(grad_weight, axes).astype(dtype),",
    ),
)
bug(
    "turned-back-kernel-without-upstream",
    "The kernel's gradient leaves out upstream",
    "If nothing behind an output depends on it, how large is its share of the kernel's "
    "gradient?",
    (WEIGHTED, "conv_backward(x, np.ones_like(full), weight, stride, one)"),
)
bug(
    "turned-back-stride-ignored-throughout",
    "On the way back the stride is ignored",
    "With stride 2, how far is what the second pixel painted from the first one's?",
    (
        "    one, axes = (1,)",
        "    stride = (1,) * len(stride)\n    one, axes = (1,)",
    ),
)
bug(
    "turned-back-stride-of-first-axis",
    "On the way back the first axis's stride is used for all axes",
    "The stride is a tuple. Where does your code use its second number?",
    (
        "    one, axes = (1,)",
        "    stride = stride[:1] * len(stride)\n    one, axes = (1,)",
    ),
)
bug(
    "turned-back-padding-of-first-axis",
    "On the way back the first axis's padding is used for all axes",
    "Which number of `padding` belongs to the columns?",
    ("for p in padding)))", "for p in padding[:1] * len(padding))))"),
)
bug(
    "turned-back-padding-in-front",
    "On the way back the padding is put in front alone",
    "On which sides was it cut off?",
    (
        "*((p, p) for p in padding)))\n    grad_x",
        "*((2 * p, 0) for p in padding)))\n    grad_x",
    ),
)
bug(
    "turned-back-image-dtype",
    "The gradients have the image's own dtype",
    "An image of whole numbers: can its gradient have a fraction?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = x.dtype"),
)
for names in ("x bias weight", "bias weight x", "weight bias x", "bias x weight"):
    bug(
        f"turned-back-order-{names.replace(' ', '-')}",
        "The gradients come in another order",
        "In which order does the layer take them: those of x, of the weight, of the "
        "bias?",
        (
            f"return grad_x, grad_weight.astype(dtype), {SUMMED}",
            f"grad_weight, grad_bias = grad_weight.astype(dtype), {SUMMED}\n    return "
            + ", ".join(f"grad_{name}" for name in names.split()),
        ),
    )
for index, which in (("[:1]", "first"), ("[-1:]", "last")):
    bug(
        f"turned-{which}-channel-only",
        f"Only the {which} channel paints",
        "How many channels come in? Which of them have a part in the first that goes out?",
        (
            "conv_backward(x.astype(dtype), large, weight,",
            f"conv_backward(x.astype(dtype)[:, {index[1:-1]}], large, weight{index},",
        ),
    )
    bug(
        f"turned-{which}-image-only",
        f"Only the {which} image is painted",
        "How many images are in the batch?",
        (
            CROP,
            f"{CROP}    some = np.zeros_like(out)\n"
            f"    some{index} = out{index}\n    out = some\n",
        ),
    )
bug(
    "turned-channels-averaged",
    "The channels that come in are averaged",
    "Two equal channels, two equal kernels: how many times one channel's answer is the "
    "whole?",
    (CROP, f"{CROP}    out = out / x.shape[1]\n"),
)
for axis, which in (("2", "first"), ("-1", "last")):
    bug(
        f"turned-kernel-flipped-on-{which}-axis",
        f"The kernel is painted flipped along its {which} axis",
        "What does a single bright pixel paint: the kernel, or its mirror image?",
        ("large, weight, stride", f"large, np.flip(weight, {axis}), stride"),
    )
for name in ("stride", "padding", "output_padding"):
    word = name.replace("_", " ")
    bug(
        f"turned-{word.replace(' ', '-')}-exchanged",
        f"The numbers of the {word} are taken in the opposite order",
        "Which axis does its first number belong to?",
        (
            "    sizes = zip(x.shape[2:]",
            f"    {name} = {name}[::-1]\n    sizes = zip(x.shape[2:]",
        ),
    )
bug(
    "turned-output-padding-of-first-axis",
    "The first axis's output padding is used for all axes",
    "It is a tuple. Where does your code use its second number?",
    (
        "    sizes = zip(x.shape[2:]",
        "    output_padding = output_padding[:1] * len(stride)\n    sizes = zip(x.shape[2:]",
    ),
)
bug(
    "turned-padding-cut-twice",
    "Twice the padding is cut off on each side",
    "The convolution had added so many pixels. How many are to be cut off?",
    ("slice(p, n - p)", "slice(2 * p, n - 2 * p)"),
)
bug(
    "turned-bias-dtype",
    "The bias's dtype enters",
    "Which two arrays does the dtype of the answer depend on? Is the bias one of them?",
    ("len(full)))).astype(dtype)", "len(full))))"),
)
bug(
    "turned-always-float32",
    "The result is always float32",
    "A float64 image: which dtype does the task ask for?",
    (
        "dtype = np.result_type(x, weight, np.float32)",
        "dtype = np.dtype(np.float32)",
    ),
)
bug(
    "turned-assert",
    "An assertion stands where a ValueError is wanted",
    "Which error does the task ask for?",
    ("raise ValueError(f", "raise AssertionError(f"),
)
bug(
    "turned-refuses-all",
    "An output padding that can be is refused",
    "With stride 2, is an output padding of 1 a mistake?",
    ("if more >= s", "if more"),
)
bug(
    "turned-refuses-largest",
    "An output padding that can be is refused",
    "With stride 2, is an output padding of 1 a mistake?",
    ("if more >= s", "if more >= s - 1 > 0"),
)
bug(
    "turned-asks-the-padding",
    "The output padding is compared with the padding",
    "By which number does a convolution make several lengths the same?",
    ("if more >= s", "if more > padding[0]"),
)
# Zeros are put between the pixels, and the result is convolved with the turned kernel.
TURNED_ZEROS = """#| export
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    dtype = np.result_type(x, weight, np.float32)
    for more, s in zip(output_padding, stride):
        if more >= s:
            raise ValueError(f"output padding {more} must be below the stride {s}")
    counts, kernel, axes = x.shape[2:], weight.shape[2:], range(2, x.ndim)
    apart = tuple((n - 1) * s + 1 for n, s in zip(counts, stride))
    spread = np.zeros((*x.shape[:2], *apart), dtype)
    spread[(..., *(slice(None, None, s) for s in stride))] = x
    sides = ((k - 1, k - 1 + more) for k, more in zip(kernel, output_padding))
    spread = np.pad(spread, ((0, 0), (0, 0), *sides))
    turned = np.flip(weight, axes).swapaxes(0, 1)
    one = (1,) * len(stride)
    out = conv_forward(spread, turned, None, one, one)
    out = out[(..., *(slice(p, n - p) for p, n in zip(padding, out.shape[2:])))]
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * len(kernel))
    return out.astype(dtype)


""" + TURNED.format(**PIECES)[
    TURNED.format(**PIECES).index("def conv_transpose_backward") :
]


def between(id: str, title: str, question: str, *pieces: tuple[str, str]) -> None:
    """Add a mistake in the transposed convolution that puts zeros between."""
    source = TURNED_ZEROS
    for piece, other in pieces:
        if piece not in source:
            raise ValueError(f"{id}: no {piece!r}")
        source = source.replace(piece, other, 1)
    BUGS.append(Bug(id, "conv-transpose", title, question, source=source))


between(
    "turned-one-zero-too-many",
    "There is one zero too many between the pixels",
    "With stride 2, how far apart do two pixels paint? How many zeros lie between?",
    ("(n - 1) * s + 1 for n, s", "(n - 1) * (s + 1) + 1 for n, s"),
    ("slice(None, None, s)", "slice(None, None, s + 1)"),
)
between(
    "turned-pixels-repeated",
    "Pixels are repeated where zeros belong",
    "With stride 2, what does the place between two pixels paint?",
    (
        "    spread[(..., *(slice(None, None, s) for s in stride))] = x\n",
        "    for axis, s in enumerate(stride, start=2):\n"
        "        x = np.repeat(x, s, axis=axis)\n"
        "    spread[:] = x[(..., *(slice(n) for n in apart))]\n",
    ),
)
between(
    "turned-whole-kernel-around",
    "The answer has a border that no kernel paints",
    "How far does the kernel of the first pixel reach beyond it?",
    ("((k - 1, k - 1 + more)", "((k, k + more)"),
)
between(
    "turned-not-around",
    "What a kernel paints beyond the outer pixels is missing",
    "One pixel and a kernel of 3: how long is the answer?",
    ("((k - 1, k - 1 + more)", "((k // 2, k // 2 + more)"),
)
between(
    "turned-zeros-output-padding-before",
    "The output padding is added in front",
    "At which end does the output padding make the answer longer?",
    ("((k - 1, k - 1 + more)", "((k - 1 + more, k - 1)"),
)

bug = bugs_of("upsample")
ENLARGED = "x = np.repeat(x, factor, axis=axis)"
bug(
    "up-last-axis-alone",
    "Only the last axis is made longer",
    "How many axes has an image behind its channels?",
    (ENLARGED, f"x = x if axis < x.ndim - 1 else {ENLARGED[4:]}"),
)
bug(
    "up-last-factor",
    "The last axis's factor is used for all axes",
    "The factors are a tuple. Where does your code use its first number?",
    ("np.repeat(x, factor, axis", "np.repeat(x, factors[-1], axis"),
)
bug(
    "up-one-copy-more",
    "Each pixel is copied once too often",
    "A factor of 2: how many equal pixels stand side by side?",
    ("np.repeat(x, factor, axis", "np.repeat(x, factor + 1, axis"),
)
bug(
    "up-one-copy-less",
    "Each pixel is copied once too little",
    "A factor of 2: how many equal pixels stand side by side?",
    ("np.repeat(x, factor, axis", "np.repeat(x, max(factor - 1, 1), axis"),
)
bug(
    "up-first-pixel-only",
    "The copies of each pixel are divided by their number",
    "Does an image become darker when it is enlarged?",
    ("    return x.copy()", "    return (x / math.prod(factors)).astype(x.dtype)"),
)
bug(
    "up-always-float64",
    "The enlarged batch is always of floats",
    "Which dtype does the task want for a batch of small whole numbers?",
    ("return x.copy()", "return x.astype(np.result_type(x, np.float32))"),
)
SUM_OF_COPIES = "sum(lines[start::factor] for start in range(factor))"
for start, which in (("factor - 1", "last"), ("factor // 2", "middle")):
    bug(
        f"up-back-{which}-copy",
        f"Only the {which} copy sends its gradient back",
        "If a pixel grows by a little, how many outputs grow with it?",
        (SUM_OF_COPIES, f"lines[{start}::factor]"),
    )
bug(
    "up-back-smallest",
    "The smallest of the copies' gradients is taken",
    "All copies of a pixel were used. Which of their gradients count?",
    (
        SUM_OF_COPIES,
        "np.min([lines[start::factor] for start in range(factor)], axis=0)",
    ),
)
bug(
    "up-back-enlarged",
    "The upstream gradient is enlarged once more",
    "Which shape should the gradient have: that of x, or a larger one?",
    (
        SUM_OF_COPIES,
        "np.repeat(lines, factor, axis=0)",
    ),
)
bug(
    "up-back-last-copy-left-out",
    "The last copy sends no gradient back",
    "A factor of 2: how many copies has each pixel?",
    (SUM_OF_COPIES, "sum(lines[start::factor] for start in range(max(factor - 1, 1)))"),
)
bug(
    "up-back-last-axis-alone",
    "Only the last axis is taken back",
    "Along how many axes was each pixel copied?",
    (
        "        grad = np.moveaxis(total",
        "        if axis < grad.ndim - 1:\n            continue\n"
        "        grad = np.moveaxis(total",
    ),
)
bug(
    "up-back-last-factor",
    "On the way back the last axis's factor is used for all axes",
    "How many copies of a pixel lie side by side along the first axis?",
    (
        "enumerate(factors, start=2):\n        lines",
        "enumerate(factors[-1:] * len(factors), start=2):\n        lines",
    ),
)
bug(
    "up-back-channels",
    "The channels are made fewer, not the pixels",
    "Which axes stand behind batch and channels?",
    (
        "enumerate(factors, start=2):\n        lines",
        "enumerate(factors, start=1):\n        lines",
    ),
)
bug(
    "up-back-always-float64",
    "The gradients are always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    (
        "grad_output.astype(np.result_type(grad_output, np.float32))",
        "grad_output.astype(float)",
    ),
)
bug(
    "up-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    (
        "grad_output.astype(np.result_type(grad_output, np.float32))",
        "grad_output.astype(np.float32)",
    ),
)
bug(
    "up-back-everything-added",
    "All pixels of a channel get the same gradient",
    "Which outputs are copies of the first pixel?",
    (
        "    return grad\n",
        "    axes = tuple(range(2, grad.ndim))\n"
        "    return np.zeros_like(grad) + grad.sum(axis=axes, keepdims=True)\n",
    ),
)

bug = bugs_of("adaptive-pool")
FORWARD = "slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)\n        out"
BACK = "slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)\n        count"
CUTS = {
    "one-kernel": (
        "One kernel and one stride are used for all windows",
        "Three answers from five pixels: how long is each window, and how far is the "
        "next?",
        "slice(i * max(n // m, 1), i * max(n // m, 1) + n - (m - 1) * max(n // m, 1))",
    ),
    "one-kernel-within": (
        "One kernel and one stride are used for all windows",
        "Three answers from five pixels: how long is each window, and how far is the "
        "next?",
        "slice(\n"
        "            min(i * max(n // m, 1), n - max(1, n - (m - 1) * max(n // m, 1))),\n"
        "            min(i * max(n // m, 1), n - max(1, n - (m - 1) * max(n // m, 1)))\n"
        "            + max(1, n - (m - 1) * max(n // m, 1)),\n"
        "        )",
    ),
    "long-windows": (
        "All windows are as long as the quotient, rounded up",
        "Three answers from five pixels: how long is the first window, and where does "
        "the second begin?",
        "slice(min(i * -(-n // m), n - 1), min((i + 1) * -(-n // m), n))",
    ),
    "long-windows-from-floor": (
        "All windows are as long as the quotient, rounded up",
        "Five answers from seven pixels: how long is each window?",
        "slice(i * n // m, min(i * n // m + -(-n // m), n))",
    ),
    "short-windows-from-floor": (
        "All windows are as long as the quotient, rounded down",
        "Five answers from seven pixels: how long is each window?",
        "slice(i * n // m, i * n // m + max(n // m, 1))",
    ),
    "rest-to-the-last": (
        "The last window takes all that is left over",
        "Three answers from five pixels: which pixels does each one see?",
        "slice(i * max(n // m, 1), n if i == m - 1 else (i + 1) * max(n // m, 1))",
    ),
    "rest-to-the-first": (
        "The first windows take one pixel more each, and none overlap",
        "Three answers from five pixels: which pixels does the second one see?",
        "slice(i * (n // m) + min(i, n % m), max(i * (n // m) + min(i, n % m) + 1, "
        "(i + 1) * (n // m) + min(i + 1, n % m)))",
    ),
    "edges-rounded": (
        "The edges of the windows are rounded to the nearest pixel",
        "Three answers from five pixels: at which pixels does the second window begin "
        "and end?",
        "slice(round(i * n / m), max(round((i + 1) * n / m), round(i * n / m) + 1))",
    ),
    "one-too-late": (
        "Each window is one pixel longer in front",
        "Three answers from five pixels: which pixels does the second one see?",
        "slice(max(i * n // m - 1, 0), -(-(i + 1) * n // m))",
    ),
}
for ending, (title, question, cut) in CUTS.items():
    where = f"{cut} for i, n, m in steps)\n"
    bug(f"adaptive-{ending}", title, question, (FORWARD, f"{where}        out"))
    bug(
        f"adaptive-back-{ending}",
        f"On the way back {title[0].lower()}{title[1:]}",
        question,
        (BACK, f"{where}        count"),
    )
    bug(
        f"adaptive-both-{ending}",
        title,
        question,
        (FORWARD, f"{where}        out"),
        (BACK, f"{where}        count"),
    )
bug(
    "adaptive-back-start-rounded-up",
    "On the way back the beginning of a window is rounded up",
    "Three answers from five pixels: which pixels did the second one see?",
    (BACK, BACK.replace("slice(i * n // m,", "slice(-(-i * n // m),")),
)
bug(
    "adaptive-back-one-too-long",
    "On the way back the end of each window is part of it",
    "Which pixel is the end that is not part of the window?",
    (BACK, BACK.replace("-(-(i + 1) * n // m))", "min(-(-(i + 1) * n // m) + 1, n))")),
)
for index, which in (("1", "first"), ("-1, None", "last")):
    bug(
        f"adaptive-{which}-pixel",
        f"Each answer is the {which} pixel of its window",
        "Does another pixel of the window change your answer?",
        (
            "x[(..., *window)].mean(",
            f"x[(..., *window)][(..., *[slice({index})] * len(axes))].mean(",
        ),
    )
bug(
    "adaptive-divided-by-quotient",
    "Each sum is divided by the number of pixels for each answer",
    "Windows that overlap: how many pixels does each of them have?",
    (
        ".mean(axis=axes, dtype=out.dtype)",
        ".sum(axis=axes, dtype=out.dtype) * math.prod(sizes) / math.prod(x.shape[2:])",
    ),
)
bug(
    "adaptive-over-images",
    "The mean is taken over the images, too",
    "Do the pixels of one image have a part in another image's answer?",
    (
        ".mean(axis=axes, dtype=out.dtype)",
        ".mean(axis=(0, *axes), dtype=out.dtype)",
    ),
)
bug(
    "adaptive-back-first-axis",
    "On the way back the first axis's length is used for all axes",
    "An image that is wider than high: where does your code ask for its width?",
    ("zip(place, shape[2:], sizes", "zip(place, shape[2:3] * len(sizes), sizes"),
)
bug(
    "adaptive-back-by-answers",
    "The shares are divided by the number of answers",
    "How many pixels has the window whose gradient you divide?",
    (
        "math.prod(each.stop - each.start for each in window)",
        "math.prod(sizes)",
    ),
)
bug(
    "adaptive-back-by-image",
    "The shares are divided by the number of all pixels",
    "How many pixels has the window whose gradient you divide?",
    (
        "math.prod(each.stop - each.start for each in window)",
        "math.prod(shape[2:])",
    ),
)
bug(
    "adaptive-back-last-axis-alone",
    "The shares are those of the last axis",
    "How many pixels has a window of 2x3?",
    (
        "math.prod(each.stop - each.start for each in window)",
        "window[-1].stop - window[-1].start",
    ),
)
bug(
    "adaptive-back-first-pixel",
    "Only the first pixel of each window has a gradient",
    "If another pixel of the window grows by a little, does the mean stay?",
    (
        "        grad[(..., *window)] +=",
        "        window = tuple(slice(w.start, w.start + 1) for w in window)\n"
        "        grad[(..., *window)] +=",
    ),
)
bug(
    "adaptive-back-one-number",
    "All channels and images get one gradient",
    "Which answers does the first channel's first pixel have a part in?",
    (
        "share = grad_output[(..., *place)] / count",
        "share = grad_output[(..., *place)] / count\n        share = np.zeros_like(share) + share.sum()",
    ),
)

bug = bugs_of("avg-pool")
COUNTED = "end - start if count_include_pad else inside\n"
WHOLE = (
    "The mean always divides by the whole window",
    "The last window hangs over: how many of its pixels lie in the image or in its "
    "padding?",
)
bug(
    "pool-whole-window",
    *WHOLE,
    (f"{COUNTED}        total", "k\n        total"),
)
bug(
    "pool-back-whole-window",
    "On the way back the share is always that of a whole window",
    "Which number did the mean divide by, where the window lay beyond the edge in part?",
    (f"{COUNTED}        share", "k\n        share"),
)
bug(
    "pool-whole-window-if-included",
    *WHOLE,
    (f"{COUNTED}        total", "k if count_include_pad else inside\n        total"),
)
known = next(one for one in BUGS if one.id == "pad-beyond-counts")
BUGS[-1] = replace(BUGS[-1], title=known.title, question=known.question)
bug(
    "pool-back-stride-is-kernel",
    "On the way back the windows lie side by side whatever the stride",
    "Windows of 3 with stride 2: where did the second one begin?",
    (
        "        window, count = [], 1\n        for i, n, k, s, p in zip(\n            place, shape",
        "        window, count, stride = [], 1, kernel_size\n        for i, n, k, s, p in zip(\n            place, shape",
    ),
)
BACKWARDS = "    grad = np.zeros(shape, np"
FORWARDS = "    sizes, counts = x.shape[2:], []"
for name in ("kernel_size", "stride", "padding"):
    word = name.partition("_")[0]
    for index, which in (("[:1]", "first"), ("[-1:]", "last")):
        title = f"the {which} axis's {word} is used for all axes"
        question = f"It is a tuple. Where does your code use its {'second' if which == 'first' else 'first'} number?"
        line = f"    {name} = {name}{index} * len({name})\n"
        if which == "last":
            bug(
                f"pool-{word}-of-last-axis",
                f"T{title[1:]}",
                question,
                (FORWARDS, line + FORWARDS),
            )
        bug(
            f"pool-back-{word}-of-{which}-axis",
            f"On the way back {title}",
            question,
            (BACKWARDS, line + BACKWARDS),
        )
    bug(
        f"pool-{word}-exchanged",
        f"The numbers of the {word} are taken in the opposite order",
        "Which axis does its first number belong to?",
        (FORWARDS, f"    {name} = {name}[::-1]\n{FORWARDS}"),
    )
    bug(
        f"pool-back-{word}-exchanged",
        f"On the way back the numbers of the {word} are taken in the opposite order",
        "Which axis does its first number belong to?",
        (BACKWARDS, f"    {name} = {name}[::-1]\n{BACKWARDS}"),
    )
bug(
    "pool-back-padding-ignored",
    "On the way back the padding is ignored",
    "With padding 1, how many of the first window's pixels lie in the image?",
    (BACKWARDS, f"    padding = (0,) * len(padding)\n{BACKWARDS}"),
)
bug(
    "pool-padding-ignored",
    "The padding is ignored",
    "With padding 1, how many of the first window's pixels lie in the image?",
    (FORWARDS, f"    padding = (0,) * len(padding)\n{FORWARDS}"),
)
bug(
    "pool-stride-ignored",
    "The window moves by one pixel whatever the stride",
    "With stride 2, where does the second window begin?",
    (FORWARDS, f"    stride = (1,) * len(stride)\n{FORWARDS}"),
)
MEAN = "total = x[(..., *window)].sum(axis=axes, dtype=out.dtype)\n        out[(..., *place)] = total / count"
bug(
    "pool-maximum",
    "The largest of each window, not its mean",
    "Does a smaller pixel of the window change your answer?",
    (MEAN, "out[(..., *place)] = x[(..., *window)].max(axis=axes)"),
)
bug(
    "pool-over-channels",
    "The mean is taken over the channels, too",
    "Do the pixels of one channel have a part in another channel's answer?",
    (
        MEAN,
        "total = x[(..., *window)].sum(axis=(1, *axes), dtype=out.dtype)\n"
        "        out[(..., *place)] = total[:, None] / (count * x.shape[1])",
    ),
)
bug(
    "pool-always-float32",
    "The result is always float32",
    "A float64 image: which dtype does the task ask for?",
    ("np.result_type(x, np.float32))\n    axes", "np.float32)\n    axes"),
)
bug(
    "pool-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    ("np.result_type(grad_output, np.float32)", "np.float32"),
)
bug(
    "pool-back-kernel-squared",
    "On the way back the share is divided by the first side of the window squared",
    "How many pixels has a window of 2x3?",
    (
        "= grad_output[(..., *place)] / count",
        "= grad_output[(..., *place)] / kernel_size[0] ** len(place)",
    ),
)
bug(
    "pool-back-by-answers",
    "The shares are divided by the number of windows",
    "How many pixels has the window whose gradient you divide?",
    (
        "= grad_output[(..., *place)] / count",
        "= grad_output[(..., *place)] / math.prod(grad_output.shape[2:])",
    ),
)
bug(
    "pool-back-first-pixel",
    "Only the first pixel of each window has a gradient",
    "If another pixel of the window grows by a little, does the mean stay?",
    (
        "        grad[(..., *window)] +=",
        "        window = [slice(w.start, w.start + 1) for w in window]\n"
        "        grad[(..., *window)] +=",
    ),
)
bug(
    "pool-back-overhang-lost",
    "Windows that hang over send no gradient back",
    "How many windows were there? Does the shape of upstream say so?",
    (
        "        share = grad_output",
        "        ends = zip(place, shape[2:], kernel_size, stride, padding)\n"
        "        if any(i * s + k > n + 2 * p for i, n, k, s, p in ends):\n"
        "            continue\n"
        "        share = grad_output",
    ),
)
bug(
    "ceil-first-axis-alone",
    "Only the first axis's last window hangs over",
    "With ceil_mode, along how many axes may pixels be left over?",
    ("if ceil_mode and", "if ceil_mode and not counts and"),
)
bug(
    "ceil-switch-turned",
    "ceil_mode works the other way round",
    "With ceil_mode, may the last window hang over or not?",
    ("if ceil_mode and", "if not ceil_mode and"),
)
bug(
    "ceil-ends-with-padding",
    "A window that begins behind the image is kept",
    "Which pixels does your last window see? Where does it begin?",
    ("(steps + 1) * s < n + p", "(steps + 1) * s < n + 2 * p"),
)
bug(
    "pool-edges-repeated",
    "The padding repeats the edge, it is not zeros",
    "Which numbers stand in the padding?",
    (
        "        total = x[(..., *window)].sum(axis=axes, dtype=out.dtype)\n",
        "        sides = ((p, p) for p in padding)\n"
        '        large = np.pad(x, ((0, 0), (0, 0), *sides), mode="edge")\n'
        "        ends = zip(place, kernel_size, stride)\n"
        "        met = (slice(i * s, i * s + k) for i, k, s in ends)\n"
        "        large = large if count_include_pad else x\n"
        "        met = (..., *(met if count_include_pad else window))\n"
        "        total = large[met].sum(axis=axes, dtype=out.dtype)\n",
    ),
)

known = next(one for one in BUGS if one.id == "nd-slice-short")
source = CONV_TAPS.replace("(n - 1) * s + 1, s)", "(n - 1) * s, s)")
source = source.replace(
    "out += np.moveaxis(pixels, -1, 1).astype(out.dtype)",
    "part = np.moveaxis(pixels, -1, 1).astype(out.dtype)\n"
    "        out[tuple(slice(m) for m in part.shape)] += part",
)
BUGS.append(replace(known, id=f"{known.id}-and-empty", replace=(), source=source))
bugs_of("padding")(
    "pad-back-edge-overwritten",
    "The edge gets the gradients of its copies, and loses its own",
    "A pixel at the edge is in the padded image itself as well. What becomes of its own "
    "gradient?",
    (
        "        grad = np.moveaxis(total, 0, axis)",
        '        if mode == "replicate":\n'
        "            own = lines[before], lines[before + size - 1]\n"
        "            total[0] -= own[0] if before else 0\n"
        "            total[-1] -= own[1] if after else 0\n"
        "        grad = np.moveaxis(total, 0, axis)",
    ),
)
bugs_of("groups")(
    "groups-back-images-into-first",
    "On the way back all groups' gradients go into the first group's channels",
    "Which channels of the image did the second group see?",
    (
        "        np.concatenate(grad_x, axis=1),",
        "        np.concatenate(\n"
        "            [sum(grad_x), *(np.zeros_like(g) for g in grad_x[1:])], axis=1\n"
        "        ),",
    ),
)
known = next(one for one in BUGS if one.id == "cost-steps-of-all-channels")
OWN_PLACES = "places = macs // weights", "places = macs // weights // channels"
BUGS.append(replace(known, id=f"{known.id}-here", replace=(*known.replace, OWN_PLACES)))
# Each pixel paints the whole kernel.
PAINTED = TURNED.format(**PIECES)
first = PAINTED.index("    for tap in")
PAINTED = (
    PAINTED[:first] + "    for place in np.ndindex(*counts):\n"
    "        met = tuple(slice(i * s, i * s + k) for i, s, k in zip(place, stride, kernel))\n"
    "        part = np.tensordot(x[(..., *place)].astype(dtype), weight, axes=(1, 0))\n"
    "        out[(..., *met)] += part.astype(dtype)\n"
    + PAINTED[PAINTED.index("    out = out[(..., *(slice(p, f - p)") :]
)
known = next(one for one in BUGS if one.id == "turned-overwritten")
BUGS.append(
    replace(
        known,
        id=f"{known.id}-by-pixels",
        source=PAINTED.replace("[(..., *met)] += part", "[(..., *met)] = part"),
    )
)
COLOUR = "    if bias is not None:\n        out = out + bias.reshape(-1, *[1] * len(kernel)).astype(dtype)\n"
source = PAINTED.replace(COLOUR, "")
source = source.replace(
    "+= part.astype(dtype)",
    "+= part.astype(dtype)\n        if bias is not None:\n"
    "            out[(..., *met)] += bias.reshape(-1, *[1] * len(kernel))",
)
BUGS.append(
    Bug(
        "turned-bias-painted",
        "conv-transpose",
        "The bias is painted with each kernel",
        "Where two kernels meet, how often is the bias added? Where none is painted?",
        source=source,
    )
)


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


SLICES = Writing(
    "conv-forward",
    "in-slices",
    """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation, strict=True)
        met = tuple(slice(u * d, u * d + (n - 1) * s + 1, s) for u, n, s, d in steps)
        part = np.tensordot(weight[(..., *tap)], x[(..., *met)], axes=(1, 1))
        out += np.moveaxis(part, 0, 1)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(kernel))
    return out
""",
)
IMAGE_FIRST = Writing(
    "conv-forward",
    "image-first",
    """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation, strict=True)
        met = tuple(slice(u * d, u * d + (n - 1) * s + 1, s) for u, n, s, d in steps)
        part = np.tensordot(x[(..., *met)], weight[(..., *tap)], axes=(1, 1))
        out += np.moveaxis(part, -1, 1)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(kernel))
    return out
""",
)
PIXELS = Writing(
    "conv-forward",
    "pixel-by-pixel",
    """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for place in np.ndindex(*counts):
        for tap in np.ndindex(*kernel):
            steps = zip(place, stride, tap, dilation, strict=True)
            pixel = tuple(i * s + u * d for i, s, u, d in steps)
            out[(..., *place)] += x[(..., *pixel)] @ weight[(..., *tap)].T
        if bias is not None:
            out[(..., *place)] += bias
    return out
""",
)
WINDOWS = Writing(
    "conv-forward",
    "by-windows",
    """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = grid(sizes, kernel, stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for b in range(len(x)):
        for o in range(len(weight)):
            for place in np.ndindex(*counts):
                window = [slice(None)]
                for i, k, s, d in zip(place, kernel, stride, dilation, strict=True):
                    start = i * s
                    window.append(slice(start, start + (k - 1) * d + 1, d))
                total = np.sum(x[b][tuple(window)] * weight[o])
                if bias is not None:
                    total = total + bias[o]
                out[(b, o, *place)] = total
    return out
""",
)
VIEW = Writing(
    "conv-forward",
    "in-a-view",
    """#| export
def conv_forward(x, weight, bias, stride, dilation):
    sizes, kernel = x.shape[2:], weight.shape[2:]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    axes = tuple(range(2, x.ndim))
    views = np.lib.stride_tricks.sliding_window_view(x, reach, axis=axes)
    every = (slice(None, None, s) for s in stride)
    within = (slice(None, None, d) for d in dilation)
    views = views[(slice(None), slice(None), *every, *within)]
    sums = (1, *range(x.ndim, 2 * x.ndim - 2)), (1, *axes)
    out = np.moveaxis(np.tensordot(views, weight, axes=sums), -1, 1)
    if bias is not None:
        out = out + bias.reshape(1, -1, *[1] * len(kernel))
    return out.astype(np.result_type(x, weight, np.float32))
""",
)
SLICE = "slice(u * d, u * d + (n - 1) * s + 1, s)"
SLICES.new(
    "nd-slice-as-stride-1",
    "The slice ends as if the stride were 1",
    "With stride 3 and 4 windows: how far behind the first pixel of a slice is its last?",
    (SLICE, "slice(u * d, u * d + n, s)"),
)
SLICES.new(
    "nd-slice-without-step",
    "The slice has no step",
    "With stride 2, does a number of the kernel meet every pixel between the first and "
    "the last that it meets?",
    (SLICE, "slice(u * d, u * d + (n - 1) * s + 1)"),
)
SLICES.new(
    "nd-slice-to-the-end",
    "The slice goes on to the end of the image",
    "How many windows are there, and how many pixels has the slice of the kernel's first "
    "number?",
    (SLICE, "slice(u * d, None, s)"),
)
SLICES.new(
    "nd-slice-long",
    "The slice has one pixel too many",
    "At which pixel does the last window have this number? Does a slice take its end?",
    (SLICE, "slice(u * d, u * d + n * s + 1, s)"),
)
SLICES.also("nd-slice-long", (SLICE, "slice(u * d, u * d + (n + 1) * s, s)"))
SLICES.also("nd-slice-long", (SLICE, "slice(u * d, u * d + (n - 1) * s + 2, s)"))
SLICES.new(
    "nd-slice-end-stays",
    "The slice's end does not move with its beginning",
    "Where does the slice of the kernel's second number begin, and where does it end?",
    (SLICE, "slice(u * d, (n - 1) * s + 1, s)"),
)
SLICES.also("nd-slice-end-stays", (SLICE, "slice(u * d, n * s, s)"))
SLICES.new(
    "nd-slice-begins-without-dilation",
    "The dilation moves the slice's end, and not its beginning",
    "With dilation 2, at which pixel does the slice of the kernel's second number begin?",
    (SLICE, "slice(u, u * d + (n - 1) * s + 1, s)"),
)
SLICES.new(
    "nd-slice-ends-without-dilation",
    "The dilation moves the slice's beginning, and not its end",
    "With dilation 2, at which pixel does the slice of the kernel's second number end?",
    (SLICE, "slice(u * d, u + (n - 1) * s + 1, s)"),
)
SLICES.new(
    "nd-slice-begins-at-stride",
    "The slice begins at a multiple of the stride, not of the dilation",
    "Which of the two says how far apart a kernel's numbers lie in a window?",
    (SLICE, "slice(u * s, u * s + (n - 1) * s + 1, s)"),
)
SLICES.new(
    "nd-slice-step-is-dilation",
    "The slice's step is the dilation",
    "How far apart are the pixels that one number of the kernel meets in two windows that "
    "follow each other?",
    (SLICE, "slice(u * d, u * d + (n - 1) * s + 1, d)"),
)
SLICES.also(
    "nd-slice-step-is-dilation", (SLICE, "slice(u * d, u * d + (n - 1) * d + 1, d)")
)
SLICES.new(
    "nd-dilation-added-to-place",
    "The dilation is added to the number's place in the kernel",
    "With dilation 2, which pixels do the first three numbers of a kernel meet?",
    (SLICE, "slice(u + d, u + d + (n - 1) * s + 1, s)"),
)
SLICES.also(
    "nd-dilation-added-to-place",
    (SLICE, "slice(u + d - 1, u + d - 1 + (n - 1) * s + 1, s)"),
)
GRID = "grid(sizes, kernel, stride, dilation)"
SLICES.new(
    "nd-grid-exchanged",
    "`grid` is given dilation and stride in exchanged order",
    "In which order does `grid` take its numbers?",
    (GRID, "grid(sizes, kernel, dilation, stride)"),
)
PIXELS.also("nd-grid-exchanged", (GRID, "grid(sizes, kernel, dilation, stride)"))
WINDOWS.also("nd-grid-exchanged", (GRID, "grid(sizes, kernel, dilation, stride)"))
SLICES.new(
    "nd-counted-as-stride-1",
    "The windows are counted as with stride 1",
    "With stride 2, how many windows of 3 fit on 9 pixels?",
    (GRID, "grid(sizes, kernel, (1,) * len(kernel), dilation)"),
)
PIXELS.also(
    "nd-counted-as-stride-1",
    (GRID, "grid(sizes, kernel, (1,) * len(kernel), dilation)"),
)
WINDOWS.also(
    "nd-counted-as-stride-1",
    (GRID, "grid(sizes, kernel, (1,) * len(kernel), dilation)"),
)
WINDOWS.also(
    "nd-counted-without-gaps", (GRID, "grid(sizes, kernel, stride, (1,) * len(kernel))")
)
SLICES.new(
    "nd-as-large-as-image",
    "The answer is made as large as the image",
    "How many windows of 3 fit on 5 pixels?",
    (GRID, "sizes"),
)
SLICES.also("nd-as-large-as-image", ("len(weight), *counts)", "len(weight), *sizes)"))
PIXELS.also("nd-as-large-as-image", (GRID, "sizes"))
WINDOWS.also("nd-as-large-as-image", (GRID, "sizes"))
for id, title, question, count in (
    (
        "nd-reach-kernel-times-dilation",
        "The windows are counted by a reach of the kernel times the dilation",
        "A kernel of 3 with dilation 4: how many pixels lie between the first and the last "
        "that it meets, both counted?",
        "(n - k * d) // s + 1",
    ),
    (
        "nd-reach-kernel-and-dilation",
        "The windows are counted by a reach of the kernel and the dilation together",
        "Between how many pairs of neighbours of a kernel does a gap lie?",
        "(n - (k + d - 1)) // s + 1",
    ),
    (
        "nd-reach-without-last",
        "The windows are counted by a reach that is one pixel too short",
        "A kernel of 3 with dilation 1: how many pixels does it reach over?",
        "(n - (k - 1) * d) // s + 1",
    ),
    (
        "nd-reach-with-gaps-twice",
        "The windows are counted as if dilation pixels were left out between neighbours",
        "With dilation 1, how many pixels lie between two neighbours of a kernel?",
        "(n - k - (k - 1) * d) // s + 1",
    ),
    (
        "nd-first-window-uncounted",
        "The first window is not counted",
        "If the kernel is as long as the row, at how many places does it stand?",
        "(n - (k - 1) * d - 1) // s",
    ),
    (
        "nd-remainder-counted",
        "A window that does not fit any more is counted",
        "5 pixels, a kernel of 2 and a stride of 2: how many windows fit?",
        "-(-(n - (k - 1) * d - 1) // s) + 1",
    ),
    (
        "nd-counted-by-stride-alone",
        "The windows are counted by the stride alone",
        "How many windows of 3 fit on 5 pixels, with stride 1?",
        "n // s",
    ),
):
    counts = f"tuple({count} for n, k, s, d in zip(sizes, kernel, stride, dilation))"
    SLICES.new(id, title, question, (GRID, counts))
    PIXELS.also(id, (GRID, counts))
    if (
        id != "nd-reach-kernel-and-dilation"
    ):  # nd-counted-without-gaps, where windows are cut
        WINDOWS.also(id, (GRID, counts))
MOVED = "np.moveaxis(part, 0, 1)"
SLICES.new(
    "nd-two-axes-exchanged",
    "Two axes are exchanged where one has to move, or the wrong ones",
    "In which order does `tensordot` leave the axes? Where does each of them stand after "
    "your step?",
    (MOVED, "part.T"),
)
SLICES.also("nd-two-axes-exchanged", (MOVED, "np.swapaxes(part, 1, -1)"))
LAST = "np.moveaxis(part, -1, 1)"
IMAGE_FIRST.also("nd-two-axes-exchanged", (LAST, "np.swapaxes(part, 0, 1)"))
IMAGE_FIRST.also("nd-two-axes-exchanged", (LAST, "np.swapaxes(part, -1, 1)"))
VIEW.also("nd-two-axes-exchanged", ("np.moveaxis(", "np.swapaxes("))
IMAGE_FIRST.new(
    "nd-channels-last",
    "The channels stand last",
    "In which order does `tensordot` leave the axes? In which does the answer have them?",
    (LAST, "part"),
)
SLICES.also("nd-channels-last", (MOVED, "np.moveaxis(part, 0, -1)"))
VIEW.also(
    "nd-channels-last",
    (
        "np.moveaxis(np.tensordot(views, weight, axes=sums), -1, 1)",
        "np.tensordot(views, weight, axes=sums)",
    ),
)
IMAGE_FIRST.new(
    "nd-channels-reshaped",
    "The channels are brought to their place by a reshape",
    "In which order does `tensordot` leave the axes? Does `reshape` move a number past "
    "another?",
    (LAST, "part.reshape(out.shape)"),
)
VIEW.also(
    "nd-channels-reshaped",
    (
        "out = np.moveaxis(np.tensordot(views, weight, axes=sums), -1, 1)",
        "out = np.tensordot(views, weight, axes=sums)\n"
        "    out = out.reshape(len(x), len(weight), *out.shape[1:-1])",
    ),
)
IMAGES_SUMMED = (
    "The product sums over the images",
    "Which axis of the image has the channels? Which one does your product sum over?",
)
SLICES.new("nd-sums-images", *IMAGES_SUMMED, ("axes=(1, 1)", "axes=1"))
IMAGE_FIRST.also("nd-sums-images", ("axes=(1, 1)", "axes=(0, 1)"))
SLICES.new(
    "nd-sums-two-axes",
    "The product sums over two axes",
    "How many axes does `tensordot` sum over if nobody says it?",
    (", axes=(1, 1)", ""),
)
IMAGE_FIRST.also("nd-sums-two-axes", (", axes=(1, 1)", ""))
IMAGE_FIRST.also("nd-channels-exchanged", ("axes=(1, 1)", "axes=(1, 0)"))
PIXELS.also("nd-channels-exchanged", ("weight[(..., *tap)].T", "weight[(..., *tap)]"))
SLICES.new(
    "nd-all-pairs-of-channels",
    "Every channel of the kernel meets every channel of the image",
    "Which channel of the kernel belongs to the first channel of the image?",
    (
        "np.tensordot(weight[(..., *tap)], x[(..., *met)], axes=(1, 1))",
        'np.einsum("oc,bk...->ob...", weight[(..., *tap)], x[(..., *met)])',
    ),
)
SHAPED = "bias.reshape(-1, *[1] * len(kernel))"
SLICES.new(
    "nd-bias-of-images",
    "The bias's shape fits images only",
    "How many axes stand behind the channels of a row, and how many behind those of a "
    "block?",
    (SHAPED, "bias[:, None, None]"),
)
SLICES.also("nd-bias-of-images", (SHAPED, "bias.reshape(1, -1, 1, 1)"))
VIEW.also(
    "nd-bias-of-images",
    ("bias.reshape(1, -1, *[1] * len(kernel))", "bias.reshape(1, -1, 1, 1)"),
)
VIEW.also(
    "nd-bias-of-images",
    ("bias.reshape(1, -1, *[1] * len(kernel))", "bias[:, None, None]"),
)
SLICES.new(
    "nd-bias-along-images",
    "The bias is added along the images",
    "NumPy lines shapes up from the right. Which axis of the answer does the bias's first "
    "axis lie along?",
    (SHAPED, "bias.reshape(-1, *[1] * (len(kernel) + 1))"),
)
VIEW.also(
    "nd-bias-along-images",
    ("bias.reshape(1, -1, *[1]", "bias.reshape(-1, 1, *[1]"),
)
WINDOWS.new(
    "nd-bias-of-image-number",
    "The bias is chosen by the image's number",
    "How many biases are there: as many as images, or as channels that come out?",
    ("bias[o]", "bias[b]"),
)
known = next(one for one in BUGS if one.id == "nd-needs-bias")
SLICES.also(known.id, ("    if bias is not None:\n        out +=", "    out +="))
PIXELS.also(
    known.id,
    (
        "        if bias is not None:\n            out[(..., *place)] +=",
        "        out[(..., *place)] +=",
    ),
)
WINDOWS.also(
    known.id,
    (
        "                if bias is not None:\n                    total = total",
        "                total = total",
    ),
)
SLICES.new(
    "nd-bias-each-channel",
    "The bias is added once for each channel that comes in",
    "How often should a bias be added to a number of the answer?",
    (f"out += {SHAPED}", f"out += x.shape[1] * {SHAPED}"),
)
SLICES.new(
    "nd-nothing-without-bias",
    "Without a bias nothing is returned",
    "How far is your last `return` indented? What comes back where there is no bias?",
    ("    return out", "        return out"),
)
SLICES.also("nd-always-float64", ("    return out\n", "    return out.astype(float)\n"))
SLICES.new(
    "nd-all-flipped",
    "The weight is flipped along all axes, those of the channels too",
    "Which axes of the weight are its window's? Is any of them to be turned round?",
    ("weight[(..., *tap)]", "np.flip(weight)[(..., *tap)]"),
)
TAPS = "np.ndindex(*kernel)"
SLICES.new(
    "nd-first-kernel-axis-alone",
    "The loop walks along the first axis of the kernel alone",
    "A kernel of 2x3 has six numbers. How many does your loop come past?",
    (TAPS, "((u, *[0] * (len(kernel) - 1)) for u in range(kernel[0]))"),
)
SLICES.also("nd-first-kernel-axis-alone", (TAPS, "np.ndindex(kernel[0])"))
SLICES.new(
    "nd-walks-windows",
    "The loop walks over the windows, not over the kernel's numbers",
    "Each turn of your loop takes one number of the kernel. How many turns are there?",
    (TAPS, "np.ndindex(*counts)"),
)
SLICES.new(
    "nd-walks-channels",
    "The loop walks over the weight's channels as well",
    "How many numbers has a place in the kernel, and how many has one in the weight?",
    (TAPS, "np.ndindex(*weight.shape)"),
)
SLICES.also("nd-kernel-transposed", ("zip(tap, counts", "zip(tap[::-1], counts"))
for name in ("stride", "dilation"):
    SLICES.new(
        f"nd-{name}s-backwards",
        f"The numbers of the {name} are taken in the opposite order",
        f"Which number of `{name}` belongs to the first axis behind the channels?",
        ("    dtype =", f"    {name} = {name}[::-1]\n    dtype ="),
    )
    SLICES.also(
        f"nd-{name}s-backwards",
        ("    counts =", f"    {name} = {name}[::-1]\n    counts ="),
    )
    for writing, line in ((PIXELS, "    dtype ="), (WINDOWS, "    dtype =")):
        writing.also(
            f"nd-{name}s-backwards", (line, f"    {name} = {name}[::-1]\n{line}")
        )
    WINDOWS.also(
        f"nd-{name}s-backwards",
        ("    counts =", f"    {name} = {name}[::-1]\n    counts ="),
    )
SLICES.new(
    "nd-counts-backwards",
    "The numbers of windows are taken in the opposite order",
    "Which of them belongs to the first axis behind the channels?",
    ("zip(tap, counts,", "zip(tap, counts[::-1],"),
)
SLICES.also(
    "nd-images-of-two-axes",
    (
        "kernel = x.shape[2:], weight.shape[2:]",
        "kernel = x.shape[-2:], weight.shape[-2:]",
    ),
)
SLICES.also(
    "nd-images-of-two-axes",
    (
        "kernel = x.shape[2:], weight.shape[2:]",
        "kernel = x.shape[2:], weight.shape[-2:]",
    ),
)
SLICES.also("nd-averaged", ("    if bias", "    out /= math.prod(kernel)\n    if bias"))
SLICES.also("nd-averaged", ("    return out", "    return out / math.prod(kernel)"))
SLICES.also(
    "nd-averaged",
    ("    if bias", "    out /= math.prod(weight.shape[1:])\n    if bias"),
)
SLICES.new(
    "nd-zeros-exchanged",
    "The zeros for the answer have images and channels exchanged",
    "Which axis comes first in the answer's shape?",
    ("(len(x), len(weight), *counts)", "(len(weight), len(x), *counts)"),
)
SLICES.new(
    "nd-channels-of-image",
    "The zeros for the answer have as many channels as the image",
    "How many channels come out? Which axis of the weight says it?",
    ("(len(x), len(weight), *counts)", "(*x.shape[:2], *counts)"),
)
PIXELS.also(
    "nd-channels-of-image",
    ("(len(x), len(weight), *counts)", "(*x.shape[:2], *counts)"),
)
WINDOWS.also(
    "nd-channels-of-image",
    ("(len(x), len(weight), *counts)", "(*x.shape[:2], *counts)"),
)
PIXEL = "i * s + u * d for"
for id, other in (
    ("nd-gap-of-dilation", "i * s + u * (d + 1) for"),
    ("nd-stride-inside-window", "(i + u * d) * s for"),
    ("nd-dilation-moves-the-windows", "(i * s + u) * d for"),
    ("nd-stride-inside-window", "(i + u) * s for"),
    ("nd-dilation-moves-the-windows", "i * s * d + u * d for"),
    ("nd-dilation-added-to-place", "i * s + u + d for"),
    ("nd-dilation-added-to-place", "i * s + u + d - 1 for"),
):
    PIXELS.also(id, (PIXEL, other))
PIXELS.new(
    "nd-window-to-the-left",
    "The window lies before its place, not behind it",
    "Is the kernel's second number further on in the image than its first, or before it?",
    (PIXEL, "i * s - u * d for"),
)
ADDED = "            out[(..., *place)] += bias\n"
PIXELS.new(
    "nd-bias-at-last-place",
    "The bias is added at the last place alone",
    "How far is the line with the bias indented? How many places has the answer?",
    (
        f"        if bias is not None:\n{ADDED}",
        "    if bias is not None:\n        out[(..., *place)] += bias\n",
    ),
)
PIXELS.new(
    "nd-bias-each-place",
    "The whole bias is added once for each place",
    "How often does your loop come past the line with the bias, and what does it add to?",
    (ADDED, "            out += bias.reshape(-1, *[1] * len(kernel))\n"),
)
PIXELS.new(
    "nd-returns-after-first-window",
    "The function returns after the first window",
    "How far is your `return` indented?",
    ("    return out", "        return out"),
)
PIXELS.also(
    "nd-returns-after-first-number",
    (
        "        if bias is not None:\n            out[(..., *place)] += bias\n    return",
        "            return",
    ),
)
WINDOWS.also(
    "nd-returns-after-first-window", ("    return out", "                return out")
)
WINDOWS.new(
    "nd-returns-after-first-kernel",
    "The function returns after the first kernel",
    "How far is your `return` indented?",
    ("    return out", "            return out"),
)
WINDOWS.new(
    "nd-returns-after-first-image",
    "The function returns after the first image",
    "How far is your `return` indented?",
    ("    return out", "        return out"),
)
WINDOW = "slice(start, start + (k - 1) * d + 1, d)"
WINDOWS.new(
    "nd-window-ends-without-gaps",
    "The window ends as if the kernel had no gaps",
    "A kernel of 3 with dilation 2: how far behind its first pixel is its last?",
    (WINDOW, "slice(start, start + k, d)"),
)
WINDOWS.new(
    "nd-window-short",
    "The window ends one pixel too early",
    "Which is the last pixel of the window? Does a slice take its end?",
    (WINDOW, "slice(start, start + (k - 1) * d, d)"),
)
WINDOWS.new(
    "nd-window-without-gaps",
    "The window takes every pixel of its reach",
    "With dilation 2, how many pixels of its reach does a kernel of 3 meet?",
    (WINDOW, "slice(start, start + (k - 1) * d + 1)"),
)
WINDOWS.also("nd-window-without-gaps", (WINDOW, "slice(start, start + k * d)"))
WINDOWS.new(
    "nd-window-step-is-stride",
    "The window's step is the stride",
    "Which of the two moves the window, and which spreads its pixels?",
    (WINDOW, "slice(start, start + (k - 1) * d + 1, s)"),
)
WINDOWS.new(
    "nd-windows-begin-at-dilation",
    "The windows begin at multiples of the dilation",
    "Which of the two moves the window, and which spreads its pixels?",
    ("start = i * s", "start = i * d"),
)
PIXELS.also("nd-windows-begin-at-dilation", (PIXEL, "(i + u) * d for"))
WINDOWS.new(
    "nd-answers-of-first-image",
    "Every image gets the first image's answers",
    "Which image does your window come from?",
    ("x[b][tuple", "x[0][tuple"),
)
WINDOWS.new(
    "nd-answers-of-first-kernel",
    "Every channel gets the first kernel's answers",
    "Which kernel makes the second channel of the answer?",
    ("* weight[o])", "* weight[0])"),
)
WINDOWS.new(
    "nd-answers-of-last-kernel",
    "Every channel gets the last kernel's answers",
    "To which channels of the answer is a kernel's sum written?",
    ("out[(b, o, *place)]", "out[(b, slice(None), *place)]"),
)
WINDOWS.new(
    "nd-answer-index-exchanged",
    "Images and channels are exchanged in the answer's index",
    "Which axis comes first in the answer's shape?",
    ("out[(b, o, *place)]", "out[(o, b, *place)]"),
)
WINDOWS.new(
    "nd-largest-product",
    "The largest product is taken, not the sum",
    "What becomes of the other products of a window?",
    ("np.sum(", "np.max("),
)
VIEW.new(
    "nd-view-of-other-size",
    "With gaps, the windows of the view have more or fewer pixels than the kernel numbers",
    "A kernel of 3 with dilation 2: how many pixels has its window in your view, and how "
    "many of them are met?",
    ("[(k - 1) * d + 1 for k, d", "[k for k, d"),
)
VIEW.also(
    "nd-view-of-other-size",
    ("slice(None, None, d) for d in dilation", "slice(None) for d in dilation"),
)
VIEW.also(
    "nd-reach-kernel-times-dilation", ("[(k - 1) * d + 1 for k, d", "[k * d for k, d")
)
VIEW.also(
    "nd-stride-for-dilation",
    ("s in stride)", "s in dilation)"),
    ("d in dilation)\n    views = views[", "d in stride)\n    views = views["),
)
# Rows are made images, and images are convolved.
ROWS_AND_IMAGES = """#| export
def conv_forward(x, weight, bias, stride, dilation):
    row = x.ndim == 3
    if row:
        x, weight = x[:, :, None, :], weight[:, :, None, :]
        stride, dilation = (1, *stride), (1, *dilation)
    b, c, h, w = x.shape
    o, _, kh, kw = weight.shape
    oh, ow = grid((h, w), (kh, kw), stride, dilation)
    (sh, sw), (dh, dw) = stride, dilation
    out = np.zeros((b, o, oh, ow), np.result_type(x, weight, np.float32))
    for u in range(kh):
        for v in range(kw):
            down = slice(u * dh, u * dh + (oh - 1) * sh + 1, sh)
            along = slice(v * dw, v * dw + (ow - 1) * sw + 1, sw)
            part = x[:, :, down, along]
            out += np.einsum("oc,bchw->bohw", weight[:, :, u, v], part)
    if bias is not None:
        out += bias[None, :, None, None].astype(out.dtype)
    return out[:, :, 0] if row else out
"""
BUGS.append(
    Bug(
        "nd-no-blocks",
        "conv-forward",
        "Blocks of three axes are not taken",
        "How many axes has a batch of blocks? Which of your lines counts on four?",
        source=ROWS_AND_IMAGES,
    )
)
BUGS.append(
    Bug(
        "nd-rows-only",
        "conv-forward",
        "Only rows are taken",
        "How many axes has a batch of images? Which of your lines counts on three?",
        source="""#| export
def conv_forward(x, weight, bias, stride, dilation):
    b, c, n = x.shape
    o, _, k = weight.shape
    (m,), (s,), (d,) = grid((n,), (k,), stride, dilation), stride, dilation
    out = np.zeros((b, o, m), np.result_type(x, weight, np.float32))
    for u in range(k):
        part = x[:, :, u * d : u * d + (m - 1) * s + 1 : s]
        out += np.einsum("oc,bcn->bon", weight[:, :, u], part)
    if bias is not None:
        out += bias[:, None].astype(out.dtype)
    return out
""",
    )
)
WITH_BLOCKS = Writing(
    "conv-forward",
    "of-images",
    ROWS_AND_IMAGES.replace(
        "    row = x.ndim",
        """    if x.ndim == 5:
        kernel = weight.shape[2:]
        counts = grid(x.shape[2:], kernel, stride, dilation)
        out = np.zeros((len(x), len(weight), *counts), float)
        for tap in np.ndindex(*kernel):
            steps = zip(tap, counts, stride, dilation)
            met = (slice(u * d, u * d + n * s, s) for u, n, s, d in steps)
            part = np.tensordot(weight[(..., *tap)], x[(..., *met)], axes=(1, 1))
            out += np.moveaxis(part, 0, 1)
        out = out if bias is None else out + bias[:, None, None, None]
        return out.astype(np.result_type(x, weight, np.float32))
    row = x.ndim""",
    ),
)
PAIRS = "(sh, sw), (dh, dw) = stride, dilation\n"
for name, title, line in (
    ("stride-of-height", "The height's stride is used for the width", "sw = sh"),
    (
        "stride-pair-exchanged",
        "Height and width of the stride are exchanged",
        "sh, sw = sw, sh",
    ),
    (
        "dilation-pair-exchanged",
        "Height and width of the dilation are exchanged",
        "dh, dw = dw, dh",
    ),
):
    WITH_BLOCKS.new(
        f"nd-{name}",
        title,
        "Which of the two numbers belongs to the rows, and which to the columns?",
        (PAIRS, f"{PAIRS}    {line}\n"),
    )

SLICES.new(
    "nd-slice-multiplied-in-place",
    "A slice of the image is multiplied in place",
    "What stands in `x` when your function has returned?",
    (
        "        part = np.tensordot(weight[(..., *tap)], x[(..., *met)], axes=(1, 1))\n"
        "        out += np.moveaxis(part, 0, 1)\n",
        "        for o, c in np.ndindex(*weight.shape[:2]):\n"
        "            part = x[(slice(None), c, *met)]\n"
        "            np.multiply(part, weight[(o, c, *tap)], out=part, casting='unsafe')\n"
        "            out[:, o] += part\n",
    ),
)
SLICES.also(
    "nd-slice-multiplied-in-place",
    (
        "        part = np.tensordot(weight[(..., *tap)], x[(..., *met)], axes=(1, 1))\n"
        "        out += np.moveaxis(part, 0, 1)\n",
        "        for o, c in np.ndindex(*weight.shape[:2]):\n"
        "            part = x[(slice(None), c, *met)]\n"
        "            part *= weight[(o, c, *tap)]\n"
        "            out[:, o] += part\n",
    ),
)


SLICES.also("nd-last-number-left-out", (TAPS, "np.ndindex(*(k - 1 for k in kernel))"))

BACK_SLICES = Writing(
    "conv-backward",
    "in-slices",
    """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    counts, kernel = grad_output.shape[2:], weight.shape[2:]
    grad_x = np.zeros(x.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    every = (0, *range(2, x.ndim))
    grad_bias = grad_output.sum(axis=every).astype(dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation, strict=True)
        met = tuple(slice(u * d, u * d + (n - 1) * s + 1, s) for u, n, s, d in steps)
        part = np.tensordot(weight[(..., *tap)], grad_output, axes=(0, 1))
        grad_x[(..., *met)] += np.moveaxis(part, 0, 1).astype(dtype)
        both = np.tensordot(grad_output, x[(..., *met)], axes=(every, every))
        grad_weight[(..., *tap)] = both
    return grad_x, grad_weight, grad_bias
""",
)
BACK_PIXELS = Writing(
    "conv-backward",
    "pixel-by-pixel",
    """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    counts, kernel = grad_output.shape[2:], weight.shape[2:]
    grad_x = np.zeros(x.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(len(weight), dtype)
    for place in np.ndindex(*counts):
        up = grad_output[(..., *place)]
        grad_bias += up.sum(axis=0)
        for tap in np.ndindex(*kernel):
            steps = zip(place, stride, tap, dilation, strict=True)
            pixel = tuple(i * s + u * d for i, s, u, d in steps)
            grad_x[(..., *pixel)] += (up @ weight[(..., *tap)]).astype(dtype)
            grad_weight[(..., *tap)] += (up.T @ x[(..., *pixel)]).astype(dtype)
    return grad_x, grad_weight, grad_bias
""",
)
BACK_WINDOWS = Writing(
    "conv-backward",
    "by-windows",
    """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    counts, kernel = grad_output.shape[2:], weight.shape[2:]
    grad_x = np.zeros(x.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(len(weight), dtype)
    for b in range(len(x)):
        for o in range(len(weight)):
            for place in np.ndindex(*counts):
                up = grad_output[(b, o, *place)]
                window = [slice(None)]
                for i, k, s, d in zip(place, kernel, stride, dilation, strict=True):
                    start = i * s
                    window.append(slice(start, start + (k - 1) * d + 1, d))
                window = tuple(window)
                grad_x[b][window] += up * weight[o]
                grad_weight[o] += up * x[b][window]
                grad_bias[o] += up
    return grad_x, grad_weight, grad_bias
""",
)
for id, title, question, other in (
    (
        "nd-back-slice-as-stride-1",
        "On the way back the slice ends as if the stride were 1",
        "With stride 3 and 4 windows: how far behind the first pixel of a slice is its "
        "last?",
        "slice(u * d, u * d + n, s)",
    ),
    (
        "nd-back-slice-without-step",
        "On the way back the slice has no step",
        "With stride 2, did a number of the kernel meet every pixel between the first and "
        "the last that it met?",
        "slice(u * d, u * d + (n - 1) * s + 1)",
    ),
    (
        "nd-back-slice-to-the-end",
        "On the way back the slices go on behind the last window",
        "How many windows were there, and how many pixels has the slice of the kernel's "
        "first number?",
        "slice(u * d, None, s)",
    ),
    (
        "nd-back-slice-long",
        "On the way back the slice has one pixel too many",
        "At which pixel had the last window this number? Does a slice take its end?",
        "slice(u * d, u * d + n * s + 1, s)",
    ),
    (
        "nd-back-slice-short",
        "On the way back the last window is left out",
        "At which pixel had the last window this number? Does a slice take its end?",
        "slice(u * d, u * d + (n - 1) * s, s)",
    ),
    (
        "nd-back-slice-end-stays",
        "On the way back the slice's end does not move with its beginning",
        "Where does the slice of the kernel's second number begin, and where does it end?",
        "slice(u * d, (n - 1) * s + 1, s)",
    ),
    (
        "nd-back-slice-begins-without-dilation",
        "On the way back the dilation moves the slice's end, and not its beginning",
        "With dilation 2, at which pixel does the slice of the kernel's second number "
        "begin?",
        "slice(u, u * d + (n - 1) * s + 1, s)",
    ),
    (
        "nd-back-slice-ends-without-dilation",
        "On the way back the dilation moves the slice's beginning, and not its end",
        "With dilation 2, at which pixel does the slice of the kernel's second number end?",
        "slice(u * d, u + (n - 1) * s + 1, s)",
    ),
    (
        "nd-back-slice-begins-at-stride",
        "On the way back the slice begins at a multiple of the stride, not of the dilation",
        "Which of the two says how far apart a kernel's numbers lie in a window?",
        "slice(u * s, u * s + (n - 1) * s + 1, s)",
    ),
    (
        "nd-back-slice-step-is-dilation",
        "On the way back the slice's step is the dilation",
        "How far apart are the pixels that one number of the kernel met in two windows "
        "that follow each other?",
        "slice(u * d, u * d + (n - 1) * s + 1, d)",
    ),
    (
        "nd-back-dilation-added-to-place",
        "On the way back the dilation is added to the number's place in the kernel",
        "With dilation 2, which pixels did the first three numbers of a kernel meet?",
        "slice(u + d, u + d + (n - 1) * s + 1, s)",
    ),
    (
        "nd-back-dilation-moves-the-windows",
        "On the way back the dilation moves the windows, too",
        "With dilation 2 and stride 1, at which pixel did the second window begin?",
        "slice(u * d, u * d + s * d * (n - 1) + 1, s * d)",
    ),
):
    BACK_SLICES.new(id, title, question, (SLICE, other))
BACK_SLICES.also("nd-back-slice-long", (SLICE, "slice(u * d, u * d + (n + 1) * s, s)"))
BACK_SLICES.also("nd-back-slice-end-stays", (SLICE, "slice(u * d, n * s, s)"))
BACK_SLICES.also(
    "nd-back-dilation-added-to-place",
    (SLICE, "slice(u + d - 1, u + d - 1 + (n - 1) * s + 1, s)"),
)
COUNTS = "counts, kernel = grad_output.shape[2:], weight.shape[2:]\n"
for id, title, count in (
    (
        "nd-back-counted-without-gaps",
        "On the way back the windows are counted as if the kernel had no gaps",
        "(n - k) // s + 1",
    ),
    (
        "nd-back-counted-as-stride-1",
        "On the way back the windows are counted as with stride 1",
        "n - (k - 1) * d",
    ),
    (
        "nd-back-as-large-as-image",
        "On the way back as many windows are taken as there are pixels",
        "n",
    ),
    (
        "nd-back-first-window-uncounted",
        "On the way back one window too few is counted",
        "(n - (k - 1) * d - 1) // s",
    ),
    (
        "nd-back-reach-kernel-times-dilation",
        "On the way back the windows are counted by a reach of the kernel times the "
        "dilation",
        "(n - k * d) // s + 1",
    ),
):
    line = (
        f"    counts = tuple({count} for n, k, s, d in "
        "zip(x.shape[2:], kernel, stride, dilation))\n"
    )
    question = "Which array's shape says how many windows there were?"
    if id in ("nd-back-as-large-as-image", "nd-back-first-window-uncounted"):
        # In slices that is known: what lies behind is taken, or the last is left out.
        BACK_WINDOWS.new(id, title, question, (COUNTS, COUNTS + line))
        BACK_PIXELS.also(id, (COUNTS, COUNTS + line))
        continue
    BACK_SLICES.new(id, title, question, (COUNTS, COUNTS + line))
    BACK_PIXELS.also(id, (COUNTS, COUNTS + line))
    BACK_WINDOWS.also(id, (COUNTS, COUNTS + line))
BACK_SLICES.new(
    "nd-back-images-second",
    "The images stay where `tensordot` leaves them",
    "In which order does `tensordot` leave the axes? In which has the image's gradient "
    "them?",
    (MOVED, "part"),
)
BACK_SLICES.new(
    "nd-back-two-axes-exchanged",
    "Two axes are exchanged where one has to move, or the wrong ones",
    "In which order does `tensordot` leave the axes? Where does each of them stand after "
    "your step?",
    (MOVED, "part.T"),
)
BACK_SLICES.also("nd-back-two-axes-exchanged", (MOVED, "np.swapaxes(part, 1, -1)"))
SHARES = "np.tensordot(weight[(..., *tap)], grad_output, axes=(0, 1))"
UP_FIRST = "np.tensordot(grad_output, weight[(..., *tap)], axes=(1, 0))"
BACK_SLICES.also(
    "nd-back-two-axes-exchanged", (SHARES, UP_FIRST), (MOVED, "np.swapaxes(part, 0, 1)")
)
BACK_SLICES.also(
    "nd-back-two-axes-exchanged",
    (SHARES, UP_FIRST),
    (MOVED, "np.swapaxes(part, -1, 1)"),
)
BACK_SLICES.new(
    "nd-back-channels-last",
    "The channels stand last in the image's gradient",
    "In which order does `tensordot` leave the axes? In which has the image's gradient "
    "them?",
    (SHARES, UP_FIRST),
    (MOVED, "part"),
)
BACK_SLICES.also("nd-back-channels-last", (MOVED, "np.moveaxis(part, 0, -1)"))
BACK_SLICES.new(
    "nd-back-channels-reshaped",
    "The channels are brought to their place by a reshape",
    "In which order does `tensordot` leave the axes? Does `reshape` move a number past "
    "another?",
    (SHARES, UP_FIRST),
    (MOVED, "part.reshape(x[(..., *met)].shape)"),
)
BOTH = "np.tensordot(grad_output, x[(..., *met)], axes=(every, every))"
BACK_SLICES.also(
    "nd-back-channels-exchanged",
    (BOTH, "np.tensordot(x[(..., *met)], grad_output, axes=(every, every))"),
)
BACK_SLICES.also("nd-back-channels-exchanged", (BOTH, f"{BOTH}.T"))
BACK_PIXELS.also(
    "nd-back-channels-exchanged", ("up.T @ x[(..., *pixel)]", "x[(..., *pixel)].T @ up")
)
BACK_SLICES.also("nd-back-shares-of-inputs", ("axes=(0, 1))", "axes=(1, 1))"))
BACK_PIXELS.also(
    "nd-back-shares-of-inputs",
    ("up @ weight[(..., *tap)]", "up @ weight[(..., *tap)].T"),
)
BACK_SLICES.new(
    "nd-back-sums-images",
    "The image's gradient is summed over the images, not over the channels behind",
    "Which axis of upstream has the channels that come out?",
    ("axes=(0, 1))", "axes=(0, 0))"),
)
for piece, of, which in (
    (BOTH, "kernel's", "kernel"),
    ("grad_output.sum(axis=every)", "bias's", "bias"),
):
    for axes, kind in (("(0, 2)", "rows"), ("(0, 2, 3)", "images")):
        other = BOTH.replace("(every, every)", f"({axes}, {axes})")
        if which == "bias":
            other = piece.replace("every", axes)
        BACK_SLICES.new(
            f"nd-back-{which}-of-{kind}-only",
            f"The {of} gradient is summed over the axes of {kind}, whatever came",
            "How many axes stand behind the channels of a row, and how many behind those "
            "of a block?",
            (piece, other),
        )
UPSTREAM_USED = (
    "Upstream is multiplied in place",
    "What stands in `grad_output` when the first number of the kernel is done?",
)
SHARED = (
    f"        part = {SHARES}\n"
    "        grad_x[(..., *met)] += np.moveaxis(part, 0, 1).astype(dtype)\n"
)
GIVEN = (
    f"        both = {BOTH}\n        grad_weight[(..., *tap)] = both\n",
    "",
)
BY_CHANNELS = """        for o, c in np.ndindex(*weight.shape[:2]):
            up = grad_output[:, o]
            np.multiply(up, weight[(o, c, *tap)], out=up, casting="unsafe")
            grad_x[(slice(None), c, *met)] += up
"""
BACK_SLICES.new("nd-back-upstream-in-place", *UPSTREAM_USED, (SHARED, BY_CHANNELS))
BACK_SLICES.also("nd-back-upstream-in-place", GIVEN, (SHARED, GIVEN[0] + BY_CHANNELS))
BACK_SLICES.also(
    "nd-back-upstream-in-place",
    (
        SHARED,
        BY_CHANNELS.replace(
            "o, c in np.ndindex(*weight.shape[:2])",
            "c, o in np.ndindex(*weight.shape[1::-1])",
        ),
    ),
)
BACK_SLICES.also(
    "nd-back-upstream-in-place",
    GIVEN,
    (
        SHARED,
        GIVEN[0]
        + BY_CHANNELS.replace(
            "o, c in np.ndindex(*weight.shape[:2])",
            "c, o in np.ndindex(*weight.shape[1::-1])",
        ),
    ),
)
BACK_PIXELS.also(
    "nd-back-upstream-in-place",
    (
        "            grad_x[(..., *pixel)] += (up @ weight[(..., *tap)]).astype(dtype)\n",
        "            for o, c in np.ndindex(*weight.shape[:2]):\n"
        "                up[:, o] *= weight[(o, c, *tap)]\n"
        "                grad_x[(slice(None), c, *pixel)] += up[:, o]\n",
    ),
)
BACK_SLICES.new(
    "nd-back-image-in-place",
    "A slice of the image is multiplied in place",
    "What stands in `x` when your function has returned?",
    (
        f"        both = {BOTH}\n        grad_weight[(..., *tap)] = both\n",
        "        for o, c in np.ndindex(*weight.shape[:2]):\n"
        "            part = x[(slice(None), c, *met)]\n"
        "            np.multiply(part, grad_output[:, o], out=part, casting='unsafe')\n"
        "            grad_weight[(o, c, *tap)] = part.sum()\n",
    ),
)
BACK_PIXELS.also(
    "nd-back-overwritten",
    ("grad_x[(..., *pixel)] += (", "grad_x[(..., *pixel)] = ("),
)
BACK_WINDOWS.also(
    "nd-back-overwritten", ("grad_x[b][window] +=", "grad_x[b][window] =")
)
BACK_PIXELS.also(
    "nd-back-kernel-of-last-window",
    ("grad_weight[(..., *tap)] += (", "grad_weight[(..., *tap)] = ("),
)
BACK_WINDOWS.also(
    "nd-back-kernel-of-last-window", ("grad_weight[o] += up", "grad_weight[o] = up")
)
LAST_WINDOW = (
    "The bias's gradient is that of the last window alone",
    "To how many places of the answer was the bias added?",
)
BACK_PIXELS.new(
    "nd-back-bias-of-last-window", *LAST_WINDOW, ("grad_bias +=", "grad_bias =")
)
BACK_WINDOWS.also("nd-back-bias-of-last-window", ("grad_bias[o] +=", "grad_bias[o] ="))
PER_NUMBER = (
    "The bias's gradient is added once for each number of the kernel",
    "How often does your loop come past the bias? How often was it added?",
)
BACK_PIXELS.new(
    "nd-back-bias-each-number",
    *PER_NUMBER,
    ("        grad_bias += up.sum(axis=0)\n", ""),
    (
        "            steps = zip(place",
        "            grad_bias += up.sum(axis=0)\n            steps = zip(place",
    ),
)
BACK_SLICES.new(
    "nd-back-returns-after-first-number",
    "The function returns after the first number of the kernel",
    "How far is your `return` indented?",
    ("    return grad_x", "        return grad_x"),
)
BACK_PIXELS.new(
    "nd-back-returns-after-first-window",
    "The function returns after the first window",
    "How far is your `return` indented?",
    ("    return grad_x", "        return grad_x"),
)
BACK_WINDOWS.also(
    "nd-back-returns-after-first-window",
    ("    return grad_x", "                return grad_x"),
)
BACK_WINDOWS.new(
    "nd-back-returns-after-first-kernel",
    "The function returns after the first kernel",
    "How far is your `return` indented?",
    ("    return grad_x", "            return grad_x"),
)
BACK_WINDOWS.new(
    "nd-back-returns-after-first-image",
    "The function returns after the first image",
    "How far is your `return` indented?",
    ("    return grad_x", "        return grad_x"),
)
for id, other in (
    ("nd-back-gap-of-dilation", "i * s + u * (d + 1) for"),
    ("nd-back-stride-inside-window", "(i + u * d) * s for"),
    ("nd-back-stride-inside-window", "(i + u) * s for"),
    ("nd-back-dilation-moves-the-windows", "(i * s + u) * d for"),
):
    BACK_PIXELS.also(id, (PIXEL, other))
for id, title, question, other in (
    (
        "nd-back-window-ends-without-gaps",
        "On the way back the window ends as if the kernel had no gaps",
        "A kernel of 3 with dilation 2: how far behind its first pixel is its last?",
        "slice(start, start + k, d)",
    ),
    (
        "nd-back-window-short",
        "On the way back the window ends one pixel too early",
        "Which is the last pixel of the window? Does a slice take its end?",
        "slice(start, start + (k - 1) * d, d)",
    ),
    (
        "nd-back-window-without-gaps",
        "On the way back the window takes every pixel of its reach",
        "With dilation 2, how many pixels of its reach did a kernel of 3 meet?",
        "slice(start, start + (k - 1) * d + 1)",
    ),
    (
        "nd-back-window-step-is-stride",
        "On the way back the window's step is the stride",
        "Which of the two moved the window, and which spread its pixels?",
        "slice(start, start + (k - 1) * d + 1, s)",
    ),
):
    BACK_WINDOWS.new(id, title, question, (WINDOW, other))
BACK_WINDOWS.new(
    "nd-back-windows-begin-at-dilation",
    "On the way back the windows begin at multiples of the dilation",
    "Which of the two moved the window, and which spread its pixels?",
    ("start = i * s", "start = i * d"),
)
BACK_PIXELS.also("nd-back-windows-begin-at-dilation", (PIXEL, "(i + u) * d for"))
for id, title, piece, other in (
    (
        "image-of-first-kernel",
        "All upstream channels meet the first kernel",
        "up * weight[o]",
        "up * weight[0]",
    ),
    (
        "kernel-of-first-image",
        "The upstream gradients of all images meet the first image",
        "up * x[b]",
        "up * x[0]",
    ),
    (
        "of-first-upstream-image",
        "All images meet the first image's upstream gradient",
        "grad_output[(b, o, *place)]",
        "grad_output[(0, o, *place)]",
    ),
    (
        "of-first-upstream-channel",
        "All kernels meet the first channel of upstream",
        "grad_output[(b, o, *place)]",
        "grad_output[(b, 0, *place)]",
    ),
    (
        "into-first-image",
        "The gradients of all images are added up in the first",
        "grad_x[b][window] +=",
        "grad_x[0][window] +=",
    ),
    (
        "into-first-kernel",
        "The gradients of all kernels are added up in the first",
        "grad_weight[o] +=",
        "grad_weight[0] +=",
    ),
    (
        "into-all-kernels",
        "All kernels get the sum of all kernels' gradients",
        "grad_weight[o] +=",
        "grad_weight +=",
    ),
):
    BACK_WINDOWS.new(
        f"nd-back-{id}",
        title,
        "Which image, which kernel and which channel of upstream belong together in this "
        "line?",
        (piece, other),
    )
BACK_WINDOWS.also(
    "nd-back-images-added",
    ("grad_x[b][window] +=", "grad_x[(slice(None), *window)] +="),
)
BACK_WINDOWS.new(
    "nd-back-upstream-index-exchanged",
    "Images and channels are exchanged in upstream's index",
    "Which axis comes first in upstream's shape?",
    ("grad_output[(b, o, *place)]", "grad_output[(o, b, *place)]"),
)
for name, which in (
    ("grad_weight", "kernel"),
    ("grad_bias", "bias"),
):
    for kind in ("float64", "float32"):
        BACK_SLICES.new(
            f"nd-back-{which}-always-{kind}",
            f"The {which}'s gradient is always {kind}",
            "Which dtype has upstream, and which one do you promise for its gradients?",
            ("    return", f"    {name} = {name}.astype(np.{kind})\n    return"),
        )
BACK_SLICES.new(
    "nd-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    ("np.result_type(grad_output, np.float32)", "np.dtype(np.float32)"),
)
BACK_SLICES.new(
    "nd-back-kernel-dtype",
    "The kernel's gradient has the kernel's own dtype",
    "Which array's dtype do the gradients take?",
    ("np.zeros(weight.shape, dtype)", "np.zeros_like(weight)"),
)
BACK_SLICES.also(
    "nd-back-image-dtype",
    ("np.zeros(x.shape, dtype)", "np.zeros_like(x)"),
    (".astype(dtype)\n        both", "\n        both"),
)
for index, which in ((":1", "first"), ("-1:", "last")):
    BACK_SLICES.new(
        f"nd-back-{which}-image-alone",
        f"Only the {which} image gets a gradient",
        "How many images were in the batch?",
        (
            "grad_x[(..., *met)] += np.moveaxis(part, 0, 1)",
            f"grad_x[({'slice(None, 1)' if which == 'first' else 'slice(-1, None)'}, ..., "
            f"*met)] += np.moveaxis(part, 0, 1)[{index}]",
        ),
    )
    BACK_SLICES.new(
        f"nd-back-{which}-output-channel-alone",
        f"Only the {which} channel of upstream reaches the image",
        "Which of the channels that came out depend on a pixel?",
        (
            SHARES,
            f"np.tensordot(weight[(slice({index.replace(':', ', ') if which == 'first' else '-1, None'}), ..., *tap)],"
            f" grad_output[:, {index}], axes=(0, 1))".replace(
                "slice(, 1)", "slice(0, 1)"
            ),
        ),
    )
BACK_SLICES.new(
    "nd-back-input-channels-added",
    "All channels of the image get the sum of all channels' gradients",
    "Which numbers of the kernel did the first channel of the image meet?",
    (
        "np.moveaxis(part, 0, 1).astype(dtype)",
        "np.moveaxis(part, 0, 1).sum(axis=1, keepdims=True).astype(dtype)",
    ),
)
BACK_SLICES.new(
    "nd-back-kernel-channels-added",
    "The kernel's gradient is summed over the channels that come in",
    "Which channel of the image did the kernel's first channel meet?",
    ("= both\n", "= both.sum(axis=1, keepdims=True)\n"),
)
BACK_SLICES.also(
    "nd-back-sizes-exchanged",
    (
        "    counts, kernel",
        "    stride, dilation = stride[::-1], dilation[::-1]\n    counts, kernel",
    ),
)
for name in ("stride", "dilation"):
    for writing in (BACK_SLICES, BACK_PIXELS, BACK_WINDOWS):
        id = f"nd-back-{name}s-backwards"
        line = f"    {name} = {name}[::-1]\n    counts, kernel"
        if writing is not BACK_SLICES:
            writing.also(id, ("    counts, kernel", line))
            continue
        writing.new(
            id,
            f"On the way back the numbers of the {name} are taken in the opposite order",
            f"Which number of `{name}` belongs to the first axis behind the channels?",
            ("    counts, kernel", line),
        )
BUGS.append(
    Bug(
        "nd-back-images-of-two-axes",
        "conv-backward",
        "Only images of two axes are taken on the way back",
        "How many axes has a batch of rows, and how many one of blocks?",
        source="""#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    batch, out_channels, height, width = grad_output.shape
    (sh, sw), (dh, dw) = stride, dilation
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            down = slice(u * dh, u * dh + (height - 1) * sh + 1, sh)
            along = slice(v * dw, v * dw + (width - 1) * sw + 1, sw)
            part = np.einsum("oc,bohw->bchw", weight[:, :, u, v], grad_output)
            grad_x[:, :, down, along] += part
            both = np.einsum("bohw,bchw->oc", grad_output, x[:, :, down, along])
            grad_weight[:, :, u, v] = both
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3), dtype=dtype)
""",
    )
)
ROWS_BACK = """#| export
def conv_backward(grad_output, x, weight, stride, dilation):
    row = x.ndim == 3
    if row:
        grad_output, x, weight = (a[:, :, None, :] for a in (grad_output, x, weight))
        stride, dilation = (1, *stride), (1, *dilation)
    batch, out_channels, height, width = grad_output.shape
    (sh, sw), (dh, dw) = stride, dilation
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            down = slice(u * dh, u * dh + (height - 1) * sh + 1, sh)
            along = slice(v * dw, v * dw + (width - 1) * sw + 1, sw)
            part = np.einsum("oc,bohw->bchw", weight[:, :, u, v], grad_output)
            grad_x[:, :, down, along] += part.astype(dtype)
            both = np.einsum("bohw,bchw->oc", grad_output, x[:, :, down, along])
            grad_weight[:, :, u, v] = both
    grad_bias = grad_output.sum(axis=(0, 2, 3), dtype=dtype)
    if row:
        return grad_x[:, :, 0], grad_weight[:, :, 0], grad_bias
    return grad_x, grad_weight, grad_bias
"""
BUGS.append(
    Bug(
        "nd-back-no-blocks",
        "conv-backward",
        "Blocks of three axes are not taken on the way back",
        "How many axes has a batch of blocks? Which of your lines counts on four?",
        source=ROWS_BACK,
    )
)


GROUP_LOOP = Writing(
    "groups",
    "in-a-loop",
    """#| export
def grouped_forward(x, weight, bias, stride, dilation, groups):
    before, behind = x.shape[1], len(weight)
    if before % groups or behind % groups:
        raise ValueError(f"{before} and {behind} channels, {groups} groups")
    ins, outs = before // groups, behind // groups
    answers = []
    for g in range(groups):
        pixels = x[:, g * ins : (g + 1) * ins]
        kernels = weight[g * outs : (g + 1) * outs]
        part = None if bias is None else bias[g * outs : (g + 1) * outs]
        answers.append(conv_forward(pixels, kernels, part, stride, dilation))
    return np.concatenate(answers, axis=1)


def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    into, out = x.shape[1] // groups, len(weight) // groups
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(len(weight), dtype)
    for g in range(groups):
        mine, own = slice(g * into, (g + 1) * into), slice(g * out, (g + 1) * out)
        upstream, pixels, kernels = grad_output[:, own], x[:, mine], weight[own]
        grads = conv_backward(upstream, pixels, kernels, stride, dilation)
        grad_x[:, mine], grad_weight[own], grad_bias[own] = grads
    return grad_x, grad_weight, grad_bias
""",
)
GROUP_LISTS = Writing(
    "groups",
    "in-lists",
    """#| export
def grouped_forward(x, weight, bias, stride, dilation, groups):
    for channels in (x.shape[1], len(weight)):
        if channels % groups:
            raise ValueError(f"{channels} channels do not split into {groups} groups")
    biases = [None] * groups if bias is None else np.split(bias, groups)
    parts = zip(np.split(x, groups, axis=1), np.split(weight, groups), biases)
    answers = [conv_forward(*part, stride, dilation) for part in parts]
    return np.concatenate(answers, axis=1)


def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    upstream, pixels = np.split(grad_output, groups, axis=1), np.split(x, groups, axis=1)
    parts = zip(upstream, pixels, np.split(weight, groups))
    grads = [conv_backward(*part, stride, dilation) for part in parts]
    of_x, of_weight, of_bias = zip(*grads)
    return (
        np.concatenate(of_x, axis=1),
        np.concatenate(of_weight),
        np.concatenate(of_bias),
    )
""",
)
DEPTHWISE = (
    "A group is taken to have one channel of the image",
    "With 2 groups of 6 channels, which channels of the image belong to the second group?",
)
ONE_FORWARD = (
    ("x[:, g * ins : (g + 1) * ins]", "x[:, g : g + 1]"),
    (
        "weight[g * outs : (g + 1) * outs]\n        part",
        "weight[g * outs : (g + 1) * outs, :1]\n        part",
    ),
)
ONE_BACK = (
    ("x[:, mine], weight[own]", "x[:, g : g + 1], weight[own, :1]"),
    (
        "grad_x[:, mine], grad_weight[own], grad_bias[own] = grads",
        "grad_x[:, g : g + 1], grad_weight[own, :1], grad_bias[own] = grads",
    ),
)
GROUP_LOOP.new("groups-of-one-channel", *DEPTHWISE, *ONE_FORWARD, *ONE_BACK)
GROUP_LOOP.also("groups-of-one-channel", *ONE_FORWARD)
GROUP_LOOP.also("groups-of-one-channel", ONE_FORWARD[0], *ONE_BACK)
GROUP_LOOP.new(
    "groups-back-of-one-channel",
    "On the way back a group is taken to have one channel of the image",
    "With 2 groups of 6 channels, which channels of the image belong to the second group?",
    *ONE_BACK,
)
GROUP_LOOP.new(
    "groups-of-one-kernel",
    "A group is taken to have one kernel",
    "With 2 groups and 6 kernels, which kernels belong to the second group?",
    ("weight[g * outs : (g + 1) * outs]", "weight[g : g + 1]"),
    ("bias[g * outs : (g + 1) * outs]", "bias[g : g + 1]"),
)
GROUP_LOOP.also(
    "groups-of-one-kernel",
    ("weight[g * outs : (g + 1) * outs]", "weight[g : g + 1]"),
)
for piece, other, array in (
    ("x[:, g * ins : (g + 1) * ins]", "x[:, g : g + ins]", "channels of the image"),
    ("weight[g * outs : (g + 1) * outs]", "weight[g : g + outs]", "kernels"),
    ("bias[g * outs : (g + 1) * outs]", "bias[g : g + outs]", "biases"),
):
    GROUP_LOOP.new(
        f"groups-{array.split()[0]}-one-further-on",
        f"Each group's {array} begin one further on, not one group",
        f"With 2 groups, 4 channels and 4 kernels: which {array} belong to the second "
        "group?",
        (piece, other),
    )
GROUP_LOOP.new(
    "groups-kernels-cut-by-inputs",
    "The kernels are cut by the number of channels before",
    "With 2 groups, 6 channels before and 4 behind: how many kernels has a group?",
    ("weight[g * outs : (g + 1) * outs]", "weight[g * ins : (g + 1) * ins]"),
)
GROUP_LOOP.also(
    "groups-kernels-cut-by-inputs",
    ("weight[g * outs : (g + 1) * outs]", "weight[g * ins : (g + 1) * ins]"),
    ("bias[g * outs : (g + 1) * outs]", "bias[g * ins : (g + 1) * ins]"),
)
GROUP_LOOP.new(
    "groups-biases-cut-by-inputs",
    "The biases are cut by the number of channels before",
    "With 2 groups, 6 channels before and 4 behind: how many biases has a group?",
    ("bias[g * outs : (g + 1) * outs]", "bias[g * ins : (g + 1) * ins]"),
)
CUT = "grad_output[:, own], x[:, mine], weight[own]"
GROUP_LOOP.new(
    "groups-back-all-cut-by-inputs",
    "On the way back upstream and kernels are cut by the number of channels before",
    "With 2 groups, 6 channels before and 4 behind: how many channels of upstream, of "
    "the image, and how many kernels has a group?",
    (CUT, "grad_output[:, mine], x[:, mine], weight[mine]"),
)
GROUP_LOOP.also(
    "groups-back-all-cut-by-inputs",
    (CUT, "grad_output[:, mine], x[:, mine], weight[mine]"),
    ("grad_weight[own], grad_bias[own]", "grad_weight[mine], grad_bias[mine]"),
)
for piece, whole, title in (
    ("weight[g * outs : (g + 1) * outs]", "weight", "all kernels"),
    ("bias[g * outs : (g + 1) * outs]", "bias", "all biases"),
):
    GROUP_LOOP.new(
        f"groups-given-{title.replace(' ', '-')}",
        f"Each group is given {title}",
        "Which channels of the image, which kernels and which biases belong to the second "
        "group?",
        (piece, whole),
    )
GROUP_LISTS.new(
    "groups-split-across",
    "The image or the kernels are split along another axis than the groups share",
    "Along which axis does `np.split` cut if nobody says it? Which axis of the image has "
    "the channels, and which one of the weight has the kernels?",
    (
        "np.split(x, groups, axis=1), np.split(weight",
        "np.split(x, groups), np.split(weight",
    ),
)
GROUP_LISTS.also(
    "groups-split-across",
    ("np.split(weight, groups), biases", "np.split(weight, groups, axis=1), biases"),
)
GROUP_LISTS.new(
    "groups-along-last-axis",
    "The groups' answers are joined along the last axis",
    "Which axis of an answer are its channels?",
    ("np.concatenate(answers, axis=1)", "np.concatenate(answers, axis=-1)"),
)
GROUP_LISTS.new(
    "groups-stacked",
    "The groups' answers are stacked along an axis of their own",
    "How many axes has an answer? How many has yours?",
    ("np.concatenate(answers, axis=1)", "np.stack(answers, axis=1)"),
)
GROUP_LISTS.also(
    "groups-stacked", ("np.concatenate(answers, axis=1)", "np.array(answers)")
)
GROUP_LISTS.new(
    "groups-back-stacked",
    "On the way back the groups' parts are stacked along an axis of their own",
    "How many axes has the gradient of the image? How many has yours?",
    ("np.concatenate(of_x, axis=1)", "np.stack(of_x, axis=1)"),
    ("np.concatenate(of_weight)", "np.stack(of_weight)"),
    ("np.concatenate(of_bias)", "np.stack(of_bias)"),
)
GROUP_LISTS.also(
    "groups-back-stacked", ("np.concatenate(of_x, axis=1)", "np.stack(of_x, axis=1)")
)
GROUP_LISTS.new(
    "groups-back-bias-stacked",
    "The gradient of the bias has an axis for the groups",
    "Which shape has the bias? Which has your gradient?",
    ("np.concatenate(of_bias)", "np.stack(of_bias)"),
)
GROUP_LISTS.new(
    "groups-back-bias-of-last",
    "On the way back only the last group's bias has a gradient",
    "How many biases are there?",
    ("np.concatenate(of_bias)", "of_bias[-1]"),
)
GROUP_LOOP.new(
    "groups-bias-twice",
    "The bias is added in each group, and once more at the end",
    "How often should a bias be added to a number of the answer?",
    (
        "    return np.concatenate(answers, axis=1)",
        "    out = np.concatenate(answers, axis=1)\n"
        "    if bias is not None:\n"
        "        out += bias.reshape(-1, *[1] * (x.ndim - 2))\n"
        "    return out",
    ),
)
GROUP_LOOP.new(
    "groups-bias-of-group-number",
    "Each group gets one bias, that of its own number",
    "How many kernels has a group, and how many biases?",
    ("bias[g * outs : (g + 1) * outs]", "np.full(outs, bias[g])"),
)
GROUP_LOOP.also(
    "groups-in-parts-unasked",
    ("before % groups or behind % groups", "before % groups and behind % groups"),
)
GROUP_LOOP.also(
    "groups-in-parts-inputs-unasked",
    ("before % groups or behind % groups", "behind % groups"),
)
GROUP_LISTS.new(
    "groups-names-channels-alone",
    "The error names the channels, and not the groups",
    "You read only the error's text. Which two numbers did not fit?",
    ("do not split into {groups} groups", "do not split"),
)
GROUP_LISTS.new(
    "groups-names-groups-alone",
    "The error names the groups, and not the channels",
    "You read only the error's text. Which two numbers did not fit?",
    ("{channels} channels do not", "the channels do not"),
)
GROUP_LISTS.new(
    "groups-names-other-channels",
    "The error names the channels before, also where those behind do not fit",
    "4 channels before, 3 behind, 2 groups: which two numbers did not fit?",
    ("{channels} channels do not", "{x.shape[1]} channels do not"),
)
GROUP_LISTS.new(
    "groups-type-error",
    "A TypeError stands where a ValueError is wanted",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise TypeError"),
)
GROUP_LOOP.new(
    "groups-back-returns-after-first",
    "On the way back the function returns after the first group",
    "How far is your `return` indented?",
    ("    return grad_x", "        return grad_x"),
)
GROUP_LOOP.also("groups-only-first", ("    return np.conc", "        return np.conc"))
GROUP_LOOP.new(
    "groups-back-gradients-exchanged",
    "What `conv_backward` returns is taken in another order",
    "In which order does `conv_backward` return its three?",
    (
        "grad_x[:, mine], grad_weight[own], grad_bias[own]",
        "grad_weight[own], grad_x[:, mine], grad_bias[own]",
    ),
)
for names in ("grad_weight, grad_bias, grad_x", "grad_bias, grad_weight, grad_x"):
    GROUP_LOOP.also(
        "groups-back-order",
        ("return grad_x, grad_weight, grad_bias", f"return {names}"),
    )
GROUP_LOOP.new(
    "groups-back-bias-not-returned",
    "The bias's gradient is not returned",
    "How many arrays does the task want?",
    ("return grad_x, grad_weight, grad_bias", "return grad_x, grad_weight"),
)
GROUP_LISTS.new(
    "groups-back-bias-float64",
    "The bias's gradient is always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("np.concatenate(of_bias)", "np.concatenate(of_bias).astype(float)"),
)
GROUP_LOOP.new(
    "groups-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    ("dtype = np.result_type(grad_output, np.float32)", "dtype = np.float32"),
)
FULL = """#| export
def full_weight(weight, groups):
    outs, ins = len(weight) // groups, weight.shape[1]
    full = np.zeros((len(weight), ins * groups, *weight.shape[2:]), weight.dtype)
    for g in range(groups):
        own = slice(g * outs, (g + 1) * outs)
        full[own, g * ins : (g + 1) * ins] = weight[own]
    return full


def grouped_forward(x, weight, bias, stride, dilation, groups):
    before, behind = x.shape[1], len(weight)
    if before % groups or behind % groups:
        raise ValueError(f"{before} and {behind} channels, {groups} groups")
    return conv_forward(x, full_weight(weight, groups), bias, stride, dilation)


def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    full, outs, ins = full_weight(weight, groups), len(weight) // groups, weight.shape[1]
    grads = conv_backward(grad_output, x, full, stride, dilation)
    grad_x, grad_full, grad_bias = grads
    grad_weight = np.zeros(weight.shape, grad_full.dtype)
    for g in range(groups):
        own = slice(g * outs, (g + 1) * outs)
        grad_weight[own] = grad_full[own, g * ins : (g + 1) * ins]
    return grad_x, grad_weight, grad_bias
"""
FULL_WEIGHT = Writing("groups", "in-a-full-weight", FULL)
FULL_WEIGHT.new(
    "groups-back-of-full-weight",
    "The gradient is that of a full weight, with all channels for each kernel",
    "Which shape has the weight? Which has your gradient?",
    ("    return grad_x, grad_weight, grad_bias", "    return grads"),
)
FULL_WEIGHT.new(
    "groups-back-full-weight-added",
    "A full weight's gradient is added up over the groups' channels",
    "Which channels did the first group's kernels meet? Do the others' gradients count?",
    (
        "grad_full[own, g * ins : (g + 1) * ins]",
        "sum(grad_full[own, n * ins : (n + 1) * ins] for n in range(groups))",
    ),
)
FULL_WEIGHT.also(
    "groups-ignored",
    ("    return full\n", "    return np.concatenate([weight] * groups, axis=1)\n"),
)


COST_LOOP = Writing(
    "separable-cost",
    "in-a-loop",
    """#| export
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    channels, *sizes = image
    weights = out_channels * (channels // groups) * math.prod(kernel_size)
    places = 1
    for n, k, s, p in zip(sizes, kernel_size, stride, padding, strict=True):
        places *= (n + 2 * p - k) // s + 1
    return weights, weights * places


def separable_cost(image, out_channels, kernel_size, stride, padding):
    channels, *sizes = image
    numbers = zip(sizes, kernel_size, stride, padding, strict=True)
    behind = [(n + 2 * p - k) // s + 1 for n, k, s, p in numbers]
    one, none = (1,) * len(sizes), (0,) * len(sizes)
    first = conv_cost(image, channels, kernel_size, stride, padding, channels)
    second = conv_cost((channels, *behind), out_channels, one, one, none, 1)
    return first[0] + second[0], first[1] + second[1]
""",
)
SUMS = "first[0] + second[0], first[1] + second[1]"
COST_LOOP.new(
    "cost-pairs-joined",
    "The two pairs are joined to four numbers, not added",
    "What does Python make of two tuples with a plus between them? How many numbers has "
    "your answer?",
    (SUMS, "(*first, *second)"),
)
COST_LOOP.new(
    "cost-pairs-nested",
    "The two pairs are returned as they are, not added",
    "How many numbers does the task want? How many have the two halves together?",
    (SUMS, "first, second"),
)
COST_LOOP.new(
    "separable-one-number",
    "One number is returned, not a pair",
    "Which two numbers does the task want?",
    (SUMS, "first[0] + second[0] + first[1] + second[1]"),
)
COST_LOOP.also("separable-one-number", (SUMS, "first[1] + second[1]"))
COST_LOOP.new(
    "cost-weights-and-steps-crossed",
    "The weights of one half are added to the steps of the other",
    "Which of a pair's numbers are the weights, and which are the steps?",
    (SUMS, "first[0] + second[1], first[1] + second[0]"),
)
SECOND = "conv_cost((channels, *behind), out_channels, one, one, none, 1)"
for id, title, question, other in (
    (
        "cost-pointwise-before",
        "",
        "",
        "conv_cost(image, out_channels, one, one, none, 1)",
    ),
    (
        "separable-stride-again",
        "",
        "",
        "conv_cost((channels, *behind), out_channels, one, stride, none, 1)",
    ),
    (
        "cost-pointwise-before",
        "",
        "",
        "conv_cost(image, out_channels, one, stride, none, 1)",
    ),
    (
        "separable-padding-again",
        "The padding is used again in the pointwise half",
        "Does a kernel of 1 need padding to keep the size?",
        "conv_cost((channels, *behind), out_channels, one, one, padding, 1)",
    ),
    (
        "separable-both-again",
        "Stride and padding are used again in the pointwise half",
        "How many places does the depthwise half leave? Does the pointwise half skip any?",
        "conv_cost((channels, *behind), out_channels, one, stride, padding, 1)",
    ),
    (
        "separable-numbers-on-image",
        "The pointwise half works on the image, with its stride and its padding",
        "How many places are left behind the depthwise half?",
        "conv_cost(image, out_channels, one, stride, padding, 1)",
    ),
    (
        "cost-pointwise-has-kernel",
        "",
        "",
        "conv_cost(image, out_channels, kernel_size, stride, padding, 1)",
    ),
    (
        "separable-kernel-again",
        "The pointwise half has the whole kernel, on what the depthwise half leaves",
        "How many pixels does a pointwise kernel look at?",
        "conv_cost((channels, *behind), out_channels, kernel_size, one, none, 1)",
    ),
    (
        "separable-pointwise-in-groups",
        "The pointwise half is counted in groups",
        "Which of the two halves mixes the channels?",
        "conv_cost((channels, *behind), out_channels, one, one, none, channels)",
    ),
    (
        "separable-pointwise-of-outputs",
        "The pointwise half takes the channels behind",
        "How many channels leave a depthwise convolution of 3 channels?",
        "conv_cost((out_channels, *behind), out_channels, one, one, none, 1)",
    ),
):
    if title:
        COST_LOOP.new(id, title, question, (SECOND, other))
    else:
        COST_LOOP.also(id, (SECOND, other))
FIRST = "conv_cost(image, channels, kernel_size, stride, padding, channels)"
COST_LOOP.also(
    "cost-depthwise-of-outputs",
    (FIRST, "conv_cost(image, out_channels, kernel_size, stride, padding, channels)"),
)
COST_LOOP.also(
    "cost-depthwise-is-full",
    (FIRST, "conv_cost(image, channels, kernel_size, stride, padding, 1)"),
)
COST_LOOP.new(
    "separable-depthwise-of-one-channel",
    "The depthwise half is counted for one channel",
    "How many channels are looked at in the depthwise half?",
    (FIRST, "conv_cost((1, *sizes), 1, kernel_size, stride, padding, 1)"),
)
COST_LOOP.new(
    "separable-numbers-exchanged",
    "Stride and padding are handed over in exchanged order",
    "In which order does `conv_cost` take its numbers?",
    (FIRST, "conv_cost(image, channels, kernel_size, padding, stride, channels)"),
)
COST_LOOP.new(
    "cost-numbers-exchanged",
    "Stride and padding are exchanged",
    "In which order do the arguments stand?",
    ("for n, k, s, p in zip(sizes", "for n, k, p, s in zip(sizes"),
)
PLACES_OF = "places *= (n + 2 * p - k) // s + 1"
for id, title, question, other in (
    (
        "cost-floor-after",
        "The 1 is added before the division",
        "9 pixels, a kernel of 3 and a stride of 2: how many windows are there?",
        "places *= (n + 2 * p - k + 1) // s",
    ),
    (
        "cost-places-fraction",
        "The places are divided with a fraction",
        "Can a window stand at half a place?",
        "places *= (n + 2 * p - k) / s + 1",
    ),
    (
        "cost-kernel-not-taken-off",
        "The kernel is not taken off the image's length",
        "At how many places does a kernel of 3 stand on 5 pixels?",
        "places *= (n + 2 * p) // s + 1",
    ),
    (
        "cost-last-axis-alone",
        "The places are counted along the last axis alone",
        "How many places has an answer of 3 rows and 4 columns?",
        "places = (n + 2 * p - k) // s + 1",
    ),
    (
        "cost-padding-as-same",
        "The places are those of the image divided by the stride, rounded up",
        "At how many places does a kernel of 3 stand on 5 pixels, without padding?",
        "places *= -(-n // s)",
    ),
):
    COST_LOOP.new(id, title, question, (PLACES_OF, other))
COST_LOOP.new(
    "cost-weights-of-one-kernel",
    "The weights of one kernel are counted",
    "How many kernels are there?",
    ("out_channels * (channels // groups) * math", "(channels // groups) * math"),
)
COST_LOOP.new(
    "cost-weights-of-one-channel",
    "Each kernel is counted for one channel",
    "How many channels does one kernel see?",
    ("out_channels * (channels // groups) * math", "out_channels * math"),
)
COST_LOOP.new(
    "cost-products-of-one-channel",
    "The steps leave out the channels that come in",
    "How many products is one answer at one place made of?",
    (
        "return weights, weights * places",
        "return weights, out_channels * math.prod(kernel_size) * places",
    ),
)
COST_LOOP.new(
    "cost-steps-of-weights",
    "The steps are the weights",
    "How often is each weight used for one image?",
    ("return weights, weights * places", "return weights, weights"),
)
COST_LOOP.also(
    "cost-steps-in-floats",
    ("return weights, weights * places", "return weights, weights * float(places)"),
)


GROUP_LOOP.also(
    "groups-every-so-many",
    ("x[:, g * ins : (g + 1) * ins]", "x[:, g::groups]"),
    ("slice(g * into, (g + 1) * into), slice", "slice(g, None, groups), slice"),
)
GROUP_LOOP.new(
    "groups-back-channels-every-so-many",
    "On the way back a group takes every so many channels of the image",
    "With 2 groups and 4 channels, which two belong to the first group?",
    ("slice(g * into, (g + 1) * into), slice", "slice(g, None, groups), slice"),
)

CANVAS = Writing(
    "conv-transpose",
    "on-a-canvas",
    """#| export
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    for s, extra in zip(stride, output_padding, strict=True):
        if extra >= s:
            raise ValueError(f"output padding {extra} is not below stride {s}")
    dtype = np.result_type(x, weight, np.float32)
    numbers = zip(x.shape[2:], stride, weight.shape[2:], output_padding, strict=True)
    sizes = [(n - 1) * s + k + extra for n, s, k, extra in numbers]
    canvas = np.zeros((x.shape[0], weight.shape[1], *sizes), dtype)
    one = (1,) * len(sizes)
    full = conv_backward(x.astype(dtype), canvas, weight.astype(dtype), stride, one)[0]
    inner = tuple(slice(p, n - p) for p, n in zip(padding, sizes, strict=True))
    out = full[(..., *inner)]
    return out if bias is None else out + bias.reshape(-1, *one).astype(dtype)


def conv_transpose_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    one = (1,) * len(stride)
    sides = ((0, 0), (0, 0), *((p, p) for p in padding))
    up = np.pad(grad_output, sides).astype(dtype)
    grad_x = conv_forward(up, weight.astype(dtype), None, stride, one)
    grad_weight = conv_backward(x.astype(dtype), up, weight, stride, one)[1]
    return grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)
""",
)
PAINTS = "conv_backward(x.astype(dtype), canvas, weight.astype(dtype), stride, one)[0]"
CANVAS.new(
    "turned-strides-exchanged",
    "Stride and dilation are handed over in exchanged order",
    "In which order does `conv_backward` take its numbers?",
    (PAINTS, PAINTS.replace("stride, one", "one, stride")),
)
CANVAS.new(
    "turned-arrays-exchanged",
    "Upstream and image are handed over in exchanged order",
    "Which of its arrays does `conv_backward` take first? Which of yours stands there?",
    (PAINTS, PAINTS.replace("x.astype(dtype), canvas", "canvas, x.astype(dtype)")),
)
CANVAS.new(
    "turned-other-gradient",
    "Another of the three gradients is taken",
    "Which of the three that `conv_backward` returns is the image's?",
    (PAINTS, PAINTS.replace("[0]", "[1]")),
)
CANVAS.also("turned-other-gradient", (PAINTS, PAINTS.replace("[0]", "[2]")))
WEIGHT_READ = ("weight.shape[1], *sizes", "weight.shape[0], *sizes")
SWAPPED = (
    PAINTS,
    PAINTS.replace("weight.astype(dtype)", "weight.swapaxes(0, 1).astype(dtype)"),
)
CANVAS.also("turned-out-in", WEIGHT_READ, SWAPPED)
CANVAS.also("turned-out-in", SWAPPED)
for id, title, question, size in (
    (
        "turned-padding-before-painting",
        "The padding is taken off before the kernels are painted",
        "How large is the image on which the kernels are painted, if padding is cut off "
        "afterwards?",
        "(n - 1) * s - 2 * p + k + extra",
    ),
    (
        "turned-a-stride-more",
        "The answer is one stride too long",
        "Two pixels with stride 2: how far apart do their kernels begin?",
        "n * s + k + extra",
    ),
    (
        "turned-one-too-short",
        "The answer is one pixel too short",
        "One pixel and a kernel of 3: how long is the answer?",
        "(n - 1) * s + k - 1 + extra",
    ),
    (
        "turned-one-too-long",
        "The answer is one pixel too long",
        "One pixel and a kernel of 3: how long is the answer?",
        "(n - 1) * s + k + 1 + extra",
    ),
    (
        "turned-without-stride",
        "The stride is not counted in the answer's size",
        "Two pixels with stride 2: how far apart do their kernels begin?",
        "n - 1 + k + extra",
    ),
):
    CANVAS.new(
        id,
        title,
        question,
        (
            "(n - 1) * s + k + extra for n, s, k, extra in numbers",
            f"{size} for (n, s, k, extra), p in zip(numbers, padding)",
        ),
    )
CROPPED = "slice(p, n - p) for p, n in zip(padding, sizes, strict=True)"
for which, index in (("first", "0"), ("last", "-1")):
    CANVAS.new(
        f"turned-cut-along-{which}-axis",
        f"The padding is cut off along the {which} axis alone",
        "How many axes has an image behind its channels? Along which does yours become "
        "shorter?",
        (
            CROPPED,
            f"slice(p, n - p) if a == range(len(sizes))[{index}] else slice(None) "
            "for a, (p, n) in enumerate(zip(padding, sizes))",
        ),
    )
CANVAS.also(
    "turned-padding-exchanged",
    (CROPPED, "slice(p, n - p) for p, n in zip(padding[::-1], sizes)"),
)
CANVAS.also(
    "turned-padding-one-side",
    (CROPPED, "slice(0, n - 2 * p) for p, n in zip(padding, sizes)"),
)
CANVAS.new(
    "turned-all-cut-in-front",
    "All of the padding is cut off in front",
    "On how many sides had the convolution added its padding?",
    (CROPPED, "slice(2 * p, n) for p, n in zip(padding, sizes)"),
)
CANVAS.new(
    "turned-cut-behind-alone",
    "The padding is cut off behind alone",
    "From how many sides of the answer is the padding taken away?",
    (CROPPED, "slice(0, n - p) for p, n in zip(padding, sizes)"),
)
CANVAS.new(
    "turned-bias-of-images",
    "The bias's shape fits images only",
    "How many axes stand behind the channels of a row, and how many behind those of a "
    "block?",
    ("bias.reshape(-1, *one)", "bias.reshape(1, -1, 1, 1)"),
)
CANVAS.new(
    "turned-bias-last-axis",
    "The bias is added along the last axis",
    "NumPy lines shapes up from the right. Which axis of the output does the bias belong "
    "to?",
    ("bias.reshape(-1, *one)", "bias"),
)
CANVAS.new(
    "turned-bias-truth",
    "An array is asked whether it is true",
    "What is the truth of an array of several numbers? What should be asked of `bias`?",
    ("out if bias is None else out + bias", "out if not bias else out + bias"),
)
CANVAS.new(
    "turned-needs-bias",
    "Without a bias the function ends in an error",
    "What stands in `bias` if there is none?",
    ("out if bias is None else out + bias", "out + bias"),
)
CANVAS.new(
    "turned-bias-of-first-channel",
    "All channels get the first bias",
    "How many numbers has the bias, and which one belongs to the second channel?",
    ("bias.reshape(-1, *one)", "bias[0]"),
)
CANVAS.new(
    "turned-refused-by-kernel",
    "The output padding is compared with the kernel",
    "By which number does a convolution make several lengths the same?",
    (
        "for s, extra in zip(stride, output_padding, strict=True):\n        if extra >= s",
        "for s, extra, k in zip(stride, output_padding, weight.shape[2:]):\n"
        "        if extra >= k",
    ),
)
CANVAS.new(
    "turned-names-stride-alone",
    "The error names the stride, and not the output padding",
    "You read only the error's text. Which two numbers did not fit?",
    ("output padding {extra} is", "the output padding is"),
)
CANVAS.new(
    "turned-names-output-padding-alone",
    "The error names the output padding, and not the stride",
    "You read only the error's text. Which two numbers did not fit?",
    ("below stride {s}", "below its stride"),
)
CANVAS.new(
    "turned-names-first-stride",
    "The error names the first axis's numbers, whichever did not fit",
    "You read only the error's text. Which two numbers did not fit?",
    ("{extra} is not below stride {s}", "{output_padding[0]} is not below {stride[0]}"),
)
CANVAS.new(
    "turned-type-error",
    "A TypeError stands where a ValueError is wanted",
    "Which kind of error does the task ask for, and which one do you raise?",
    ("raise ValueError", "raise TypeError"),
)
READ = "conv_forward(up, weight.astype(dtype), None, stride, one)"
LEARNED = "conv_backward(x.astype(dtype), up, weight, stride, one)[1]"
FITTED = "[(..., *(slice(n) for n in x.shape[2:]))]"
CANVAS.also(
    "turned-back-stride-ignored-throughout",
    (READ, READ.replace("stride, one", "one, one") + FITTED),
    (LEARNED, LEARNED.replace("stride, one", "one, one")),
)
CANVAS.also(
    "turned-back-stride-ignored", (LEARNED, LEARNED.replace("stride, one", "one, one"))
)
CANVAS.also(
    "turned-back-image-stride-ignored", (READ, READ.replace("stride, one", "one, one"))
)
EXCHANGED = (
    "On the way back stride and dilation are handed over in exchanged order",
    "In which order does `conv_forward` take its numbers?",
)
IN_READ = (READ, READ.replace("stride, one", "one, stride"))
IN_LEARNED = (LEARNED, LEARNED.replace("stride, one", "one, stride"))
CANVAS.new("turned-back-strides-exchanged", *EXCHANGED, IN_READ, IN_LEARNED)
CANVAS.also("turned-back-strides-exchanged", IN_READ)
CANVAS.also("turned-back-strides-exchanged", IN_LEARNED)
CANVAS.new(
    "turned-back-other-gradient",
    "Another of the three gradients is taken for the kernel's",
    "Which of the three that `conv_backward` returns is the kernel's?",
    (LEARNED, LEARNED.replace("[1]", "[0]")),
)
CANVAS.new(
    "turned-back-cut-again",
    "On the way back the padding is cut off once more",
    "What was cut off on the way there: is upstream longer or shorter than what was "
    "painted?",
    (
        "np.pad(grad_output, sides)",
        "grad_output[(..., *(slice(p, n - p) for p, n in zip(padding, grad_output.shape[2:])))]",
    ),
)
CANVAS.new(
    "turned-back-padding-twice",
    "On the way back twice the padding is put back",
    "How many pixels were cut off on each side?",
    ("(p, p) for p in padding", "(2 * p, 2 * p) for p in padding"),
)
CANVAS.new(
    "turned-back-edge-padded",
    "On the way back the edge is repeated where zeros belong",
    "Does the loss depend on what was cut off?",
    ("np.pad(grad_output, sides)", 'np.pad(grad_output, sides, mode="edge")'),
)
CANVAS.new(
    "turned-back-padding-forgotten-in-image",
    "On the way back the padding is not put back for the image",
    "What was cut off has no gradient. Where does the first kernel begin, then?",
    (READ, READ.replace("up, ", "grad_output.astype(dtype), ")),
)
CANVAS.new(
    "turned-back-weights-dtype",
    "The weight's dtype enters the image's gradient",
    "Upstream is float32, the weight float64: which dtype does the page above ask for?",
    (READ, "conv_forward(up, weight, None, stride, one)"),
)
CANVAS.new(
    "turned-back-kernel-dtype-of-image",
    "The kernel's gradient has the image's dtype",
    "Upstream is float32, the image float64: which dtype does the page above ask for?",
    (LEARNED, "conv_backward(x, up, weight, stride, one)[1]"),
)
CANVAS.new(
    "turned-back-dtype-of-all",
    "The dtypes of image and weight enter the gradients",
    "Which array's dtype do the gradients take?",
    (
        "    dtype = np.result_type(grad_output, np.float32)",
        "    dtype = np.result_type(grad_output, x, weight, np.float32)",
    ),
)
CANVAS.new(
    "turned-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    (
        "    dtype = np.result_type(grad_output, np.float32)",
        "    dtype = np.dtype(np.float32)",
    ),
)
CANVAS.new(
    "turned-back-bias-always-float64",
    "The bias's gradient is always float64",
    "Upstream is float32: which dtype does the page above ask for?",
    ("range(2, x.ndim)), dtype=dtype)", "range(2, x.ndim)), dtype=float)"),
)
CANVAS.new(
    "turned-back-bias-not-returned",
    "The bias's gradient is not returned",
    "How many arrays does the task want?",
    (
        "return grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)",
        "return grad_x, grad_weight",
    ),
)
for axes, kind in (("(0, 2)", "rows"), ("(0, 2, 3)", "images")):
    CANVAS.new(
        f"turned-back-bias-of-{kind}-only",
        f"The bias's gradient is summed over the axes of {kind}, whatever came",
        "How many axes stand behind the channels of a row, and how many behind those of a "
        "block?",
        ("axis=(0, *range(2, x.ndim))", f"axis={axes}"),
    )
CANVAS.new(
    "turned-back-mean",
    "The gradients of kernel and bias are means over the images",
    "The loss has its own mean, if it wants one. What does a sum of outputs ask for?",
    (
        "return grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)",
        "grad_bias = grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)\n"
        "    return grad_x, grad_weight / dtype.type(len(x)), grad_bias / dtype.type(len(x))",
    ),
)
for index, which in ((":1", "first"), ("-1:", "last")):
    CANVAS.new(
        f"turned-back-{which}-image-alone",
        f"On the way back only the {which} image has a gradient",
        "How many images are in the batch?",
        (
            "    grad_weight =",
            f"    some = np.zeros_like(grad_x)\n    some[{index}] = grad_x[{index}]\n"
            "    grad_x = some\n    grad_weight =",
        ),
    )


PAD_LOOP = Writing(
    "padding",
    "in-a-loop",
    """#| export
def same_padding(kernel, dilation=1):
    total = (kernel - 1) * dilation
    return total // 2, total - total // 2


def pad(x, padding, mode):
    names = dict(zeros="constant", replicate="edge", reflect="reflect", circular="wrap")
    if mode not in names:
        raise ValueError(f"unknown padding mode: {mode}")
    for axis, (before, after) in enumerate(padding):
        size = x.shape[axis + 2]
        for n in (before, after):
            if mode == "reflect" and n >= size:
                raise ValueError(f"reflect of {n} pixels, there are {size}")
            if mode == "circular" and n > size:
                raise ValueError(f"circular of {n} pixels, there are {size}")
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=names[mode])


def pad_backward(grad_output, padding, mode):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (before, after) in enumerate(padding, 2):
        size = grad.shape[axis] - before - after
        moved = np.moveaxis(grad, axis, 0)
        found = np.zeros((size, *moved.shape[1:]), grad.dtype)
        for place in range(-before, size + after):
            target = place
            if mode == "zeros" and not 0 <= place < size:
                continue
            if mode == "replicate":
                target = min(max(place, 0), size - 1)
            elif mode == "circular":
                target = place % size
            elif mode == "reflect":
                target = abs(place)
                if target >= size:
                    target = 2 * (size - 1) - target
            found[target] += moved[place + before]
        grad = np.moveaxis(found, 0, axis)
    return grad
""",
)
PAD_CUT = Writing(
    "padding",
    "cut-and-added",
    """#| export
def same_padding(kernel, dilation=1):
    total = (kernel - 1) * dilation
    return total // 2, total - total // 2


def pad(x, padding, mode):
    names = dict(zeros="constant", replicate="edge", reflect="reflect", circular="wrap")
    if mode not in names:
        raise ValueError(f"unknown padding mode: {mode}")
    for size, pair in zip(x.shape[2:], padding):
        most = size - 1 if mode == "reflect" else size
        if mode in ("reflect", "circular") and max(pair) > most:
            raise ValueError(f"{mode} of {max(pair)} pixels, there are {size}")
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=names[mode])


def pad_backward(grad_output, padding, mode):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (before, after) in enumerate(padding, 2):
        lines = np.moveaxis(grad, axis, 0)
        size = len(lines) - before - after
        inner = lines[before : before + size].copy()
        front, behind = lines[:before], lines[before + size :]
        if mode == "replicate":
            inner[0] += front.sum(axis=0)
            inner[-1] += behind.sum(axis=0)
        elif mode == "reflect":
            inner[1 : before + 1] += front[::-1]
            inner[size - 1 - after : size - 1] += behind[::-1]
        elif mode == "circular":
            inner[size - before :] += front
            inner[:after] += behind
        grad = np.moveaxis(inner, 0, axis)
    return grad
""",
)
MODED = "np.pad(x, ((0, 0), (0, 0), *padding), mode=names[mode])"
PAD_LOOP.new(
    "pad-mode-by-its-own-name",
    "NumPy is asked for the mode by this module's name",
    "Which names does NumPy have for the four modes?",
    (MODED, MODED.replace("names[mode]", "mode")),
)
PAD_LOOP.new(
    "pad-without-batch",
    "NumPy is not told what becomes of batch and channels",
    "How many axes has a batch of rows? For how many does `np.pad` want a pair?",
    (MODED, "np.pad(x, padding, mode=names[mode])"),
)
PAD_LOOP.new(
    "pad-always-zeros",
    "Every mode pads with zeros",
    "Which mode does NumPy take if nobody says it?",
    (MODED, MODED.replace(", mode=names[mode]", "")),
)
PAD_LOOP.new(
    "pad-asks-batch",
    "The limit is the number of images, not of pixels",
    "Which axes stand before those that are padded?",
    ("x.shape[axis + 2]", "x.shape[axis]"),
)
PAD_LOOP.also("pad-accepts-all", ('mode == "reflect" and n >= size', "False"))
PAD_LOOP.new(
    "pad-limits-exchanged",
    "The limits of reflect and circular are exchanged",
    "Which of the two needs a pixel more than it may copy: the mirror, or the circle?",
    ('mode == "reflect" and n >= size', 'mode == "circular" and n >= size'),
    ('mode == "circular" and n > size', 'mode == "reflect" and n > size'),
)
PAD_LOOP.also(
    "pad-silent-error",
    ("reflect of {n} pixels, there", "reflect, there"),
    ("circular of {n} pixels, there", "circular, there"),
)
PAD_LOOP.new(
    "pad-refuses-zeros-too",
    "More pixels than there are are refused in zeros and replicate as well",
    "Zeros around an image of one pixel: how many may there be?",
    ('mode == "circular" and n > size', "n > size"),
)
TARGET = "target = 2 * (size - 1) - target"
MIRRORED = "On the way back reflect is wrong behind the last pixel: the mirror stands elsewhere"
MIRROR_ASKED = "A row of 4 pixels: which of them was copied to the first place behind the last one?"
for other in (
    "target = 2 * size - 1 - target",
    "target = 2 * size - target",
    "target = size - 1 - (target - size)",
    "target = target - size",
    "target = size - 1",
):
    if other == "target = 2 * size - 1 - target":
        PAD_LOOP.new("pad-back-mirror-behind", MIRRORED, MIRROR_ASKED, (TARGET, other))
    else:
        PAD_LOOP.also("pad-back-mirror-behind", (TARGET, other))
PAD_LOOP.also(
    "pad-back-mirror-behind",
    (f"                if target >= size:\n                    {TARGET}\n", ""),
)
PAD_LOOP.new(
    "pad-back-mirror-in-front",
    "On the way back reflect is wrong in front of the first pixel: it repeats the edge",
    "A row of 4 pixels: which of them was copied to the place before the first one?",
    ("target = abs(place)", "target = place if place >= 0 else -place - 1"),
)
PAD_LOOP.new(
    "pad-back-replicate-wraps",
    "On the way back the copies in front go to the other end",
    "What does a negative index mean? Which pixel was copied to the places in front?",
    ("min(max(place, 0), size - 1)", "min(place, size - 1)"),
)
PAD_LOOP.new(
    "pad-back-replicate-behind-forgotten",
    "On the way back the copies behind have no pixel to go to",
    "Which pixel was copied to the places behind the last one?",
    ("min(max(place, 0), size - 1)", "max(place, 0)"),
)
PAD_LOOP.new(
    "pad-back-read-from-beginning",
    "On the way back upstream is read as if nothing stood in front",
    "Where in upstream does the first pixel itself stand?",
    ("moved[place + before]", "moved[place]"),
)
PAD_LOOP.also(
    "pad-back-sides-exchanged", ("moved[place + before]", "moved[place + after]")
)
PAD_LOOP.new(
    "pad-back-as-long-as-padded",
    "The gradient is as long as the padded axis",
    "Which shape should the gradient have? Which has yours?",
    (
        "        size = grad.shape[axis] - before - after",
        "        size = grad.shape[axis]",
    ),
    ("range(-before, size + after)", "range(-before, size - before)"),
)
PAD_LOOP.new(
    "pad-back-one-side-taken-off",
    "Only one side's pixels are taken off the length",
    "Which shape should the gradient have? Which has yours?",
    ("grad.shape[axis] - before - after", "grad.shape[axis] - before"),
)
PAD_LOOP.also(
    "pad-back-one-side-taken-off",
    ("grad.shape[axis] - before - after", "grad.shape[axis] - after"),
)
PAD_LOOP.new(
    "pad-back-channels-first",
    "The channels are taken for the first axis on the way back",
    "Which axes stand behind batch and channels?",
    ("enumerate(padding, 2)", "enumerate(padding, 1)"),
)
PAD_LOOP.also(
    "pad-back-channels-first", ("enumerate(padding, 2)", "enumerate(padding)")
)
PAD_LOOP.new(
    "pad-back-axis-left-in-front",
    "The axis that was moved to the front is not moved back",
    "In which order do the axes of your gradient stand?",
    ("grad = np.moveaxis(found, 0, axis)", "grad = found"),
)
PAD_LOOP.new(
    "pad-back-last-place-left-out",
    "The last place is left out",
    "How many places has a padded axis? How many does your loop come past?",
    ("range(-before, size + after)", "range(-before, size + after - 1)"),
)
PAD_LOOP.also(
    "pad-back-overwritten", ("found[target] += moved", "found[target] = moved")
)
for name, slip, title in (
    ("both", ("front[::-1]", "behind[::-1]"), "at both ends"),
    ("front", ("front[::-1]",), "in front"),
    ("behind", ("behind[::-1]",), "behind"),
):
    PAD_CUT.new(
        f"pad-back-mirror-not-turned-{name}",
        f"On the way back what reflect copied {title} is added in the opposite order",
        "Which pixel was copied to the place furthest out?",
        *((piece, piece.removesuffix("[::-1]")) for piece in slip),
    )
PAD_CUT.new(
    "pad-back-edges-exchanged",
    "On the way back the copies of one edge go to the other",
    "Which edge was copied to the places in front?",
    ("inner[0] += front", "inner[-1] += front"),
    ("inner[-1] += behind", "inner[0] += behind"),
)
PAD_CUT.new(
    "pad-back-slice-from-0",
    "A slice that begins at minus 0 is the whole",
    "Where does your slice begin if nothing was added in front?",
    ("inner[size - before :]", "inner[-before:]"),
)
PAD_CUT.also(
    "pad-back-edge-overwritten",
    ("inner[0] += front.sum(axis=0)", "inner[0] = front.sum(axis=0)"),
    ("inner[-1] += behind.sum(axis=0)", "inner[-1] = behind.sum(axis=0)"),
)
PAD_CUT.new(
    "pad-back-one-copy-of-edge",
    "Of the edge's copies only one sends its gradient back",
    "A pixel was copied to three places. How many of their gradients does it get?",
    ("front.sum(axis=0)", "front[0] if before else 0"),
    ("behind.sum(axis=0)", "behind[0] if after else 0"),
)
PAD_CUT.also(
    "pad-back-one-copy-of-edge",
    ("front.sum(axis=0)", "front[-1] if before else 0"),
    ("behind.sum(axis=0)", "behind[-1] if after else 0"),
)
for kind in ("replicate", "reflect", "circular"):
    PAD_CUT.also(
        f"pad-back-{kind}-cut-off",
        (
            f'mode == "{kind}":\n            inner',
            f'mode == "no {kind}":\n            inner',
        ),
    )
PAD_CUT.new(
    "pad-back-in-place",
    "Upstream is changed: what was added stands in a view of it",
    "Does a slice have numbers of its own? What stands in `grad_output` afterwards?",
    (
        "grad_output.astype(np.result_type(grad_output, np.float32))",
        "np.asarray(grad_output, np.result_type(grad_output, np.float32))",
    ),
    (".copy()", ""),
)
PAD_LOOP.new(
    "same-all-in-front",
    "All pixels are added in front",
    "A kernel of 3 needs 2 pixels. On which sides does the task want them?",
    ("return total // 2, total - total // 2", "return total, 0"),
)
PAD_LOOP.new(
    "same-fraction",
    "The pixels are halved with a fraction",
    "Can half a pixel be added?",
    ("return total // 2, total - total // 2", "return total / 2, total / 2"),
)
PAD_LOOP.also(
    "same-fraction",
    ("return total // 2, total - total // 2", "return total / 2, total - total / 2"),
)

POOL_TEXT = """#| export
def pool_window(place, sizes, kernel, stride, padding):
    inside, area = [], 1
    for i, n, k, s, p in zip(place, sizes, kernel, stride, padding, strict=True):
        start = i * s - p
        end = min(start + k, n + p)
        area *= end - start
        inside.append(slice(max(start, 0), min(end, n)))
    return tuple(inside), area


def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):
    counts, axes = [], tuple(range(2, x.ndim))
    for n, k, s, p in zip(x.shape[2:], kernel_size, stride, padding, strict=True):
        room = n + 2 * p - k
        count = room // s + 1
        if ceil_mode and room % s and count * s < n + p:
            count += 1
        counts.append(count)
    out = np.zeros((*x.shape[:2], *counts), np.result_type(x, np.float32))
    for place in np.ndindex(*counts):
        inside, area = pool_window(place, x.shape[2:], kernel_size, stride, padding)
        if not count_include_pad:
            area = math.prod(w.stop - w.start for w in inside)
        total = x[(..., *inside)].sum(axis=axes, dtype=out.dtype)
        out[(..., *place)] = total / area
    return out


def avg_pool_backward(
    grad_output, shape, kernel_size, stride, padding, count_include_pad
):
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*grad_output.shape[2:]):
        inside, area = pool_window(place, shape[2:], kernel_size, stride, padding)
        if not count_include_pad:
            area = math.prod(w.stop - w.start for w in inside)
        share = grad_output[(..., *place)] / area
        grad[(..., *inside)] += share[(..., *[None] * len(inside))]
    return grad
"""
POOL = Writing("avg-pool", "with-a-helper", POOL_TEXT)
BOTH_WAYS = "With padding 1, which pixels has the first window, and which the last?"
for id, title, question, piece, other in (
    (
        "pool-both-beyond",
        "What hangs over even the padding counts, there and back",
        "How many pixels of the last window lie in the image or in its padding?",
        "end = min(start + k, n + p)",
        "end = start + k",
    ),
    (
        "pool-both-cut-at-image",
        "The padding behind the image does not count, there and back",
        "With padding on both sides, which pixels behind the image count?",
        "end = min(start + k, n + p)",
        "end = min(start + k, n)",
    ),
    (
        "pool-both-padding-not-subtracted",
        "The windows begin at the image's first pixel whatever the padding, there and back",
        BOTH_WAYS,
        "start = i * s - p",
        "start = i * s",
    ),
    (
        "pool-both-stride-is-kernel",
        "The windows lie side by side whatever the stride, there and back",
        "Windows of 3 with stride 2: where does the second one begin?",
        "start = i * s - p",
        "start = i * k - p",
    ),
    (
        "pool-both-stride-ignored",
        "The windows move by one pixel whatever the stride, there and back",
        "With stride 2, where does the second window begin?",
        "start = i * s - p",
        "start = i - p",
    ),
    (
        "pool-both-area-of-last-axis",
        "A mean divides by the window's length along the last axis, there and back",
        "How many pixels has a window of 2x3?",
        "area *= end - start",
        "area = end - start",
    ),
    (
        "pool-both-area-added",
        "The window's lengths are added, not multiplied, there and back",
        "How many pixels has a window of 2x3?",
        "area *= end - start",
        "area += end - start",
    ),
    (
        "pool-both-negative-start",
        "A window that begins in the padding has a negative beginning in its slice",
        "What does a negative index mean in a slice?",
        "slice(max(start, 0), min(end, n))",
        "slice(start, min(end, n))",
    ),
):
    POOL.new(id, title, question, (piece, other))
AREA = "            area = math.prod(w.stop - w.start for w in inside)\n"
POOL.new(
    "pool-both-padding-always",
    "The padding always counts, there and back",
    "Which number does the mean divide by, without count_include_pad?",
    (f"        if not count_include_pad:\n{AREA}        total", "        total"),
    (f"        if not count_include_pad:\n{AREA}        share", "        share"),
)
POOL.new(
    "pool-both-padding-never",
    "The padding never counts, there and back",
    "Which number does the mean divide by, with count_include_pad?",
    (
        f"        if not count_include_pad:\n{AREA}        total",
        f"{AREA[4:]}        total",
    ),
    (
        f"        if not count_include_pad:\n{AREA}        share",
        f"{AREA[4:]}        share",
    ),
)
POOL.new(
    "pool-both-switch-turned",
    "The switch of the padding works the other way round, there and back",
    "Which of the two divides by more: with the padding, or without?",
    ("if not count_include_pad:", "if count_include_pad:"),
    (
        f"if not count_include_pad:\n{AREA}        share",
        f"if count_include_pad:\n{AREA}        share",
    ),
)
POOL.new(
    "pool-both-whole-window",
    "A mean always divides by the whole window, there and back",
    "How many pixels of the first and the last window lie in the image?",
    (
        f"        if not count_include_pad:\n{AREA}        total",
        "        area = math.prod(kernel_size)\n        total",
    ),
    (
        f"        if not count_include_pad:\n{AREA}        share",
        "        area = math.prod(kernel_size)\n        share",
    ),
)
WHOLE_IF = (
    f"        if not count_include_pad:\n{AREA}",
    f"        if count_include_pad:\n            area = math.prod(kernel_size)\n"
    f"        else:\n{AREA}",
)
POOL.also(
    "pool-both-beyond",
    (f"{WHOLE_IF[0]}        total", f"{WHOLE_IF[1]}        total"),
    (f"{WHOLE_IF[0]}        share", f"{WHOLE_IF[1]}        share"),
)
CEILED = (
    "        if ceil_mode and room % s and count * s < n + p:\n            count += 1\n"
)
for id, other in (
    (
        "ceil-behind-the-image",
        "        if ceil_mode:\n            count = -(-room // s) + 1\n",
    ),
    (
        "ceil-begins-in-padding",
        "        if ceil_mode and room % s and count * s < n:\n            count += 1\n",
    ),
    (
        "ceil-ends-with-padding",
        "        if ceil_mode and room % s and count * s < n + 2 * p:\n            count += 1\n",
    ),
):
    POOL.also(id, (CEILED, other))
POOL.new(
    "ceil-without-first",
    "With ceil_mode the division is rounded up, and the first window is not counted",
    "With ceil_mode and a remainder, how many windows are there more than without?",
    (CEILED, "        if ceil_mode:\n            count = -(-room // s)\n"),
)
POOL.new(
    "ceil-by-size-alone",
    "With ceil_mode the windows are counted by the stride alone",
    "Three pixels, a window of 3 and a stride of 1: how many windows are there?",
    (CEILED, "        if ceil_mode:\n            count = -(-n // s)\n"),
)
for where in ("out", "grad"):
    line = f"    return {where}"
    POOL.new(
        f"pool-{'back-' if where == 'grad' else ''}returns-after-first-window",
        ("On the way back the" if where == "grad" else "The")
        + " function returns after the first window",
        "How far is your `return` indented?",
        (line, f"    {line}"),
    )


UP_SHAPED = Writing(
    "upsample",
    "by-reshape",
    """#| export
def upsample_forward(x, factors):
    for axis, factor in enumerate(factors, 2):
        x = np.repeat(x, factor, axis=axis)
    return x.copy()


def upsample_backward(grad_output, factors):
    shape = list(grad_output.shape[:2])
    for n, factor in zip(grad_output.shape[2:], factors):
        shape += [n // factor, factor]
    blocks = grad_output.astype(np.result_type(grad_output, np.float32)).reshape(shape)
    return blocks.sum(axis=tuple(range(3, len(shape), 2)))
""",
)
UP_SHAPED.new(
    "up-back-pixels-added",
    "The pixels are added up, not the copies of each",
    "Which axes of your blocks are the copies of one pixel?",
    ("range(3, len(shape), 2)", "range(2, len(shape), 2)"),
)
UP_SHAPED.also(
    "up-back-tiled",
    ("[n // factor, factor]", "[factor, n // factor]"),
    ("range(3, len(shape), 2)", "range(2, len(shape), 2)"),
)
UP_SHAPED.new(
    "up-back-blocks-turned",
    "The axes of the blocks stand in the opposite order",
    "In a row 1 1 2 2, do the copies of a pixel lie side by side, or a pixel apart?",
    ("[n // factor, factor]", "[factor, n // factor]"),
)
UP_SHAPED.also("up-back-mean", ("blocks.sum(", "blocks.mean("))
UP_SHAPED.also("up-back-largest", ("blocks.sum(", "blocks.max("))
UP_SHAPED.new(
    "up-images-only",
    "Only images of two axes are enlarged",
    "How many axes has a batch of rows, and how many one of blocks?",
    (
        "    for axis, factor in enumerate(factors, 2):\n"
        "        x = np.repeat(x, factor, axis=axis)\n",
        "    down, along = factors\n"
        "    x = np.repeat(np.repeat(x, down, axis=2), along, axis=3)\n",
    ),
)
UP_SHAPED.new(
    "up-back-images-only",
    "Only images of two axes are taken back",
    "How many axes has a batch of rows, and how many one of blocks?",
    ("    shape = list(", "    _, _ = factors\n    shape = list("),
)
UP_SHAPED.new(
    "up-images-and-back-only",
    "Only images of two axes are taken, there and back",
    "How many axes has a batch of rows, and how many one of blocks?",
    (
        "    for axis, factor in enumerate(factors, 2):\n"
        "        x = np.repeat(x, factor, axis=axis)\n",
        "    down, along = factors\n"
        "    x = np.repeat(np.repeat(x, down, axis=2), along, axis=3)\n",
    ),
    ("    shape = list(", "    _, _ = factors\n    shape = list("),
)
ADAPTIVE = Writing(
    "adaptive-pool",
    "in-slices",
    """#| export
def adaptive_avg_pool_forward(x, sizes):
    out = np.zeros((*x.shape[:2], *sizes), np.result_type(x, np.float32))
    axes = tuple(range(2, x.ndim))
    for place in np.ndindex(*sizes):
        steps = zip(place, x.shape[2:], sizes, strict=True)
        window = tuple(slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)
        out[(..., *place)] = x[(..., *window)].mean(axis=axes, dtype=out.dtype)
    return out


def adaptive_avg_pool_backward(grad_output, shape):
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    sizes = grad_output.shape[2:]
    for place in np.ndindex(*sizes):
        steps = zip(place, shape[2:], sizes, strict=True)
        window = tuple(slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)
        count = math.prod(w.stop - w.start for w in window)
        share = grad_output[(..., *place)] / count
        grad[(..., *window)] += share.reshape(*share.shape, *[1] * len(sizes))
    return grad
""",
)
for where in ("out", "grad"):
    line = f"    return {where}"
    ADAPTIVE.new(
        f"adaptive-{'back-' if where == 'grad' else ''}returns-after-first-window",
        ("On the way back the" if where == "grad" else "The")
        + " function returns after the first window",
        "How far is your `return` indented?",
        (line, f"    {line}"),
    )
ADAPTIVE.new(
    "adaptive-back-share-along-last-axis",
    "The shares are laid along the last axes",
    "NumPy lines shapes up from the right. Which axes of the window do your shares lie "
    "along?",
    ("share.reshape(*share.shape, *[1] * len(sizes))", "share"),
)
ADAPTIVE.new(
    "adaptive-back-share-of-rows",
    "The shares' shape fits rows only",
    "For an image, how many axes stand behind the channels?",
    ("share.reshape(*share.shape, *[1] * len(sizes))", "share[..., None]"),
)
ADAPTIVE.new(
    "adaptive-back-share-of-images",
    "The shares' shape fits images only",
    "How many axes stand behind the channels of a row, and how many behind those of a "
    "block?",
    ("share.reshape(*share.shape, *[1] * len(sizes))", "share[..., None, None]"),
)
ADAPTIVE.new(
    "adaptive-mean-of-all",
    "The mean is one over images and channels as well",
    "Which axes of the window does your mean go over?",
    ("mean(axis=axes, dtype", "mean(dtype"),
)
ADAPTIVE.new(
    "adaptive-mean-of-last-axis",
    "The mean goes over the last axis alone",
    "How many axes has a window of an image?",
    ("mean(axis=axes, dtype", "mean(axis=-1, dtype"),
)
ADAPTIVE.new(
    "adaptive-mean-of-images",
    "The mean goes over the axes of images, whatever came",
    "How many axes has a window of a row, and how many one of a block?",
    ("mean(axis=axes, dtype", "mean(axis=(2, 3), dtype"),
)
ADAPTIVE.new(
    "adaptive-back-always-float32",
    "The gradients are always float32",
    "Upstream is float64: which dtype does the page above ask for?",
    ("np.result_type(grad_output, np.float32)", "np.float32"),
)
ADAPTIVE.new(
    "adaptive-always-float32",
    "The result is always float32",
    "A float64 image: which dtype does the task ask for?",
    ("np.result_type(x, np.float32)", "np.float32"),
)

known = next(one for one in BUGS if one.id == "nd-no-blocks")
BUGS.append(
    replace(
        known,
        id="nd-no-blocks-zeros",
        source=ROWS_AND_IMAGES.replace(
            "    row = x.ndim == 3\n",
            "    if x.ndim > 4:\n"
            "        n = grid(x.shape[2:], weight.shape[2:], stride, dilation)\n"
            "        dtype = np.result_type(x, weight, np.float32)\n"
            "        return np.zeros((len(x), len(weight), *n), dtype)\n"
            "    row = x.ndim == 3\n",
        ),
    )
)
# An end that is rounded down leaves windows without a pixel, and not all divide by 0.
ENDS = "-(-(i + 1) * n // m)", "(i + 1) * n // m"
THERE = (
    "x[(..., *window)].mean(axis=axes, dtype=out.dtype)",
    "x[(..., *window)].sum(axis=axes, dtype=out.dtype) / max(\n"
    "            1, math.prod(each.stop - each.start for each in window)\n"
    "        )",
)
BACK = (
    "share = grad_output[(..., *place)] / count",
    "share = (\n"
    + ("            grad_output[(..., *place)] / max(1, count)\n        )"),
)


def rounded_ends(there: bool, back: bool) -> tuple[tuple[str, str], ...]:
    """Return the pieces that round the ends down, forward or on the way back."""
    line = "        window = tuple(slice(i * n // m, {}) for i, n, m in steps)"
    lines = [line.format(end) for end in ENDS]
    first, second = (
        "x.shape[2:], sizes, strict=True)\n",
        "shape[2:], sizes, strict=True)\n",
    )
    pieces = []
    if there:
        pieces += [(f"place, {first}{lines[0]}", f"place, {first}{lines[1]}"), THERE]
    if back:
        pieces += [(f"place, {second}{lines[0]}", f"place, {second}{lines[1]}"), BACK]
    return tuple(pieces)


bug = bugs_of("adaptive-pool")
bug(
    "adaptive-end-rounded-down-or-none",
    "The end of a window is rounded down",
    "Three answers from five pixels: which pixels does the first one see?",
    *rounded_ends(there=True, back=False),
)
bug(
    "adaptive-back-end-rounded-down-or-none",
    "On the way back the end of a window is rounded down",
    "Three answers from five pixels: which pixels did the first one see?",
    *rounded_ends(there=False, back=True),
)
bug(
    "adaptive-both-end-rounded-down-or-none",
    "The end of a window is rounded down",
    "Three answers from five pixels: which pixels does the first one see?",
    *rounded_ends(there=True, back=True),
)
bugs_of("padding")(
    "pad-numpys-names-taken",
    "NumPy's own names of the modes are taken as well",
    "What does your function do when it is asked for the mode `edge`?",
    (
        "    if mode not in names:\n        raise",
        '    names |= {name: name for name in ("constant", "edge", "wrap", "symmetric")}\n'
        "    if mode not in names:\n        raise",
    ),
)
DEALT = (
    "zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True)\n    outs",
    "zip(\n"
    "        [x[:, g::groups] for g in range(groups)],\n"
    "        [weight[g::groups] for g in range(groups)],\n"
    "    )\n    outs",
)
bugs_of("groups")(
    "groups-both-every-so-many-in-place",
    "A group takes every so many channels and kernels, not those side by side",
    "With 2 groups and 4 channels, which two belong to the first group?",
    DEALT,
    (
        "np.concatenate(outs, axis=1)",
        "np.stack(outs, axis=2).reshape(len(x), -1, *outs[0].shape[2:])",
    ),
)
bugs_of("conv-transpose")(
    "turned-small-image-padded",
    "The padding is put around the image before it is enlarged",
    "With more padding, does the answer become longer or shorter?",
    (
        "    sizes = zip(x.shape[2:], weight.shape[2:], stride, output_padding",
        "    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))\n"
        "    sizes = zip(x.shape[2:], weight.shape[2:], stride, output_padding",
    ),
    ("    out = out[(..., *inside)]\n", ""),
)
bugs_of("dilated-field")(
    "dilated-field-layers-turned-round",
    "The caller's list is turned round",
    "What does whoever gave you the layers find in the list afterwards?",
    (
        "    for kernel, stride, dilation in layers:",
        "    layers.reverse()\n    for kernel, stride, dilation in layers[::-1]:",
    ),
)

# Axes, and in which order they stand
# -----------------------------------

known = next(one for one in BUGS if one.id == "nd-channels-first")
BUGS.append(
    replace(
        known,
        id="nd-channels-first-out-of-place",
        replace=(
            *known.replace[:2],
            (
                "out += np.reshape(bias, (-1, *[1] * len(kernel)))",
                "out = out + np.reshape(bias, (-1, *[1] * len(kernel)))\n"
                "        out = out.astype(dtype)",
            ),
        ),
    )
)
PAIR_ASKED = "How many axes has a batch of rows, and how many one of blocks?"
# What is unpacked first gives the error its numbers: a shape, or a pair of numbers.
FORWARD_BEGINS = "    kernel = weight.shape[2:]\n"
BACK_BEGINS = "    counts, places = grad_output.shape[2:]"
for name, begins in (
    ("nd-images-of-two-axes", FORWARD_BEGINS),
    ("nd-back-images-of-two-axes", BACK_BEGINS),
    ("nd-no-blocks", FORWARD_BEGINS),
    ("nd-back-no-blocks", BACK_BEGINS),
):
    line = "    _, _ = stride\n"
    if "blocks" in name:
        line = f"    if x.ndim > 3:\n    {line}"
    known = next(one for one in BUGS if one.id == name)
    pieces = ((begins, line + begins),)
    BUGS.append(replace(known, id=f"{name}-of-pairs", source="", replace=pieces))
bug = bugs_of("conv-backward")
bug(
    "nd-back-rows-only",
    "Only rows are taken on the way back",
    "How many axes has a batch of images? Which of your lines counts on three?",
    (BACK_BEGINS, f"    _, _, _ = x.shape\n{BACK_BEGINS}"),
)
bug(
    "nd-back-bias-of-last-axis",
    "The bias's gradient is summed over the images and the last axis alone",
    "How many axes stand behind the channels of an image? Over which of them do you sum?",
    ("grad_output.sum(axis=places", "grad_output.sum(axis=(0, -1)"),
)
known = next(one for one in BUGS if one.id == "nd-back-bias-always-float64")
SUMMED = "grad_output.sum(axis=places, dtype=dtype)"
BUGS.append(
    replace(
        known,
        id=f"{known.id}-in-the-sum",
        source="",
        replace=((SUMMED, SUMMED.replace("=dtype", "=float")),),
    )
)
bug = bugs_of("padding")
PADDED = "    grad = grad_output.astype(np.result_type(grad_output, np.float32))\n"
bug(
    "pad-back-images-only",
    "Only images of two axes are taken back",
    PAIR_ASKED,
    (PADDED, f"    _, _ = padding\n{PADDED}"),
)
bug(
    "pad-images-and-back-only",
    "Only images of two axes are taken, there and back",
    PAIR_ASKED,
    ("    names = {", "    _, _ = padding\n    names = {"),
    (PADDED, f"    _, _ = padding\n{PADDED}"),
)
bug = bugs_of("groups")
bug(
    "groups-bias-of-images",
    "The bias's shape fits images only",
    "For a row, how many axes stand behind the channels?",
    ("(-1, *[1] * (x.ndim - 2))", "(-1, 1, 1)"),
)
bug(
    "groups-bias-of-images-out-of-place",
    "The bias's shape fits images only",
    "For a row, how many axes stand behind the channels?",
    (
        "out += np.reshape(bias, (-1, *[1] * (x.ndim - 2)))",
        "out = out + np.reshape(bias, (1, -1, 1, 1))",
    ),
)
bug(
    "groups-asks-one-kernel",
    "The channels of one kernel are asked whether the groups divide them",
    "With 4 channels in 4 groups, how many channels has one kernel of the weight?",
    ("(x.shape[1], len(weight))", "(x.shape[1], weight.shape[1])"),
)
bug = bugs_of("separable-cost")
for name, line in (("", "_, _, _ = image"), ("-of-pairs", "_, _ = kernel_size")):
    bug(
        f"cost-images-only{name}",
        "Only images of two axes are counted",
        "How many numbers has the shape of a row, and how many that of a block?",
        ("    weights = out_channels", f"    {line}\n    weights = out_channels"),
    )
bug(
    "cost-channels-for-axis",
    "The channels are taken for the first axis",
    "Along which numbers of an image's shape does a kernel move?",
    (
        "zip(image[1:], kernel_size, stride, padding, strict=True)",
        "zip(image, kernel_size, stride, padding)",
    ),
)
bug(
    "cost-kernel-divided-alone",
    "The stride divides the kernel alone",
    "Which does Python work out first in 8 - 3 // 2: the difference, or the division?",
    ("(size + 2 * p - k) // s + 1", "size + 2 * p - k // s + 1"),
)
bug = bugs_of("conv-transpose")
TURNED_BEGINS = "    for s, more in zip(stride, output_padding, strict=True):\n"
READ_BEGINS = "    one, axes = (1,) * len(stride)"
SHAPE, PAIR = "    _, _, _, _ = x.shape\n", "    _, _ = padding\n"
bug(
    "turned-back-images-only",
    "Only images of two axes are taken back",
    PAIR_ASKED,
    (READ_BEGINS, PAIR + READ_BEGINS),
)
for name, line in (("", SHAPE), ("-of-pairs", PAIR)):
    bug(
        f"turned-images-and-back-only{name}",
        "Only images of two axes are taken, there and back",
        PAIR_ASKED,
        (TURNED_BEGINS, line + TURNED_BEGINS),
        (READ_BEGINS, line + READ_BEGINS),
    )
PAINTED = "    out, _, _ = conv_backward(x.astype(dtype), large, weight, stride, one)\n"
BY_TAPS = """    out = large
    for tap in np.ndindex(*weight.shape[2:]):
        steps = zip(tap, x.shape[2:], stride, strict=True)
        met = tuple(slice(u, u + (n - 1) * s + 1, s) for u, n, s in steps)
        out[(..., *met)] += np.tensordot(weight[(..., *tap)], x, axes=(0, 1))
"""
for name, *pieces in (
    ("images-second",),
    (
        "channels-first",
        (
            "np.zeros((len(x), weight.shape[1], *full), dtype)",
            "np.zeros((weight.shape[1], len(x), *full), dtype)",
        ),
    ),
):
    bug(
        f"turned-{name}",
        "The images stay where `tensordot` leaves them",
        "In which order does `tensordot` leave the axes? In which does the answer have "
        "them?",
        *pieces,
        (PAINTED, BY_TAPS),
    )
bugs_of("upsample")(
    "up-images-and-back-only-of-shapes",
    "Only images of two axes are taken, there and back",
    PAIR_ASKED,
    (
        "    for axis, factor in enumerate(factors, start=2):\n        x =",
        f"{SHAPE}    for axis, factor in enumerate(factors, start=2):\n        x =",
    ),
    (
        "    grad = grad_output",
        f"{SHAPE.replace('x.', 'grad_output.')}    grad = grad_output",
    ),
)
bugs_of("adaptive-pool")(
    "adaptive-images-only",
    "Only images of two axes are taken, there and back",
    PAIR_ASKED,
    ("    out = np.zeros", f"{SHAPE}    out = np.zeros"),
    ("    grad = np.zeros", f"{SHAPE.replace('x.', '')}    grad = np.zeros"),
)
bugs_of("avg-pool")(
    "pool-images-only",
    "Only images of two axes are taken, there and back",
    PAIR_ASKED,
    ("    sizes, counts = x.shape", f"{SHAPE}    sizes, counts = x.shape"),
    ("    grad = np.zeros", f"{SHAPE.replace('x.', '')}    grad = np.zeros"),
)

# Where windows begin and end, and other divisions
# ------------------------------------------------

WINDOW = "slice(i * n // m, -(-(i + 1) * n // m))"
LINE = WINDOW + " for i, n, m in steps)\n        "
LONG = "(i + 1) * -(-n // m)"


def windows_are(window: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the pieces that make windows others, there and on the way back."""
    line = LINE.replace(WINDOW, f"slice({window})")
    return (f"{LINE}out", f"{line}out"), (f"{LINE}count", f"{line}count")


# Where there are more answers than pixels, who rounds down has steps of no pixel, and who
# rounds up windows without one.
for form, id, window in (
    ("as-divided", "back-one-kernel", "i * (n // m), n - (m - 1 - i) * (n // m)"),
    ("as-divided", "both-one-kernel", "i * (n // m), n - (m - 1 - i) * (n // m)"),
    ("rounded", "both-one-kernel", "i * (n // m), i * (n // m) + -(-n // m)"),
    ("or-none", "both-long-windows", f"i * -(-n // m), min({LONG}, n)"),
):
    known = next(one for one in BUGS if one.id == f"adaptive-{id}")
    pieces = windows_are(window)[id.startswith("back") :]
    BUGS.append(replace(known, id=f"{known.id}-{form}", replace=pieces))
known = next(one for one in BUGS if one.id == "adaptive-start-rounded-up")
pieces = windows_are("-(-i * n // m), -(-(i + 1) * n // m)")
BUGS.append(replace(known, id="adaptive-both-start-rounded-up", replace=pieces))
for id, title, asked, window in (
    (
        "inwards",
        "the beginning of a window is rounded up, and its end down",
        "which pixels does the first one see, and which the second?",
        "-(-i * n // m), (i + 1) * n // m",
    ),
    (
        "start-of-equal-windows",
        "a window ends where it should, and begins as if all were equally long",
        "which is the first pixel of the third one?",
        "i * (n // m), -(-(i + 1) * n // m)",
    ),
):
    there, back = windows_are(window)
    bug = bugs_of("adaptive-pool")
    asked = f"Three answers from five pixels: {asked}"
    bug(f"adaptive-{id}", title.capitalize(), asked, there)
    asked = asked.replace("does", "did")
    bug(f"adaptive-back-{id}", f"On the way back {title}", asked, back)
bug = bugs_of("dilated-field")
bug(
    "dilated-field-names-kernel",
    "The error names the kernel, whichever number was too small",
    "A layer has a kernel of 3 and a stride of 0: which of its numbers stands in your "
    "error?",
    ("must be at least 1, got {least}", "must be at least 1, got {kernel}"),
)
bug(
    "dilated-field-strides-of-windows",
    "As many strides are counted as there are windows, not as steps between them",
    "Three windows side by side, with stride 2: how many steps lie between the first and "
    "the last?",
    ("return field", "return field - 1 + step"),
)
bugs_of("conv-transpose")(
    "turned-bias-of-rows",
    "The bias's shape fits rows only",
    "For an image, how many axes stand behind the channels?",
    ("(-1, *[1] * len(full))", "(-1, 1)"),
)
