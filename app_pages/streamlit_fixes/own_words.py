"""Streamlit's own words, which are English in every language, replaced by the reader's."""

import json

from age_model.i18n.message import mark
from age_model.i18n.translate import tr

# Streamlit's text -> ours. Some replace words that are technical in English too.
WORDS = {
    "Take Photo": mark("Take picture"),
    "Clear photo": mark("Remove picture"),
    "This app would like to use your camera.": mark("Allow this page to use the camera."),
    "Learn how to allow access.": mark("How to allow it"),
    "Upload": mark("Choose files"),
    "Drag and drop files here": mark("Drop the files here"),
    "Drag and drop a file here": mark("Drop the file here"),
    "Drag and drop directories here": mark("Drop the folder here"),
    "Page not found": mark("There is no such page"),
    "No results": mark("Nothing found"),
    "Choose options": mark("Choose"),
    "Choose an option": mark("Choose"),
    "Select all": mark("All"),
    "Connection error": mark("No connection"),
    "Stop": mark("Stop"),
    "Help": mark("Help"),
    "Main menu": mark("Menu"),
    "App pages": mark("Pages"),
    "Running...": mark("Working…"),
    "file upload": mark("Choose files"),
    "Error:": mark("Not used."),
    "Show password": mark("Show what is typed"),
    "Hide password": mark("Hide what is typed"),
    "Choose date": mark("Choose a day"),
    "Choose date range": mark("Choose the days"),
    "Previous month": mark("Previous month"),
    "Next month": mark("Next month"),
    "Increment": mark("More"),
    "Decrement": mark("Less"),
    "Dismiss": mark("Close"),
    "Close": mark("Close"),
    "Open": mark("Open"),
    "Skip to main content": mark("To the content"),
}
# The same with a part, $1, that stays.
PATTERNS = {
    r"^(\d+)MB per file$": mark("Up to $1 MB a file"),
    r"^(\d+)(?:\.\d+)?B$": mark("$1 B"),
    r"^(\d+)(?:\.\d+)?KB$": mark("$1 KB"),
    r"^(\d+)\.([1-9])\d*MB$": mark("$1.$2 MB"),
    r"^(\d+)(?:\.\d+)?MB$": mark("$1 MB"),
    r"^File must be (\d+)(?:\.\d+)?MB or smaller\.$": mark("The file is larger than $1 MB."),
    r"^.* files are not allowed\.$": mark("Files of this kind cannot be used here."),
    r"^The page that you have requested does not seem to exist.*$": mark("This is the first page."),
    r"^Help for (.+)$": mark("Help: $1"),
    r"^Fullscreen: (.+)$": mark("Enlarge: $1"),
    r"^Shortcut (.+)$": mark("Key $1"),
    r"^(.+) start date$": mark("$1: first day"),
    r"^(.+) end date$": mark("$1: last day"),
    r"^Show/hide columns: (.+)$": mark("Columns: $1"),
    r"^Search: (.+)$": mark("Search: $1"),
    r"^Add row: (.+)$": mark("Add a row: $1"),
}

# Only parts that are Streamlit's: a product may be called "Stop".
_PARTS = (
    ", ".join(
        f"[data-testid={name}]"
        for name in (
            "stCameraInput",
            "stFileUploader",
            "stSelectbox",
            "stMultiSelect",
            "stMultiSelectDropdown",
            "stStatusWidget",
            "stDialog",
            "stSkipToContent",
        )
    )
    + ", [role=dialog], a[href='#main-content']"
)

# A page is drawn again and again, and its language can change: what a text was is remembered.
_SCRIPT = """
window.ownWords = {words: __WORDS__, patterns: __PATTERNS__};
if (!window.ownWordsAreWatched) {
  window.ownWordsAreWatched = true;
  const texts = new WeakMap(), labels = new WeakMap(), hints = new WeakMap();
  const inOurWords = original => {
    const {words, patterns} = window.ownWords;
    const text = original.trim();
    if (Object.hasOwn(words, text)) return original.replace(text, () => words[text]);
    const found = patterns.find(([pattern]) => new RegExp(pattern).test(text));
    return found ? text.replace(new RegExp(found[0]), found[1]) : original;
  };
  const mend = (known, node, text, put) => {
    const last = known.get(node);
    const original = last && last.shown === text ? last.original : text;
    const shown = inOurWords(original);
    if (shown !== text) put(shown);
    known.set(node, {original, shown});
  };
  const mendAll = () => {
    document.querySelectorAll("__PARTS__").forEach(part => {
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        mend(texts, text, text.data, shown => { text.data = shown; });
      }
    });
    document.querySelectorAll("[aria-label]").forEach(element =>
      mend(labels, element, element.ariaLabel, shown => { element.ariaLabel = shown; }));
    document.querySelectorAll("input[placeholder]").forEach(element =>
      mend(hints, element, element.placeholder, shown => { element.placeholder = shown; }));
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; window.mendOwnWords(); });
  }).observe(document.body, {childList: true, subtree: true, characterData: true});
  window.mendOwnWords = mendAll;
}
window.mendOwnWords();
"""


def own_words_script() -> str:
    """Return the script that replaces Streamlit's words by those of the reader's language."""
    words = {theirs: tr(ours) for theirs, ours in WORDS.items()}
    patterns = [[theirs, tr(ours)] for theirs, ours in PATTERNS.items()]
    return (
        _SCRIPT.replace("__WORDS__", json.dumps(words))
        .replace("__PATTERNS__", json.dumps(patterns))
        .replace("__PARTS__", _PARTS)
    )
