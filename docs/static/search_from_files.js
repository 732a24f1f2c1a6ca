// A page from a file may not fetch others: there the search shows titles alone, without excerpts, and asks for nothing.
if (window.location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
