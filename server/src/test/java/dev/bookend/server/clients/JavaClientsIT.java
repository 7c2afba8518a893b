package dev.bookend.server.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import dev.bookend.server.BookendServer;
import dev.bookend.server.ServedSample;
import dev.bookend.server.ServerOptions;
import dev.bookend.server.tools.CallingSample;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The clients for Java: OpenAI's own, and LangChain4j. */
@ExtendWith(CallingSample.Shared.class)
class JavaClientsIT {
  private static final String ADDRESS = "http://localhost:11435";
  private static final String ANSWER = "The capital of France is Paris.";
  private static final String KEY = "none";

  private static BookendServer server;

  @BeforeAll
  static void open(ServedSample served) {
    server =
        BookendServer.start(
            served.bookend(),
            ServerOptions.of("smollm2").withAddress("127.0.0.1", 0).withKeys(List.of(KEY)));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static OpenAIClient openAi(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder question(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage("What is the capital of France?")
        .temperature(0.0);
  }

  @Test
  void openAisClientChatsAndStreams() {
    OpenAIClient client = openAi(KEY);
    assertEquals(
        ANSWER,
        client
            .chat()
            .completions()
            .create(question("smollm2").build())
            .choices()
            .get(0)
            .message()
            .content()
            .orElse(""));
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(question("smollm2").build())) {
      assertEquals(
          ANSWER,
          stream.stream()
              .flatMap(chunk -> chunk.choices().stream())
              .map(choice -> choice.delta().content().orElse(""))
              .collect(Collectors.joining()));
    }
    ResponseCreateParams request =
        ResponseCreateParams.builder()
            .model("smollm2")
            .input("What is the capital of France?")
            .temperature(0.0)
            .build();
    assertEquals(
        ANSWER,
        client.responses().create(request).output().stream()
            .flatMap(item -> item.message().stream())
            .flatMap(message -> message.content().stream())
            .map(content -> content.asOutputText().text())
            .collect(Collectors.joining()));
    client.close();
  }

  @Test
  void openAisClientIsToldWhatIsWrong() {
    OpenAIClient client = openAi(KEY);
    assertThrows(
        NotFoundException.class,
        () -> client.chat().completions().create(question("other").build()));
    BadRequestException refused =
        assertThrows(
            BadRequestException.class,
            () -> client.chat().completions().create(question("smollm2").topP(3.0).build()));
    assertEquals("top_p", refused.param().orElse(""));
    client.close();
    OpenAIClient stranger = openAi("wrong");
    assertThrows(
        UnauthorizedException.class,
        () -> stranger.chat().completions().create(question("smollm2").build()));
    stranger.close();
  }

  @Test
  void langChain4jChatsAndCallsTools() {
    ChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey(KEY)
            .modelName("smollm2")
            .temperature(0.0)
            .build();
    assertEquals(ANSWER, model.chat("What is the capital of France?"));
    ToolSpecification weather =
        ToolSpecification.builder()
            .name("get_weather")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
            .build();
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("What is the weather in Rome?"))
                .toolSpecifications(weather)
                .build());
    ToolExecutionRequest call = response.aiMessage().toolExecutionRequests().get(0);
    assertEquals("get_weather", call.name());
    assertEquals("{\"city\": \"Rome\"}", call.arguments());
  }

  @Test
  void langChain4jStreams() throws Exception {
    OpenAiStreamingChatModel model =
        OpenAiStreamingChatModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey(KEY)
            .modelName("smollm2")
            .temperature(0.0)
            .build();
    StringBuilder text = new StringBuilder();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    model.chat(
        "What is the capital of France?",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            text.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    assertEquals(ANSWER, whole.get(60, TimeUnit.SECONDS).aiMessage().text());
    assertEquals(ANSWER, text.toString());
  }

  /** As docs/clients.md has it, but for the address. */
  private static String openAisClientOfThePage(String address) {
    OpenAIClient client =
        OpenAIOkHttpClient.builder().baseUrl(address + "/v1").apiKey("none").build();
    ChatCompletionCreateParams question =
        ChatCompletionCreateParams.builder()
            .model("smollm2")
            .addUserMessage("What is the capital of France?")
            .temperature(0.0)
            .build();
    String answer =
        client
            .chat()
            .completions()
            .create(question)
            .choices()
            .get(0)
            .message()
            .content()
            .orElse("");
    client.close();
    return answer;
  }

  private static String langChain4jOfThePage(String address) {
    ChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(address + "/v1")
            .apiKey("none")
            .modelName("smollm2")
            .temperature(0.0)
            .build();
    String answer = model.chat("What is the capital of France?");
    return answer;
  }

  @Test
  void theJavaOfThePageIsThatOfThisFileAndRuns() throws IOException {
    String here =
        Files.readString(Path.of("src/test/java/dev/bookend/server/clients/JavaClientsIT.java"))
            .replaceAll("\\s", "");
    List<String> programs = Clients.ofPage("java", ADDRESS);
    assertEquals(2, programs.size());
    for (String program : programs) {
      String same =
          program.replace("\"" + ADDRESS + "/v1\"", "address + \"/v1\"").replaceAll("\\s", "");
      assertTrue(here.contains(same), program);
    }
    assertTrue(openAisClientOfThePage(server.url()).length() > 3);
    assertTrue(langChain4jOfThePage(server.url()).length() > 3);
  }
}
