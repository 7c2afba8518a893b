package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;

/**
 * Jinja's {@code trim}: strips what Python calls white space, which is more than Jinjava's does.
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
