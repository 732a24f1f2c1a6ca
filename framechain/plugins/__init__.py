"""Objects, mattes and backgrounds by name: ours, and those of packages that a user installed.

- `registry`: the names, from entry points.
- `describe`: what a component is and takes, from its signature and its docstring.
- `convert`: values of the command line and of chain files as its parameters take them.
- `component`: from a text such as "fps:color=#ff0000" to the call that makes the object.
- `code_files`: objects in a file of Python.
- `python_chain`: chains in files of Python.
- `chain_file`: chains in files of TOML; `saving` writes them.
- `calls`: calls that can be made, and written as Python.
"""
