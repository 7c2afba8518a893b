package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the place of a filter or test that is not supported, so that using it is an error. Jinjava
 * would silently make an unknown one undefined, and many of its own filters are not Jinja's, differ
 * from them ({@code tojson}) or allocate what a template asks for ({@code center}).
 */
record Unsupported(String name) implements Filter, ExpTest {
  /** Anything that could be the name of a filter; a match in plain text does no harm. */
  private static final Pattern FILTER = Pattern.compile("\\|\\s*(\\w+)");

  private static final Pattern TEST = Pattern.compile("\\bis\\s+(?:not\\s+)?(\\w+)");

  private static final Set<String> FILTERS =
      Set.of(
          "trim",
          "length",
          "count",
          "lower",
          "upper",
          "capitalize",
          "title",
          "replace",
          "join",
          "list",
          "first",
          "last",
          "reverse",
          "map",
          "select",
          "selectattr",
          "reject",
          "rejectattr",
          "default",
          "d",
          "string",
          "int",
          "safe");

  /** Registers one for every filter and test that the template may name, except the supported. */
  static void register(String template, Context context) {
    context.getAllFilters().stream()
        .map(Filter::getName)
        .filter(name -> !FILTERS.contains(name))
        .forEach(name -> context.registerFilter(new Unsupported(name)));
    Set<String> known = new HashSet<>(FILTERS);
    for (Matcher use = FILTER.matcher(template); use.find(); ) {
      if (known.add(use.group(1))) {
        context.registerFilter(new Unsupported(use.group(1)));
      }
    }
    known.clear();
    context.getAllExpTests().forEach(test -> known.add(test.getName()));
    for (Matcher use = TEST.matcher(template); use.find(); ) {
      if (known.add(use.group(1))) {
        context.registerExpTest(new Unsupported(use.group(1)));
      }
    }
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
    throw TemplateFault.unsupported("the filter '" + name + "'");
  }

  @Override
  public boolean evaluate(Object value, JinjavaInterpreter interpreter, Object... arguments) {
    throw TemplateFault.unsupported("the test '" + name + "'");
  }
}
