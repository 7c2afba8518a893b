"""Renders the test templates with jinja2 as Hugging Face's apply_chat_template does.

Writes what ChatTemplateTest expects. Needs jinja2 (3.1.6 was used):
    python model/src/test/oracle/chat_templates.py
"""

import datetime
import json
import pathlib

import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEXT = pathlib.Path(__file__).parent.parent / "resources/dev/bookend/model/template"
NOW = datetime.datetime(2026, 3, 7, 9, 5, 2)


def system(content):
    return {"role": "system", "content": content}


def user(content):
    return {"role": "user", "content": content}


def assistant(content):
    return {"role": "assistant", "content": content}


CONVERSATIONS = [
    [user("Hello")],
    [system("Be brief. "), user("Is <b>a &amp; 'b'</b> \"HTML\"?")],
    [user("  Hi  \n"), assistant(" Yo! {{ 1 + 1 }} {% if %}"), user("ünïcode 日本 🎉 \\n \\\\")],
    [
        system("Two\nlines"),
        user("ask"),
        assistant("<think>\nhm\n</think>\n\nbecause"),
        user("more"),
        assistant("don't know"),
        user("last"),
    ],
    [user("ask"), assistant("<think>so</think>\nthus")],
    [assistant("odd one"), user("out")],
    [user("twice"), user("asked")],
    [system("only")],
    [user("\u00a0\u2003spaces\u0085\u3000")],
    [user("")],
]


class Raised(Exception):
    pass


class Generation(jinja2.ext.Extension):
    """The content of the block, as at inference."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        call = self.call_method("_text")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _text(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent,
                      separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise Raised(message)


def render(template, messages):
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = NOW.strftime
    try:
        text = environment.from_string(template).render(
            messages=messages,
            tools=None,
            documents=None,
            add_generation_prompt=True,
            bos_token="<s>",
            eos_token="</s>",
        )
        return {"messages": messages, "text": text}
    except Raised as e:
        return {"messages": messages, "raised": str(e)}


def main():
    expected = {}
    for file in sorted((TEXT / "templates").glob("*.jinja")):
        # Not file.read_text(): it would translate newlines.
        template = file.read_bytes().decode()
        expected[file.name] = [render(template, messages) for messages in CONVERSATIONS]
    fixture = json.dumps(expected, indent=1, ensure_ascii=True)
    (TEXT / "chat-templates.json").write_text(fixture + "\n")


if __name__ == "__main__":
    main()
