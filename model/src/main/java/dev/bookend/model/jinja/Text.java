package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/** Values as Python's {@code str} and {@code repr} write them. */
final class Text {
  private static final int LONGEST_NUMBER_BITS = 14_000;

  private final StringBuilder out = new StringBuilder();
  private final Budget budget;

  private Text(Budget budget) {
    this.budget = budget;
  }

  /** What is printed for a value. */
  static String of(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof Markup markup) {
      return markup.text();
    } else if (value instanceof Undefined) {
      return "";
    }
    return representation(value, budget);
  }

  /** The value as a template would write it, where there is such a form. */
  static String representation(Object value, Budget budget) {
    Text text = new Text(budget);
    text.write(value);
    return text.out.toString();
  }

  static String of(BigInteger number) {
    if (number.bitLength() > LONGEST_NUMBER_BITS) {
      throw Fault.of("a number has too many digits to be printed");
    }
    return number.toString();
  }

  private void write(Object value) {
    budget.enter();
    int before = out.length();
    if (value instanceof String text) {
      quote(text);
    } else if (value instanceof Markup markup) {
      out.append("Markup(");
      quote(markup.text());
      out.append(')');
    } else if (value instanceof Boolean truth) {
      out.append(truth ? "True" : "False");
    } else if (value instanceof None) {
      out.append("None");
    } else if (value instanceof BigInteger number) {
      out.append(of(number));
    } else if (value instanceof Double number) {
      out.append(FloatText.of(number));
    } else if (value instanceof List<?> list) {
      writeAll("[", list, "]");
    } else if (value instanceof Tuple tuple) {
      writeAll("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
    } else if (value instanceof Dict dict) {
      write(dict);
    } else {
      writeOther(value);
    }
    budget.read(Math.min(out.length() - before, 1000)); // a nested value is paid for once
    budget.leave();
  }

  private void writeOther(Object value) {
    if (value instanceof DictView view) {
      writeAll(view.typeName() + "([", view.items(), "])");
    } else if (value instanceof Range range) {
      out.append("range(").append(range.start()).append(", ").append(range.stop());
      out.append(range.step() == 1 ? ")" : ", " + range.step() + ")");
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ");
      write((Object) namespace.dict(budget));
      out.append('>');
    } else if (value instanceof Undefined) {
      out.append("Undefined");
    } else if (value instanceof Loop loop) {
      out.append("<LoopContext ").append(loop.index()).append('/');
      out.append(loop.length()).append('>');
    } else if (value instanceof Macro macro) {
      out.append("<Macro ");
      quote(macro.name());
      out.append('>');
    } else {
      out.append('<').append(Types.name(value)).append('>');
    }
  }

  private void write(Dict dict) {
    String separator = "{";
    for (Dict.Entry entry : dict.entries()) {
      out.append(separator);
      write(entry.key());
      out.append(": ");
      write(entry.value());
      separator = ", ";
    }
    out.append(dict.size() == 0 ? "{}" : "}");
  }

  private void writeAll(String begin, List<?> items, String end) {
    out.append(begin);
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      write(item);
      separator = ", ";
    }
    out.append(end);
  }

  private void quote(String text) {
    budget.text(text.length());
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(point -> quoted(point, quote));
    out.append(quote);
  }

  private void quoted(int point, char quote) {
    if (point == quote || point == '\\') {
      out.append('\\').append((char) point);
    } else if (point == '\n') {
      out.append("\\n");
    } else if (point == '\r') {
      out.append("\\r");
    } else if (point == '\t') {
      out.append("\\t");
    } else if (Characters.isPrintable(point)) {
      out.appendCodePoint(point);
    } else {
      String form = point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x";
      out.append(String.format(Locale.ROOT, form, point));
    }
  }
}
