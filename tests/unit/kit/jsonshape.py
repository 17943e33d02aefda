# SPDX-License-Identifier: MIT
"""A validator for the part of JSON Schema that pvops-kit/schemas uses. A keyword it does not know
is an error, so that nothing in a schema is taken for checked that is not."""

import re

ANNOTATIONS = {"$comment", "$schema", "$defs", "title", "description"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "null": lambda v: v is None,
}


def complaints(value, schema, root=None, at="$"):
    """Sentences about where `value` is not what `schema` says; empty when it is."""
    root = root or schema
    out = []
    if "$ref" in schema:
        prefix, name = schema["$ref"].rsplit("/", 1)
        assert prefix == "#/$defs" and set(schema) == {"$ref"}, schema
        return complaints(value, root["$defs"][name], root, at)
    for key, rule in schema.items():
        if key in ANNOTATIONS:
            continue
        if key == "type":
            kinds = rule if isinstance(rule, list) else [rule]
            if not any(TYPES[k](value) for k in kinds):
                return ["%s is %r, not %s" % (at, value, " or ".join(kinds))]
        elif key == "enum":
            if value not in rule:
                out.append("%s is %r, none of %s" % (at, value, rule))
        elif key == "pattern":
            if isinstance(value, str) and not re.search(rule, value):
                out.append("%s is %r, which /%s/ does not match" % (at, value, rule))
        elif key in ("minimum", "maximum"):
            low = key == "minimum"
            if TYPES["number"](value) and (value < rule if low else value > rule):
                out.append("%s is %r, its %s is %r" % (at, value, key, rule))
        elif key == "required":
            if isinstance(value, dict):
                out += ["%s has no %s" % (at, k) for k in rule if k not in value]
        elif key == "properties":
            for name, rest in rule.items():
                if isinstance(value, dict) and name in value:
                    out += complaints(value[name], rest, root, "%s.%s" % (at, name))
        elif key == "additionalProperties":
            known = schema.get("properties", {})
            for name in value if isinstance(value, dict) else ():
                if name not in known and rule is False:
                    out.append("%s has %s, which nobody announced" % (at, name))
                elif name not in known:
                    out += complaints(value[name], rule, root, "%s.%s" % (at, name))
        elif key == "items":
            for i, item in enumerate(value if isinstance(value, list) else ()):
                out += complaints(item, rule, root, "%s[%d]" % (at, i))
        else:
            raise ValueError("%s: the validator does not know `%s`" % (at, key))
    return out
