package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Mutated files in a process of their own, for the library's faults would end this one. A mutation
 * is named by its seed, so that one that fails can be run alone.
 */
class TokenizerSurvivalIT {
  private static final int MUTATIONS = 400;

  @Test
  void noMutationOfAFileEndsTheProcess() throws Exception {
    Process child =
        new ProcessBuilder(
                new File(System.getProperty("java.home"), "bin/java").getPath(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                Mutations.class.getName(),
                "1",
                Integer.toString(MUTATIONS))
            .redirectErrorStream(true)
            .start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, child.exitValue(), out);
    assertTrue(out.contains("usable"), "some must be left to use: " + out);
  }

  /** The child. */
  static final class Mutations {
    private static final String[] FILES = {"byte-level.json", "byte-fallback.json"};
    private static final String[] TEXTS = {
      "", "a", "hello  world 12's\n\n x", "\u00dcn\u00ef \ud83d\ude00 e\u0301", "</s><s>"
    };

    /** Values and parts that are put anywhere, many of them known to be harmful. */
    private static final String[] VALUES = {
      "null",
      "true",
      "false",
      "0",
      "-1",
      "1",
      "3",
      "4294967295",
      "4294967296",
      "1e308",
      "0.5",
      "\"\"",
      "\"a\"",
      "\" \"",
      "\"\u2581\"",
      "\"A\"",
      "\"B\"",
      "\"(a+)+b\"",
      "\"(.*)*x\"",
      "\"a*\"",
      "[]",
      "{}",
      "[\"a\"]",
      "[[\"a\",\"b\"]]",
      "{\"Regex\":\"\\\\s*\\\\s*x\"}",
      "{\"String\":\"\"}",
      "{\"type\":\"Strip\",\"content\":\"a\",\"start\":3,\"stop\":3}",
      "{\"type\":\"Prepend\",\"prepend\":\"\"}",
      "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"b*\"},\"content\":\"x\"}",
      "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAAA=\"}",
      "{\"type\":\"FixedLength\",\"length\":0}",
      "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"first\",\"split\":true}",
      "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
      "{\"type\":\"CTC\",\"pad_token\":\"a\",\"word_delimiter_token\":\"\",\"cleanup\":true}",
      "{\"type\":\"BertProcessing\",\"sep\":[\"x\",9],\"cls\":[\"y\",4294967295]}",
      "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"q\",\"type_id\":0}}],"
          + "\"pair\":[],\"special_tokens\":{}}",
      "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",-1.0]]}",
      "{\"type\":\"WordPiece\",\"vocab\":{\"a\":0},\"unk_token\":\"a\","
          + "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":1}",
    };

    private Mutations() {}

    public static void main(String[] args) throws IOException {
      List<JsonObject> files = new ArrayList<>();
      for (String file : FILES) {
        files.add(JsonParser.parseString(TestTokenizers.resource(file)).getAsJsonObject());
      }
      int usable = 0;
      int first = Integer.parseInt(args[0]);
      for (int seed = first; seed < first + Integer.parseInt(args[1]); seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        JsonObject json = files.get(random.nextInt(files.size())).deepCopy();
        for (int i = random.nextInt(3); i >= 0; i--) {
          mutate(json, random, 0);
        }
        System.out.print(seed + " ");
        System.out.flush();
        try (Tokenizer tokenizer = Tokenizer.of(TestTokenizers.of(json.toString()))) {
          use(tokenizer);
          usable++;
        } catch (BookendException e) {
          // refused, as it should be
        }
      }
      System.out.println(usable + " were usable");
    }

    private static void use(Tokenizer tokenizer) {
      for (String text : TEXTS) {
        TextStream stream = tokenizer.stream();
        for (int token : tokenizer.encodePrompt(text)) {
          stream.add(token);
        }
        stream.finish();
        tokenizer.decode(tokenizer.encode(text));
      }
      for (int token = 0; token < 64; token++) {
        tokenizer.decode(token, 3, token);
      }
    }

    private static void mutate(JsonElement element, SplittableRandom random, int depth) {
      if (element instanceof JsonObject object && !object.isEmpty()) {
        List<String> keys = new ArrayList<>(object.keySet());
        String key = keys.get(random.nextInt(keys.size()));
        if (stays(object.get(key), random, depth)) {
          object.add(key, value(object.get(key), random));
        } else {
          mutate(object.get(key), random, depth + 1);
        }
      } else if (element instanceof JsonArray array && !array.isEmpty()) {
        int index = random.nextInt(array.size());
        if (stays(array.get(index), random, depth)) {
          array.set(index, value(array.get(index), random));
        } else {
          mutate(array.get(index), random, depth + 1);
        }
      }
    }

    private static boolean stays(JsonElement child, SplittableRandom random, int depth) {
      return child instanceof JsonPrimitive
          || child instanceof JsonNull
          || random.nextInt(3 + depth) == 0;
    }

    /** Mostly of the kind that was there, so that the library reads the file at all. */
    private static JsonElement value(JsonElement old, SplittableRandom random) {
      JsonElement value;
      do {
        value = JsonParser.parseString(VALUES[random.nextInt(VALUES.length)]);
      } while (!kind(value).equals(kind(old)) && random.nextInt(40) != 0);
      return value;
    }

    private static String kind(JsonElement element) {
      if (element instanceof JsonPrimitive primitive) {
        return primitive.isString() ? "text" : primitive.isNumber() ? "number" : "flag";
      }
      boolean part = element instanceof JsonObject object && object.has("type");
      return part ? "part" : element.getClass().getSimpleName();
    }
  }
}
