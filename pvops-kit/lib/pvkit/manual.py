# SPDX-License-Identifier: MIT
"""Man pages and shell completion, made from the parsers: what --help says is what they say."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from . import schema
from .errors import exit_code_table


def roff(text: str) -> str:
    """Text as roff shows it literally: backslashes, leading dots and quotes, real hyphens."""
    out = []
    for line in text.replace("\\", "\\e").replace("-", "\\-").splitlines():
        out.append("\\&" + line if line[:1] in (".", "'") else line)
    return "\n".join(out)


def option_lines(parser: argparse.ArgumentParser) -> list[str]:
    """.TP entries of all options and arguments of one parser."""
    out = []
    for action in parser._actions:       # argparse offers no public way to list them
        if isinstance(action, argparse._SubParsersAction):
            continue
        if action.option_strings:
            value = "" if action.nargs == 0 else " " + str(action.metavar or action.dest.upper())
            name = ", ".join("\\fB%s\\fR%s" % (roff(o), roff(value))
                             for o in action.option_strings)
        else:
            name = "\\fI%s\\fR" % roff(str(action.metavar or action.dest))
        text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
        out += [".TP", name, roff(text) or "\\&"]
    return out


def json_lines(command: str | None) -> list[str]:
    """The sections about --json of one command: the fields of each of its schemas."""
    out = []
    for name in schema.of_command(command):
        out += [".SH JSON OUTPUT" + (" (%s)" % name.upper() if name != command else ""),
                roff("`pvkit help schema %s` prints the JSON Schema." % name)]
        for path, kind, description in schema.fields(name):
            out += [".TP", "%s (%s)" % (roff(path), roff(kind)), roff(description)]
    return out


def page(top: argparse.ArgumentParser, command: str | None,
         parser: argparse.ArgumentParser | None, commands: Iterable[str]) -> str:
    """The man page of pvkit, or of one command, as roff."""
    name = "pvkit" + ("-" + command if command else "")
    chosen = parser or top
    chosen_help = {a.dest: a.help or "" for a in next(
        x for x in top._actions if isinstance(x, argparse._SubParsersAction))._choices_actions}
    summary = chosen_help.get(command or "", "porting patches for paravirtual kernels, as data")
    usage = " ".join(chosen.format_usage().split()).replace("usage: ", "", 1)
    out = ['.TH "%s" 1' % name.upper(), ".SH NAME", "%s \\- %s" % (roff(name), roff(summary)),
           ".SH SYNOPSIS", roff(usage), ".SH DESCRIPTION", roff(chosen.description or "")]
    if not command:
        out.append(".SH COMMANDS")
        for c in commands:
            out += [".TP", "\\fBpvkit %s\\fR" % c, roff(chosen_help[c])]
    out += [".SH OPTIONS", *option_lines(chosen), *json_lines(command), ".SH EXIT STATUS"]
    for code, meaning in exit_code_table():
        out += [".TP", str(code), roff(meaning)]
    if command:
        out += [".SH SEE ALSO", "pvkit(1)"]
    return "\n".join(out) + "\n"


COMPLETION = """\
# SPDX-License-Identifier: MIT
# bash completion for pvkit; made by `pvkit help completion`
_pvkit()
{
	local word=${COMP_WORDS[COMP_CWORD]} options="" values=""

	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "%(commands)s help" -- "$word")
		return
	fi
	case ${COMP_WORDS[1]} in
%(cases)s
	help) values="%(topics)s" ;;
	esac
	case ${COMP_WORDS[1]}${COMP_WORDS[COMP_CWORD - 1]} in
%(values)s
	esac
	if [ -n "$values" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
		return
	fi
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	esac
}
complete -o filenames -F _pvkit pvkit
"""


def values_of(action: argparse.Action) -> str:
    """What may stand behind an option, as a shell's word list; empty for anything."""
    return " ".join(map(str, action.choices)) if action.choices else ""


