package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.server.tools.CallingSample;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizer's paths, in vLLM's form. */
@ExtendWith(CallingSample.Shared.class)
class TokenizerApiIT {
  private static JsonObject json(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  @Test
  void tokensComeBackAsTheSameText(ServedSample served) {
    String text = "Grüße, <|im_start|>user\n日本 🦊<|im_end|>";
    JsonObject request = new JsonObject();
    request.addProperty("prompt", text);
    request.addProperty("return_token_strs", true);
    JsonObject tokens = json(served.post("/tokenize", request.toString()));
    JsonArray ids = tokens.getAsJsonArray("tokens");
    assertEquals(ids.size(), tokens.get("count").getAsInt());
    assertEquals(ids.size(), tokens.getAsJsonArray("token_strs").size());
    assertTrue(tokens.getAsJsonArray("token_strs").toString().contains("<|im_end|>"));
    JsonObject back = new JsonObject();
    back.add("tokens", ids);
    assertEquals(
        text, json(served.post("/detokenize", back.toString())).get("prompt").getAsString());
  }

  @Test
  void aConversationHasTheTokensThatItsAnswerCounts(ServedSample served) {
    String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Name a river.\"}]";
    JsonObject tokens = json(served.post("/tokenize", "{" + messages + "}"));
    JsonObject answer =
        json(
            served.post(
                "/v1/chat/completions",
                "{\"model\":\"sample\",\"max_tokens\":1," + messages + "}"));
    assertEquals(
        answer.getAsJsonObject("usage").get("prompt_tokens").getAsInt(),
        tokens.get("count").getAsInt());
  }

  @Test
  void specialTokensAndTheTemplateAreTold(ServedSample served) {
    JsonObject info = json(served.get("/tokenizer_info"));
    assertEquals("<|im_end|>", info.get("eos_token").getAsString());
    assertTrue(info.get("chat_template").getAsString().contains("messages"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/tokenize | {} | prompt",
        "/tokenize | {'prompt':'a','add_bos':true} | add_bos",
        "/tokenize | {'prompt':'a','model':'other'} | model",
        "/detokenize | {'tokens':[49152]} | tokens",
        "/detokenize | {'tokens':[-1]} | tokens",
        "/detokenize | {'tokens':'1'} | tokens"
      })
  void whatIsWrongIsNamed(String path, String body, String named, ServedSample served) {
    HttpResponse<String> response = served.post(path, body.replace('\'', '"'));
    assertTrue(response.statusCode() / 100 == 4, response.body());
    assertTrue(response.body().contains(named), response.body());
  }
}
