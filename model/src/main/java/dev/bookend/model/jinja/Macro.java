package dev.bookend.model.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A macro, or the block of a {@code call}, within the names of the place where it is defined. */
record Macro(Definition definition, Frame frame) implements Callable {
  private static final String CALLER = "caller";

  /**
   * What a template defines.
   *
   * @param defaults of the last parameters
   * @param uses the names that the body uses
   */
  record Definition(
      String name, List<String> parameters, List<Expression> defaults, Set<String> uses, Body body)
      implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      frame.set(name, new Macro(this, frame));
      return Flow.NEXT;
    }
  }

  /** {@code call}: calls a macro, which may call the block in turn. */
  record CallBlock(Calls.Call call, Definition block) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      Arguments given = call.parameters().arguments(frame);
      Map<String, Object> named = new LinkedHashMap<>(given.named());
      named.put(CALLER, new Macro(block, frame));
      Object value = call.call(frame, new Arguments(given.positional(), named));
      return Statements.print(Text.of(value, frame.budget()), frame, out);
    }
  }

  String name() {
    return definition.name();
  }

  @Override
  public Object call(Arguments arguments) {
    Frame inner = frame.inner();
    List<String> parameters = definition.parameters();
    List<Object> positional = arguments.positional();
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    int firstDefault = parameters.size() - definition.defaults().size();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i);
      Object value = i < positional.size() ? positional.get(i) : named.remove(name);
      if (value == null && i >= firstDefault) {
        value = inner.evaluate(definition.defaults().get(i - firstDefault));
      }
      inner.set(
          name, value == null ? new Undefined("parameter '" + name + "' was not given") : value);
    }
    if (definition.uses().contains(CALLER) && !parameters.contains(CALLER)) {
      Object caller = named.remove(CALLER);
      inner.set(CALLER, caller == null ? new Undefined("No caller defined") : caller);
    }
    rest(inner, positional, named);
    return definition.body().text(inner);
  }

  /** Puts what is left into {@code varargs} and {@code kwargs}, if the body has a use for it. */
  private void rest(Frame inner, List<Object> positional, Map<String, Object> named) {
    int count = definition.parameters().size();
    if (definition.uses().contains("varargs")) {
      inner.set(
          "varargs",
          new Tuple(positional.subList(Math.min(count, positional.size()), positional.size())));
    } else if (positional.size() > count) {
      throw Fault.of("macro '" + name() + "' takes not more than " + count + " arguments");
    }
    if (definition.uses().contains("kwargs")) {
      Dict.Builder dict = new Dict.Builder(frame.budget());
      named.forEach(dict::put);
      inner.set("kwargs", dict.build());
    } else if (!named.isEmpty()) {
      throw Fault.of(
          "macro '" + name() + "' has no parameter '" + named.keySet().iterator().next() + "'");
    }
  }

  /** Null where there is no such attribute. */
  Object attribute(String name) {
    return switch (name) {
      case "name" -> name();
      case "arguments" -> new Tuple(List.copyOf(definition.parameters()));
      case "caller" -> definition.uses().contains(CALLER);
      case "catch_kwargs" -> definition.uses().contains("kwargs");
      case "catch_varargs" -> definition.uses().contains("varargs");
      default -> null;
    };
  }
}
