"""Takes (comment, definition) pairs out of package sources by tree-sitter: the doc comment above a
definition ("doc"), and the longest comment inside it ("inner"), each with the code it speaks of.

  extract.py CACHE [JOBS]

Reads CACHE/src/KIND/PACKAGE/, writes CACHE/pairs/KIND/PACKAGE.jsonl, one object a pair, at most MAX_PAIRS
of each sort a package, chosen by chance with the package's name as seed. A package that has its file is left alone.
"""

import bisect
import hashlib
import json
import multiprocessing
import os
import pathlib
import random
import sys

import tree_sitter
import tree_sitter_c
import tree_sitter_cpp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_rust
import tree_sitter_typescript

import doccomment
import rules

MAX_PAIRS = 300
MAX_CANDIDATES = 700
MAX_BODY_BYTES = 2400
MAX_SENTENCE_USES = 3
MIN_INNER_WORDS = 5

_FUNCTIONS_JS = """(function_declaration) @f (generator_function_declaration) @f (method_definition) @f
  (class_declaration) @f
  (variable_declarator value: [(function_expression) (arrow_function)]) @f
  (assignment_expression right: [(function_expression) (arrow_function)]) @f
  (pair value: [(function_expression) (arrow_function)]) @f"""
_CPP = "(function_definition) @f (class_specifier body: (_)) @f (struct_specifier body: (_)) @f"
GRAMMARS = {
    "c": (tree_sitter_c.language(), "(function_definition) @f (struct_specifier body: (_)) @f"),
    "cpp": (tree_sitter_cpp.language(), _CPP),
    "go": (tree_sitter_go.language(),
           "(function_declaration) @f (method_declaration) @f (type_declaration) @f"),
    "java": (tree_sitter_java.language(), "(method_declaration body: (_)) @f (constructor_declaration) @f "
             "(class_declaration) @f (interface_declaration) @f (enum_declaration) @f"),
    "javascript": (tree_sitter_javascript.language(), _FUNCTIONS_JS),
    "python": (tree_sitter_python.language(), "(function_definition) @f (class_definition) @f"),
    "rust": (tree_sitter_rust.language(),
             "(function_item) @f (struct_item) @f (enum_item) @f (trait_item) @f"),
    "typescript": (tree_sitter_typescript.language_typescript(),
                   _FUNCTIONS_JS + " (interface_declaration) @f (abstract_class_declaration) @f"),
}
_COMMENTS = dict.fromkeys(GRAMMARS, ("comment",)) | dict.fromkeys(("rust", "java"), ("line_comment", "block_comment"))
_WRAPPERS = {"template_declaration", "export_statement", "decorated_definition", "variable_declarator",
             "lexical_declaration", "variable_declaration", "expression_statement", "type_definition",
             "declaration", "field_declaration", "linkage_specification"}
_BETWEEN = {"attribute_item", "decorator", "marker_annotation", "annotation", ";", ","}
_SCOPES = {"class_definition", "class_declaration", "class_specifier", "struct_specifier", "impl_item",
           "trait_item", "namespace_definition", "interface_declaration", "enum_declaration", "mod_item",
           "abstract_class_declaration", "struct_item"}


class Language:
    def __init__(self, name):
        pointer, query = GRAMMARS[name]
        language = tree_sitter.Language(pointer)
        self.name = name
        self.parser = tree_sitter.Parser(language)
        comments = " ".join(f"({kind}) @comment" for kind in _COMMENTS[name])
        self.query = tree_sitter.Query(language, query + " " + comments)

    def definitions(self, source):
        """The definitions and the comments of a file, as nodes."""
        found = tree_sitter.QueryCursor(self.query).captures(self.parser.parse(source).root_node)
        return found.get("f", []), sorted(found.get("comment", []), key=lambda node: node.start_byte)


def text_of(node, source):
    return source[node.start_byte:node.end_byte].decode("utf-8", "replace")


def name_of(node, source):
    while node is not None:
        for field in ("name", "left", "key", "type"):
            found = node.child_by_field_name(field)
            if found is not None and (field != "type" or node.type == "impl_item"):
                return text_of(found, source)[:100]
        following = node.child_by_field_name("declarator")
        if following is None and node.type == "type_declaration":
            following = node.named_child(0)
        if following is None:
            return text_of(node, source)[:100] if "identifier" in node.type else ""
        node = following
    return ""


def scope_of(node, source):
    names = []
    parent = node.parent
    while parent is not None:
        if parent.type in _SCOPES:
            names.append(name_of(parent, source))
        parent = parent.parent
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        names.append(text_of(receiver, source))
    return " ".join(reversed(names))


def python_docstring(node, source):
    body = node.child_by_field_name("body")
    first = body.named_child(0) if body is not None and body.named_child_count else None
    if first is None or first.type != "expression_statement" or first.named_child_count != 1:
        return None
    string = first.named_child(0)
    if string.type != "string":
        return None
    return text_of(string, source).strip("rRuUbB\"'"), first


def comment_before(node, source):
    outer = node
    while outer.parent is not None and outer.parent.type in _WRAPPERS:
        outer = outer.parent
    lines, edge, at = [], outer.start_point.row, outer.prev_sibling
    while at is not None and at.type in _BETWEEN:
        edge, at = at.start_point.row, at.prev_sibling
    while at is not None and "comment" in at.type and edge - at.end_point.row <= 1:
        if lines and at.type == "block_comment":
            break
        text = text_of(at, source).rstrip()  # Rust's line comments hold their newline
        lines.append(text)
        edge, at = at.start_point.row, at.prev_sibling
        if text.startswith("/*"):
            break
    return "\n".join(reversed(lines))


