side = output_size(128, kernel=5, stride=2, padding=2)
q1 = 32, 64, side, side
q2 = count_parameters(3, 64, kernel_size=3)
q3 = count_macs((16, 64, 56, 56), 128, kernel_size=3, padding=1)
side = output_size(224, kernel=7, stride=2, padding=3)
q4 = activation_bytes((64, 256, side, side))
q5 = receptive_field([(3, 1), (2, 2), (3, 1), (3, 1)])
