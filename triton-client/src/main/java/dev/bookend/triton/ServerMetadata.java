package dev.bookend.triton;

import dev.bookend.triton.proto.ServerMetadataResponse;
import java.util.List;

/**
 * What a server says of itself (ServerMetadata of KServe v2).
 *
 * @param name the server's name, for example {@code triton}
 * @param version the server's version
 * @param extensions the names of the protocol extensions that it has, for example {@code sequence}
 */
public record ServerMetadata(String name, String version, List<String> extensions) {
  public ServerMetadata {
    extensions = List.copyOf(extensions);
  }

  static ServerMetadata of(ServerMetadataResponse message) {
    return new ServerMetadata(message.getName(), message.getVersion(), message.getExtensionsList());
  }
}
