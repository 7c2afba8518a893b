package dev.bookend.grammar;

import com.google.gson.JsonElement;
import dev.bookend.grammar.ObjectShape.Property;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes nodes of a schema: one for each set of schemas that all hold at some place. */
final class SchemaCompiler {
  private static final int MOST_NODES = 10_000;
  private static final int MOST_LITERAL_BYTES = 500_000;

  private final SchemaDocument document;
  private final Alternatives alternatives;
  private final Map<Set<String>, Node> nodes = new HashMap<>();
  private final Deque<Set<String>> open = new ArrayDeque<>();
  private final BitSet literalBytes = new BitSet();
  private int literalSize;

  private SchemaCompiler(JsonElement schema) {
    this.document = new SchemaDocument(schema);
    this.alternatives = new Alternatives(document);
  }

  /**
   * A schema's automaton.
   *
   * @param literalBytes the bytes of the names and values in it
   * @param bytes about how much memory it takes
   */
  record Compiled(Node root, BitSet literalBytes, long bytes) {}

  /**
   * Compiles a schema.
   *
   * @throws SchemaException if it cannot be held, or accepts nothing
   */
  static Compiled compile(JsonElement schema) {
    SchemaReader.check(schema);
    return new SchemaCompiler(schema).compile();
  }

  private Compiled compile() {
    Node root = node(Set.of("#"));
    while (!open.isEmpty()) {
      Set<String> schemas = open.poll();
      nodes.get(schemas).set(shapes(schemas));
    }
    // Numbers of levels only fall or rise towards a bound, so this ends.
    while (nodes.values().stream().filter(Node::settle).count() > 0) {}
    if (root.least() > Node.DEEPEST) {
      throw new SchemaException(
          "#", "no value fits the schema within the limits of answers (digits of numbers, levels)");
    }
    long bytes = 1_000L * nodes.size() + 8L * literalSize + alternatives.patterns().bytes();
    return new Compiled(root, literalBytes, bytes);
  }

  private Node node(Set<String> schemas) {
    schemas.forEach(alternatives::workOn);
    Set<String> some = alternatives.meaningful(schemas);
    Node node = nodes.get(some);
    if (node == null) {
      if (nodes.size() == MOST_NODES) {
        throw new SchemaException("#", "the schema has too many combinations");
      }
      node = new Node();
      nodes.put(some, node);
      open.add(some);
    }
    return node;
  }

  private List<Shape> shapes(Set<String> schemas) {
    List<Shape> shapes = new ArrayList<>();
    for (Conjunction each : alternatives.of(schemas)) {
      addShapes(each, shapes);
    }
    return shapes;
  }

  private void addShapes(Conjunction schemas, List<Shape> shapes) {
    List<String> literals = new ArrayList<>();
    if (schemas.values().isPresent()) {
      Instances instances = new Instances(alternatives);
      schemas.values().get().stream()
          .filter(value -> instances.fit(schemas, value))
          .map(JsonValues::write)
          .forEach(literals::add);
    } else {
      for (Kind kind : schemas.meantKinds()) {
        switch (kind) {
          case NULL -> literals.add("null");
          case BOOLEAN -> literals.addAll(List.of("true", "false"));
          case INTEGER -> shapes.addAll(number(schemas).stream().toList());
          case FRACTION -> {} // with the whole numbers
          case STRING ->
              schemas.text().map(StringFrame::begin).map(Shape::of).ifPresent(shapes::add);
          case ARRAY -> shapes.add(array(schemas));
          case OBJECT -> shapes.add(object(schemas));
        }
      }
    }
    if (!literals.isEmpty()) {
      ByteTrie values = ByteTrie.of(literals.stream().map(this::bytes).toList());
      shapes.add(Shape.of(new LiteralFrame(values)));
    }
  }

  private byte[] bytes(String literal) {
    byte[] bytes = literal.getBytes(StandardCharsets.UTF_8);
    literalSize += bytes.length;
    if (literalSize > MOST_LITERAL_BYTES) {
      throw new SchemaException("#", "the schema has too many names and values, taken together");
    }
    for (byte value : bytes) {
      literalBytes.set(value & 0xff);
    }
    return bytes;
  }

  private static Optional<Shape> number(Conjunction schemas) {
    NumberBounds bounds = schemas.numbers();
    boolean whole = !schemas.kinds().contains(Kind.FRACTION);
    if (!whole && !bounds.exist()) {
      return Optional.of(Shape.of(NumberFrame.begin()));
    }
    DecimalRange range = whole ? bounds.integers() : bounds.numbers();
    return range.isEmpty() ? Optional.empty() : Optional.of(Shape.of(DecimalFrame.begin(range)));
  }

  private Shape array(Conjunction schemas) {
    int max = schemas.atMost("maxItems");
    List<Node> first = new ArrayList<>();
    for (int i = 0; i < schemas.firstItems(); i++) {
      first.add(node(schemas.item(i)));
    }
    Node others = node(schemas.item(schemas.firstItems()));
    return new ArrayShape(first, others, schemas.atLeast("minItems"), max);
  }

  private Shape object(Conjunction schemas) {
    List<Property> properties = new ArrayList<>();
    Set<String> required = schemas.required();
    for (String name : schemas.names()) {
      byte[] written = bytes(JsonText.quote(name).substring(1));
      Node value = node(schemas.property(name));
      properties.add(new Property(name, written, value, required.contains(name)));
    }
    return new ObjectShape(properties, schemas.otherProperties().map(this::node));
  }
}
