package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;

/**
 * Jinja's {@code trim}: strips all that is white space in Python, which is more than Jinjava's
 * filter strips.
 */
final class TrimFilter implements Filter {

  @Override
  public String getName() {
    return "trim";
  }

  @Override
  public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
    String set = arguments.length == 0 ? null : arguments[0];
    return value == null ? "" : PythonStrings.strip(value.toString(), set, true, true);
  }
}
