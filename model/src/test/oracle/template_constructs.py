"""Renders small templates, one for each construct of the language, as transformers does.

Writes what TemplateConstructsTest expects. Needs jinja2 and transformers (requirements.txt):
    python model/src/test/oracle/template_constructs.py
"""

import copy
import datetime
import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

OUT = (
    pathlib.Path(__file__).parent.parent
    / "resources/dev/bookend/model/jinja/constructs.jsonl"
)
NOW = datetime.datetime(2026, 3, 7, 9, 5, 2)

VALUES = {
    "messages": [
        {"role": "system", "content": "Be kind.\n"},
        {"role": "user", "content": "False"},
        {"role": "assistant", "content": " <think>\nhm\n</think>\n\nSo: 'x' & \"y\" "},
        {"role": "user", "content": "5"},
    ],
    "empty": "",
    "text": "Hello, World",
    "words": "one two  three\tfour\nfive",
    "unicode": "Grüße, ΣΑΣ, 日本 🎉 ǆ İ ß",
    "blank": " \n\t x \u00a0\u2003",
    "number": 5,
    "big": 12345678901234567890,
    "real": 2.5,
    "yes": True,
    "no": False,
    "nothing": None,
    "items": [3, 1, 2],
    "mixed": [1, "1", 1.5, True, None, [1], {"a": 1}],
    "names": ["b", "A", "c", "B", "a"],
    "people": [
        {"name": "Bo", "age": 30, "home": {"city": "Oslo"}},
        {"name": "al", "age": 25, "home": {"city": "Rome"}},
        {"name": "Cy", "age": 30, "home": {"city": "Lima"}},
        {"name": "Di"},
    ],
    "table": {"b": 1, "a": "x", "C": [1, 2], "items": "own", "é": None},
    "nested": {"a": {"b": [{"c": "deep"}]}},
    "tree": [{"n": "1", "sub": [{"n": "2", "sub": []}, {"n": "3", "sub": [{"n": "4", "sub": []}]}]}],
    "tools": None,
    "documents": None,
    "add_generation_prompt": True,
    "bos_token": "<s>",
    "eos_token": "</s>",
}

