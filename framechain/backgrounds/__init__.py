"""What goes behind: callables `frame -> frame`; one with a parameter `alpha` is given the matte."""

from .blur import Blur
from .gallery import Gallery
from .plain import Color, Picture

__all__ = ["Blur", "Color", "Gallery", "Picture"]
