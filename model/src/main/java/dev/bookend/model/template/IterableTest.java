package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import java.util.Map;

/**
 * Jinja's tests {@code iterable} and {@code sequence}, which hold for strings and mappings too,
 * unlike Jinjava's.
 */
record IterableTest(String name) implements ExpTest {

  @Override
  public String getName() {
    return name;
  }

  @Override
  public boolean evaluate(Object value, JinjavaInterpreter interpreter, Object... arguments) {
    return value instanceof Iterable || value instanceof Map || value instanceof String;
  }
}
