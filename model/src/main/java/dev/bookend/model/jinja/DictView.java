package dev.bookend.model.jinja;

import java.util.List;
import java.util.Locale;

/** What a dictionary's {@code keys()}, {@code values()} and {@code items()} give. */
record DictView(Dict dict, Kind kind) {
  /** Which of the three. */
  enum Kind {
    KEYS,
    VALUES,
    ITEMS
  }

  List<Object> items() {
    return switch (kind) {
      case KEYS -> dict.keys();
      case VALUES -> dict.values();
      case ITEMS -> dict.items();
    };
  }

  String typeName() {
    return "dict_" + kind.name().toLowerCase(Locale.ROOT);
  }
}
