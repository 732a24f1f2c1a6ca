"""What replaces the background: blur, a colour, an image, a folder of images, a video, or nothing."""

from .blur import Blur
from .gallery import Gallery
from .plain import Color, Picture
from .transparent import Transparent
from .video import Video

__all__ = ["Blur", "Color", "Gallery", "Picture", "Transparent", "Video"]
