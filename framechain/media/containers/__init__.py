"""What containers store beside the packets: boxes, edit lists, time stamps, and whether the end is there."""
