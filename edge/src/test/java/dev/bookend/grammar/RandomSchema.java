package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Makes schemas out of what is supported, and values that fit them. */
final class RandomSchema {
  /**
   * A schema.
   *
   * @param value makes values that fit it, as compact JSON; the number says how deep they may be
   */
  record Made(JsonObject schema, Function<Integer, String> value) {}

  private static final String CHARACTERS = "abz 09_-\"\\/\n\u0001éß€漢😀'{}[],:";

  private final Random random;
  private final JsonObject definitions = new JsonObject();
  private final List<Made> defined = new ArrayList<>();

  private RandomSchema(long seed) {
    this.random = new Random(seed);
  }

  static Made of(long seed) {
    RandomSchema maker = new RandomSchema(seed);
    if (maker.random.nextInt(3) == 0) {
      maker.defineList();
    }
    if (maker.random.nextInt(3) == 0) {
      maker.defineTree();
    }
    Made made = maker.random.nextInt(4) == 0 ? maker.any(3) : maker.object(3);
    if (maker.definitions.size() > 0) {
      made.schema.add("$defs", maker.definitions);
    }
    return made;
  }

  private Made any(int depth) {
    int kinds = depth == 0 ? 8 : 14;
    return switch (random.nextInt(kinds)) {
      case 0 -> string();
      case 1 -> integer();
      case 2 -> number();
      case 3 -> constant();
      case 4 -> format();
      case 5 -> pattern();
      case 6 -> simple();
      case 7 -> defined.isEmpty() ? string() : reference();
      case 8, 9 -> object(depth - 1);
      case 10 -> array(depth - 1);
      case 11 -> tuple(depth - 1);
      case 12 -> choice(depth - 1);
      default -> merged(depth - 1);
    };
  }

  private static JsonObject schema(String json) {
    return JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject();
  }

  private Made string() {
    JsonObject schema = schema("{'type':'string'}");
    int min = random.nextInt(4) == 0 ? random.nextInt(5) : 0;
    int max = random.nextInt(3) == 0 ? min + random.nextInt(20) : 1000;
    if (min > 0) {
      schema.addProperty("minLength", min);
    }
    if (max < 1000) {
      schema.addProperty("maxLength", max);
    }
    int most = Math.min(max, min + 12);
    return new Made(schema, depth -> JsonText.quote(text(min + random.nextInt(most - min + 1))));
  }

