package dev.bookend.model.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The Hugging Face hub: {@code /api/models/REPO/revision/REV}, {@code /api/models/REPO/tree/COMMIT}
 * and {@code /REPO/resolve/COMMIT/PATH} (Hub API documentation). An {@link IOException} is a
 * failure that may be temporary, a {@link BookendException} one that is permanent.
 */
final class Hub {
  private static final int MAX_ANSWER = 1 << 24;
  private static final int MAX_PAGES = 50;
  private static final Duration LONGEST_PAGE = Duration.ofMinutes(1);

  /** A file that comes steadily may take long; one that drips is given up before. */
  private static final Duration LONGEST_FILE = Duration.ofDays(2);

  private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");

  private final HubConnection connection;
  private final URI endpoint;

  /** Where the hub has sent for a file last: asking there directly halves the requests. */
  private final Map<URI, URI> located = new ConcurrentHashMap<>();

  Hub(Environment environment) {
    try {
      endpoint = URI.create(environment.endpoint());
    } catch (IllegalArgumentException e) {
      throw new BookendException(ErrorCode.SETTING_INVALID, "HF_ENDPOINT is not a URL", e);
    }
    if (!List.of("http", "https").contains(String.valueOf(endpoint.getScheme()))
        || endpoint.getHost() == null) {
      throw new BookendException(
          ErrorCode.SETTING_INVALID, "HF_ENDPOINT is not an http or https URL");
    }
    Optional<String> token =
        clean(environment.get("HF_TOKEN"))
            .or(() -> clean(environment.get("HUGGING_FACE_HUB_TOKEN")))
            .or(() -> clean(readToken(environment.tokenFile())));
    token
        .filter(text -> !text.matches("[\\x21-\\x7e]+"))
        .ifPresent(
            text -> {
              throw new BookendException(
                  ErrorCode.SETTING_INVALID,
                  "the token for the hub (HF_TOKEN) has characters that no token has");
            });
    connection = new HubConnection(environment, endpoint, token);
  }

  /** Line breaks get into variables and files easily, and a header cannot hold them. */
  private static Optional<String> clean(Optional<String> token) {
    return token
        .map(text -> text.replace("\r", "").replace("\n", "").strip())
        .filter(text -> !text.isEmpty());
  }

