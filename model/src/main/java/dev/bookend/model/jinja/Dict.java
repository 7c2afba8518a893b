package dev.bookend.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's {@code dict}, immutable and in the order of its making. */
final class Dict {
  private final Map<Object, Entry> entries;

  /** One entry. */
  record Entry(Object key, Object value) {
    Tuple tuple() {
      return Tuple.of(key, value);
    }
  }

  /** A tuple as a text that others do not have; strings in a hash table can be told apart fast. */
  private record TupleKey(String form) implements Comparable<TupleKey> {
    @Override
    public int compareTo(TupleKey other) {
      return form.compareTo(other.form);
    }
  }

  private Dict(Map<Object, Entry> entries) {
    this.entries = entries;
  }

  static final class Builder {
    private final Map<Object, Entry> entries = new LinkedHashMap<>();
    private final Budget budget;

    Builder(Budget budget) {
      this.budget = budget;
    }

    Builder put(Object key, Object value) {
      Object name = Markup.unwrap(key);
      // A key that is there already keeps its place and its first form, as 1 and True do.
      entries.merge(
          hashed(name, budget), new Entry(name, value), (a, b) -> new Entry(a.key(), b.value()));
      return this;
    }

    Builder putAll(Dict other) {
      other.entries().forEach(entry -> put(entry.key(), entry.value()));
      return this;
    }

    Dict build() {
      return new Dict(entries);
    }
  }

  /** The value, or null where the key is not there. */
  Object get(Object key, Budget budget) {
    Entry entry = entries.get(hashed(Markup.unwrap(key), budget));
    return entry == null ? null : entry.value();
  }

  int size() {
    return entries.size();
  }

  List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  List<Object> keys() {
    return entries.values().stream().map(Entry::key).toList();
  }

  List<Object> values() {
    return entries.values().stream().map(Entry::value).toList();
  }

  List<Object> items() {
    return entries.values().stream().<Object>map(Entry::tuple).toList();
  }

  /** Something of equal value and hash exactly where Python has both equal. */
  static Object hashed(Object key, Budget budget) {
    if (key instanceof Boolean truth) {
      return truth ? BigInteger.ONE : BigInteger.ZERO;
    }
    if (key instanceof Double number) {
      boolean whole = number == Math.rint(number) && !number.isInfinite();
      return whole ? new BigDecimal(number).toBigInteger() : number;
    }
    if (key instanceof Tuple tuple) {
      budget.enter();
      StringBuilder form = new StringBuilder("(");
      for (Object item : tuple.items()) {
        Object part = hashed(Markup.unwrap(item), budget);
        String text = part instanceof TupleKey inner ? inner.form : part.toString();
        String type = part.getClass().getSimpleName();
        budget.text(text.length() + 16L);
        form.append(type).append(text.length()).append(':').append(text);
      }
      budget.leave();
      return new TupleKey(form.toString());
    }
    if (key instanceof Undefined) {
      return Undefined.class;
    }
    if (key instanceof List || key instanceof Dict) {
      throw Fault.of("a key of type '" + Types.name(key) + "' is not hashable");
    }
    return key;
  }
}