  private String text(int length) {
    int[] all = CHARACTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(all[random.nextInt(all.length)]);
    }
    return text.toString();
  }

  private Made integer() {
    JsonObject schema = schema("{'type':'integer'}");
    long low = -100_000;
    long high = 100_000;
    if (random.nextBoolean()) {
      low = random.nextInt(2000) - 1000L;
      schema.addProperty(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
      low++;
    }
    if (random.nextBoolean()) {
      high = Math.max(low, low + random.nextInt(1000));
      schema.addProperty("exclusiveMaximum", high + 1);
    }
    long step = 1;
    if (random.nextInt(3) == 0) {
      step = 1L + random.nextInt((int) Math.min(high - low + 1, 40));
      schema.addProperty("multipleOf", step);
    }
    long first = Math.floorDiv(low + step - 1, step);
    long last = Math.floorDiv(high, step);
    long unit = step;
    return new Made(
        schema,
        depth -> Long.toString(unit * (first + (long) (random.nextDouble() * (last - first + 1)))));
  }

  private Made number() {
    JsonObject schema = schema("{'type':'number'}");
    if (random.nextBoolean()) {
      return new Made(
          schema, depth -> List.of("0", "-1.5", "12e3", "3.25E-2").get(random.nextInt(4)));
    }
    if (random.nextInt(3) == 0) {
      schema.addProperty("multipleOf", new BigDecimal("0.25"));
      schema.addProperty("minimum", 0);
      return new Made(schema, depth -> random.nextInt(1000) + ".75");
    }
    BigDecimal low = BigDecimal.valueOf(random.nextInt(20_000) - 10_000, random.nextInt(4));
    BigDecimal high = low.add(BigDecimal.valueOf(1 + random.nextInt(500), random.nextInt(3)));
    schema.addProperty(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    schema.addProperty("maximum", high);
    return new Made(schema, depth -> JsonValues.write(new JsonPrimitive(high)));
  }

  private Made constant() {
    JsonArray values = new JsonArray();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      values.add(
          switch (random.nextInt(5)) {
            case 0 -> new JsonPrimitive(random.nextInt(200));
            case 1 -> new JsonPrimitive(random.nextBoolean());
            case 2 -> JsonNull.INSTANCE;
            case 3 -> schema("{'a':[1,{'b':null}]}");
            default -> new JsonPrimitive(text(1 + random.nextInt(6)));
          });
    }
    JsonObject schema = new JsonObject();
    if (count == 1) {
      schema.add("const", values.get(0));
    } else {
      schema.add("enum", values);
    }
    return new Made(schema, depth -> JsonValues.write(values.get(random.nextInt(count))));
  }

  private static final List<List<String>> FORMATS =
      List.of(
          List.of("date", "2024-02-29", "1999-12-31"),
          List.of("time", "23:59:59Z", "01:02:03.5+02:00"),
          List.of("date-time", "2026-11-29T06:25:12Z", "2000-02-29T00:00:00.123-11:30"),
          List.of("uuid", "123e4567-e89b-12d3-a456-426614174000"),
          List.of("ipv4", "0.0.0.0", "255.249.199.1"),
          List.of("ipv6", "::", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"),
          List.of("uri", "https://example.com", "http://a.b:80/c/d?e=f#g"));

  private Made format() {
    List<String> format = FORMATS.get(random.nextInt(FORMATS.size()));
    JsonObject schema = schema("{'type':'string'}");
    schema.addProperty("format", format.get(0));
    return new Made(
        schema, depth -> JsonText.quote(format.get(1 + random.nextInt(format.size() - 1))));
  }

  private static final List<List<String>> PATTERNS =
      List.of(
          List.of("^[A-Z]{2}-\\d+$", "AB-1", "ZZ-123"),
          List.of("^(foo|ba[rz])+$", "foo", "barbaz"),
          List.of("x", "x", "axb"),
          List.of("^a?[^a-z\\s]*$", "a", "", "aÄ9"),
          List.of("^\\w{3,5}$", "abc", "a_9Z0"),
          List.of("^.*\\.(png|jpe?g)$", "a.png", "x y.jpg"),
          List.of("^[\\u00e0-\\u00ff]{1,3}$", "é"),
          List.of("^(a|(b|c)d*){2}e*?$", "ab", "acddde"));

  private Made pattern() {
    List<String> pattern = PATTERNS.get(random.nextInt(PATTERNS.size()));
    JsonObject schema = schema("{'type':'string'}");
    schema.addProperty("pattern", pattern.get(0));
    if (random.nextInt(3) == 0) {
      schema.addProperty("maxLength", 12 + random.nextInt(10));
    }
    return new Made(
        schema, depth -> JsonText.quote(pattern.get(1 + random.nextInt(pattern.size() - 1))));
  }

  private Made simple() {
    return switch (random.nextInt(4)) {
      case 0 -> new Made(schema("{'type':'null'}"), depth -> "null");
      case 1 -> new Made(schema("{'type':'boolean'}"), depth -> "true");
      case 2 ->
          new Made(
              schema("{'type':['integer','null']}"), depth -> random.nextBoolean() ? "7" : "null");
      default ->
          new Made(
              schema("{}"), depth -> List.of("[]", "{\"a\":[1]}", "\"x\"").get(random.nextInt(3)));
    };
  }

  private Made array(int depth) {
    Made item = any(depth);
    JsonObject schema = schema("{'type':'array'}");
    schema.add("items", item.schema);
    int min = random.nextInt(3);
    int max = min + random.nextInt(4);
    schema.addProperty("minItems", min);
    schema.addProperty("maxItems", max);
    return new Made(schema, d -> list(item, min + random.nextInt(max - min + 1), d));
  }

  private static String list(Made item, int count, int depth) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(item.value.apply(depth - 1));
    }
    return "[" + String.join(",", items) + "]";
  }

  private Made tuple(int depth) {
    Made first = any(depth);
    Made second = any(depth);
    JsonObject schema = schema("{'type':'array','minItems':2}");
    JsonArray prefix = new JsonArray();
    prefix.add(first.schema);
    prefix.add(second.schema);
    schema.add("prefixItems", prefix);
    schema.addProperty("items", false);
    return new Made(
        schema, d -> "[" + first.value.apply(d - 1) + "," + second.value.apply(d - 1) + "]");
  }

  private Made object(int depth) {
    JsonObject schema = schema("{'type':'object','properties':{}}");
    List<String> names = new ArrayList<>();
    List<Made> values = new ArrayList<>();
    JsonArray required = new JsonArray();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Made value = any(depth);
      String name = List.of("name", "na", "größe", "a \"b\"", "x").get(random.nextInt(5)) + i;
      schema.getAsJsonObject("properties").add(name, value.schema);
      names.add(name);
      values.add(value);
      if (random.nextBoolean()) {
        required.add(name);
      }
    }
    schema.add("required", required);
    Made other = random.nextInt(3) == 0 ? string() : null;
    if (other != null) {
      schema.add("additionalProperties", other.schema);
    } else if (random.nextBoolean()) {
      schema.addProperty("additionalProperties", random.nextInt(4) == 0);
    }
    return new Made(
        schema,
        d -> {
          List<String> parts = new ArrayList<>();
          for (int i = 0; i < names.size(); i++) {
            if (required.contains(new JsonPrimitive(names.get(i))) || random.nextBoolean()) {
              parts.add(JsonText.quote(names.get(i)) + ":" + values.get(i).value.apply(d - 1));
            }
          }
          if (other != null && random.nextBoolean()) {
            parts.add("\"other\":" + other.value.apply(d - 1));
          }
          return "{" + String.join(",", parts) + "}";
        });
  }

  private Made choice(int depth) {
    Made first = any(depth);
    Made second = any(depth);
    JsonArray branches = new JsonArray();
    boolean exclusive = random.nextBoolean();
    if (exclusive) {
      first = tagged(first, "one");
      second = tagged(second, "two");
    }
    branches.add(first.schema);
    branches.add(second.schema);
    JsonObject schema = new JsonObject();
    schema.add(exclusive ? "oneOf" : "anyOf", branches);
    Function<Integer, String> some = first.value;
    Function<Integer, String> others = second.value;
    return new Made(schema, d -> (random.nextBoolean() ? some : others).apply(d));
  }

  /** An object with a value and a property that says which one it is. */
  private Made tagged(Made made, String tag) {
    JsonObject schema = schema("{'type':'object','properties':{'tag':{'const':'" + tag + "'}}}");
    schema.getAsJsonObject("properties").add("value", made.schema);
    JsonArray required = new JsonArray();
    required.add("value");
    if (random.nextBoolean()) {
      required.add("tag");
    }
    schema.add("required", required);
    return new Made(
        schema, d -> "{\"tag\":\"" + tag + "\",\"value\":" + made.value.apply(d - 1) + "}");
  }

  private Made merged(int depth) {
    Made value = any(depth);
    JsonObject first = schema("{'type':'object','properties':{'m':{}},'required':['m']}");
    first.getAsJsonObject("properties").add("m", value.schema);
    JsonArray all = new JsonArray();
    all.add(first);
    all.add(schema("{'properties':{'n':{'type':'integer','minimum':5}},'required':['n']}"));
    all.add(schema("{'properties':{'n':{'maximum':9}}}"));
    JsonObject schema = new JsonObject();
    schema.add("allOf", all);
    return new Made(schema, d -> "{\"m\":" + value.value.apply(d - 1) + ",\"n\":7}");
  }

  private Made reference() {
    return defined.get(random.nextInt(defined.size()));
  }

  private void defineList() {
    definitions.add(
        "list",
        schema(
            "{'type':'object','properties':{'head':{'type':'integer'},"
                + "'tail':{'anyOf':[{'$ref':'#/$defs/list'},{'type':'null'}]}},"
                + "'required':['head','tail'],'additionalProperties':false}"));
    defined.add(new Made(schema("{'$ref':'#/$defs/list'}"), RandomSchema::list));
  }

  private static String list(int depth) {
    return "{\"head\":" + depth + ",\"tail\":" + (depth < 0 ? "null" : list(depth - 1)) + "}";
  }

  private void defineTree() {
    definitions.add(
        "tree", schema("{'type':'array','items':{'$ref':'#/$defs/tree'},'maxItems':3}"));
    defined.add(new Made(schema("{'$ref':'#/$defs/tree'}"), RandomSchema::tree));
  }

  private static String tree(int depth) {
    return depth < 0 ? "[]" : "[" + tree(depth - 1) + ",[]]";
  }
}