# Every expression, printed.
EXPRESSIONS = r"""
text
nothing
yes
no
real
big
items
mixed
table
nested
messages[1]
undefined_name
undefined_name is defined
undefined_name.x
undefined_name + 1
undefined_name ~ 'x'
undefined_name == undefined_other
undefined_name == none
undefined_name == ''
undefined_name or 'else'
undefined_name in items
1 in undefined_name
'x' in 5
undefined_name|length
undefined_name|list
undefined_name|upper
undefined_name|trim
undefined_name|tojson
undefined_name|default('d')
undefined_name|int
-undefined_name
not undefined_name
undefined_name()
undefined_name[0]
[undefined_name]
messages[0].name is not none
messages[0].name is none
messages[0].name is defined
tools is defined
tools is none
tools|length
documents is defined
true, false, none
True, False, None
1 == 1.0
1 == true
'1' == 1
'False' == false
'' == false
0 == false
none == false
[] == false
[1, 2] == [1.0, 2]
(1, 2) == [1, 2]
{'a': 1} == {'a': true}
{'a': 1, 'b': 2} == {'b': 2, 'a': 1}
range(3) == [0, 1, 2]
range(3) == range(0, 3)
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
'a' < 'b'
'B' < 'a'
'a' < 1
1 < none
[1, 2] < [1, 3]
[1, 2] < [1, 2, 0]
[1, 'a'] < [1, 2]
(1, 2) < (2,)
{} < {}
true < 2
1 < 1.5
big == 12345678901234567890.0
big > 12345678901234567889
'🎉' > '\uffff'
1 + 2
1 + 2.0
1 + true
1 + '1'
'1' + 1
'a' + 'b'
'a' + none
[1] + [2]
[1] + (2,)
(1,) + (2,)
'a' * 3
3 * 'a'
'a' * -1
'a' * 2.0
'a' * true
[1, 2] * 2
'a' - 'b'
'a' / 2
7 / 2
6 / 2
7 // 2
-7 // 2
7 // -2
7.5 // 2
-7.5 // 2
7 % 3
-7 % 3
7 % -3
7.5 % 2
-7.5 % 2
1 / 0
1 // 0
1 % 0
1.0 / 0
2 ** 10
2 ** -1
2 ** 0.5
-2 ** 2
2 ** 3 ** 2
big * big
big + 1
-big
+5
+true
-true
- 5 | abs
-5.abs
(-5) | abs
1.0
1.5e3
1e16
1e15
123456789012345678.0
1e-4
1e-5
1.5e-7
0.1 + 0.2
1 / 3
100.0
1e300 * 1e10
-0.0
2.0 ** 70
1_000
0x1F
0b101
0o17
1_0.5
5 // 2.0
not 1
not not 'x'
not 1 == 2
not 'a' in 'abc'
1 and 2
0 and 2
'' or 'b'
none or false
1 or undefined_name.x
'a' in 'abc'
'' in 'abc'
'z' not in 'abc'
1 in [1, 2]
1.0 in [1, 2]
'1' in [1, 2]
'a' in {'a': 1}
'b' not in {'a': 1}
1 in {1: 2}
true in {1: 2}
none in [none]
[1] in [[1]]
'x' in none
2 in range(3)
'user' in messages[1].values()
'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1, 'x']
1 ~ 2 + 3
2 + 3 ~ 4
'a' if true else 'b'
'a' if false else 'b'
'a' if false
('a' if false) is defined
'a' if false else 'b' if false else 'c'
'a' 'b' "c"
'it\'s' "say \"x\"" 'tab\tnew\nback\\slash'
'\x41\u00e9\U0001F389\101\N{BULLET}\q'
'\
joined'
['it\'s', "q\"", 'both\'"', '\n\t\\\r', '\x00\x7f\x85\xa0\u200b\ue000é🎉']
[]
[1,]
(1,)
(1)
()
(1, 2,)
{}
{'a': 1,}
{1: 'x', 1.0: 'y', true: 'z'}
{'a': {'b': [1, (2,)]}}
{none: 1, 2.5: 2, (1, 2): 3}
{[1]: 2}
[1, [2, [3]]][1][1][0]
items[0]
items[-1]
items[3]
items[-4]
items['0']
items[none]
items[true]
items.0
text[0]
text[-1]
text[99]
unicode[17]
unicode|length
text[1:4]
text[:-3]
text[::2]
text[::-1]
text[4:1:-1]
text[-3:]
text[99:]
text[5:2]
unicode[14:18]
unicode[::-1]
items[::-1]
items[1:]
items[:none]
items[::0]
items['a':]
(1, 2, 3)[1:]
range(10)[2:8:3]
range(10)[::-2]
range(3)
range(1, 4)
range(5, 0, -2)
range(3)|list
range(0)|list
range(2, 0)|list
range(1.5)
range(3)[1]
range(3)|length
range(1, 2, 0)
range(200000)
table.b
table['b']
table.items
table['items']
table.items()
table.keys()
table.values()
table.items()|list
table.keys()|list
table.get('b')
table.get('zz')
table.get('zz', 'd')
table.get('é') is none
table.zz
table.zz is defined
table.zz.y
table|length
table|list
table|first
table.update({'x': 1})
table.pop('b')
table.pop is defined
table.copy()
items.append(4)
items.index(2)
items.index(9)
items.count(1)
items.copy()
items.foo
(1, 2, 1).count(1)
nested.a.b[0].c
nested['a']['b'][0]['c']
nested.a.x.y
nested.a.x is defined
(nested.a.x).y is defined
text.upper()
text.lower()
text.title()
'hELLO wORLD'.capitalize()
"it's o'clock 3rd".title()
text.swapcase()
unicode.upper()
unicode.lower()
unicode.title()
unicode.capitalize()
'ǆabc'.title()
'ßa'.capitalize()
'ﬁx'.title()
'ΑΣ ΑΣ. Σ'.lower()
'İ'.lower()|length
'Straße'.casefold()
blank.strip()
[blank.lstrip(), blank.rstrip()]
[blank]
'xxabcxx'.strip('x')
'abcabc'.lstrip('ba')
'abcabc'.rstrip('cb')
'  a '.strip(none)
'a'.strip(1)
'\x1ca\x1f'.strip()
words.split()
words.split(' ')
words.split(none, 1)
words.split(' ', 1)
words.split(maxsplit=2)
words.rsplit(' ', 1)
words.rsplit()
words.rsplit(none, 1)
'a,b,c'.split(',')
'a,b,c'.split(',', 0)
'a,b,c'.rsplit(',', 1)
',a,,b,'.split(',')
''.split()
''.split(',')
'abc'.split('')
'abc'.split(1)
'a<x>b<x>c'.split('<x>')[-1]
messages[2].content.split('</think>')[-1].lstrip('\n')
messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
'a\nb\r\nc\rd\x0be\u2028f'.splitlines()
'a\nb\n'.splitlines(true)
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('=')
'abc'.rpartition('=')
text.startswith('Hell')
text.startswith(('x', 'H'))
text.startswith(['H'])
text.startswith('ello', 1)
text.startswith('', 12)
text.startswith('', 13)
text.endswith('ld')
text.endswith('llo', 0, 5)
text.startswith(1)
text.find('o')
text.rfind('o')
text.find('zz')
text.find('o', 5)
text.index('W')
text.index('zz')
unicode.find('🎉')
text.count('l')
text.count('')
'aaaa'.count('aa')
text.replace('l', 'L')
text.replace('l', 'L', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
''.replace('', 'x')
'aaa'.replace('aa', 'b')
text.replace('l', 1)
'abc'.removeprefix('a')
'abc'.removesuffix('c')
'abc'.removeprefix('x')
', '.join(['a', 'b'])
', '.join([1])
'-'.join('abc')
''.join([])
', '.join(table)
'a'.center(6) ~ '|'
'ab'.center(7, '*')
'a'.ljust(3, '.')
'a'.rjust(3)
'5'.zfill(3)
'-5'.zfill(4)
'a\tb'.expandtabs(4)
'abc'.isalpha()
'ab1'.isalnum()
'12'.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
' \n'.isspace()
''.isspace()
'abc'.islower()
'ABC1'.isupper()
'Abc De'.istitle()
'abc'.isascii()
'a_1'.isidentifier()
'a\n'.isprintable()
'abc'.upper
'abc'.nope
'abc'.nope()
'abc'.upper(1)
'{} and {}'.format(1, 'x')
'{0} {1} {0}'.format('a', 'b')
'{a} {b!r}'.format(a=1, b='x')
'{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd')
'{:05d} {:+d} {:,} {:x} {:#x} {:b} {:o}'.format(42, 42, 1234567, 255, 255, 5, 8)
'{:.2f} {:e} {:g} {:%} {:.1%}'.format(3.14159, 1234.5, 0.00001, 0.5, 0.256)
'{:.3} {:10.4} {} {:.1f}'.format(3.14159, 1234.5, 2.0, 2)
'{:.3}|{:g}|{:g}|{:g}'.format('abcdef', 1e10, 123456.0, 1234567.0)
'{{}} {{{}}}'.format(1)
'{0[a]} {0[b]}'.format({'a': 1, 'b': 2})
'{[1]}'.format([1, 2])
'{:{}}|'.format('a', 5)
'{} {}'.format(1)
'{x}'.format(1)
'{'.format(1)
'{}'.format([1, 'a'])
'{!s:>4}'.format(true)
'{:d}'.format('x')
'{:d}'.format(true)
'%s %s' % (1, 'x')
'%s' % 'x'
'%s' % [1, 2]
'%d%%' % 5
'%5d|%-5d|%05d|%+d' % (1, 2, 3, 4)
'%.2f|%8.3f|%e|%g|%G' % (3.14159, 2.5, 12345.678, 0.0001, 1e20)
'%x %X %#x %o %c %r' % (255, 255, 255, 8, 'a', 'q')
'%(a)s-%(b)d' % {'a': 1, 'b': 2}
'%s %s' % (1,)
'%s' % (1, 2)
'%d' % 'x'
'%d' % 2.9
'%5s|%-5s|%.2s' % ('a', 'b', 'cde')
'%s' % none
'%i' % true
'%' % 1
"%s" | format('x')
"%s-%s" | format(1, 2)
"%(a)s" | format(a=1)
text|upper
text|lower
text|title
text|capitalize
text|length
text|count
'hello-world (again) [x] it\'s'|title
blank|trim ~ '|'
'xxaxx'|trim('x')
5|trim ~ 1
none|upper
5|upper
text|replace('l', 'L')
text|replace('l', 'L', 1)
5|replace(5, 6)
items|join
items|join(', ')
people|join(', ', attribute='name')
mixed|join('|')
text|join('-')
items|first
items|last
text|first
text|last
[]|first
[]|first is defined
table|first
items|length
items|sort
items|sort(reverse=true)
names|sort
names|sort(case_sensitive=true)
mixed|sort
people|sort(attribute='name')|map(attribute='name')|list
people[:3]|sort(attribute='age,name')|map(attribute='name')|join(',')
people[:3]|sort(attribute='age', reverse=true)|map(attribute='name')|join(',')
names|unique|list
[1, 1.0, true, 2]|unique|list
people|map(attribute='home.city')|list
people[:3]|map(attribute='home.city')|list
people|map(attribute='age', default=0)|list
names|map('upper')|list
names|map('replace', 'a', 'x')|join
names|map
['1', '2']|map('int')|sum
items|map('nosuch')|list
items|select('odd')|list
items|select('gt', 1)|list
items|reject('odd')|list
items|select('in', [1, 2])|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list
messages|selectattr('role', 'eq', 'system')|list|length
messages|rejectattr('role', 'eq', 'user')|list|length
people|selectattr('age')|list|length
people|selectattr('age', 'defined')|list|length
people|selectattr('home.city', 'eq', 'Oslo')|list|length
people[:3]|selectattr('home.city', 'eq', 'Oslo')|list|length
messages|selectattr('role', 'in', ['user', 'system'])|list|length
messages|selectattr('role', '==', 'user')|first
(messages|selectattr('role', '==', 'nobody')|first) is defined
(messages|selectattr('role', '==', 'nobody')) and 'generators are true'
items|map('string')|list
items|map('abs')|length
(items|map('abs'))[0]
items|select('nosuch')|list
items|reverse|list
text|reverse
items|reverse|first
items|map('abs')|last
items|list
text|list
table|dictsort
table|dictsort(true)
{'a': 2, 'b': 1}|dictsort(by='value')
{'a': 2, 'b': 1}|dictsort(reverse=true)
{1: 2, 'a': 3}|dictsort
table|items|list
undefined_name|items|list
items|items
items|sum
[1.5, 2]|sum
people[:3]|sum(attribute='age')
items|sum(start=10)
names|sum
items|min
items|max
names|min
names|max
people[:3]|max(attribute='age')
[]|max
[1, 2, 3, 4, 5]|batch(2)|list
[1, 2, 3, 4, 5]|batch(2, 'x')|list
[1, 2, 3, 4, 5]|slice(2)|list
[1, 2, 3, 4, 5]|slice(3, 'x')|list
people[:3]|groupby('age')|map('first')|list
people[:3]|groupby('age')|map('last')|map('length')|list
none|default('d')
none|default('d', true)
''|default('d')
''|default('d', true)
''|d('e', boolean=true)
false|default('d', true)
'42'|int
'42.9'|int
'x'|int
'x'|int(7)
'x'|int(default=7)
' 12 '|int
'0x1A'|int(base=16)
'1A'|int(0, 16)
42.9|int
-42.9|int
true|int
none|int
[]|int
'1e3'|int
'1_000'|int
'1.5'|float
'x'|float
'x'|float(1.5)
3|float
'inf'|float
'nan'|float
'1e3'|float
none|float
2.5|round
3.5|round
2.567|round(2)
2.5|round(method='ceil')
2.567|round(1, 'floor')
5|round
5|round(-1)
15|round(-1)
25|round(-1)
0.15|round(1)
2.675|round(2)
-2.5|round
'x'|round
-5|abs
-5.5|abs
true|abs
'x'|abs
'a\nb\n\nc'|indent
'a\nb\n\nc'|indent(2)
'a\nb\n\nc'|indent(2, true)
'a\nb\n\nc'|indent(2, true, true)
'a\nb'|indent('> ')
'a\nb'|indent(width=2, first=true)
'a\n'|indent ~ '|'
'a'|center(5) ~ '|'
'one two, three_4'|wordcount
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(11, false, '..', 0)
'<b>bold</b>  text'|striptags
'a b&c/d'|urlencode
'<a href="x">\'&'|escape
'<a>'|e
'<a>'|safe
('<a>'|safe) + '<b>'
'<b>' + ('<a>'|e)
('<a>'|e) ~ '<b>'
('<a>'|e)|e
('<a>'|e)|forceescape
('<a>'|safe) == '<a>'
['<a>'|safe]
('a'|safe)|upper
('<'|safe) is string
('<'|safe) is escaped
'a'|string
5|string
none|string
[1]|string
5|string + 'x'
1000|filesizeformat
1500000|filesizeformat
1500000|filesizeformat(true)
people[0]|attr('name')
text|nosuch
text|upper|lower|title
text | replace('o', '0') | length
items|tojson
table|tojson
mixed|tojson
unicode|tojson
unicode|tojson(ensure_ascii=true)
'"\\/\b\f\n\r\t\x01\x7f<>&\''|tojson
nested|tojson(indent=2)
table|tojson(indent=4)
[]|tojson(indent=2)
{}|tojson(indent=2)
[[], {}, [[]]]|tojson(indent=1)
table|tojson(sort_keys=true)
table|tojson(separators=(',', ':'))
table|tojson(indent=2, separators=(',', ': '))
items|tojson(indent=0)
items|tojson(indent='--')
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
(1, 2)|tojson
1.0|tojson
1e100|tojson
range(3)|tojson
table.keys()|tojson
none|tojson
true|tojson
'x'|tojson|safe
('x'|tojson) + '<'
5 is number
5.0 is number
true is number
'5' is number
5 is integer
true is integer
5.0 is integer
5.0 is float
5 is float
true is boolean
1 is boolean
true is true
1 is true
false is false
none is none
undefined_name is none
undefined_name is undefined
'x' is string
5 is string
{} is mapping
[] is mapping
[] is sequence
'x' is sequence
{} is sequence
5 is sequence
(1,) is sequence
range(2) is sequence
none is sequence
undefined_name is sequence
[] is iterable
'x' is iterable
{} is iterable
5 is iterable
none is iterable
undefined_name is iterable
(items|map('abs')) is iterable
(items|map('abs')) is sequence
items.index is callable
range is callable
'x' is callable
3 is odd
4 is even
'x' is odd
6 is divisibleby 3
6 is divisibleby(4)
5 is sameas 5
none is sameas none
1 is sameas true
'a' is sameas 'a'
5 is eq 5
5 is equalto(5.0)
5 is ne 4
5 is gt 4
5 is greaterthan 6
5 is lt 6
5 is lessthan 6
5 is ge 5
5 is le 4
1 is in [1, 2]
'a' is in 'abc'
1 is not in [2]
'abc' is lower
'ABC' is upper
'upper' is filter
'nosuch' is filter
'odd' is test
5 is not none
not 5 is none
5 is not odd
5 is none or true
5 is nosuch
x is defined and x is none
text is string and text is not mapping
number == 5 and number is odd
loop is defined
messages[1].content == 'False'
messages[1]['content'] == false
messages[3].content == 5
messages|length > 3 and messages[-1].role == 'user'
messages[-1]['role'] != 'assistant'
messages|map(attribute='role')|list
messages|map(attribute='role')|unique|join(',')
(messages|map(attribute='role'))|list == ['system', 'user', 'assistant', 'user']
messages[1:]|length
messages[::-1]|map(attribute='role')|join(' ')
messages[0].role.upper() + '!'
namespace(a=1).a
namespace(a=1).b is defined
namespace({'a': 1}, b=2).b
namespace(a=1)
namespace(_a=1)
dict(a=1, b=2)
dict({'a': 1}, b=2)
dict([('a', 1)])
dict(items=1).items
joiner(', ')() ~ joiner()()
range
strftime_now('%Y-%m-%d')
strftime_now('%d %b %Y')
strftime_now('%A, %B %d, %Y at %H:%M:%S %p %I')
strftime_now('%-d %e %j %y %% %U %W %V %G %w %u %a')
strftime_now('%B %-d, %Y')
strftime_now is defined
raise_exception('no ' ~ number)
raise_exception is callable
text.__class__
text['__class__']
text.__class__ is defined
items.__class__.__mro__
''.__init__.__globals__
range.__globals__
cycler('a', 'b').next()
{'a': 1}['a']
{'a': 1}.a
'abc'['upper']()
[1, 2, 3][1:][0]
[x for x in items]
items if items else 'none'
(items and 'some') or 'none'
1 if 1 < 2 and not false else 2
1,
1, 2
'a' if yes
text | default('x') if yes else 'y'
(1, 2)[0] + 3
[1, 2][0] * 2 ** 3 % 5
2 * (3 + 4)
10 - 2 - 3
100 / 10 / 2
1 - -1
'%s' % 1 + '2'
1 == 1 == 1
1 < 2 == true
(1 < 2) == true
items == [3, 1, 2] and 'y' or 'n'
'a' < 'b' < 'c'
not items
text and items
text == "Hello, World"
"\"" ~ '\''
'é' == '\u00e9'
5|string == '5'
'5'|int == 5
'a' is defined
none is defined
-1 % 3
-(1 + 2)
+'a'
-'a'
{'a': 1}.items()|list
{'b': 1, 'a': 2}.items()|sort
{'b': 1, 'a': 2}|list|sort
{'a': none}.a is none
{'a': none}.get('a', 'd')
{'a': 1} in [{'a': 1}]
{'x': 1}|length
1.5 is float and 1 is not float
1e400
1e400|int
2 ** 1000
10 ** 20
1000000 * 1000000 * 1000000 * 1000000
3.0
3.0|int
3.7 // 1
1e3
""".strip("\n").split("\n")

