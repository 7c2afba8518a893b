package dev.bookend.grammar;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Objects. The declared properties come in their order, those that are not required may be left
 * out, and others come behind them.
 */
final class ObjectShape implements Shape {
  /**
   * A declared property.
   *
   * @param written the name as it is written, with the quote behind it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Property(String name, byte[] written, Node value, boolean required) {}

  private final List<Property> properties;
  private final Optional<Node> others;
  private final ByteTrie names;
  private final int[] firstRequired;

  /**
   * @param others what other properties are; empty: there are none
   */
  ObjectShape(List<Property> properties, Optional<Node> others) {
    this.properties = List.copyOf(properties);
    this.others = others;
    this.names = ByteTrie.of(properties.stream().map(Property::written).toList());
    this.firstRequired = new int[properties.size() + 1];
    firstRequired[properties.size()] = properties.size();
    for (int i = properties.size() - 1; i >= 0; i--) {
      firstRequired[i] = properties.get(i).required() ? i : firstRequired[i + 1];
    }
  }

  @Override
  public Frame begin(int budget) {
    return new ObjectFrames.Open(this, budget);
  }

  @Override
  public int least() {
    return 1
        + properties.stream()
            .filter(Property::required)
            .mapToInt(property -> property.value().least())
            .max()
            .orElse(0);
  }

  @Override
  public int most() {
    int declared = properties.stream().mapToInt(each -> each.value().most()).max().orElse(0);
    return 1 + Math.max(declared, others.map(Node::most).orElse(0));
  }

  /** The declared names, each with the quote behind it. */
  ByteTrie names() {
    return names;
  }

  Property property(int index) {
    return properties.get(index);
  }

  int size() {
    return properties.size();
  }

  /** Whether the object may end where the property of this number is the first to come. */
  boolean mayEnd(int next) {
    return firstRequired[next] == properties.size();
  }

  /** Whether some property may come whose name begins in a way. */
  boolean offers(ByteTrie name, int next, int budget) {
    int end = Math.min(firstRequired[next] + 1, properties.size());
    // Whichever are fewer: those that may come, or those whose names begin so.
    return end - next <= name.size()
        ? IntStream.range(next, end).anyMatch(each -> name.isAbove(each) && fits(each, budget))
        : name.below().anyMatch(each -> each >= next && each < end && fits(each, budget));
  }

  private boolean fits(int property, int budget) {
    return properties.get(property).value().least() < budget;
  }

  boolean offersOthers(int next, int budget) {
    return mayEnd(next) && others.isPresent() && others.get().least() < budget;
  }

  /** What a property is. */
  Node value(int property) {
    return property < properties.size() ? properties.get(property).value() : others.orElseThrow();
  }
}
