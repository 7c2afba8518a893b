package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;

/** The methods of dictionaries, lists and tuples that change nothing. */
final class Methods {
  private static final Set<String> CHANGING =
      Set.of(
          "append",
          "clear",
          "extend",
          "insert",
          "pop",
          "popitem",
          "remove",
          "reverse",
          "setdefault",
          "sort",
          "update");

  private Methods() {}

  static Object of(Dict dict, String name, Budget budget) {
    return switch (name) {
      case "items" -> view(dict, DictView.Kind.ITEMS);
      case "keys" -> view(dict, DictView.Kind.KEYS);
      case "values" -> view(dict, DictView.Kind.VALUES);
      case "copy" ->
          (Callable)
              arguments -> {
                arguments.bind(0);
                return dict;
              };
      case "get" ->
          (Callable)
              arguments -> {
                Object[] given = arguments.bind(1, "key", "default");
                Object value = dict.get(given[0], budget);
                return value != null ? value : given[1] != null ? given[1] : None.NONE;
              };
      case "clear", "pop", "popitem", "setdefault", "update" -> refused(name);
      default -> null;
    };
  }

  private static Callable view(Dict dict, DictView.Kind kind) {
    return arguments -> {
      arguments.bind(0);
      return new DictView(dict, kind);
    };
  }

  static Object of(Object list, String name, Budget budget) {
    List<Object> items = Sequences.indexed(list);
    return switch (name) {
      case "count" ->
          (Callable)
              arguments -> {
                Object sought = arguments.bind(1, "value")[0];
                budget.read(8L * items.size());
                return BigInteger.valueOf(
                    items.stream().filter(i -> Comparison.equal(i, sought, budget)).count());
              };
      case "index" ->
          (Callable)
              arguments -> {
                Object sought = arguments.bind(1, "value")[0];
                budget.read(8L * items.size());
                for (int i = 0; i < items.size(); i++) {
                  if (Comparison.equal(items.get(i), sought, budget)) {
                    return BigInteger.valueOf(i);
                  }
                }
                throw Fault.of("index() does not find the value in the list");
              };
      case "copy" -> list instanceof Tuple ? null : (Callable) arguments -> list;
      default -> list instanceof List && CHANGING.contains(name) ? refused(name) : null;
    };
  }

  /** What the sandbox gives for a method that would change its owner. */
  private static Undefined refused(String name) {
    return new Undefined("'" + name + "' would change a value, which templates must not");
  }
}
