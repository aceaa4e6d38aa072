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
    "Clear value": mark("Clear"),
    "Clear all": mark("Clear"),
    "Clear entry": mark("Clear"),
    "Clear date": mark("Clear"),
    "Clear dates": mark("Clear"),
    "Clear selection": mark("Nothing chosen"),
    "Selected values": mark("Chosen"),
    "Multiselect options": mark("To choose from"),
    "Selectbox options": mark("To choose from"),
    "No options": mark("Nothing found"),
    "Date range": mark("Days"),
    "Quick select a date range": mark("Choose the days"),
    "Past Week": mark("The last 7 days"),
    "Past Month": mark("The last month"),
    "Past 3 Months": mark("The last 3 months"),
    "Past 6 Months": mark("The last 6 months"),
    "Past Year": mark("The last year"),
    "Past 2 Years": mark("The last 2 years"),
    "Error": mark("Error"),
    "Number is above the allowed range.": mark("This is more than can be chosen here."),
    "Number is below the allowed range.": mark("This is less than can be chosen here."),
    "Pagination": mark("Pages"),
    "Previous page": mark("Previous page"),
    "Next page": mark("Next page"),
    "Copy to clipboard": mark("Copy"),
    "Copied": mark("Copied"),
    "Add files": mark("Choose files"),
    "Uploading...": mark("Working…"),
    "Switch camera": mark("The other camera"),
    "Scroll tabs left": mark("Earlier tabs"),
    "Scroll tabs right": mark("Further tabs"),
    "Fullscreen": mark("Enlarge"),
    "Close fullscreen": mark("Back to the page"),
    "Search": mark("Search"),
    "Type to search": mark("Type what is looked for"),
    "Previous Result": mark("Previous"),
    "Next Result": mark("Next"),
    "Close Search": mark("Close"),
    "Add row": mark("Add a row"),
    "Delete row(s)": mark("Delete the chosen rows"),
    "Show/hide columns": mark("Columns"),
    "(index)": mark("(number of the row)"),
    "Dataframe column menu": mark("Column"),
    "Copy column name": mark("Copy"),
    "Sort ascending": mark("Smallest first"),
    "Sort descending": mark("Largest first"),
    "Autosize": mark("Fit the width"),
    "Pin column": mark("Keep in sight"),
    "Unpin column": mark("Scroll with the others"),
    "Hide column": mark("Hide"),
    "Statistics": mark("In numbers"),
    "Based on sample": mark("Of a part of the rows"),
    "Values": mark("Filled in"),
    "Empty": mark("Empty"),
    "Distinct": mark("Different ones"),
    "Minimum": mark("Smallest"),
    "Maximum": mark("Largest"),
    "Average": mark("Average"),
    "Median": mark("Median"),
    "25th percentile": mark("A quarter is below"),
    "75th percentile": mark("Three quarters are below"),
    "Standard deviation": mark("Standard deviation"),
    "Sum": mark("Sum"),
    "Range": mark("Range"),
    "Minimum length": mark("Shortest text"),
    "Maximum length": mark("Longest text"),
    "Average length": mark("Average length of text"),
    "Format": mark("How it is written"),
    "Automatic": mark("As usual"),
    "Localized": mark("As in your language"),
    "Plain": mark("Without grouping"),
    "Compact": mark("Short"),
    "Dollar": mark("Dollars"),
    "Euro": mark("Euros"),
    "Yen": mark("Yen"),
    "Percent": mark("Per cent"),
    "Scientific": mark("As a power of ten"),
    "Accounting": mark("As in book-keeping"),
    "Duration": mark("A length of time"),
    "Distance": mark("How long ago"),
    "Calendar": mark("As in a calendar"),
}
# The same with a part, $1, that stays.
PATTERNS = {
    r"^Press Enter to apply$": mark("Enter applies it"),
    r"^Press Enter to submit form$": mark("Enter sends it"),
    r"^(\d+)MB per file$": mark("Up to $1 MB a file"),
    r"^(\d+)(?:\.\d+)?B$": mark("$1 B"),
    r"^(\d+)(?:\.\d+)?KB$": mark("$1 KB"),
    r"^(\d+)\.([1-9])\d*MB$": mark("$1.$2 MB"),
    r"^(\d+)(?:\.\d+)?MB$": mark("$1 MB"),
    r"^File must be (\d+)(?:\.\d+)?MB or smaller\.$": mark("The file is larger than $1 MB."),
    r"^.* files are not allowed\.$": mark("Files of this kind cannot be used here."),
    r"^The page that you have requested does not seem to exist.*$": mark("This is the first page."),
    r"^(\d+) options? available\.$": mark("Found: $1"),
    r"^(\d+) of (\d+) results?$": mark("Found: $2, this is number $1"),
    r"^(\d+) results?$": mark("Found: $1"),
    r"^: Date set outside allowed range\..*$": mark(": this day cannot be chosen here."),
    r"^Error: Date set outside allowed range\..*$": mark("This day cannot be chosen here."),
    r"^Number is (?:above|below|outside) the allowed range\. .*$": mark(
        "This number cannot be chosen here."
    ),
    r"^\W*Please fill out this cell\.$": mark("Fill in this cell."),
}
# Parts of what screen readers are told.
LABELS = {
    r"^Help for (.+)$": mark("Help: $1"),
    r"^Fullscreen: (.+)$": mark("Enlarge: $1"),
    r"^Shortcut (.+)$": mark("Key $1"),
    r"^(.+) start date$": mark("$1: first day"),
    r"^(.+) end date$": mark("$1: last day"),
    r"^Show/hide columns: (.+)$": mark("Columns: $1"),
    r"^Search: (.+)$": mark("Search: $1"),
    r"^Add row: (.+)$": mark("Add a row: $1"),
    r"^Remove (.+)$": mark("Remove: $1"),
    r"^Page (\d+)$": mark("Page $1"),
}
# In a list to choose from, which has names too: a product may be called "Plain".
OPTIONS = {
    r"^No results$": mark("Nothing found"),
    r"^Select all$": mark("All"),
    r"^Add: (.+)$": mark("Use “$1”"),
    r"^Select (\d+) match(?:es)?$": mark("Choose those found: $1"),
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
            "stSelectboxVirtualDropdown",
            "InputInstructions",
            "stNumberInput",
            "stDateInput",
            "stDateInputQuickSelectPopover",
            "stTooltipContent",
            "stTooltipErrorContent",
            "stDataFrameColumnMenu",
            "stDataFrameColumnVisibilityMenu",
            "stDataFrameColumnFormattingMenu",
            "stDataFrameStatisticsMenu",
            "stDataFrameTooltipContent",
            "stStatusWidget",
            "stDialog",
            "stSkipToContent",
        )
    )
    + ", [role=dialog], a[href='#main-content'], .gdg-search-status, [data-live-announcer]"
)
_NAMES = "[role=option], [data-tag-index]"  # parts with names that somebody else gave

