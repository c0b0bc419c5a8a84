"""Colour spaces: each module is a space, each function a direction.

`srgb` is the transfer function, `lab` is CIE L*a*b*, `gray` is the encoded gray of a
black-and-white picture, and `gamut` brings colours back into what sRGB can show.
"""
