"""The engine as a page in the browser: `framechain serve`; needs the extra `web`.

A visitor is one browser. Each has a look, which says how the chain's objects are set, live runs, and jobs.
"""
