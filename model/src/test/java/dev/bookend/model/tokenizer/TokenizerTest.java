package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compared with Hugging Face's Python library by src/test/oracle/tokenizers_fixture.py. */
class TokenizerTest {

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void encodesAndDecodesAsTheReferenceWithoutTruncationOrPadding(String name) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.of(TestTokenizers.source(name))) {
      String fixture = TestTokenizers.resource(name + "-expected.json");
      for (JsonElement element : JsonParser.parseString(fixture).getAsJsonArray()) {
        JsonObject expected = element.getAsJsonObject();
        String text = expected.get("text").getAsString();
        assertArrayEquals(ids(expected, "ids"), tokenizer.encode(text));
        assertArrayEquals(ids(expected, "prompt_ids"), tokenizer.encodePrompt(text));
        String decoded = tokenizer.decode(ids(expected, "prompt_ids"));
        assertEquals(expected.get("decoded").getAsString(), decoded);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{}",
        "{\"added_tokens\": [{}]}",
        "{\"added_tokens\": [{\"special\": true, \"id\": -1}]}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"x\", \"y\"]]}}"
      })
  void refusesWhatIsNoTokenizer(String json) {
    assertThrows(BookendException.class, () -> Tokenizer.of(TestTokenizers.of(json)));
  }

  @Test
  void decodesNothingToNothing() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.of(TestTokenizers.source("byte-level"))) {
      assertEquals("", tokenizer.decode());
    }
  }

  private static int[] ids(JsonObject expected, String name) {
    return new Gson().fromJson(expected.get(name), int[].class);
  }
}
