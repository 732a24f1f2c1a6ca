"""The selfie segmentation models, and what is made of their answers."""
