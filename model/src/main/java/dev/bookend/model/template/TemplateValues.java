package dev.bookend.model.template;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;

/**
 * What a template may do with a value: what Python offers for strings, lists, mappings and the loop
 * variable, and nothing else. Java's own methods and properties are out of reach, so a template can
 * touch nothing but the conversation.
 */
final class TemplateValues extends CompositeELResolver {
  private static final Set<String> LOOP =
      Set.of("index", "index0", "first", "last", "length", "revindex", "revindex0");
  private static final Set<String> MAP_METHODS = Set.of("items", "keys", "values");
  private static final Set<String> ENGINE_METHODS = Set.of("filter", "evaluate", "evaluateNegated");

  TemplateValues() {
    add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
  }

  @Override
  public Object getValue(ELContext context, Object base, Object property) {
    if (base instanceof ForLoop && !LOOP.contains(String.valueOf(property))) {
      throw TemplateFault.unsupported("'loop." + property + "'");
    }
    if (base instanceof Map || base instanceof ForLoop) {
      return super.getValue(context, base, property);
    }
    if (base instanceof List && isInteger(property)) {
      return super.getValue(context, base, property);
    }
    context.setPropertyResolved(true);
    if (base instanceof String text && isInteger(property)) {
      return characterAt(text, Integer.parseInt(property.toString()));
    }
    return null; // undefined, as in Jinja
  }

  @Override
  public Object invoke(
      ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
    String name = String.valueOf(method);
    boolean engine = base instanceof Filter || base instanceof ExpTest;
    if (engine && ENGINE_METHODS.contains(name)) {
      return super.invoke(context, base, method, types, arguments);
    }
    context.setPropertyResolved(true);
    List<Object> values = arguments == null ? List.of() : Arrays.asList(arguments);
    if (base instanceof String text) {
      return PythonStrings.call(text, name, values);
    }
    if (base instanceof Map<?, ?> map) {
      if (MAP_METHODS.contains(name) && values.isEmpty()) {
        return super.invoke(context, base, method, types, arguments);
      }
      if (name.equals("get") && (values.size() == 1 || values.size() == 2)) {
        Object value = map.get(values.get(0));
        return value == null && values.size() == 2 ? values.get(1) : value;
      }
    }
    throw TemplateFault.unsupported("the method '" + name + "' as it is called there");
  }

  private static boolean isInteger(Object property) {
    return property != null && property.toString().matches("-?\\d{1,9}");
  }

  private static String characterAt(String text, int index) {
    int[] characters = text.codePoints().toArray();
    int at = index < 0 ? index + characters.length : index;
    return at < 0 || at >= characters.length ? null : Character.toString(characters[at]);
  }
}
