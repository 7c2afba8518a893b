package dev.bookend.grammar;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Schemas that are made to cost much are refused, or compiled, before they have cost much. */
class HostileSchemasTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** All that is allocated, of which most is freed at once. */
  private static final long MOST_BYTES = 400L << 20;

  private static final long MOST_NANOS = 5_000_000_000L;

  private static String list(int count, IntFunction<String> each) {
    return IntStream.range(0, count).mapToObj(each).collect(joining(","));
  }

  private static String items(int count, IntFunction<String> each) {
    return "{\"type\":\"array\",\"prefixItems\":[" + list(count, each) + "]}";
  }

  private static Map<String, String> schemas() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(
        "large patterns at many places",
        items(9_000, i -> "{\"pattern\":\"^[a-c]{2900}" + i + "$\"}"));
    all.put(
        "patterns whose positions all follow each other",
        items(5_000, i -> "{\"pattern\":\"^([a-c]?){1500}" + i + "$\"}"));
    all.put(
        "patterns with lengths",
        items(9_000, i -> "{\"pattern\":\"^a*$\",\"maxLength\":" + (100_000 + i) + "}"));
    all.put(
        "patterns that hold together",
        items(
            3_000, i -> "{\"allOf\":[{\"pattern\":\"a{50}\"},{\"pattern\":\"b{40}" + i + "\"}]}"));
    all.put(
        "classes of many ranges that hold together",
        "{\"allOf\":[" + list(2, i -> "{\"pattern\":\"^[" + ranges(9_000, i) + "]{50}$\"}") + "]}");
    all.put("a class of many characters", "{\"pattern\":\"[" + ranges(400_000, 0) + "]\"}");
    all.put("a long pattern", "{\"pattern\":\"" + "a".repeat(1_000_000) + "\"}");
    all.put(
        "a long value and a large pattern",
        "{\"pattern\":\"^([a-c]?){2900}\",\"const\":\"" + "a".repeat(1_000_000) + "\"}");
    all.put("a long value", "{\"const\":\"" + "a".repeat(490_000) + "\"}");
    all.put(
        "a name that is in many pointers",
        "{\"properties\":{\""
            + "a".repeat(400_000)
            + "\":{\"properties\":{"
            + list(9_000, i -> "\"p" + i + "\":{\"type\":\"null\"}")
            + "}}}}");
    all.put(
        "a name that is in many branches' pointers",
        "{\"properties\":{\""
            + "a".repeat(400_000)
            + "\":{\"allOf\":["
            + list(50_000, i -> "true")
            + "]}}}");
    all.put(
        "many names under many schemas",
        "{\"allOf\":[{\"properties\":{"
            + list(5_000, i -> "\"p" + i + "\":true")
            + "}},"
            + list(450, i -> "{\"additionalProperties\":{\"minimum\":" + i + "}}")
            + "]}");
    all.put(
        "many values at many places",
        "{\"$defs\":{\"e\":{\"type\":\"integer\",\"enum\":["
            + list(40_000, i -> "\"v" + i + "\"")
            + "]}},\"type\":\"array\",\"prefixItems\":["
            + list(9_000, i -> "{\"$ref\":\"#/$defs/e\",\"minimum\":" + i + "}")
            + "]}");
    all.put(
        "many choices of many",
        "{\"allOf\":["
            + list(450, i -> "{\"minimum\":" + i + "}")
            + ",{\"anyOf\":["
            + list(
                450, i -> "{\"maximum\":" + i + ",\"anyOf\":[{\"maxItems\":1},{\"maxItems\":2}]}")
            + "]}]}");
    all.put(
        "first items of many branches",
        "{\"prefixItems\":["
            + list(9_000, i -> "{\"const\":" + i + "}")
            + "],\"anyOf\":["
            + list(450, i -> "{\"minItems\":" + i + "}")
            + "]}");
    all.put("a number of a million digits", "{\"const\":" + "9".repeat(1_000_000) + "}");
    all.put("a number with a long exponent", "{\"multipleOf\":3,\"const\":1e2000000000}");
    all.put(
        "references to a reference",
        "{\"$defs\":{"
            + list(30_000, i -> "\"d" + i + "\":{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}")
            + "},\"$ref\":\"#/$defs/d0\"}");
    all.put("many properties", "{\"properties\":{" + list(9_000, i -> "\"p" + i + "\":{}") + "}}");
    return all;
  }

  private static String ranges(int count, int from) {
    StringBuilder ranges = new StringBuilder();
    for (int i = 0; i < count; i++) {
      ranges.appendCodePoint(0x10000 + from + 2 * i);
    }
    return ranges.toString();
  }

  static Stream<String> names() {
    return schemas().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void costLittle(String name) {
    String schema = schemas().get(name);
    compile("{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"a\"}}}"); // loads classes
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    compile(schema);
    bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    nanos = THREADS.getCurrentThreadCpuTime() - nanos;
    assertTrue(bytes < MOST_BYTES, bytes + " bytes");
    assertTrue(nanos < MOST_NANOS, nanos + " ns");
  }

  private static void compile(String schema) {
    try {
      Grammar.ofJsonSchema(schema);
    } catch (SchemaException e) {
      boolean isOfAll = e.pointer().equals("#"); // which needs no name
      assertTrue(isOfAll || e.getMessage().startsWith(e.pointer()), e.pointer());
    }
  }
}
