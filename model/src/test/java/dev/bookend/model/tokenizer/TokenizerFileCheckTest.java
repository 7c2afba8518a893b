package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each of these has ended the process when it was loaded or used. */
class TokenizerFileCheckTest {

  private static JsonObject tokenizer(String key, String part) throws IOException {
    JsonObject json =
        JsonParser.parseString(TestTokenizers.resource("byte-level.json")).getAsJsonObject();
    json.add(key, JsonParser.parseString(part));
    return json;
  }

  private static void refused(String key, String part, String message) throws IOException {
    String json = tokenizer(key, part).toString();
    BookendException refusal =
        assertThrows(BookendException.class, () -> Tokenizer.of(TestTokenizers.of(json)));
    assertEquals(ErrorCode.MODEL_UNSUPPORTED, refusal.code());
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "normalizer|{'type':'Prepend','prepend':''}|Prepend of nothing",
        "normalizer|{'type':'Replace','pattern':{'String':''},'content':'x'}|Replace of nothing",
        "normalizer|{'type':'Replace','pattern':{'Regex':'a*'},'content':'x'}|Replace of nothing",
        "normalizer|{'type':'Replace','pattern':{'Regex':'(a+)+b'},'content':'x'}|too long",
        "normalizer|{'type':'Precompiled','precompiled_charsmap':''}|Precompiled",
        "normalizer|{'type':'Precompiled','precompiled_charsmap':'AAAAAAAA'}|Precompiled",
        "normalizer|{'type':'Precompiled','precompiled_charsmap':'!'}|Precompiled",
        "normalizer|{'type':'Precompiled','precompiled_charsmap':null}|Precompiled",
        "normalizer|{'prepend':''}|a part without a type",
        "normalizer|{'type':'Sequence','normalizers':[{'type':'Prepend'}]}|Prepend of nothing",
        "pre_tokenizer|{'type':'FixedLength','length':0}|FixedLength",
        "pre_tokenizer|{'type':'Split','pattern':{'Regex':'(?:a?)*b'},'behavior':'Isolated',"
            + "'invert':false}|too long",
        "pre_tokenizer|{'type':'NewOne'}|NewOne",
        "decoder|{'type':'Strip','content':' ','start':0,'stop':1}|Strip",
        "decoder|{'type':'Replace','pattern':{'Regex':'(a*)*b'},'content':'x'}|too long",
        "post_processor|{'type':'TemplateProcessing','special_tokens':{},'pair':[],"
            + "'single':[{'SpecialToken':{'id':'<x>','type_id':0}}]}|<x>, which special_tokens lacks",
        "post_processor|{'type':'TemplateProcessing','special_tokens':{},'pair':[],"
            + "'single':[{'Sequence':{'id':'B','type_id':0}}]}|neither a text nor a token",
        "post_processor|{'type':'TemplateProcessing','single':[],'pair':[],"
            + "'special_tokens':{'<x>':{'id':'<y>','ids':[1],'tokens':['a']}}}|<x> wrongly",
        "post_processor|{'type':'TemplateProcessing','single':[],'pair':[],"
            + "'special_tokens':{'<x>':{'id':'<x>','ids':[1,2],'tokens':['a']}}}|<x> wrongly",
        "model|{'type':'BPE','vocab':{'a':0,'b':1},'merges':['a b'],"
            + "'continuing_subword_prefix':'##'}|continuing_subword_prefix",
      })
  void whatTheLibraryDoesNotSurviveIsRefusedByName(String key, String part, String message)
      throws IOException {
    refused(key, part.replace('\'', '"'), message);
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    String part = "{\"type\":\"Fuse\"}";
    for (int i = 0; i < 60; i++) {
      part = "{\"type\":\"Sequence\",\"decoders\":[" + part + "]}";
    }
    refused("decoder", part, "nested too deeply");
  }

  private static String charsMap(int[] units, String texts) {
    ByteBuffer map =
        ByteBuffer.allocate(4 + 4 * units.length + texts.length()).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(4 * units.length);
    for (int unit : units) {
      map.putInt(unit);
    }
    map.put(texts.getBytes(StandardCharsets.US_ASCII));
    return Base64.getEncoder().encodeToString(map.array());
  }

  private static int[] mapOfA(int text) {
    int[] units = new int[512];
    units[0] = 256 << 10; // the root's children
    units[256 ^ 'a'] = 'a' | 0x100 | ((256 ^ 'a') << 10); // its own child is at 0
    units[0] |= 0;
    units[256 ^ 'a'] = 'a' | 0x100 | ('a' << 10); // leads to 256
    units[256] = 0x8000_0000 | text;
    return units;
  }

  @Test
  void aMapOfCharactersIsWalkedBeforeItIsUsed() {
    CharsMapCheck.check(charsMap(mapOfA(0), "b\0"));
    CharsMapCheck.check(charsMap(mapOfA(2), "b\0c\0"));
    for (String map :
        new String[] {
          charsMap(mapOfA(9), "b\0"), // no such text
          charsMap(mapOfA(0), "b"), // a text without an end
          charsMap(new int[16], "b\0"), // shorter than the places that can follow
          charsMap(new int[0], "b\0"),
        }) {
      assertThrows(IllegalArgumentException.class, () -> CharsMapCheck.check(map));
    }
    int[] away = mapOfA(0);
    away[256 ^ 'a'] = 'a' | (100_000 << 10);
    assertThrows(IllegalArgumentException.class, () -> CharsMapCheck.check(charsMap(away, "b\0")));
  }

  @Test
  void aTextThatIsTooLongForThePatternsIsRefused() throws IOException {
    String json =
        tokenizer(
                "pre_tokenizer",
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s+x\"},\"behavior\":\"Isolated\","
                    + "\"invert\":false}")
            .toString();
    try (Tokenizer tokenizer = Tokenizer.of(TestTokenizers.of(json))) {
      BookendException refusal =
          assertThrows(BookendException.class, () -> tokenizer.encode(" ".repeat(10_000_000)));
      assertEquals(ErrorCode.CONTEXT_FULL, refusal.code());
    }
  }
}
