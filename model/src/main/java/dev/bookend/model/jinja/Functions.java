package dev.bookend.model.jinja;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
record Functions(Budget budget, Clock clock) {

  Map<String, Callable> all() {
    return Map.of(
        "range", Functions::range,
        "dict", this::dict,
        "namespace", this::namespace,
        "cycler", Functions::cycler,
        "joiner", Functions::joiner,
        "raise_exception", this::raise,
        "strftime_now", this::now);
  }

  private static Object range(Arguments arguments) {
    Object[] bounds = arguments.bind(1, "start", "stop", "step");
    if (!arguments.named().isEmpty()) {
      throw Fault.of("range() takes no arguments by name");
    }
    int first = Types.integer(bounds[0], "range()");
    return bounds[1] == null
        ? new Range(0, first, 1)
        : new Range(
            first,
            Types.integer(bounds[1], "range()"),
            bounds[2] == null ? 1 : Types.integer(bounds[2], "range()"));
  }

  private Dict dict(Arguments arguments) {
    Dict.Builder dict = new Dict.Builder(budget);
    Arguments pairs = new Arguments(arguments.positional(), Map.of());
    Object given = pairs.bind(0, "pairs")[0];
    if (given instanceof Dict other) {
      dict.putAll(other);
    } else if (given != null) {
      List<Object> items = Sequences.indexed(given);
      if (items == null && given instanceof Generator generator) {
        items = generator.rest();
      } else if (items == null && given instanceof DictView view) {
        items = view.items();
      }
      if (items == null) {
        throw Fault.of("dict() of a value of type '" + Types.name(given) + "'");
      }
      for (Object item : items) {
        List<Object> pair = Sequences.indexed(item);
        if (pair == null || pair.size() != 2) {
          throw Fault.of("dict() needs pairs");
        }
        dict.put(pair.get(0), pair.get(1));
      }
    }
    arguments.named().forEach(dict::put);
    return dict.build();
  }

  private Namespace namespace(Arguments arguments) {
    Namespace namespace = new Namespace();
    for (Dict.Entry entry : dict(arguments).entries()) {
      namespace.set(Types.string(entry.key(), "namespace()"), entry.value());
    }
    return namespace;
  }

  private static Namespace cycler(Arguments arguments) {
    List<Object> values = arguments.positional();
    if (values.isEmpty()) {
      throw Fault.of("cycler() has nothing to go through");
    }
    Namespace cycler = new Namespace();
    int[] at = {0};
    Runnable show = () -> cycler.set("current", values.get(at[0]));
    show.run();
    cycler.set(
        "next",
        (Callable)
            none -> {
              Object value = values.get(at[0]);
              at[0] = (at[0] + 1) % values.size();
              show.run();
              return value;
            });
    cycler.set(
        "reset",
        (Callable)
            none -> {
              at[0] = 0;
              show.run();
              return None.NONE;
            });
    return cycler;
  }

  private static Callable joiner(Arguments arguments) {
    Object given = arguments.bind(0, "sep")[0];
    Object separator = given == null ? ", " : given;
    boolean[] used = {false};
    return none -> {
      boolean first = !used[0];
      used[0] = true;
      return first ? "" : separator;
    };
  }

  private Object raise(Arguments arguments) {
    throw Fault.raised(Text.of(arguments.bind(1, "message")[0], budget));
  }

  private String now(Arguments arguments) {
    String format = Types.string(arguments.bind(1, "format")[0], "strftime_now()");
    return Dates.format(clock, format, budget);
  }
}