def body_of(node):
    for field in ("body", "value", "right"):
        found = node.child_by_field_name(field)
        if found is not None:
            inner = found.child_by_field_name("body")
            return inner if inner is not None and field != "body" else found
    return None


def pair_of(language, node, source, comments):
    """The doc pair of a definition and its inner pair, each None where there is none."""
    name = name_of(node, source).split("::")[-1].split(".")[-1]
    if name.lower().startswith("test"):
        return None, None
    dropped, comment = None, ""
    if language.name == "python":
        found = python_docstring(node, source)
        if found is not None:
            comment, dropped = found
    else:
        comment = comment_before(node, source)
    body = body_of(node)
    start = body.start_byte if body is not None else node.end_byte
    code = source[start:node.end_byte]
    if dropped is not None:
        code = source[start:dropped.start_byte] + source[dropped.end_byte:node.end_byte]
    if body is None:
        code = source[node.start_byte:node.end_byte]
    if len(code.split()) < 6:
        return None, None
    common = {"language": language.name, "scope": scope_of(node, source)[:200], "name": name,
              "signature": source[node.start_byte:start][:400].decode("utf-8", "replace")}

    def pair(sort, parts, body_text):
        return common | {"sort": sort, "first": parts[0], "rest": parts[1][:1500],
                         "body": body_text[:MAX_BODY_BYTES].decode("utf-8", "replace")}

    parts = doccomment.split(comment, name) if len(comment) >= 15 else None
    doc = pair("doc", parts, code) if parts is not None else None
    if node.type in _SCOPES or "type" in node.type:  # its comments belong to what it holds
        return doc, None
    inside = bisect.bisect_left(comments, start, key=lambda node: node.start_byte)
    said, bare = inner_comment(comments[inside:], start, node.end_byte, source)
    return doc, pair("inner", (said, ""), bare) if said and len(bare.split()) >= 6 else None


def inner_comment(comments, start, end, source):
    """The longest usable sentence among the comments from start to end, and the code without them."""
    blocks, bare, at, row = [], [], start, -2
    for node in comments:
        if node.start_byte >= end:
            break
        if node.start_byte < at:
            continue
        bare.append(source[at:node.start_byte])
        at = node.end_byte
        if node.start_point.row == row + 1 and blocks:
            blocks[-1] += "\n" + text_of(node, source).rstrip()
        else:
            blocks.append(text_of(node, source).rstrip())
        row = node.end_point.row
    bare.append(source[at:end])
    sentences = [parts[0] for parts in (doccomment.split(block, "") for block in blocks) if parts]
    longest = max((s for s in sentences if len(s.split()) >= MIN_INNER_WORDS), key=len, default="")
    return longest, b"".join(bare)


def language_of(path, source):
    name = rules.EXTENSIONS.get(os.path.splitext(path)[1].lower())
    if name == "c" and path.endswith(".h"):
        return "cpp" if any(k in source for k in (b"namespace ", b"class ", b"template<", b"template <")) else "c"
    return name


def package_pairs(folder, languages, seed):
    files = sorted(os.path.join(b, n) for b, _, ns in os.walk(folder) for n in ns)
    random.Random(seed).shuffle(files)
    docs, inners = [], []
    for path in files:
        source = pathlib.Path(path).read_bytes()
        name = language_of(path, source)
        if name is None or not any(mark in source for mark in (b"/*", b"//", b'"""', b"# ")):
            continue
        if len(source) > 30 * (source.count(b"\n") + 1) * 8:  # minified
            continue
        definitions, comments = languages[name].definitions(source)
        for node in definitions:
            doc, inner = pair_of(languages[name], node, source, comments)
            docs += [doc] if doc else []
            inners += [inner] if inner else []
        if max(len(docs), len(inners)) >= MAX_CANDIDATES:
            break
    return docs, inners


def choose(candidates, seed):
    """Up to MAX_PAIRS, each body once, each first sentence at most MAX_SENTENCE_USES times."""
    random.Random(seed).shuffle(candidates)
    bodies, sentences, chosen = set(), {}, []
    for pair in candidates:
        body = hashlib.sha1("".join(pair["body"].split()).encode()).digest()
        sentence = pair["first"].lower()
        if body in bodies or sentences.get(sentence, 0) >= MAX_SENTENCE_USES:
            continue
        bodies.add(body)
        sentences[sentence] = sentences.get(sentence, 0) + 1
        chosen.append(pair)
        if len(chosen) == MAX_PAIRS:
            break
    return chosen


def extract(job):
    kind, folder, out = job
    found = package_pairs(folder, {n: Language(n) for n in GRAMMARS}, folder.name)
    chosen = [pair for candidates in found for pair in choose(candidates, folder.name)]
    part = out.with_suffix(".part")
    with open(part, "w") as sink:
        for pair in chosen:
            pair.update(kind=kind, package=folder.name)
            sink.write(json.dumps(pair) + "\n")
    part.rename(out)
    return f"{kind} {folder.name}: {len(chosen)} of {sum(map(len, found))}"


def main():
    cache = pathlib.Path(sys.argv[1])
    jobs = []
    for folder in sorted((cache / "src").glob("*/*")):
        out = cache / "pairs" / folder.parent.name / (folder.name + ".jsonl")
        out.parent.mkdir(parents=True, exist_ok=True)
        if not out.exists():
            jobs.append((folder.parent.name, folder, out))
    with multiprocessing.Pool(int(sys.argv[2]) if len(sys.argv) > 2 else 1) as pool:
        for line in pool.imap_unordered(extract, jobs, chunksize=4):
            print(line, flush=True)


if __name__ == "__main__":
    main()
