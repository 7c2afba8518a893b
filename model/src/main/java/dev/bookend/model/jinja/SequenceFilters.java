package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The filters that take lists or dictionaries, and those for any value. */
record SequenceFilters(Rendering rendering) {
  static final Set<String> NAMES =
      Set.of(
          "default",
          "d",
          "length",
          "count",
          "first",
          "last",
          "list",
          "join",
          "reverse",
          "map",
          "select",
          "reject",
          "selectattr",
          "rejectattr",
          "sort",
          "dictsort",
          "unique",
          "groupby",
          "batch",
          "slice",
          "sum",
          "min",
          "max",
          "items",
          "attr");

  Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "default", "d" -> otherwise(value, arguments.bind(0, "default_value", "boolean"));
      case "map" -> new Generator(() -> mapped(value, arguments));
      case "select", "reject", "selectattr", "rejectattr" ->
          new Generator(() -> selected(name, value, arguments));
      case "join" -> join(value, arguments.bind(0, "d", "attribute"));
      case "sort" -> sorted(value, arguments.bind(0, "reverse", "case_sensitive", "attribute"));
      case "dictsort" -> dictSorted(value, arguments.bind(0, "case_sensitive", "by", "reverse"));
      case "unique" -> {
        Object[] given = arguments.bind(0, "case_sensitive", "attribute");
        yield new Generator(() -> unique(value, given));
      }
      case "groupby" -> grouped(value, arguments.bind(1, "attribute", "default", "case_sensitive"));
      case "batch" -> {
        Object[] given = arguments.bind(1, "linecount", "fill_with");
        yield new Generator(() -> batches(value, given));
      }
      case "slice" -> {
        Object[] given = arguments.bind(1, "slices", "fill_with");
        yield new Generator(() -> slices(value, given));
      }
      case "sum" -> sum(value, arguments.bind(0, "attribute", "start"));
      case "min", "max" -> extreme(name, value, arguments.bind(0, "case_sensitive", "attribute"));
      case "attr" -> attribute(value, arguments.bind(1, "name")[0]);
      default -> {
        arguments.bind(0);
        yield plain(name, value);
      }
    };
  }

  /** The filters without arguments. */
  private Object plain(String name, Object value) {
    return switch (name) {
      case "first" -> first(value);
      case "last" -> last(value);
      case "list" -> list(value);
      case "reverse" -> reversed(value);
      case "items" -> new Generator(() -> items(value));
      default -> {
        budget().read(Markup.unwrap(value) instanceof String text ? text.length() : 0);
        yield BigInteger.valueOf(Sequences.length(value));
      }
    };
  }

  private Budget budget() {
    return rendering.budget();
  }

  private List<Object> list(Object value) {
    List<Object> items = Sequences.iterate(value, budget());
    budget().items(items.size());
    return new ArrayList<>(items);
  }

  private static Object otherwise(Object value, Object[] arguments) {
    boolean absent =
        value instanceof Undefined || Filters.flag(arguments[1], false) && !Types.truth(value);
    return absent ? Filters.or(arguments[0], "") : value;
  }

  private Object first(Object value) {
    if (value instanceof Generator generator) {
      return generator.iterator().hasNext() ? generator.iterator().next() : none("first");
    }
    List<Object> items = Sequences.iterate(value, budget());
    return items.isEmpty() ? none("first") : items.get(0);
  }

  private Object last(Object value) {
    requireReversible(value);
    List<Object> items = Sequences.iterate(value, budget());
    return items.isEmpty() ? none("last") : items.get(items.size() - 1);
  }

  private static void requireReversible(Object value) {
    if (value instanceof Generator) {
      throw Fault.of("a generator has no end to begin from; make it a list");
    }
  }

  private static Undefined none(String which) {
    return new Undefined("there is no " + which + " item of an empty sequence");
  }

  private Object reversed(Object value) {
    if (Markup.unwrap(value) instanceof String text) {
      return Slicing.slice(text, None.NONE, None.NONE, BigInteger.ONE.negate(), budget());
    }
    if (value instanceof Undefined) {
      return new Generator(List::of);
    }
    List<Object> items = list(value);
    Collections.reverse(items);
    return new Generator(() -> items);
  }

  private List<Object> items(Object value) {
    if (value instanceof Undefined) {
      return List.of();
    }
    if (value instanceof Dict dict) {
      budget().items(dict.size());
      return dict.items();
    }
    throw Fault.of("'items' of a value of type '" + Types.name(value) + "'");
  }

  private String join(Object value, Object[] arguments) {
    String between = arguments[0] == null ? "" : Text.of(arguments[0], budget());
    Object attribute = arguments[1] instanceof None ? null : arguments[1];
    StringBuilder out = new StringBuilder();
    String separator = "";
    for (Object item : Sequences.iterate(value, budget())) {
      Object element = attribute == null ? item : path(item, attribute, null);
      String text = Text.of(element, budget());
      budget().text((long) separator.length() + text.length());
      budget().read(8);
      out.append(separator).append(text);
      separator = between;
    }
    budget().text(out.length());
    return out.toString();
  }

  private Object attribute(Object value, Object name) {
    Object key = Text.of(name, budget());
    return value instanceof Dict dict
        ? Filters.or(Methods.of(dict, (String) key, budget()), Undefined.attribute(value, key))
        : Access.attribute(value, (String) key, rendering);
  }

  /**
   * What a path of elements leads to, as {@code 'a.b.0'}.
   *
   * @param otherwise what stands for an element that is not there; null: undefined
   */
  private Object path(Object item, Object path, Object otherwise) {
    Object value = item;
    List<Object> keys = new ArrayList<>();
    if (Markup.unwrap(path) instanceof String text) {
      for (String part : text.split("\\.", -1)) {
        keys.add(part.matches("[0-9]+") ? new BigInteger(part) : part);
      }
    } else {
      keys.add(path);
    }
    for (Object key : keys) {
      value = Access.element(value, key, rendering);
      if (value instanceof Undefined && otherwise != null) {
        value = otherwise;
      }
    }
    return value;
  }

  private List<Object> mapped(Object value, Arguments arguments) {
    List<Object> mapped = new ArrayList<>();
    boolean byPath = arguments.positional().isEmpty() && arguments.named().containsKey("attribute");
    if (!byPath && arguments.positional().isEmpty()) {
      throw Fault.of("'map' needs the name of a filter or attribute");
    }
    for (Object item : iterateTrue(value)) {
      budget().items(1);
      if (byPath) {
        Object[] given = arguments.bind(0, "attribute", "default");
        mapped.add(path(item, given[0], given[1]));
      } else {
        String filter = Types.string(arguments.positional().get(0), "'map'");
        mapped.add(rendering.filter(filter, before(item, arguments.rest())));
      }
    }
    return mapped;
  }

  /** The items; none of a value that is false, even where it could not be iterated over. */
  private List<Object> iterateTrue(Object value) {
    return Types.truth(value) ? Sequences.iterate(value, budget()) : List.of();
  }

  private static Arguments before(Object first, Arguments rest) {
    List<Object> all = new ArrayList<>(List.of(first));
    all.addAll(rest.positional());
    return new Arguments(all, rest.named());
  }

  private List<Object> selected(String name, Object value, Arguments given) {
    boolean wanted = name.startsWith("select");
    boolean byPath = name.endsWith("attr");
    if (byPath && given.positional().isEmpty()) {
      throw Fault.of("'" + name + "' needs the name of an attribute");
    }
    Arguments test = byPath ? given.rest() : given;
    List<Object> selected = new ArrayList<>();
    for (Object item : iterateTrue(value)) {
      budget().items(1);
      Object asked = byPath ? path(item, given.positional().get(0), null) : item;
      boolean holds =
          test.positional().isEmpty()
              ? Types.truth(asked)
              : rendering.test(
                  Types.string(test.positional().get(0), "'" + name + "'"),
                  before(asked, test.rest()));
      if (holds == wanted) {
        selected.add(item);
      }
    }
    return selected;
  }

  /** What items are compared by. */
  private Object key(Object item, Object attribute, boolean caseSensitive, Object otherwise) {
    boolean whole = attribute == null || attribute instanceof None;
    Object key = whole ? item : path(item, attribute, otherwise);
    return !caseSensitive && Markup.unwrap(key) instanceof String text
        ? text.toLowerCase(Locale.ROOT)
        : key;
  }

  private Object sorted(Object value, Object[] arguments) {
    boolean caseSensitive = Filters.flag(arguments[1], false);
    List<Object> items = list(value);
    boolean several = arguments[2] instanceof String text && text.contains(",");
    Sorting.sort(
        items,
        item ->
            several
                ? keys(item, (String) arguments[2], caseSensitive)
                : key(item, arguments[2], caseSensitive, null),
        Filters.flag(arguments[0], false),
        budget());
    return items;
  }

  private List<Object> keys(Object item, String attributes, boolean caseSensitive) {
    List<Object> keys = new ArrayList<>();
    for (String attribute : attributes.split(",", -1)) {
      keys.add(key(item, attribute, caseSensitive, null));
    }
    return keys;
  }

  private Object dictSorted(Object value, Object[] arguments) {
    boolean caseSensitive = Filters.flag(arguments[0], false);
    String by = arguments[1] == null ? "key" : Text.of(arguments[1], budget());
    if (!(value instanceof Dict dict) || !Set.of("key", "value").contains(by)) {
      throw Fault.of("'dictsort' needs a dict, and 'key' or 'value'");
    }
    List<Object> items = new ArrayList<>(dict.items());
    int place = by.equals("key") ? 0 : 1;
    Sorting.sort(
        items,
        item -> key(((Tuple) item).items().get(place), null, caseSensitive, null),
        Filters.flag(arguments[2], false),
        budget());
    return items;
  }

  private List<Object> unique(Object value, Object[] arguments) {
    boolean caseSensitive = Filters.flag(arguments[0], false);
    Set<Object> seen = new HashSet<>();
    List<Object> unique = new ArrayList<>();
    for (Object item : Sequences.iterate(value, budget())) {
      budget().items(2);
      if (seen.add(Dict.hashed(key(item, arguments[1], caseSensitive, null), budget()))) {
        unique.add(item);
      }
    }
    return unique;
  }

  private List<Object> grouped(Object value, Object[] arguments) {
    boolean caseSensitive = Filters.flag(arguments[2], false);
    List<Object> items = list(value);
    Sorting.sort(
        items, item -> key(item, arguments[0], caseSensitive, arguments[1]), false, budget());
    List<Object> groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    Object last = null;
    for (Object item : items) {
      Object key = key(item, arguments[0], caseSensitive, arguments[1]);
      if (last == null || !Comparison.equal(last, key, budget())) {
        group = new ArrayList<>();
        Object shown = path(item, arguments[0], arguments[1]);
        groups.add(new Tuple(List.of(shown, group), List.of("grouper", "list")));
      }
      group.add(item);
      last = key;
    }
    return groups;
  }

  private List<Object> batches(Object value, Object[] arguments) {
    int size = Math.max(1, Types.integer(arguments[0], "'batch'"));
    List<Object> items = list(value);
    List<Object> batches = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      int to = (int) Math.min(items.size(), (long) from + size);
      batches.add(filled(items.subList(from, to), size, arguments[1]));
      if (to == items.size()) {
        break;
      }
    }
    return batches;
  }

  private List<Object> slices(Object value, Object[] arguments) {
    int count = Types.integer(arguments[0], "'slice'");
    List<Object> items = list(value);
    budget().items(Math.max(count, 0));
    if (count < 1) {
      throw Fault.of("'slice' into no parts");
    }
    int each = items.size() / count;
    int longer = items.size() % count;
    List<Object> slices = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = from + each + (i < longer ? 1 : 0);
      List<Object> slice = items.subList(from, to);
      slices.add(i >= longer && longer > 0 ? filled(slice, each + 1, arguments[1]) : slice);
      from = to;
    }
    return slices;
  }

  private List<Object> filled(List<Object> items, int size, Object filler) {
    if (filler == null || filler instanceof None) {
      return items;
    }
    budget().items(size);
    List<Object> filled = new ArrayList<>(items);
    filled.addAll(Collections.nCopies(size - items.size(), filler));
    return filled;
  }

  private Object sum(Object value, Object[] arguments) {
    Object sum = Filters.or(arguments[1], BigInteger.ZERO);
    for (Object item : Sequences.iterate(value, budget())) {
      boolean whole = arguments[0] == null || arguments[0] instanceof None;
      Object number = whole ? item : path(item, arguments[0], null);
      budget().read(8);
      sum = Operators.add(sum, number, budget());
    }
    return sum;
  }

  private Object extreme(String name, Object value, Object[] arguments) {
    boolean caseSensitive = Filters.flag(arguments[0], false);
    Object best = null;
    for (Object item : Sequences.iterate(value, budget())) {
      budget().read(8);
      Integer order =
          best == null
              ? Integer.valueOf(1)
              : Comparison.order(
                  key(item, arguments[1], caseSensitive, null),
                  key(best, arguments[1], caseSensitive, null),
                  "<",
                  budget());
      int sign = order == null ? 0 : order;
      if (best == null || (name.equals("max") ? sign > 0 : sign < 0)) {
        best = item;
      }
    }
    return best == null ? none(name) : best;
  }
}
