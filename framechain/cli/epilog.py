"""What stands below the help of the command line."""

from __future__ import annotations

EPILOG = """\
examples:
  %(prog)s clip.mp4
      blur the background -> clip_out.mp4
  %(prog)s me.jpg --background beach.jpg
      an image as the background -> me_out.jpg
  %(prog)s clip.mp4 --start 0:03 --end 12.5s
      process this part; the rest is written unchanged
  %(prog)s clip.mp4 --start 0:03 --end 12.5s --cut
      write only this part
  %(prog)s clip.mp4 --background '#00ff00'
      a green screen; the audio is kept
  %(prog)s clip.mp4 --background transparent
      only the person, with alpha -> clip_out.webm
  %(prog)s hand.mp4 --matte mog2
      a hand in front of a still camera, found without a model
  %(prog)s --background rooms/ --fps
      camera 0 in a window; a and d step through the folder
  %(prog)s rtsp://host/stream --output rec.mp4
      record a network camera until Ctrl-C
  %(prog)s --camera-size 1280x720 --record me.mp4
      record camera 0 while it is shown
  %(prog)s clips/ more/*.mp4 me.jpg --output out/
      each file in the folders; what is up to date is not made again
  %(prog)s clips/ --output out/ --workers 4
      the same by four processes
  %(prog)s film.mp4 --segments auto --workers 4
      one long film, cut into segments that are made side by side
  %(prog)s 0 --virtual-camera
      appear like this in Zoom, Meet and Teams
  %(prog)s serve
      all this as a page in the browser (%(prog)s serve --help)
  %(prog)s anonymize clip.mp4
      cover every face, with a report to check (%(prog)s anonymize --help)
  %(prog)s objects
      the names for --object, also of packages that you installed
  %(prog)s doctor
      what this machine has, what it can hold live, and what to do

keys in the window:
{keys}

exit codes: 0 done, 1 failed, 2 wrong arguments, 130 Ctrl-C, 143 SIGTERM

environment: FRAMECHAIN_MAX_PIXELS, the most pixels an image or frame may have
"""
