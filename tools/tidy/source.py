"""A C++ file as tidy sees it: its text, and the same text with comments or code blanked out.

Invariants:
- `code` and `comments` have the length and the line breaks of `text`, so offsets agree.
- In `code`, comments and the insides of string and character literals are spaces.
"""

import re
from functools import cached_property

CPP = (".h", ".cc")

_TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
      | (?P<raw>\b(?:u8|[uUL])?R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<number>\b[0-9](?:'?[0-9A-Za-z_.])*)
      | (?P<char>'(?:[^'\\\n]|\\.)+')
    """,
    re.DOTALL | re.VERBOSE,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.is_cpp = path.endswith(CPP)

    @property
    def room(self):
        return self.path.split("/", 1)[0]

    @property
    def is_header(self):
        return self.path.endswith(".h")

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def code(self):
        def keep(match):
            token = match.group(0)
            if match.lastgroup == "number":
                return token
            if match.lastgroup == "comment":
                return _blank(token)
            return token[0] + _blank(token[1:-1]) + token[-1]

        return _TOKEN.sub(keep, self.text)

    @cached_property
    def comments(self):
        kept = []
        last = 0
        for match in _TOKEN.finditer(self.text):
            if match.lastgroup == "comment":
                kept.append(_blank(self.text[last : match.start()]))
                kept.append(match.group(0))
                last = match.end()
        kept.append(_blank(self.text[last:]))
        return "".join(kept)

    @cached_property
    def includes(self):
        """(line, path, quoted) of each include."""
        found = []
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                found.append((number, match.group(2), match.group(1) == '"'))
        return found


def closing(code, opened):
    """Offset of the bracket that closes the one at `opened`; the end of `code` if none does."""
    depth = 0
    for offset in range(opened, len(code)):
        if code[offset] in "([{":
            depth += 1
        elif code[offset] in ")]}":
            depth -= 1
            if depth == 0:
                return offset
    return len(code)


_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern|TEST_SUITE)\b")


def functions(code):
    """(first offset, offset of `{`, offset of `}`) of each outermost function body. A heuristic:
    a brace that opens outside any function, after something with parentheses, opens a body."""
    flat = re.sub(r"(?m)^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: _blank(m.group(0)), code)
    start = 0
    offset = 0
    while offset < len(flat):
        char = flat[offset]
        if char in ";}":
            start = offset + 1
        elif char == "(":
            offset = closing(flat, offset)
        elif char == "{":
            head = flat[start:offset]
            bare = re.sub(r"\([^()]*\)|<[^<>]*>", " ", head)
            in_signature = "(" in head and "TEST_SUITE" not in head
            if _SCOPE.search(bare) and not (in_signature and re.search(r"\)\s*[\w\s]*$", head)):
                start = offset + 1
            elif "(" in head:
                end = closing(flat, offset)
                # Before a comma or another brace it was a member's initialiser, not a body.
                if flat[end + 1 : end + 200].lstrip()[:1] not in (",", "{"):
                    yield start + len(head) - len(head.lstrip()), offset, end
                    start = end + 1
                offset = end
            else:
                offset = closing(flat, offset)  # An initialiser.
        offset += 1


def statements(code):
    """(offset, text) of each statement. A brace inside parentheses (a lambda, an initialiser) is
    blanked in its statement and yields statements of its own."""
    pieces = []
    start = 0
    text = []
    depth = 0
    offset = 0
    while offset < len(code):
        char = code[offset]
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        if char == "{" and depth > 0:
            end = closing(code, offset)
            for inner, inside in statements(code[offset + 1 : end]):
                pieces.append((offset + 1 + inner, inside))
            text.append("{" + _blank(code[offset + 1 : end]) + "}")
            offset = end + 1
            continue
        if char in ";{}" and depth <= 0:
            pieces.append((start, "".join(text)))
            text = []
            start = offset + 1
            depth = 0
        else:
            text.append(char)
        offset += 1
    pieces.append((start, "".join(text)))
    return pieces
