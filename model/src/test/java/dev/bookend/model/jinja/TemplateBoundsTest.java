package dev.bookend.model.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TemplateBoundsTest {
  private static final int SMALL_STACK = 512 << 10;
  private static final long LONGEST_MILLIS = 20_000; // 20 times what the slowest takes

  static List<String> hostile() {
    String doubling = "{% set ns = namespace(x=START) %}{% for i in range(90) %}BODY{% endfor %}";
    return List.of(
        "{% for a in range(1000) %}".repeat(9) + "x" + "{% endfor %}".repeat(9),
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ " + "''".repeat(20_000),
        "{{ " + "'' ~ ".repeat(20_000),
        "{{".repeat(20_000),
        "{%".repeat(20_000),
        "{#".repeat(20_000),
        "{% raw %}" + "{% ".repeat(20_000),
        "{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}",
        "{{ " + "[".repeat(50_000) + "]".repeat(50_000) + " }}",
        "{{ " + "{1:".repeat(50_000) + "1" + "}".repeat(50_000) + " }}",
        "{{ " + "not ".repeat(50_000) + "1 }}",
        "{{ " + "-".repeat(50_000) + "1 }}",
        "{{ x" + ".a".repeat(50_000) + " }}",
        "{{ x" + "(1)".repeat(50_000) + " }}",
        "{{ 1" + "|abs".repeat(50_000) + " }}",
        "{{ 1" + " if 1 else 1".repeat(50_000) + " }}",
        "{{ 1" + " is odd".repeat(50_000) + " }}",
        "{% set " + "(".repeat(50_000) + "x" + ")".repeat(50_000) + " = 1 %}",
        "{% if 1 %}".repeat(1500) + "{% endif %}".repeat(1500),
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{{ f(n + 1) ~ f(n + 1) }}{% endmacro %}{{ f(0) }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}",
        "{% macro f(x=f()) %}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ caller() }}{% endmacro %}"
            + "{% macro g() %}{% call f() %}{{ g() }}{% endcall %}{% endmacro %}{{ g() }}",
        "{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = ns.x + ns.x %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = ns.x ~ ns.x %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = '%s%s' % (ns.x, ns.x) %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = '{0}{0}'.format(ns.x) %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = [ns.x, ns.x]|join %}"),
        doubling
            .replace("START", "'xx'")
            .replace("BODY", "{% set ns.x = ns.x.replace('x', ns.x) %}"),
        doubling
            .replace("START", "'xx'")
            .replace("BODY", "{% set ns.x = ns.x|replace('', ns.x) %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = ns.x.join(ns.x) %}"),
        doubling.replace("START", "'xx'").replace("BODY", "{% set ns.x = ns.x|join(ns.x) %}"),
        doubling.replace("START", "'x'").replace("BODY", "{% set ns.x = ns.x|tojson|tojson %}"),
        doubling
            .replace("START", "'&'")
            .replace("BODY", "{% set ns.x = ns.x|forceescape ~ ns.x %}"),
        doubling.replace("START", "'a\nb'").replace("BODY", "{% set ns.x = ns.x|indent(ns.x) %}"),
        doubling.replace("START", "[1, 2]").replace("BODY", "{% set ns.x = ns.x + ns.x %}"),
        doubling.replace("START", "[1, 2]").replace("BODY", "{% set ns.x = ns.x * 9 %}"),
        doubling.replace("START", "(1, 2)").replace("BODY", "{% set ns.x = ns.x + ns.x %}"),
        doubling.replace("START", "[1]").replace("BODY", "{% set ns.x = [ns.x, ns.x] %}")
            + "{{ ns.x }}",
        doubling.replace("START", "[1]").replace("BODY", "{% set ns.x = [ns.x, ns.x] %}")
            + "{{ ns.x|tojson }}",
        doubling.replace("START", "[1]").replace("BODY", "{% set ns.x = [ns.x, ns.x] %}")
            + "{{ ns.x == ns.x }}",
        doubling.replace("START", "[1]").replace("BODY", "{% set ns.x = {1: ns.x, 2: ns.x} %}")
            + "{{ ns.x|tojson(indent=9) }}",
        doubling.replace("START", "9").replace("BODY", "{% set ns.x = ns.x * ns.x %}"),
        doubling.replace("START", "9").replace("BODY", "{% set ns.x = ns.x ** 99 %}"),
        "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}"
            + "{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = (ns.x,) %}{% endfor %}"
            + "{{ {ns.x: 1} }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{{ 2 ** (10 ** 9) }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ [1] * 10 ** 9 }}",
        "{{ 10 ** 9 * 'x' }}",
        "{{ 'x'.center(10 ** 9) }}",
        "{{ 'x'.zfill(10 ** 9) }}",
        "{{ 'x'|center(10 ** 9) }}",
        "{{ 'x'|indent(10 ** 9, true) }}",
        "{{ 'x\tx'.expandtabs(10 ** 9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ '%*d' % (10 ** 9, 1) * 10 ** 9 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 10 ** 9) }}",
        "{{ [[]]|tojson(indent=10 ** 9) }}",
        "{{ [1]|batch(10 ** 9, 'x')|list }}",
        "{{ [1]|slice(10 ** 9)|list }}",
        "{{ 1.5|round(10 ** 9) }}",
        "{{ range(10 ** 9) }}",
        "{% for i in range(99999) %}{{ range(99999)|list }}{% endfor %}",
        "{% for i in range(99999) %}{{ range(99999)|sort }}{% endfor %}",
        "{% for i in range(99999) %}{{ 99999 in range(99999)|list }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(999) %}{{ ('a' * 99999 ~ 'b') in a }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{{ a.split('a' * 99999 + 'b') }}{{ a.replace('a', a) }}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a == a ~ '' }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a[::-1]|length }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a|length }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a is lower }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a.isalpha() }}{% endfor %}",
        "{% set a = 'a' * 999999 %}{% for i in range(99999) %}{{ a|wordcount }}{% endfor %}",
        "{% set a = 'é' * 999999 %}{% for i in range(99999) %}{{ a|int }}{% endfor %}",
        "{% set a = ' ' * 999999 %}{% for i in range(99999) %}{{ a|trim }}{% endfor %}",
        "{% set a = ' ' * 999999 %}{% for i in range(99999) %}{{ a|float }}{% endfor %}",
        "{% set a = ' ' * 999999 %}{% for i in range(99999) %}{{ a.split() }}{% endfor %}",
        "{% set a = '1' * 9999 %}{% for i in range(99999) %}{{ {(a, a): 1}[(a, a)] }}{% endfor %}",
        "{% set a = 2 ** 60000 %}{% for i in range(99999) %}{% set b = a * 3 // 7 %}{% endfor %}",
        "{% set a = 2 ** 14000 %}{% for i in range(99999) %}{{ a }}{% endfor %}",
        "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
        "{% for i in range(99999) %}{{ strftime_now('%A' * 9999) }}{% endfor %}",
        "{% set a = range(9999)|list %}{% for i in a %}{{ a|map('string')|join|length }}{% endfor %}",
        "{% set a = range(9999)|list %}{% for i in a %}{{ loop.changed(a) }}{% endfor %}",
        "{% set a = range(9999)|list %}{% for i in a %}{% set b = {'x': a, 'y': a} == {'x': a, 'y': a + []} %}{% endfor %}",
        "{% set a = range(99999)|list %}{% for i in a %}{% for x in a if x %}{% break %}{% endfor %}{% endfor %}",
        "{% set d = dict(x=1) %}{% for i in range(99999) %}{% for j in range(999) %}{{ d.items() }}"
            + "{% endfor %}{% endfor %}",
        "x".repeat(3_000_000));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void hostileTemplateEndsSoonAndWithItsName(String template) throws InterruptedException {
    AtomicReference<Throwable> outcome = new AtomicReference<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                outcome.set(
                    new AssertionError(
                        Template.parse("bad.jinja", template)
                                .render(Map.of(), Clock.systemUTC())
                                .length()
                            + " characters"));
              } catch (Throwable e) {
                outcome.set(e);
              }
            },
            "template",
            SMALL_STACK);
    thread.start();
    thread.join(LONGEST_MILLIS);
    if (thread.isAlive()) {
      fail("is still running");
    }
    if (!(outcome.get() instanceof BookendException e)) {
      throw new AssertionError(outcome.get());
    }
    assertEquals(ErrorCode.TEMPLATE_UNSUPPORTED, e.code());
    assertTrue(e.getMessage().startsWith("bad.jinja"), e.getMessage());
    assertTrue(template.length() > 2_000_000 || e.getMessage().contains(", line "));
  }

  @Test
  void anErrorNamesItsLineButNoValue() {
    Template template = Template.parse("t.jinja", "a\n{% if true %}\n{{ secret + 1 }}{% endif %}");
    BookendException e =
        assertThrows(
            BookendException.class,
            () -> template.render(Map.of("secret", "hush"), Clock.systemUTC()));
    assertEquals(
        "t.jinja, line 3: the chat template cannot be used: '+' cannot be used on values of types"
            + " 'str' and 'int'",
        e.getMessage());
    assertNull(e.getCause().getCause());
  }

  @Test
  void aLongConversationIsNoAttack() {
    String text = "word ".repeat(20_000);
    List<Map<String, String>> messages =
        java.util.Collections.nCopies(
            8, Map.of("role", "assistant", "content", "<think>" + text + "</think>" + text));
    String template =
        "{% for m in messages %}{% set c = m.content.split('</think>')[-1].lstrip('\\n')|trim %}"
            + "{% if '<tool>' in m.content or m.content.startswith('x') %}x{% endif %}"
            + "{{ '<|' + m.role + '|>' + c }}{% endfor %}";
    String rendered =
        Template.parse("t", template).render(Map.of("messages", messages), Clock.systemUTC());
    assertEquals(8 * (text.length() - 1 + "<|assistant|>".length()), rendered.length());
  }

  @Test
  void aConversationOfManyTurnsIsNoAttack() {
    List<Map<String, String>> messages =
        java.util.Collections.nCopies(600, Map.of("role", "user", "content", "hello"));
    String template =
        "{% for m in messages %}{% for n in messages %}{% if n.role == 'system' %}x{% endif %}"
            + "{% endfor %}{{ m.content }}{% endfor %}";
    assertEquals(
        3000,
        Template.parse("t", template)
            .render(Map.of("messages", messages), Clock.systemUTC())
            .length());
  }
}