# A page is drawn again and again, and its language can change: what a text was is remembered.
_SCRIPT = """
window.ownWords = {words: __WORDS__, texts: __PATTERNS__, labels: __LABELS__, options: __OPTIONS__};
if (!window.ownWordsAreWatched) {
  window.ownWordsAreWatched = true;
  const texts = new WeakMap(), labels = new WeakMap(), hints = new WeakMap();
  const inOurWords = (original, kind) => {
    const {words} = window.ownWords;
    const text = original.trim();
    if (kind !== "options" && Object.hasOwn(words, text))
      return original.replace(text, () => words[text]);
    const found = window.ownWords[kind].find(([pattern]) => new RegExp(pattern).test(text));
    return found ? text.replace(new RegExp(found[0]), found[1]) : original;
  };
  const mend = (known, kind, node, text, put) => {
    const last = known.get(node);
    const original = last && last.shown === text ? last.original : text;
    const shown = inOurWords(original, kind);
    if (shown !== text) put(shown);
    known.set(node, {original, shown});
  };
  const mendAll = () => {
    document.querySelectorAll("__PARTS__").forEach(part => {
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        const kind = text.parentElement.closest("__NAMES__") ? "options" : "texts";
        mend(texts, kind, text, text.data, shown => { text.data = shown; });
      }
    });
    document.querySelectorAll("[aria-label]").forEach(element =>
      mend(labels, "labels", element, element.ariaLabel, shown => { element.ariaLabel = shown; }));
    document.querySelectorAll("[role=img][aria-label$=' icon']").forEach(icon => {
      icon.ariaHidden = "true"; // its name is English, and beside it are words
    });
    document.querySelectorAll("input[placeholder]").forEach(element =>
      mend(hints, "texts", element, element.placeholder,
        shown => { element.placeholder = shown; }));
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
    return (
        _SCRIPT.replace("__WORDS__", json.dumps(words))
        .replace("__PATTERNS__", _translated(PATTERNS))
        .replace("__LABELS__", _translated(LABELS))
        .replace("__OPTIONS__", _translated(OPTIONS))
        .replace("__PARTS__", _PARTS)
        .replace("__NAMES__", _NAMES)
    )


def _translated(patterns: dict[str, str]) -> str:
    return json.dumps([[theirs, tr(ours)] for theirs, ours in patterns.items()])
