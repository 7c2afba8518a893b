package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManyAddedTokensTest {
  private static final int FIRST = 100_000;

  private static Tokenizer withAdded(String name, List<String> front, int more) throws IOException {
    JsonObject json =
        JsonParser.parseString(TestTokenizers.resource(name + ".json")).getAsJsonObject();
    JsonArray tokens = json.getAsJsonArray("added_tokens");
    JsonObject vocabulary = json.getAsJsonObject("model").getAsJsonObject("vocab");
    for (int i = 0; i < front.size() + more; i++) {
      JsonObject token = new JsonObject();
      String content = i < front.size() ? front.get(i) : "<filler " + i + ">";
      token.addProperty("id", FIRST + i);
      token.addProperty("content", content);
      for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
        token.addProperty(flag, false);
      }
      token.addProperty("special", i % 2 == 0);
      tokens.add(token);
      vocabulary.addProperty(content, FIRST + i);
    }
    return Tokenizer.of(TestTokenizers.of(json.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void encodesAndDecodesAsTheLibraryDoesWithFew(String name) throws IOException {
    List<String> front = List.of("<one>", "<two>", "<two>s", "e", "\u00e9\u00e9");
    try (Tokenizer few = withAdded(name, front, 0);
        Tokenizer many = withAdded(name, front, 6000)) {
      for (String text :
          List.of(
              "",
              "hello <one> world<two>",
              "<two>s<two>",
              "  <one><one>\n",
              "\u00e9\u00e9\u00e9 <on <one",
              "<s>x</s>")) {
        assertArrayEquals(few.encode(text), many.encode(text), text);
        assertArrayEquals(few.encodePrompt(text), many.encodePrompt(text), text);
        assertEquals(few.decode(few.encode(text)), many.decode(many.encode(text)), text);
      }
    }
  }

  @Test
  @Timeout(120)
  void twoHundredThousandAreLoadedInSeconds() throws IOException {
    try (Tokenizer tokenizer = withAdded("byte-level", List.of("<one>"), 200_000)) {
      assertArrayEquals(new int[] {FIRST}, tokenizer.encode("<one>"));
      assertArrayEquals(new int[] {FIRST + 199_999}, tokenizer.encode("<filler 199999>"));
    }
  }
}