# Whole templates.
TEMPLATES = [
    "plain",
    "",
    "\n",
    "a\n",
    "a\n\n",
    "a\r\nb\rc\n",
    "{{ 1 }}\n{{ 2 }}\n",
    "{% if yes %}\n  a\n{% endif %}\nb",
    "  {% if yes %}  \n  a\n  {% endif %}  \nb",
    "x {% if yes %}\na{% endif %}\n\nb",
    "  {{ 1 }}  \n",
    "  {{- 1 -}}  \n x",
    "a \n {%- if yes -%} \n b \n {%- endif -%} \n c",
    "a\n  {%+ if yes %}\nb{% endif +%}\nc",
    "a\n  {%+ if yes +%}\nb{% endif %}\n c",
    "{% if yes -%}\n\n  a\n{%- endif %}",
    "a {# c #} b\n{# line #}\nc",
    "a\n   {# c #}\nb",
    "a\n  {#- c -#}\n  b",
    "{#- note -#}\n{{ bos_token }}{{ text }}",
    "{#+ c +#}\nx",
    "{# a #}{# b #}\n\nx",
    "{# {{ x }} {% if %} #}y",
    "{#-#}x{#--#} y",
    "{# open",
    "{{ open",
    "{% open",
    "{{ 'open }}",
    "{{ }}",
    "{% %}",
    "{{ ) }}",
    "{{ ( }}",
    "{{ (1] }}",
    "{{ 1 2 }}",
    "{{ 1 + }}",
    "{{ a..b }}",
    "{{ 1 ? 2 }}",
    "{{ '{{' }}{{ '}}' }}{{ '{%' }}",
    "{{ {'a': {'b': 1}}}}",
    "{{ {'a': {'b': 1}} }}",
    "{{- '}}' -}}",
    "a { b } {c} {",
    "{ {% if yes %}x{% endif %} }",
    "{% raw %}{{ x }}{% if %}{# c #}{% endraw %}",
    "{% raw %}\n a {% endraw %}\nb",
    "a\n  {%- raw -%}\n  {{ b }}\n  {%- endraw -%}\n c",
    "a {%raw%}{{}}{%endraw%}",
    "{% raw %}open",
    "\t{% if yes %}\tx\t{% endif %}\t\ny",
    "\u00a0{% if yes %}x{% endif %}",
    "a\u2028{% if yes %}x{% endif %}",
    "{{ 1 }}{% if yes %}\n{% endif %}\n2",
    "{% set x = 1 %}\n{% set y = 2 %}\n{{ x }}{{ y }}\n",
    "{% set x = 1 -%}\n\n {{ x }}",
    "{% if no %}a{% elif nothing %}b{% elif items %}c{% else %}d{% endif %}",
    "{% if no %}a{% else %}d{% endif %}",
    "{% if empty %}a{% endif %}|",
    "{% if '0' %}a{% endif %}{% if 'False' %}b{% endif %}{% if 0.0 %}c{% endif %}{% if [0] %}d{% endif %}{% if {} %}e{% endif %}",
    "{% if undefined_name %}a{% else %}b{% endif %}",
    "{% if undefined_name.x %}a{% endif %}",
    "{% if yes and not no or undefined_name.x %}a{% endif %}",
    "{% if yes: %}a{% endif %}",
    "{% if %}a{% endif %}",
    "{% if yes %}a",
    "{% endif %}",
    "{% else %}",
    "{% if yes %}{% else %}{% else %}{% endif %}",
    "{% nosuch %}",
    "{% if yes %}{% nosuch %}{% endif %}",
    "{% for i in items %}{{ i }}{% endfor %}",
    "{% for i in items %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for i in [] %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in items %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in undefined_name %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in nothing %}{{ i }}{% endfor %}",
    "{% for i in 5 %}{{ i }}{% endfor %}",
    "{% for c in text %}{{ c }}.{% endfor %}",
    "{% for c in '日🎉' %}{{ c }}.{% endfor %}",
    "{% for k in table %}{{ k }}.{% endfor %}",
    "{% for k, v in table.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in table|dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in table|items %}{{ k }}={{ v }};{% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for a, b in ['xy', 'zw'] %}{{ b }}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for i in items if i > 1 %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}",
    "{% for i in items if i > 9 %}{{ i }}{% else %}none{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ m.content }}{{ loop.last }}{% endfor %}",
    "{% for m in messages if loop.first %}{{ m.content }}{% endfor %}",
    "{% for i in items %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for i in items %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }};{% endfor %}",
    "{% for i in items %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }};{% endfor %}",
    "{% for i in items %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for i in [1, 1, 2, 2, 1] %}{% if loop.changed(i) %}{{ i }}{% endif %}{% endfor %}",
    "{% for i in items %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nosuch is defined }}{% endfor %}",
    "{% for i in items %}{{ loop }}{% endfor %}",
    "{% for i in items|map('abs') %}{{ loop.length }}{{ loop.last }}{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [3, 4] %}{{ loop.index }}{{ a }}{{ b }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% for a in [1, 2] %}{% set outer = loop %}{% for b in [3, 4] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for a in [[1, 2], [3]] %}{% for b in a if b != 2 %}{{ b }}{% endfor %}{% endfor %}",
    "{% for n in tree recursive %}{{ n.n }}@{{ loop.depth }}[{{ loop(n.sub) }}]{% endfor %}",
    "{% for n in tree %}{{ loop(n.sub) }}{% endfor %}",
    "{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in items %}{% break %}{% else %}none{% endfor %}|",
    "{% for i in items %}{% for j in items %}{% break %}{% endfor %}{{ i }}{% endfor %}",
    "{% for i in items %}{% set x = i %}{% endfor %}{{ x is defined }}",
    "{% set x = 0 %}{% for i in items %}{% set x = x + i %}{{ x }},{% endfor %}{{ x }}",
    "{% set ns = namespace(x=0) %}{% for i in items %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.a = ns.a ~ 'x' %}{{ ns.a }}{{ ns.b }}",
    "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}",
    "{% set ns = namespace(l=[]) %}{% for i in items %}{% set ns.l = ns.l + [i * 2] %}{% endfor %}{{ ns.l }}",
    "{% set table.x = 1 %}",
    "{% set undefined_name.x = 1 %}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% for i in items %}{{ i }}{% endfor %}{{ i is defined }}",
    "{% set i = 9 %}{% for i in items %}{{ i }}{% endfor %}{{ i }}",
    "{% if yes %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if no %}{% set x = 1 %}{% endif %}{{ x is defined }}",
    "{% set x = 'a' %}{% if yes %}{% set x = x ~ 'b' %}{% endif %}{{ x }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = (1, 2) %}{{ b }}",
    "{% set a, b = [1] %}{{ b }}",
    "{% set (a, b), c = (1, 2), 3 %}{{ a }}{{ b }}{{ c }}",
    "{% set t = 1, %}{{ t }}",
    "{% set x %}a{{ 1 }}\n b{% endset %}[{{ x }}]{{ x is string }}",
    "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x | replace('a', 'b') | upper %}aXa{% endset %}{{ x }}",
    "{% set x %}{% set y = 1 %}{% endset %}{{ y is defined }}",
    "{% set x = 1 if yes else 2 %}{{ x }}",
    "{% set true = 1 %}",
    "{% set 1 = 1 %}",
    "{% set messages = messages[1:] %}{{ messages|length }}{% for m in messages %}{{ m.role }}{% endfor %}",
    "{% if messages[0].role == 'system' %}{% set sys = messages[0].content %}{% set loop_messages = messages[1:] %}{% else %}{% set loop_messages = messages %}{% endif %}{{ sys }}{{ loop_messages|length }}",
    "{% macro f(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ f(1) }} {{ f(1, 3) }} {{ f(b=4, a=5) }} {{ f() }}",
    "{% macro f(a, b=a) %}{{ a }}-{{ b }}{% endmacro %}{{ f(1) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(x=2) }}",
    "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}",
    "{% macro f(a) %}{{ a }}{{ varargs|join(',') }}{% endmacro %}{{ f(1, 2, 3) }}",
    "{% macro f(a) %}{{ a.x }}{% endmacro %}{{ f() }}",
    "{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}g{% endmacro %}{{ f() }}",
    "{% macro f() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ f() }}{% set x = 2 %}{{ f() }}",
    "{% set x = 1 %}{% macro f() %}{% set x = 2 %}{{ x }}{% endmacro %}{{ f() }}{{ x }}",
    "{% macro f() %}  a  {% endmacro %}[{{ f()|trim }}]{{ f() is string }}",
    "{% macro f(x) -%}\n  <{{ x }}>\n{%- endmacro %}{{ f(1) ~ f(2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f }}{{ f.name }}{{ f.arguments }}",
    "{% macro f %}x{% endmacro %}",
    "{% macro f(a=1, b) %}x{% endmacro %}",
    "{% macro f() %}[{{ caller() }}]{% endmacro %}{% call f() %}in{{ 1 }}{% endcall %}",
    "{% macro f() %}[{{ caller(1, 2) }}]{% endmacro %}{% call(a, b) f() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro f() %}x{% endmacro %}{% call f() %}in{% endcall %}",
    "{% macro f() %}{{ caller() }}{% endmacro %}{{ f() }}",
    "{% macro f(x) %}{{ x }}{{ caller(x) }}{% endmacro %}{% set y = 7 %}{% call(z) f('a') %}{{ z }}{{ y }}{% endcall %}",
    "{% for i in items %}{% macro f() %}{{ i }}{% endmacro %}{{ f() }}{% endfor %}",
    "{{ f(*[1, 2]) }}{% macro f(a, b) %}{{ a }}{{ b }}{% endmacro %}",
    "{% macro f(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ f(*[1, 2]) }}{{ f(1, **{'b': 3}) }}{{ f(*[1], b=4) }}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% set a = 5 %}{% with a = 1, b = a %}{{ b }}{% endwith %}",
    "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z is defined }}",
    "{% filter upper %}abc{{ text }}{% endfilter %}",
    "{% filter replace('a', 'b')|upper %}aa{% endfilter %}",
    "{% generation %}a{{ text }}{% endgeneration %}b",
    "{% generation %}\na\n{% endgeneration %}\nb",
    "{% generation %}{% set x = 1 %}{% endgeneration %}{{ x is defined }}",
    "{% for m in messages %}{% generation %}{{ loop.index }}{{ m.role }}{% endgeneration %}{% endfor %}",
    "{%- for m in messages -%}\n{%- if m.role == 'assistant' -%}{%- generation -%} {{ m.content }} {%- endgeneration -%}{%- endif -%}\n{%- endfor -%}",
    "{% print 1 + 1 %}",
    "{% do items.append(1) %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' + m['content'] | trim + eos_token + '\\n' }}{% endfor %}",
    "{% for m in messages %}{{ m.role ~ ': ' ~ m.content|trim }}\n{% endfor %}",
    "{% set s = messages[0].content if messages[0].role == 'system' else false %}{% if s != false %}<{{ s }}>{% endif %}",
    "{{ 'T' if messages[3].content == 5 else 'F' }}",
    "{% if messages[0].name is not none %}N{% endif %}{% if tools is defined %}T{% endif %}",
    "{% if tools %}x{% endif %}{% if tools is not none %}y{% endif %}{% if not tools %}z{% endif %}",
    "{% if (messages[0].role == 'user') != (0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}",
    "{{ raise_exception('stop') }}",
    "{% if nosuchfunction is defined %}{{ nosuchfunction() }}{% endif %}ok",
    "{% if builtin_tools is defined and builtin_tools is iterable %}x{% endif %}ok",
    "{% if x is defined %}{{ x|nosuch }}{% endif %}ok",
    "{% set tools = tools or [] %}{{ tools|length }}",
    "{% for i in range(3) %}{{ '%02d' % i }} {% endfor %}",
    "{% for row in [1, 2, 3, 4]|batch(2) %}{{ row|join('-') }};{% endfor %}",
    "{% for g in people[:3]|groupby('age') %}{{ g.grouper }}:{{ g.list|length }};{% endfor %}",
    "{% for age, list in people[:3]|groupby('age') %}{{ age }}:{{ list|map(attribute='name')|join(',') }};{% endfor %}",
    "{% set g = items|map('abs') %}{{ g|list }}{{ g|list }}",
    "{% set sep = joiner(', ') %}{% for i in items %}{{ sep() }}{{ i }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.current }}",
    "{{ bos_token }}{{ pad_token }}{{ eos_token }}",
    "line one\n{{ undefined_name.x }}",
    "{%- if yes %}\n{{- '' }}\n    {%- for i in items %}\n        {{- i }}\n    {%- endfor %}\n{%- endif %}\n",
    "{% for i in items -%}\n  {{ i }}\n{%- endfor %}\n\n",
    "{{ text }}{# c #}\n{{ text }}",
    "{% set x = [\n  1,\n  2,\n] %}{{ x }}",
    "{{\n  text\n  | upper\n}}",
    "{%\nif yes\n%}a{%\nendif\n%}",
    "{%if yes%}a{%endif%}{{text}}",
    "{{ text if yes }}{{ text if no }}|",
    "{% for i in items if yes else [] %}{{ i }}{% endfor %}",
    "{% for i in (items if yes else []) %}{{ i }}{% endfor %}",
    "{% set x = items | sort | first %}{{ x }}",
    "{% for i in 1, 2, 3 %}{{ i }}{% endfor %}",
    "{% for x in [1, 2] %}{% if loop.first %}{% set a = x %}{% endif %}{{ a is defined }}{% endfor %}",
    "{% set a = 1 %}{% for x in [1, 2] %}{{ a }}{% set a = 2 %}{{ a }}{% endfor %}{{ a }}",
    "{% set ns = namespace(n=0) %}{% macro f() %}{% set ns.n = ns.n + 1 %}{% endmacro %}{{ f() }}{{ f() }}{{ ns.n }}",
    "{{ messages[0] is mapping }}{{ messages is sequence }}{{ messages[0].content is string }}",
    "{% if messages[0]['content'] is string %}{{ messages[0]['content'] }}{% else %}{% for c in messages[0]['content'] %}{{ c.text }}{% endfor %}{% endif %}",
    "{{ table.b + table['C'][0] }}{{ table.a * 2 }}",
    "{{ 'a' 'b' ~ 'c' }}{{ 'x' if 'a' 'b' == 'ab' }}",
    "{% set x = {'role': 'user', 'content': 'hi'} %}{{ x.role }}{{ x['content'] }}{{ x|tojson }}",
    "{% set tool = {'type': 'function', 'function': {'name': 'f', 'parameters': {'type': 'object', 'properties': {'a': {'type': 'string', 'enum': ['x', 'y']}}, 'required': ['a']}}} %}{{ tool | tojson(indent=4) }}\n{% for k, v in tool.function.parameters.properties.items() %}{{ k }}: {{ v.type }}{% if k in tool.function.parameters.required %}!{% endif %}{% endfor %}",
]


def render(template):
    environment = compiled(template)
    # A copy, for some of jinja2's filters change what they are given.
    return environment.render(**copy.deepcopy(VALUES))


def compiled(template):
    chat_template_utils.datetime = Frozen
    return chat_template_utils._compile_jinja_template(template)


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def expected(template):
    try:
        return {"template": template, "text": render(template)}
    except jinja2.exceptions.TemplateError as e:
        if type(e) is jinja2.exceptions.TemplateError:
            return {"template": template, "raised": str(e)}
        return {"template": template, "refused": True}
    except Exception:  # what Python itself refuses
        return {"template": template, "refused": True}


def main():
    templates = TEMPLATES + ["{{ " + expression + " }}" for expression in EXPRESSIONS]
    lines = [json.dumps({"values": VALUES})]
    for template in templates:
        result = expected(template)
        if " at 0x" in result.get("text", ""):
            continue  # an address of Python's memory
        lines.append(json.dumps(result))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