def completion(parsers: dict[str, argparse.ArgumentParser], topics: Iterable[str],
               helps: dict[str, str]) -> str:
    """The bash completion script for {command: parser} and what `help` knows besides; bash shows no
    `helps`, the commands in one sentence each."""
    del helps
    cases, values = [], []
    for name, parser in parsers.items():
        words = [o for a in parser._actions for o in a.option_strings]
        cases.append('\t%s) options="%s" ;;' % (name, " ".join(words)))
        for a in parser._actions:
            if a.choices:
                values.append('\t%s) values="%s" ;;' % (
                    "|".join(name + o for o in a.option_strings), " ".join(a.choices)))
    return COMPLETION % {"commands": " ".join(parsers), "cases": "\n".join(cases),
                         "values": "\n".join(values), "topics": " ".join([*parsers, *topics])}


def quoted(text: str | None) -> str:
    """Help text inside of single quotes, without what zsh and fish would take for their own."""
    text = (text or "").replace("%%", "%").replace("%(default)s", "default")
    return text.translate(str.maketrans("[]:", "();", "'\\"))


def zsh(parsers: dict[str, argparse.ArgumentParser], topics: Iterable[str],
        helps: dict[str, str]) -> str:
    """The zsh completion function."""
    out = ["#compdef pvkit", "# SPDX-License-Identifier: MIT",
           "# zsh completion for pvkit; made by `pvkit help completion zsh`", "_pvkit() {",
           "\tlocal -a commands", "\tcommands=("]
    out += ["\t\t'%s:%s'" % (name, quoted(helps[name])) for name in parsers]
    out += ["\t\t'help:manual, schemas, completion'", "\t)",
            "\tif (( CURRENT == 2 )); then", "\t\t_describe command commands", "\t\treturn",
            "\tfi", "\tlocal command=$words[2]", "\tshift words; (( CURRENT-- ))",
            "\tcase $command in"]
    for name, parser in parsers.items():
        out += ["\t%s)" % name, "\t\t_arguments \\"]
        for a in parser._actions:
            takes = ""
            if a.nargs != 0 and a.option_strings:
                takes = ":%s:%s" % (str(a.metavar or a.dest).lower(),
                                    "(%s)" % values_of(a) if a.choices else "_files")
            out += ["\t\t\t'%s[%s]%s' \\" % (o, quoted(a.help), takes) for o in a.option_strings]
        out += ["\t\t\t'*:file:_files'", "\t\t;;"]
    out += ["\thelp)", "\t\t_values topic %s" % " ".join([*parsers, *topics]), "\t\t;;", "\tesac",
            "}", '_pvkit "$@"', ""]
    return "\n".join(out)


def fish(parsers: dict[str, argparse.ArgumentParser], topics: Iterable[str],
         helps: dict[str, str]) -> str:
    """The fish completion script."""
    out = ["# SPDX-License-Identifier: MIT",
           "# fish completion for pvkit; made by `pvkit help completion fish`"]
    first = "complete -c pvkit -n __fish_use_subcommand -f -a"
    out += ["%s %s -d '%s'" % (first, name, quoted(helps[name])) for name in parsers]
    out.append(first + " help -d 'manual, schemas, completion'")
    for name, parser in parsers.items():
        for a in parser._actions:
            if not a.option_strings:
                continue
            words = " ".join("-l %s" % o[2:] if o.startswith("--") else "-s %s" % o[1:]
                             for o in a.option_strings)
            takes = "" if a.nargs == 0 else " -x -a '%s'" % values_of(a) if a.choices else " -r"
            out.append("complete -c pvkit -n '__fish_seen_subcommand_from %s' %s%s -d '%s'" % (
                name, words, takes, quoted(a.help)))
    out.append("complete -c pvkit -n '__fish_seen_subcommand_from help' -f -a '%s'"
               % " ".join([*parsers, *topics]))
    return "\n".join(out) + "\n"


SHELLS = {"bash": completion, "zsh": zsh, "fish": fish}
