"""The models that ship with the package; README.md beside this file tells where they are from."""
