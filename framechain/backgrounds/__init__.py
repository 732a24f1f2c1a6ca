"""What goes behind: callables `frame -> frame`; one with a parameter `alpha` is given the matte."""

from .blur import Blur
from .gallery import Gallery
from .plain import Color, Picture
from .transparent import Transparent
from .video import Video

__all__ = ["Blur", "Color", "Gallery", "Picture", "Transparent", "Video"]