  private static Optional<String> readToken(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      return Optional.empty(); // not logged in
    }
  }

  /** The commit that the name's revision stands for at present. */
  String commit(HubName name) throws IOException {
    URI uri = uri("/api/models/" + name.repository() + "/revision/" + encoded(name.revision()));
    Page page = read(name, uri);
    String commit = parse(page, json -> json.getAsJsonObject().get("sha").getAsString());
    if (!commit.matches("[0-9a-f]{7,64}")) {
      throw notTheHub(null);
    }
    return commit;
  }

  /**
   * All files of a commit.
   *
   * @throws BookendException if a path leads out of the repository
   */
  List<HubFile> files(HubName name, String commit) throws IOException {
    List<HubFile> files = new ArrayList<>();
    URI uri = uri("/api/models/" + name.repository() + "/tree/" + commit + "?recursive=1");
    for (int pages = 0; uri != null; pages++) {
      if (pages == MAX_PAGES) {
        throw new BookendException(ErrorCode.HUB_FAILED, name + " lists too many files");
      }
      Page page = read(name, uri);
      files.addAll(parse(page, json -> entries(name, json)));
      Matcher next = NEXT.matcher(page.headers.firstValue("Link").orElse(""));
      uri = next.find() ? uri.resolve(next.group(1)) : null;
    }
    return files;
  }

  private static List<HubFile> entries(HubName name, JsonElement json) {
    List<HubFile> files = new ArrayList<>();
    for (JsonElement entry : json.getAsJsonArray()) {
      JsonObject file = entry.getAsJsonObject();
      if (file.get("type").getAsString().equals("file")) {
        files.add(file(name, file));
      }
    }
    return files;
  }

  private static HubFile file(HubName name, JsonObject file) {
    String path = file.get("path").getAsString();
    boolean escapes = path.startsWith("/") || path.contains("\\") || path.indexOf('\0') >= 0;
    List<String> parts = List.of(path.split("/", -1));
    if (escapes || parts.contains("..") || parts.contains(".") || parts.contains("")) {
      throw new BookendException(
          ErrorCode.HUB_FAILED, name + " lists a file outside of itself: refused");
    }
    long bytes = file.get("size").getAsLong();
    if (bytes < 0) {
      throw new IllegalStateException("negative size");
    }
    return new HubFile(path, bytes, sha256(file));
  }

  /** SHA-256 of what is in large file storage. */
  private static Optional<String> sha256(JsonObject file) {
    return file.get("lfs") instanceof JsonObject lfs
        ? Optional.of(
            lfs.get("oid").getAsString().replaceFirst("^sha256:", "").toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  /**
   * Fetches bytes {@code [from,to)} of a file. They may break off early without an exception.
   *
   * @throws RangesIgnoredException if the server would send the whole file instead
   */
  void read(HubName name, String commit, HubFile file, long from, long to, ByteSink sink)
      throws IOException {
    URI uri =
        uri(
            "/"
                + name.repository()
                + "/resolve/"
                + commit
                + "/"
                + Arrays.stream(file.path().split("/"))
                    .map(Hub::encoded)
                    .collect(Collectors.joining("/")));
    URI last = located.getOrDefault(uri, uri);
    try {
      located.put(uri, read(name, last, file, new ByteRange(from, to), sink));
    } catch (IOException e) {
      located.remove(uri);
      throw e;
    } catch (BookendException e) {
      located.remove(uri);
      if (last.equals(uri) || e.code() == ErrorCode.CANCELLED) {
        throw e;
      }
      // An address in the storage is valid for a while only: the hub gives a new one.
      located.put(uri, read(name, uri, file, new ByteRange(from, to), sink));
    }
  }

  private URI read(HubName name, URI from, HubFile file, ByteRange range, ByteSink sink)
      throws IOException {
    boolean whole = range.from() == 0 && range.to() == file.bytes();
    return connection
        .get(
            name,
            from,
            whole ? Optional.empty() : Optional.of(range),
            LONGEST_FILE,
            (status, headers) -> {
              if (status == HubConnection.PARTIAL) {
                range.requireIn(headers, file.bytes());
              } else if (!whole) {
                throw new RangesIgnoredException(file.path());
              }
              return limited(file, range.bytes(), sink);
            })
        .location();
  }

  private static ByteSink limited(HubFile file, long most, ByteSink sink) {
    long[] left = {most};
    return bytes -> {
      if (bytes.length > left[0]) {
        throw new FileSystemException(
            file.path(), null, "the server sends more than it was asked for");
      }
      left[0] -= bytes.length;
      sink.write(bytes);
    };
  }

  private Page read(HubName name, URI uri) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    ByteSink writer =
        bytes -> {
          if (bytes.length > MAX_ANSWER - body.size()) {
            throw new IOException("the answer is too long");
          }
          body.write(bytes);
        };
    HttpHeaders headers =
        connection
            .get(name, uri, Optional.empty(), LONGEST_PAGE, (status, ignored) -> writer)
            .headers();
    return new Page(body.toString(StandardCharsets.UTF_8), headers);
  }

  private <T> T parse(Page page, Function<JsonElement, T> reader) {
    try {
      return reader.apply(JsonParser.parseString(page.body));
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | NullPointerException
        | NumberFormatException e) {
      throw notTheHub(e);
    }
  }

  private BookendException notTheHub(Throwable cause) {
    return new BookendException(
        ErrorCode.HUB_FAILED,
        HubConnection.place(endpoint) + " does not answer as the Hugging Face hub does",
        cause);
  }

  private URI uri(String path) {
    return URI.create(endpoint + path);
  }

  /** One part of a path, with all but the unreserved characters of RFC 3986 as bytes. */
  static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private record Page(String body, HttpHeaders headers) {}
}
