package dev.bookend.grammar;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;

/**
 * The grammars of the schemas that were asked for last, so that one that comes with every request
 * is compiled once and what is found out about it is kept. Holds 32 of them at most, and about 64
 * MB. Safe for use by several threads.
 */
public final class GrammarCache {
  private static final int MOST_GRAMMARS = 32;
  private static final int MOST_BYTES = 64 << 20;

  // As heavy as the larger of their shares of both bounds.
  private final Cache<String, Grammar> grammars =
      CacheBuilder.newBuilder()
          .concurrencyLevel(1)
          .maximumWeight(MOST_BYTES)
          .weigher(
              (String schema, Grammar grammar) ->
                  (int)
                      Math.min(
                          MOST_BYTES + 1L,
                          Math.max(
                              MOST_BYTES / MOST_GRAMMARS, 2L * schema.length() + grammar.bytes())))
          .build();

  /**
   * As {@link Grammar#ofJsonSchema(String)}; the same grammar as before, if it is still known.
   *
   * @throws SchemaException if answers cannot be held to the schema
   */
  public Grammar ofJsonSchema(String schema) {
    Grammar grammar = grammars.getIfPresent(schema);
    if (grammar == null) {
      grammar = Grammar.ofJsonSchema(schema);
      grammars.put(schema, grammar);
    }
    return grammar;
  }
}
