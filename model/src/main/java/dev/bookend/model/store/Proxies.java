package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The proxies that {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}
 * name, in small letters or in capitals, as curl and huggingface_hub read them. Where none is
 * named, Java's own settings hold.
 */
final class Proxies extends ProxySelector {
  private final Environment environment;

  Proxies(Environment environment) {
    this.environment = environment;
  }

  private Optional<String> get(String name) {
    return environment.get(name).or(() -> environment.get(name.toUpperCase(Locale.ROOT)));
  }

  /**
   * The proxy for an address.
   *
   * @throws BookendException if a variable names no HTTP proxy
   */
  private Optional<URI> proxy(URI target) {
    String own = target.getScheme().toLowerCase(Locale.ROOT) + "_proxy";
    for (String name : List.of(own, "all_proxy")) {
      Optional<String> value = get(name);
      if (value.isPresent()) {
        return isExcepted(target) ? Optional.empty() : Optional.of(parse(name, value.get()));
      }
    }
    return Optional.empty();
  }

  private static URI parse(String name, String value) {
    String text = value.strip();
    try {
      URI proxy = new URI(text.contains("://") ? text : "http://" + text);
      if ("http".equals(proxy.getScheme()) && proxy.getHost() != null) {
        return proxy;
      }
    } catch (java.net.URISyntaxException e) {
      // refused below, without its text, which may hold a password
    }
    throw new BookendException(
        ErrorCode.SETTING_INVALID,
        name.toUpperCase(Locale.ROOT) + " names no HTTP proxy; write http://HOST:PORT");
  }

  /** Whether {@code NO_PROXY} names a host, a domain that it is in, or all. */
  private boolean isExcepted(URI target) {
    String host = host(target);
    boolean isAddress = ipv4(host).isPresent();
    int port = port(target);
    for (String entry : get("no_proxy").orElse("").toLowerCase(Locale.ROOT).split("[,\\s]+")) {
      String name = entry;
      String onlyPort = "";
      int colon = entry.lastIndexOf(':');
      if (colon > 0 && entry.indexOf(':') == colon) {
        name = entry.substring(0, colon);
        onlyPort = entry.substring(colon + 1);
      }
      name = name.replaceFirst("^\\*?\\.", "");
      if (!onlyPort.isEmpty() && !onlyPort.equals(Integer.toString(port))) {
        continue;
      }
      if (entry.equals("*")
          || (!name.isEmpty() && (host.equals(name) || (!isAddress && host.endsWith("." + name))))
          || isInNetwork(host, name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an IPv4 address is in a network such as 10.0.0.0/8. */
  private static boolean isInNetwork(String host, String network) {
    String[] parts = network.split("/");
    if (parts.length != 2 || !parts[1].matches("[0-9]{1,2}") || Integer.parseInt(parts[1]) > 32) {
      return false;
    }
    Optional<Integer> address = ipv4(host);
    Optional<Integer> base = ipv4(parts[0]);
    int bits = Integer.parseInt(parts[1]);
    int mask = bits == 0 ? 0 : -1 << (32 - bits);
    return address.isPresent() && base.isPresent() && (address.get() & mask) == (base.get() & mask);
  }

  private static Optional<Integer> ipv4(String text) {
    if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")) {
      return Optional.empty();
    }
    int address = 0;
    for (String part : text.split("\\.")) {
      address = address << 8 | Integer.parseInt(part) & 0xff;
    }
    return Optional.of(address);
  }

  private static String host(URI uri) {
    return String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT).replaceAll("^\\[|\\]$", "");
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  @Override
  public List<Proxy> select(URI target) {
    Optional<URI> proxy = proxy(target);
    if (proxy.isPresent()) {
      int port = proxy.get().getPort() >= 0 ? proxy.get().getPort() : 80;
      return List.of(
          new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.get().getHost(), port)));
    }
    boolean named = get(target.getScheme() + "_proxy").or(() -> get("all_proxy")).isPresent();
    ProxySelector java = ProxySelector.getDefault();
    return named || java == null ? List.of(Proxy.NO_PROXY) : java.select(target);
  }

  /** What a request says of who asks, where the proxy's address has a name and password. */
  Optional<String> authorization(URI target) {
    return proxy(target)
        .map(URI::getUserInfo)
        .map(
            user ->
                "Basic "
                    + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
  }

  /** Where requests go first, for messages: the proxy, or the server itself. */
  String via(URI target) {
    return proxy(target)
        .map(proxy -> " through the proxy " + HubConnection.place(proxy))
        .orElse("");
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // said by the request that fails
  }
}
